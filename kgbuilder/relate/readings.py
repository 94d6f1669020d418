"""Two concepts of a passage as they are read: in each sentence that names both, over the passage by
their nearest mentions, and by the shape of the passage. Each reading gives log-probabilities of the
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

__all__ = ["AS_THE_PASSAGE", "Mix", "Reading", "mixed", "parted"]

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

    :param sentences: pairs of mentions in one sentence, each with what the sentence says.
    :param passages: the nearest pairs of mentions, each with what the passage says.
    """

    kind: str
    pair: Pair
    sentences: tuple[tuple[Pair, Logs], ...]
    passages: tuple[tuple[Pair, Logs], ...]
    shape: Logs

    @property
    def together(self) -> bool:
        """Whether a sentence was read that names both."""
        return bool(self.sentences)

    def pooled(self) -> tuple[Logs, Logs, Logs]:
        """``(sentence, passage, shape)``: of each label what the pair of mentions says that says most;
        zeros where nothing was read.
        """
        zero = np.zeros_like(self.shape)
        rows = [
            pooled(np.stack([logs for _, logs in some]), [0] * len(some))[0] if some else zero
            for some in (self.sentences, self.passages)
        ]
        return rows[0], rows[1], self.shape

    def says_most(self, columns: Sequence[int]) -> Pair:
        """The pair of mentions that says these labels most, in one sentence where one names both."""
        some = self.sentences or self.passages
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


def mixed(reading: Reading, mix: Mix) -> Logs:
    """Log-probabilities of the kind's labels. What was not read counts for nothing."""
    parts = [parted(logs) if logs.any() else None for logs in reading.pooled()]
    odds, labels = mix.bias, np.zeros(len(reading.shape) - 1, dtype=np.float32)
    for part, related, label in zip(parts, mix.related, mix.label, strict=True):
        if part is not None:
            odds += related * part[0]
            labels = labels + label * part[1]
    labels = labels - np.logaddexp.reduce(labels)
    none, some = -np.logaddexp(0.0, odds), -np.logaddexp(0.0, -odds)
    return np.concatenate([[none], some + labels]).astype(np.float32)
