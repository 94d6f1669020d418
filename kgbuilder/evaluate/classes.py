"""Classes: accuracy, precision, recall and F1 per class, and who is taken for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.intervals import Array, Counts, Interval, bootstrap

__all__ = ["ClassReport", "score_classes"]


@dataclass(frozen=True, slots=True)
class ClassReport:
    """:param accuracy: share of right answers. :param macro_f1: the mean over labels.
    :param loss: mean of -ln of the right label's probability, in nats.
    :param confusion: ``confusion[i][j]``: texts of ``labels[i]`` that were called ``labels[j]``.
    """

    labels: tuple[str, ...]
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    loss: float
    by_label: Mapping[str, Counts]
    confusion: tuple[tuple[int, ...], ...]
    n: int


def score_classes(
    probabilities: Array, right: Sequence[int], labels: Sequence[str], *, seed: int = 0
) -> ClassReport:
    """:param probabilities: (n, n_labels). :param right: the number of the right label of each.

    :raises UsageError: for sides of unequal length.
    """
    if len(probabilities) != len(right) or (len(right) and probabilities.shape[1] != len(labels)):
        raise UsageError(f"{probabilities.shape} probabilities, {len(right)} answers")
    n, k = len(right), len(labels)
    truth = np.asarray(right, dtype=np.int64)
    called = probabilities.argmax(axis=1) if n else truth
    confusion = np.bincount(truth * k + called, minlength=k * k).reshape(k, k)
    by_label = {
        label: Counts(int(confusion[i].sum()), int(confusion[:, i].sum()), int(confusion[i, i]))
        for i, label in enumerate(labels)
    }
    hits = np.stack([(called == truth).astype(np.float64), np.ones(n)], axis=1)
    (interval,) = bootstrap(hits, lambda sums: sums[:, :1] / np.maximum(sums[:, 1:], 1), seed=seed)
    own = probabilities[np.arange(n), truth] if n else np.ones(0)
    return ClassReport(
        tuple(labels),
        float(hits[:, 0].mean()) if n else 0.0,
        interval,
        float(np.mean([counts.f1 for counts in by_label.values()])) if k else 0.0,
        float(-np.log(np.maximum(own, 1e-12)).mean()) if n else 0.0,
        by_label,
        tuple(tuple(int(c) for c in row) for row in confusion),
        n,
    )
