"""Of what a paper says of one drug twice, by a broad name and by a narrower one, the narrower.

"Nephrotoxicity" and "acute kidney injury" of one abstract are most often one finding. Where the graph
holds that the one is a kind of the other, the broader relation follows from the narrower, and is not
told. Of such broader ones annotators leave out 94 of 100 (``pipelines/EXPERIMENTS.md``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from kgbuilder.model import Curie, Relation
from kgbuilder.ontology.mappings import SameAs

__all__ = ["Kinds", "narrowest"]

_TOLD_NARROWLY = "CAUSES"


class Kinds:
    """What is a kind of what, by stated edges; at both ends one step of a stated ``SAME_AS`` is taken,
    since a paper's conditions are of several vocabularies and a hierarchy is of one.

    :param pairs: the narrower first; circles do no harm. :param same_as: the mappings.
    """

    def __init__(
        self, pairs: Iterable[tuple[Curie, Curie]] = (), *, same_as: SameAs | None = None
    ) -> None:
        self._above: dict[Curie, set[Curie]] = defaultdict(set)
        for narrow, broad in pairs:
            self._above[narrow].add(broad)
        self._same_as = same_as

    def is_kind_of(self, one: Curie, other: Curie) -> bool:
        """Whether ``other`` is above ``one``; nothing is above itself, by whatever name."""
        wanted, ahead = self._names_of(other), list(self._names_of(one))
        seen = set(ahead)
        if wanted & seen:
            return False
        while ahead:
            new = self._above.get(ahead.pop(), set()) - seen
            if wanted & new:
                return True
            seen |= new
            ahead += new
        return False

    def _names_of(self, id: Curie) -> set[Curie]:
        return {id, *(self._same_as.of(id) if self._same_as is not None else ())}


def narrowest(relations: Sequence[Relation], kinds: Kinds) -> tuple[Relation, ...]:
    """The relations of a document without the broader ones; what is denied stays, and hides nothing."""
    told: dict[Curie, set[Curie]] = defaultdict(set)
    for r in relations:
        if r.predicate.name == _TOLD_NARROWLY and not r.negated:
            told[r.subject.concept].add(r.object.concept)

    def follows(r: Relation) -> bool:
        broad = r.object.concept
        return any(
            kinds.is_kind_of(other, broad) and not kinds.is_kind_of(broad, other)
            for other in told.get(r.subject.concept, ())
        )

    return tuple(
        r for r in relations if r.predicate.name != _TOLD_NARROWLY or r.negated or not follows(r)
    )
