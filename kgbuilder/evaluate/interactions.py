"""How good is an interaction checker: figures beside the bars they are held against.

Pure functions over what was answered; asking is ``kgbuilder.scoring_interactions``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = [
    "GRADES",
    "InteractionFigure",
    "InteractionScores",
    "PairOutcome",
    "recall_at_precision",
    "share",
    "weighted_kappa",
]

GRADES = ("minor", "moderate", "major", "contraindicated")
"""From the mildest to the gravest."""


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """What was answered about two drugs.

    :param grade: ours, of :data:`GRADES` or ``unknown``; "" where no interaction was reported.
    :param covered: both drugs are covered by the tables.
    :param inferred: belief of the gravest derivation, 0 where nothing was derived.
    :param inferred_grade: its grade; "" where nothing was derived.
    """

    grade: str
    covered: bool
    inferred: float = 0.0
    inferred_grade: str = ""

    @property
    def found(self) -> bool:
        """An interaction was reported, at any grade."""
        return self.grade != ""

    @property
    def is_grave(self) -> bool:
        """Major or above."""
        return self.grade in GRADES[2:]


@dataclass(frozen=True, slots=True)
class InteractionFigure:
    """A figure, the number of cases it is over, and the bars.

    :param unit: ``%`` (value in [0, 1]), ``kappa``, ``ms`` or ``s``.
    :param good: the bar to reach, ``goal`` the one to aim at; None where it is only reported.
    :param at_most: True where less is better.
    """

    what: str
    value: float
    n: int
    unit: str = "%"
    good: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> str:
        """``goal``, ``good``, ``no``, or "" where there is no bar."""
        if self.goal is None:
            return ""
        if self._passes(self.goal):
            return "goal"
        return "good" if self.good is not None and self._passes(self.good) else "no"

    def _passes(self, bar: float) -> bool:
        return self.value <= bar if self.at_most else self.value >= bar


@dataclass(frozen=True, slots=True)
class InteractionScores:
    """All figures, and what lies behind them: names that were not understood, drugs not covered."""

    figures: tuple[InteractionFigure, ...]
    not_understood: tuple[str, ...] = ()
    wrong_names: tuple[str, ...] = ()
    not_covered: dict[str, int] = field(default_factory=dict)


def share(values: Iterable[bool]) -> float:
    """Part of the values that are true; 0 for none."""
    counted = Counter(values)
    return counted[True] / max(1, counted.total())


def weighted_kappa(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Agreement of two graders beyond chance (Cohen 1968), weights linear in the distance of grades.

    :param ours: grades of :data:`GRADES`; ``theirs`` those of the same pairs.
    :returns: 1 for full agreement, 0 for that of chance, 0 where either grades everything alike.
    """
    n = len(ours)
    seen = sum(abs(GRADES.index(a) - GRADES.index(b)) for a, b in zip(ours, theirs, strict=True))
    mine, other = Counter(ours), Counter(theirs)
    expected = sum(
        mine[a] * other[b] * abs(GRADES.index(a) - GRADES.index(b)) for a in mine for b in other
    )
    return 1.0 - seen * n / expected if expected and min(len(mine), len(other)) > 1 else 0.0


def recall_at_precision(
    positive: Sequence[PairOutcome], negative: Sequence[PairOutcome], *, precision: float
) -> float:
    """The highest recall of what was inferred at which precision is at least so high, as if there were
    as many negatives as positives. Pairs are ordered by grade, then belief; equal ones stay together.
    """
    places = {grade: place for place, grade in enumerate(("", "unknown", *GRADES))}

    def keys(outcomes: Sequence[PairOutcome]) -> Counter[tuple[int, float]]:
        derived = (o for o in outcomes if o.inferred_grade)
        return Counter((places[o.inferred_grade], o.inferred) for o in derived)

    right, wrong = keys(positive), keys(negative)
    best = recall = alarms = 0.0
    for edge in sorted(right | wrong, reverse=True):
        recall += right[edge] / len(positive)
        alarms += wrong[edge] / len(negative)
        if recall >= precision * (recall + alarms):
            best = recall
    return best
