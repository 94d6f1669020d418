"""Of what a paper says of one drug twice, by a broad name and by a narrower one, the narrower.

"Nephrotoxicity" and "acute kidney injury" of one abstract are most often one finding. Where the graph
holds that the one is a kind of the other, the broader relation follows from the narrower, and is not
told. Of such broader ones annotators leave out 94 of 100 (``pipelines/EXPERIMENTS.md``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kgbuilder.model import Curie, Relation

__all__ = ["Kinds", "narrowest"]

_TOLD_NARROWLY = "CAUSES"


class Kinds:
    """What is a kind of what. :param pairs: the narrower first; circles do no harm."""

    def __init__(self, pairs: Iterable[tuple[Curie, Curie]] = ()) -> None:
        self._above: dict[Curie, set[Curie]] = defaultdict(set)
        for narrow, broad in pairs:
            self._above[narrow].add(broad)

    def is_kind_of(self, one: Curie, other: Curie) -> bool:
        """Whether ``other`` is above ``one``; nothing is above itself."""
        seen, ahead = {one}, [one]
        while ahead:
            for broad in self._above.get(ahead.pop(), ()):
                if broad == other:
                    return broad != one
                if broad not in seen:
                    seen.add(broad)
                    ahead.append(broad)
        return False


def narrowest(relations: Sequence[Relation], kinds: Kinds) -> tuple[Relation, ...]:
    """The relations of a document without the broader ones; what is denied stays, and hides nothing."""
    told: dict[Curie, set[Curie]] = defaultdict(set)
    for r in relations:
        if r.predicate.name == _TOLD_NARROWLY and not r.negated:
            told[r.subject.concept].add(r.object.concept)

    def follows(r: Relation) -> bool:
        others = told.get(r.subject.concept, set()) - {r.object.concept}
        return any(kinds.is_kind_of(other, r.object.concept) for other in others)

    return tuple(
        r for r in relations if r.predicate.name != _TOLD_NARROWLY or r.negated or not follows(r)
    )
