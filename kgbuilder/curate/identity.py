"""Cross references as SAME_AS where they are one to one: what two share is the same as neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from kgbuilder.curate.intake import Intake, Origin
from kgbuilder.model import Curie, Statement

__all__ = ["one_to_one"]


def one_to_one(
    xrefs: Sequence[tuple[Curie, Curie]], origin: Origin, intake: Intake
) -> Iterator[Statement]:
    """SAME_AS for each thing and id of another vocabulary, unless another thing names that id, or the
    thing names another id of that vocabulary: these are counted.
    """
    pairs = dict.fromkeys(xrefs)
    n_things = Counter(other for _, other in pairs)
    n_ids = Counter((id, other.prefix) for id, other in pairs)
    for id, other in pairs:
        if n_things[other] > 1 or n_ids[id, other.prefix] > 1:
            intake.leave_out(f"cross references to {other.prefix} that are not one to one")
            continue
        evidence = origin.evidence(str(id), qualifiers=(("match", "cross reference"),))
        yield from intake.statement(id, "SAME_AS", other, evidence, where=f"{origin.file}: {id}")
