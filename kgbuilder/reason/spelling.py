"""The drug that a misspelt name may be meant for: a correction to show, never one to take.

Names are compared as written and as they sound (``ph`` as ``f``, ``y`` as ``i``, ``z`` as ``s``, double
letters once), by edits (Damerau 1964: letters put in, left out, changed, swapped). One drug is proposed
only where no other is about as near: between look-alikes a person must choose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kgbuilder.model import Curie

__all__ = ["Proposal", "Speller"]

_SHORTEST = 5
_LETTERS_PER_EDIT = 4
"""A name of eight letters may be two edits away, written and sounded alike counted half each."""
_LEAD = 0.75
"""So many edits the nearest drug must be nearer than the next."""

_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"), (r"[tr]h", lambda m: m[0][0]), (r"ck|q", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"),
        (r"x", "ks"), (r"z", "s"), (r"y", "i"), (r"[ao]e", "e"), (r"(.)\1", r"\1"), (r"e$", ""),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name that exists, its drug, and how many edits away it is, in halves."""

    name: str
    drug: Curie
    distance: float


class Speller:
    """Over pairs of a name and its drug. :param known: drugs that a checker can say something about;
    only their names are proposed.
    """

    def __init__(self, names: Iterable[tuple[str, Curie]], known: Collection[Curie]) -> None:
        self._given, self._known = names, known

    def correction(self, text: str) -> Proposal | None:
        """The one drug that is near enough, and nearer than any other; None where there is none."""
        near = list(self.near(text, n=2))
        if not near or (len(near) > 1 and near[1].distance - near[0].distance < _LEAD):
            return None
        return near[0]

    def near(self, text: str, *, n: int = 3) -> Iterator[Proposal]:
        """The ``n`` nearest drugs, each by its nearest name."""
        asked = text.casefold().strip()
        if len(asked) < _SHORTEST:
            return
        sounded, limit = _sound(asked), min(3, len(asked) // _LETTERS_PER_EDIT)
        best: dict[Curie, tuple[float, str]] = {}
        letters = frozenset(sounded)
        for name, sound, drug in self._names:
            # An edit changes the set of letters by two at most; lengths and sets are cheap to compare.
            if (
                abs(len(sound) - len(sounded)) > limit
                or len(letters ^ frozenset(sound)) > 2 * limit
            ):
                continue
            heard = _edits(sounded, sound, limit)
            if heard > limit:
                continue
            distance = (heard + _edits(asked, name, limit + 1)) / 2
            if distance > 1 and sound[:1] != sounded[:1]:
                continue  # people seldom get the first letter wrong
            if distance <= limit and (distance, name) < best.get(drug, (limit + 1.0, "")):
                best[drug] = (distance, name)
        for drug, (distance, name) in sorted(best.items(), key=lambda item: (item[1], item[0]))[:n]:
            yield Proposal(name, drug, distance)

    @cached_property
    def _names(self) -> list[tuple[str, str, Curie]]:
        folded = ((name.casefold(), drug) for name, drug in self._given if drug in self._known)
        named = dict.fromkeys(pair for pair in folded if len(pair[0]) >= _SHORTEST - 1)
        return [(name, _sound(name), drug) for name, drug in named]


def _sound(name: str) -> str:
    for pattern, sound in _SOUNDS:
        name = pattern.sub(sound, name)
    return name


def _edits(a: str, b: str, limit: int) -> int:
    """Letters put in, left out, changed or swapped between ``a`` and ``b``; more than ``limit`` may be
    told as ``limit + 1``.
    """
    if a == b:
        return 0
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
