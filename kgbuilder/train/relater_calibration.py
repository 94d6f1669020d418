"""Temperature, bias and threshold of a kind of pair, on documents that no training saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.evaluate.calibration import score_calibration
from kgbuilder.nn.calibration import calibrated, fit_calibration

__all__ = ["Calibration", "calibration_of"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a kind gets in ``labels.json``, and what shows how good it is.

    :param loss: mean ``-ln P(an allowed label)``, nats. :param f1: of "related at all" at the threshold.
    """

    temperature: float
    none_bias: float
    threshold: float
    n: int
    n_related: int
    loss: float
    ece_before: float
    ece_after: float
    f1: float


def calibration_of(
    logs: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    names: Sequence[str],
    rule: Mapping[str, Any],
) -> Calibration:
    """Fit ``logs`` ``[n, n_labels of the kind]``, natural logarithms, "none" first.

    :param allowed: of the same shape, the labels that the annotation allows.
    :param rule: a row of the recipe's ``calibrate``: ``for``, the predicates it judges, and ``least``,
        what the threshold is at least.
    """
    temperature, none_bias = fit_calibration(logs, allowed)
    judged = [i for i, name in enumerate(names) if name.partition(":")[0] in rule["for"]]
    related = ~allowed[:, 0]
    before = calibrated(logs, temperature=1.0, none_bias=0.0)[:, judged].sum(1)
    weights = calibrated(logs, temperature=temperature, none_bias=none_bias)
    after = weights[:, judged].sum(1)
    f1, threshold = max(
        (2 * (related & (after >= t)).sum() / max(1, related.sum() + (after >= t).sum()), t)
        for t in np.linspace(0.2, 0.8, 25)
    )
    return Calibration(
        temperature,
        none_bias,
        max(rule.get("least", 0.0), round(float(threshold), 3)),
        len(logs),
        int(related.sum()),
        round(float(-np.log(np.maximum((weights * allowed).sum(1), 1e-12)).mean()), 4),
        _ece(before, related),
        _ece(after, related),
        round(100 * float(f1), 2),
    )


def _ece(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    clipped = np.clip(probabilities, 0, 1).tolist()
    return round(score_calibration(clipped, right.tolist()).ece, 4)
