"""Scores to probabilities that mean what they say: temperature and a bias, fitted on held-out data.

Temperature scaling of Guo et al. 2017, https://arxiv.org/abs/1706.04599, with one more number for the
label "none", since training thins out what is unrelated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibrated", "fit_calibration"]


def calibrated(
    log_probabilities: NDArray[np.float32], *, temperature: float, none_bias: float
) -> NDArray[np.float64]:
    """Probabilities ``[n, n_labels]`` that sum to 1; label 0 is "none"."""
    scaled = log_probabilities.astype(np.float64) / temperature
    scaled[:, 0] += none_bias
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def fit_calibration(
    log_probabilities: NDArray[np.float32], allowed: NDArray[np.bool_]
) -> tuple[float, float]:
    """``(temperature, none_bias)`` with the least mean ``-ln P(an allowed label)``, by a grid."""
    best = (float("inf"), 1.0, 0.0)
    for temperature in np.geomspace(0.5, 4.0, 22):
        for none_bias in np.linspace(-2.0, 4.0, 61):
            p = calibrated(log_probabilities, temperature=temperature, none_bias=none_bias)
            loss = -np.log(np.maximum((p * allowed).sum(axis=1), 1e-12)).mean()
            best = min(best, (float(loss), float(temperature), float(none_bias)))
    return round(best[1], 4), round(best[2], 4)
