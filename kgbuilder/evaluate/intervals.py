"""Counts, what is computed from them, and bootstrap intervals over documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import UsageError

__all__ = ["Counts", "Interval", "Score", "bootstrap", "score_of"]

DEFAULT_SAMPLES = 1_000
LEVEL = 0.95

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one document or the sum of many. Matches are one to one: ``n_right`` counts for both sides."""

    n_gold: int = 0
    n_predicted: int = 0
    n_right: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.n_gold + other.n_gold,
            self.n_predicted + other.n_predicted,
            self.n_right + other.n_right,
        )

    @property
    def precision(self) -> float:
        """Right / predicted; 0 where nothing was predicted."""
        return self.n_right / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Found / gold; 0 where there is no gold."""
        return self.n_right / self.n_gold if self.n_gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % percentile bootstrap interval, ``low`` <= ``high``."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Score:
    """Counts with the intervals of what is computed from them; None where none was asked for."""

    counts: Counts
    precision_interval: Interval | None = None
    recall_interval: Interval | None = None
    f1_interval: Interval | None = None

    @property
    def precision(self) -> float:
        """See :attr:`Counts.precision`."""
        return self.counts.precision

    @property
    def recall(self) -> float:
        """See :attr:`Counts.recall`."""
        return self.counts.recall

    @property
    def f1(self) -> float:
        """See :attr:`Counts.f1`."""
        return self.counts.f1


def bootstrap(
    rows: Array,
    statistic: Callable[[Array], Array],
    *,
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> list[Interval]:
    """Percentile intervals (Efron 1979) of statistics of the sum of ``rows``, documents redrawn.

    :param rows: shape (documents, columns), one row of counts a document.
    :param statistic: (samples, columns) of sums -> (samples, statistics).
    :returns: one interval per statistic; the point itself where there are fewer than two documents.
    :raises UsageError: when ``n_samples`` is not positive or ``rows`` is not a table.
    """
    if n_samples < 1 or rows.ndim != 2:
        raise UsageError("a bootstrap needs a table of counts and at least one sample")
    n_rows = len(rows)
    if n_rows < 2:
        point = statistic(rows.sum(axis=0, keepdims=True))[0]
        return [Interval(float(value), float(value)) for value in point]
    random = np.random.default_rng(seed)
    sums = np.empty((n_samples, rows.shape[1]))
    for i in range(n_samples):  # a weight per document: memory stays at one sample
        weights = np.bincount(random.integers(n_rows, size=n_rows), minlength=n_rows)
        sums[i] = weights @ rows
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(statistic(sums), [tail, 100 - tail], axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def score_of(counts: Sequence[Counts], *, seed: int = 0, n_samples: int = DEFAULT_SAMPLES) -> Score:
    """The score over documents, with intervals; ``n_samples`` 0: without."""
    total = sum(counts, Counts())
    if n_samples == 0:
        return Score(total)
    rows = np.array(
        [[c.n_gold, c.n_predicted, c.n_right] for c in counts],
        dtype=np.float64,
    ).reshape(len(counts), 3)
    precision, recall, f1 = bootstrap(rows, _precision_recall_f1, seed=seed, n_samples=n_samples)
    return Score(total, precision, recall, f1)


def _precision_recall_f1(sums: Array) -> Array:
    gold, predicted, right = sums.T
    precision = np.divide(right, predicted, out=np.zeros_like(right), where=predicted > 0)
    recall = np.divide(right, gold, out=np.zeros_like(right), where=gold > 0)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return np.stack([precision, recall, f1], axis=1)
