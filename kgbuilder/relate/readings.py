"""Two concepts of a passage as they are read: in the nearest sentence that names both, over the passage
by their nearest mentions, and by the shape of the passage. Each reading gives log-probabilities of the
pair's labels. Whether the two are related at all, and how, are weighed apart, since the readings are not
equally good at both; ``pipelines/fit_shape.py`` fits the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.nn.passages import pooled

__all__ = ["AS_THE_PASSAGE", "Mix", "Reading", "mixed", "odds_of", "parted"]

Pair = tuple[int, int]
"""Two findings, the subject first, as indexes."""

Logs = NDArray[np.float32]

_FLOOR, _SURE = -30.0, 9.0
"""No reading rules a label out alone, or is surer than 9 nats that two things are related."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How much each reading counts: the sentences, the passage, its shape.

    :param related: for whether the two are related, log-odds; ``bias`` is added. :param label: for how.
    """

    related: tuple[float, float, float]
    bias: float
    label: tuple[float, float, float]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Mix:
        """From ``labels.json``. :raises KeyError: when one is missing."""
        (a, b, c), (d, e, f) = (map(float, raw[name]) for name in ("related", "label"))
        return cls((a, b, c), float(raw["bias"]), (d, e, f))


AS_THE_PASSAGE = Mix((0.0, 1.0, 0.0), 0.0, (0.0, 1.0, 0.0))
"""What weights without a fitted mix go by."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of two concepts; log-probabilities are ``[n_labels of the kind]``.

    :param passages: the nearest pairs of mentions, each with what the passage says.
    :param nearest: where a sentence names both: its number, and the pair of mentions there.
    :param sentence: what that sentence says; None where it was not read.
    """

    kind: str
    pair: Pair
    passages: tuple[tuple[Pair, Logs], ...]
    shape: Logs
    nearest: tuple[int, Pair] | None = None
    sentence: Logs | None = None

    @property
    def together(self) -> bool:
        """Whether a sentence names both."""
        return self.nearest is not None

    def pooled(self) -> tuple[Logs, Logs, Logs]:
        """``(sentence, passage, shape)``: of the passage, of each label what the pair of mentions says
        that says most; zeros where nothing was read.
        """
        zero = np.zeros_like(self.shape)
        passage = zero
        if self.passages:
            rows = np.stack([logs for _, logs in self.passages])
            passage = pooled(rows, [0] * len(rows))[0]
        return zero if self.sentence is None else self.sentence, passage, self.shape

    def says_most(self, columns: Sequence[int], where: Sequence[int]) -> Pair:
        """The pair of mentions that says these labels most over the passage, in one sentence where one
        names both. :param where: per mention the number of its sentence.
        """
        inside = [row for row in self.passages if where[row[0][0]] == where[row[0][1]]]
        some = inside or self.passages
        if not some:
            return self.pair
        return max(some, key=lambda row: float(np.logaddexp.reduce(row[1][list(columns)])))[0]


def parted(logs: Logs) -> tuple[float, Logs]:
    """``(log-odds that the two are related, log-probabilities of the labels if they are)``; the label
    "none" is the first of ``logs`` and not among those given back.
    """
    related = np.logaddexp.reduce(logs[1:])
    odds = float(np.clip(related - logs[0], -_SURE, _SURE))
    return odds, np.maximum(logs[1:] - related, _FLOOR)


def odds_of(reading: Reading, mix: Mix) -> float:
    """Log-odds that the two are related, by what was read. What was not read counts for nothing."""
    parts = zip(reading.pooled(), mix.related, strict=True)
    return mix.bias + sum(weight * parted(logs)[0] for logs, weight in parts if logs.any())


def mixed(reading: Reading, mix: Mix) -> Logs:
    """Log-probabilities of the kind's labels. What was not read counts for nothing."""
    labels = np.zeros(len(reading.shape) - 1, dtype=np.float32)
    for logs, weight in zip(reading.pooled(), mix.label, strict=True):
        if logs.any():
            labels = labels + weight * parted(logs)[1]
    labels = labels - np.logaddexp.reduce(labels)
    odds = odds_of(reading, mix)
    none, some = -np.logaddexp(0.0, odds), -np.logaddexp(0.0, -odds)
    return np.concatenate([[none], some + labels]).astype(np.float32)
