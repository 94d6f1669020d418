"""Two mentions of a sentence by the words around them: a small network of convolutions over vectors of
runs of letters, beside the encoder that reads the same layout.

It sees what a layout holds, so names that are hidden there are hidden here. numpy and onnxruntime alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.nn.pairs import FIRST_MARK, MARK_STEP, MARKS, PairLayout
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.words import WordModel

__all__ = ["FAR", "WordPair", "WordPairReader", "WordPairs", "arrays_of"]

FAR = 25
"""Words before the first and behind the second mention that are read; further off, all is as far."""

_LONGEST = 100
"""Words of a window; mentions further apart are read as far as it goes."""

_HIDDEN = "drug"
"""What a hidden name is read as."""

_OUTSIDE = -1e4


@dataclass(frozen=True, slots=True)
class WordPair:
    """The words around a pair of mentions.

    :param hidden: which words stand for hidden names. :param places: first and last word of the one
        mention and of the other. :param classes: numbers of their classes.
    """

    words: tuple[str, ...]
    hidden: tuple[bool, ...]
    places: tuple[int, int, int, int]
    classes: tuple[int, int]


class WordPairs:
    """Layouts to :class:`WordPair`, for the pieces of one encoder."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return self._pieces.names()

    def of(self, layout: PairLayout) -> list[WordPair]:
        """One a pair of the layout, in order."""
        words: list[str] = []
        word_of: list[int] = []
        for id in layout.ids[1 : layout.n_text - 1]:
            name = self._names[id]
            if name.startswith("##") and words:
                words[-1] += name[2:]
            else:
                words.append(name)
            word_of.append(len(words) - 1)
        hidden = [word.startswith("[unused") for word in words]
        words = [_HIDDEN if away else word for word, away in zip(words, hidden, strict=True)]
        marks = layout.ids[layout.n_text :].reshape(-1, MARKS)[:, ::2]
        places = layout.positions[layout.n_text :].reshape(-1, MARKS) - 1
        pairs = []
        for at, ids in zip(places, marks, strict=True):
            one, one_end, other, other_end = (word_of[place] for place in at)
            low, high = min(one, other), max(one_end, other_end)
            start, end = max(0, low - FAR), min(len(words), high + FAR + 1)
            if end - start > _LONGEST and high < start + _LONGEST:
                end = start + _LONGEST
            pairs.append(
                WordPair(
                    tuple(words[start:end]),
                    tuple(hidden[start:end]),
                    (one - start, one_end - start, other - start, other_end - start),
                    (self._class(ids[0], 0), self._class(ids[1], 1)),
                )
            )
        return pairs

    def _class(self, id: int, role: int) -> int:
        return int(self._names[id][len("[unused") : -1]) - FIRST_MARK - MARK_STEP * role


def arrays_of(pairs: Sequence[WordPair]) -> dict[str, NDArray[Any]]:
    """What the network takes for n pairs of at most L words, but for their vectors.

    ``hidden`` [n, L, 1]; ``near`` [n, L, 2], how far a word is from each mention, counted from 0 = no
    word; ``segments`` [n, 3, L], 0 for words up to the first mention, between, and from the second on,
    and far below elsewhere; ``inside`` [n, L, 1]; ``ends`` [n, 2, L], 1 at the first words of the two
    mentions; ``classes`` [n, 2].
    """
    n, longest = len(pairs), max(len(pair.words) for pair in pairs)
    hidden = np.zeros((n, longest, 1), dtype=np.float32)
    near = np.zeros((n, longest, 2), dtype=np.int64)
    segments = np.full((n, 3, longest), _OUTSIDE, dtype=np.float32)
    inside = np.zeros((n, longest, 1), dtype=np.float32)
    ends = np.zeros((n, 2, longest), dtype=np.float32)
    for i, pair in enumerate(pairs):
        size, at = len(pair.words), np.arange(len(pair.words))
        hidden[i, :size, 0], inside[i, :size, 0] = pair.hidden, 1.0
        for role in (0, 1):
            first, last = pair.places[2 * role : 2 * role + 2]
            off = np.where(at < first, at - first, np.where(at > last, at - last, 0))
            near[i, :size, role] = np.clip(off, -FAR, FAR) + FAR + 1
            ends[i, role, first] = 1.0
        low, high = min(pair.places[1], pair.places[3]), max(pair.places[0], pair.places[2])
        segment = np.where(at <= low, 0, np.where(at < high, 1, 2))
        segments[i, segment, at] = 0.0
    classes = np.array([pair.classes for pair in pairs], dtype=np.int64)
    return {
        "hidden": hidden,
        "near": near,
        "segments": segments,
        "inside": inside,
        "ends": ends,
        "classes": classes,
    }


class WordPairReader:
    """The network over the words around pairs, in the folder of a relater."""

    def __init__(self, folder: Path, pieces: Pieces) -> None:
        self._model = WordModel(folder)
        self._pairs = WordPairs(pieces)

    def load(self) -> None:
        """Read it now, see :meth:`kgbuilder.nn.words.WordModel.load`."""
        self._model.load()

    def log_probabilities(
        self, layout: PairLayout, chosen: Sequence[int] | None = None
    ) -> NDArray[np.float32]:
        """``[n_pairs, n_labels]`` for the pairs of a layout, or for the ``chosen`` of them, by place."""
        pairs = self._pairs.of(layout)
        if chosen is not None:
            pairs = [pairs[place] for place in chosen]
        inputs = arrays_of(pairs)
        hidden = inputs.pop("hidden")
        vectors = self._model.vectors
        words = np.zeros((*hidden.shape[:2], vectors.width + 1), dtype=np.float32)
        for i, pair in enumerate(pairs):
            words[i, : len(pair.words), :-1] = vectors.vectors(pair.words)
        words[:, :, -1:] = hidden
        return self._model.run({"words": words, **inputs})
