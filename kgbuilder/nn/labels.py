"""The label space of a tagger: BIO over entity types, and sets of labels that a corpus allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["LabelSpace", "allowed_labels"]


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """Labels ``O, B-t0, I-t0, B-t1, I-t1, ...``: label 0 is O, ``1 + 2 i`` begins type i."""

    types: tuple[str, ...]

    @property
    def n_labels(self) -> int:
        """O and two per type."""
        return 1 + 2 * len(self.types)

    def begin(self, type: str) -> int:
        """Index of ``B-type``."""
        return 1 + 2 * self.types.index(type)

    def inside(self, type: str) -> int:
        """Index of ``I-type``."""
        return 2 + 2 * self.types.index(type)

    def names(self) -> tuple[str, ...]:
        """All labels in index order."""
        return ("O", *(f"{mark}-{type}" for type in self.types for mark in "BI"))


LabelledSpan = tuple[int, int, tuple[str, ...]]
"""``(start, end, types)`` in code points: the mention is of one of ``types``; an empty tuple says
that nothing is known about the stretch."""


def allowed_labels(
    words: Sequence[tuple[int, int]],
    spans: Iterable[LabelledSpan],
    *,
    annotated: frozenset[str],
    space: LabelSpace,
) -> list[frozenset[int]]:
    """Per word the labels that the annotation leaves possible.

    A word outside all spans may be O or of any type that the corpus does not annotate; it may not
    continue the span that ends just before it. A word that lies partly in a span counts as in it.
    """
    foreign = frozenset(
        label
        for type in space.types
        if type not in annotated
        for label in (space.begin(type), space.inside(type))
    )
    everything = frozenset(range(space.n_labels))
    outside = foreign | {0}
    allowed = [outside] * len(words)
    for start, end, types in spans:
        covered = [i for i, (a, b) in enumerate(words) if a < end and start < b]
        for position, i in enumerate(covered):
            if not types:
                allowed[i] = everything
            elif position == 0:
                allowed[i] = frozenset(space.begin(t) for t in types)
            else:
                allowed[i] = frozenset(space.inside(t) for t in types)
        after = covered[-1] + 1 if covered else len(words)
        if types and after < len(words) and 0 in allowed[after]:
            allowed[after] = allowed[after] - {space.inside(t) for t in types}
    return allowed
