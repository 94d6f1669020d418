"""What the shape of a text tells of two things that it names: how often, where and how near each other.

What a paper is about it names first, most and together; a pair of such things is related more often than
a pair in passing, whatever the words between them. A small network (one hidden layer) makes of that
the log-probabilities of a pair's labels. It sees no words: the other readings of a pair do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError

__all__ = ["SHAPE", "Named", "ShapeModel", "shapes_of"]

_OF_ONE = (
    "mentions, as a share of those of the most named of its class",
    "ln mentions",
    "is named in the first sentence",
    "first sentence that names it, as a share of the text",
    "last sentence that names it, as a share of the text",
    "ln(1 + things of its class that are named more often)",
    "ln things of its class",
)
_OF_BOTH = (
    "ln(1 + sentences that name both)",
    "ln(1 + sentences between the nearest two mentions)",
    "the first sentence names both",
    "one of the last two sentences names both",
    "ln(1 + characters between the nearest two mentions of a sentence), 6 where none names both",
    "other mentions between them there, 4 at most",
    "a sentence names both",
)
SHAPE = (
    *(f"subject: {name}" for name in _OF_ONE),
    *(f"object: {name}" for name in _OF_ONE),
    *_OF_BOTH,
)
"""What is told of a pair, in order."""

_FAR, _CROWD = 6.0, 4


class Named(NamedTuple):
    """A mention of a thing. :param sentence: its number, 0 the first."""

    thing: Hashable
    kind: str
    start: int
    end: int
    sentence: int


def shapes_of(
    named: Sequence[Named], n_sentences: int, pairs: Sequence[tuple[Hashable, Hashable]]
) -> NDArray[np.float32]:
    """``[n_pairs, len(SHAPE)]`` for pairs of things that ``named`` names, in text order."""
    at: dict[Hashable, list[int]] = defaultdict(list)
    kind_of: dict[Hashable, str] = {}
    for i, mention in enumerate(named):
        at[mention.thing].append(i)
        kind_of.setdefault(mention.thing, mention.kind)
    counts: dict[str, list[int]] = defaultdict(list)
    for thing, kind in kind_of.items():
        counts[kind].append(len(at[thing]))
    sentences = {thing: {named[i].sentence for i in places} for thing, places in at.items()}
    n = max(1, n_sentences)

    def one(thing: Hashable) -> list[float]:
        mine, peers = len(at[thing]), counts[kind_of[thing]]
        return [
            mine / max(peers),
            math.log(mine),
            float(0 in sentences[thing]),
            min(sentences[thing]) / n,
            max(sentences[thing]) / n,
            math.log1p(sum(other > mine for other in peers)),
            math.log(len(peers)),
        ]

    rows = []
    for a, b in pairs:
        both = sentences[a] & sentences[b]
        gap, between = _nearest(named, at[a], at[b])
        apart = min(abs(i - j) for i in sentences[a] for j in sentences[b])
        rows.append(
            [
                *one(a),
                *one(b),
                math.log1p(len(both)),
                math.log1p(apart),
                float(0 in both),
                float(bool(both & {n - 1, n - 2})),
                gap,
                float(between),
                float(bool(both)),
            ]
        )
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(SHAPE))


def _nearest(named: Sequence[Named], one: list[int], other: list[int]) -> tuple[float, int]:
    """Over pairs of mentions in one sentence: least ``(ln(1 + characters), other mentions between)``."""
    gap, between = _FAR, _CROWD
    own = set(one) | set(other)
    for i in one:
        for j in other:
            if named[i].sentence == named[j].sentence:
                low, high = min(i, j), max(i, j)
                crowd = sum(k not in own for k in range(low + 1, high))
                between = min(between, crowd)
                gap = min(gap, math.log1p(max(0, named[high].start - named[low].end)))
    return gap, between


@dataclass(frozen=True, slots=True)
class ShapeModel:
    """The network, as ``pipelines/fit_shape.py`` fits it.

    :param kinds: kinds of pairs, each an input of its own. :param mean: and ``scale`` ``[n_features]``.
    :param hidden: ``[n_hidden, n_features + n_kinds]``, its bias ``[n_hidden]``.
    :param head: ``[n_labels, n_hidden]``, its bias ``[n_labels]``.
    """

    kinds: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    head: NDArray[np.float32]
    head_bias: NDArray[np.float32]

    def scores(self, kind: str, shapes: NDArray[np.float32]) -> NDArray[np.float32]:
        """``[n_pairs, n_labels]``, not normalized, for pairs of one kind; zeros for one it lacks."""
        if kind not in self.kinds:
            return np.zeros((len(shapes), len(self.head)), dtype=np.float32)
        which = np.zeros((len(shapes), len(self.kinds)), dtype=np.float32)
        which[:, self.kinds.index(kind)] = 1.0
        # float64, since in which order numpy's products are summed depends on the processor
        inputs = np.concatenate([(shapes - self.mean) / self.scale, which], axis=1).astype(
            np.float64
        )
        hidden = np.maximum(inputs @ self.hidden.T + self.hidden_bias, 0.0)
        return np.asarray(hidden @ self.head.T + self.head_bias, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write what :meth:`load` reads."""
        np.savez(
            path,
            kinds=np.array(self.kinds),
            mean=self.mean,
            scale=self.scale,
            hidden=self.hidden,
            hidden_bias=self.hidden_bias,
            head=self.head,
            head_bias=self.head_bias,
        )

    @classmethod
    def load(cls, path: Path) -> ShapeModel:
        """:raises InputError: when the file is not such a model."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = [np.asarray(file[name], dtype=np.float32) for name in _ARRAYS]
                model = cls(tuple(map(str, file["kinds"])), *arrays)
            model.scores(model.kinds[0], np.zeros((1, len(SHAPE)), dtype=np.float32))
        except (OSError, EOFError, ValueError, KeyError, IndexError, BadZipFile) as error:
            raise InputError(f"not a model of shapes: {error}", where=str(path)) from error
        return model


_ARRAYS = ("mean", "scale", "hidden", "hidden_bias", "head", "head_bias")
