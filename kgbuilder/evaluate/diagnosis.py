"""Diagnoses against known diseases: ranks with both tie rules, per disease, calibrated, paired."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.evaluate.intervals import Array, Interval, bootstrap

__all__ = [
    "DiagnosisReport",
    "PairedDifference",
    "Placed",
    "SettingReport",
    "TermReport",
    "pair",
    "score_placed",
]

TOPS = (1, 3, 10)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a case's own disease stood.

    :param worst: its rank, ties against it; infinite where it is not ranked. :param best: ties for it.
    :param first_posterior: of the disease ranked first; None where nothing was ranked.
    """

    id: str
    group: str
    disease: str
    worst: float
    best: float
    first_posterior: float | None

    @property
    def middle(self) -> float:
        """The realistic rank: the middle of the tie."""
        return (self.worst + self.best) / 2


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Ours minus another system's on the same cases: top -> difference and interval.

    :param n_could_change: cases whose disease the difference is about; None where it is about all.
    :param n_changed: cases whose rank differs.
    """

    system: str
    theirs: Mapping[int, float]
    difference: Mapping[int, float]
    interval: Mapping[int, Interval]
    n: int
    n_changed: int
    n_could_change: int | None = None


@dataclass(frozen=True, slots=True)
class SettingReport:
    """One set of cases in one setting. Shares in [0, 1]; intervals are 95 %, groups redrawn.

    :param top: ties against us. :param realistic: ties halved. :param per_disease: mean over diseases.
    :param ece: expected calibration error of the first posterior, ten bins of equal count.
    :param brier_skill: over always answering the base rate.
    :param ms_per_case: of the processor, to rank, warm.
    """

    name: str
    n: int
    n_unranked: int
    n_diseases: int
    top: Mapping[int, float]
    interval: Mapping[int, Interval]
    realistic: Mapping[int, float]
    per_disease: Mapping[int, float]
    ece: float
    brier_skill: float
    ms_per_case: float
    against: tuple[PairedDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class TermReport:
    """Terms of the HPO read in documents, each document's set against its gold set."""

    precision: float
    recall: float
    f1: float
    interval: Interval
    n_documents: int


@dataclass(frozen=True, slots=True)
class DiagnosisReport:
    """:param n_diseases: ranked where no candidates are given. :param ready_s: to the first answer."""

    settings: tuple[SettingReport, ...]
    terms: TermReport | None
    n_diseases: int
    ready_s: float


def score_placed(
    name: str,
    placed: Sequence[Placed],
    *,
    ms_per_case: float,
    against: Sequence[PairedDifference] = (),
    seed: int = 0,
) -> SettingReport:
    """Score the cases of one setting; a case whose disease was not ranked is a miss."""
    hits = {top: np.array([p.worst <= top for p in placed], dtype=np.float64) for top in TOPS}
    ece, skill = _calibration(placed)
    return SettingReport(
        name,
        len(placed),
        sum(math.isinf(p.worst) for p in placed),
        len({p.disease for p in placed}),
        {top: _mean(row) for top, row in hits.items()},
        {top: _interval(row, placed, seed) for top, row in hits.items()},
        {top: _mean(np.array([_within(p, top) for p in placed])) for top in TOPS},
        {top: _per_disease(row, placed) for top, row in hits.items()},
        ece,
        skill,
        ms_per_case,
        tuple(against),
    )


def pair(
    system: str,
    placed: Sequence[Placed],
    theirs: Mapping[str, float],
    *,
    about: Collection[str] | None = None,
    seed: int = 0,
) -> PairedDifference:
    """Ours minus theirs on the cases that both have; ``theirs`` are ranks, infinite for a miss.

    :param about: the diseases of which we know more than they.
    """
    both = [p for p in placed if p.id in theirs]
    rows = {
        top: np.array([float(p.worst <= top) - float(theirs[p.id] <= top) for p in both])
        for top in TOPS
    }
    return PairedDifference(
        system,
        {top: _mean(np.array([theirs[p.id] <= top for p in both])) for top in TOPS},
        {top: _mean(row) for top, row in rows.items()},
        {top: _interval(row, both, seed) for top, row in rows.items()},
        len(both),
        sum(p.worst != theirs[p.id] for p in both),
        None if about is None else sum(p.disease in about for p in both),
    )


def score_terms(counts: Sequence[tuple[int, int, int]], *, seed: int = 0) -> TermReport:
    """:param counts: per document terms of the gold, terms read, and of these those that are right."""
    rows = np.array(counts, dtype=np.float64).reshape(len(counts), 3)

    def f1(sums: Array) -> Array:
        both = sums[:, 0] + sums[:, 1]
        return np.divide(2 * sums[:, 2], both, out=np.zeros_like(both), where=both > 0)[:, None]

    total = rows.sum(axis=0)
    (interval,) = bootstrap(rows, f1, seed=seed)
    return TermReport(
        float(total[2] / total[1]) if total[1] else 0.0,
        float(total[2] / total[0]) if total[0] else 0.0,
        float(f1(total[None, :])[0, 0]),
        interval,
        len(counts),
    )


def _within(placed: Placed, top: int) -> float:
    """The share of a tie's places that lie within the first ``top``."""
    if math.isinf(placed.worst):
        return 0.0
    places = placed.worst - placed.best + 1
    return min(max((top - placed.best + 1) / places, 0.0), 1.0)


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def _per_disease(hits: Array, placed: Sequence[Placed]) -> float:
    found: dict[str, list[float]] = {}
    for hit, p in zip(hits.tolist(), placed, strict=True):
        found.setdefault(p.disease, []).append(hit)
    return _mean(np.array([np.mean(own) for own in found.values()]))


def _interval(values: Array, placed: Sequence[Placed], seed: int) -> Interval:
    """Of the mean, groups drawn with replacement."""
    sums: dict[str, list[float]] = {}
    for value, p in zip(values.tolist(), placed, strict=True):
        total = sums.setdefault(p.group, [0.0, 0.0])
        total[0] += value
        total[1] += 1
    rows = np.array(list(sums.values()), dtype=np.float64).reshape(len(sums), 2)
    (interval,) = bootstrap(rows, lambda s: s[:, :1] / np.maximum(s[:, 1:], 1), seed=seed)
    return interval


def _calibration(placed: Sequence[Placed]) -> tuple[float, float]:
    """Of the first diagnosis: is it right as often as its posterior says?"""
    told = [p for p in placed if p.first_posterior is not None]
    if not told:
        return 0.0, 0.0
    said = np.array([p.first_posterior for p in told], dtype=np.float64)
    right = np.array([p.worst == 1 for p in told], dtype=np.float64)
    order = np.argsort(said, kind="stable")
    bins = [b for b in np.array_split(order, _BINS) if len(b)]
    error = sum(len(b) * abs(said[b].mean() - right[b].mean()) for b in bins) / len(said)
    base = right.mean() * (1 - right.mean())
    skill = 1 - ((said - right) ** 2).mean() / base if base else 0.0
    return float(error), float(skill)
