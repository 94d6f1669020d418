"""Calibration: do things said with probability p come true a share p of the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.errors import UsageError

__all__ = ["BeliefReport", "Bin", "CalibrationReport", "score_calibration"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions with a probability in ``(low, high]`` (the first bin holds 0 too)."""

    low: float
    high: float
    n: int
    mean_probability: float
    share_right: float


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """:param ece: expected calibration error, in [0, 1]. :param brier: mean squared error."""

    ece: float
    brier: float
    bins: tuple[Bin, ...]
    n: int


@dataclass(frozen=True, slots=True)
class BeliefReport:
    """Three ways to believe the same claims.

    :param belief: ours. :param as_read: the relater's own probability. :param indra: the fixed prior of
        INDRA's SimpleScorer.
    """

    n_documents: int
    belief: CalibrationReport
    as_read: CalibrationReport
    indra: CalibrationReport


def score_calibration(
    probabilities: Sequence[float], right: Sequence[bool], *, n_bins: int = 10
) -> CalibrationReport:
    """Expected calibration error over equal-width bins (Naeini et al. 2015; Guo et al. 2017, section 2),
    the mean over predictions of |mean probability - share right| of their bin; and the Brier score.

    :raises UsageError: for probabilities outside [0, 1] or not numbers, or sides of unequal length.
    """
    if len(probabilities) != len(right):
        raise UsageError(f"{len(probabilities)} probabilities and {len(right)} outcomes")
    p = np.asarray(probabilities, dtype=np.float64)
    y = np.asarray(right, dtype=np.float64)
    if not np.all((p >= 0) & (p <= 1)):
        raise UsageError("a probability is not in [0, 1]")
    if n_bins < 1:
        raise UsageError("calibration needs at least one bin")
    if not len(p):
        return CalibrationReport(0.0, 0.0, (), 0)
    # rounded: 0.7 * 10 is a hair above 7
    place = np.clip(np.ceil(np.round(p * n_bins, 9)).astype(int) - 1, 0, n_bins - 1)
    bins = tuple(
        Bin(
            low=int(b) / n_bins,
            high=(int(b) + 1) / n_bins,
            n=int((place == b).sum()),
            mean_probability=float(p[place == b].mean()),
            share_right=float(y[place == b].mean()),
        )
        for b in np.unique(place)
    )
    ece = sum(b.n * abs(b.mean_probability - b.share_right) for b in bins) / len(p)
    return CalibrationReport(float(ece), float(((p - y) ** 2).mean()), bins, len(p))
