"""Words by their letters: vectors of runs of letters, trained on raw text, and a small recurrent network
that labels a sentence's words by them, beside the encoder's pieces.

The encoder is general and cuts "zolpidem" into pieces that mean nothing; these vectors come from
biomedical text alone, and the two err on different words. numpy and onnxruntime, no torch.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError
from kgbuilder.nn.hints import NAMED
from kgbuilder.nn.murmur import murmur_of
from kgbuilder.nn.runtime import OnnxModel

__all__ = [
    "VECTORS_FILE",
    "WORDS_FILE",
    "WordModel",
    "WordReader",
    "WordVectors",
    "blended",
    "runs_of_letters",
]

Floats = NDArray[np.float32]

VECTORS_FILE, WORDS_FILE = "words.npz", "words.onnx"
SEED = 2166136261
"""floret's."""

SHORTEST, LONGEST, N_HASHES = 3, 5, 2
"""Letters of a run, and rows of the table that a run is spread over."""

_LONGEST_WORD = 60
_REMEMBERED = 100_000


def runs_of_letters(word: str) -> list[str]:
    """The word between its edges, and its runs of letters; case tells nothing here.

    >>> runs_of_letters("Ab")
    ['<ab>', '<ab', 'ab>', '<ab>']
    """
    edged = f"<{word.lower()[:_LONGEST_WORD]}>"
    lengths = range(SHORTEST, LONGEST + 1)
    return [edged, *(edged[a : a + n] for n in lengths for a in range(len(edged) - n + 1))]


def rows_of(words: Sequence[str], n_rows: int) -> list[NDArray[np.int64]]:
    """Of each word the rows of a table of ``n_rows`` whose mean is its vector, as floret takes them.
    floret goes through runs by where they begin, which changes no mean.
    """
    runs = [runs_of_letters(word) for word in words]
    keys = [run.encode("utf-8", "surrogatepass") for some in runs for run in some]
    hashes = murmur_of(keys, seed=SEED)[:, :N_HASHES] % n_rows
    ends = np.cumsum([len(some) for some in runs])[:-1]
    return [part.ravel() for part in np.split(hashes, ends)] if runs else []


@dataclass(frozen=True, slots=True, eq=False)
class WordVectors:
    """A table of vectors for hashed runs of letters.

    :param table: [n_rows, width], int8. :param scales: [n_rows] float32, what a row is multiplied by.
    """

    table: NDArray[np.int8]
    scales: Floats
    _known: dict[str, Floats] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, table: Floats) -> WordVectors:
        """Round a table of floats."""
        scales = np.maximum(np.abs(table).max(axis=1), 1e-8) / 127.0
        return cls(np.rint(table / scales[:, None]).astype(np.int8), scales.astype(np.float32))

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return int(self.table.shape[1])

    def vectors(self, words: Sequence[str]) -> Floats:
        """``[n_words, width]``; the same word always has the same vector."""
        if not words:
            return np.zeros((0, self.width), dtype=np.float32)
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        found = {word: self._known.get(word) for word in words}
        new = [word for word, vector in found.items() if vector is None]
        for word, rows in zip(new, rows_of(new, len(self.table)), strict=True):
            vector = (self.table[rows] * self.scales[rows, None]).mean(axis=0)
            found[word] = self._known[word] = vector
        return np.array([found[word] for word in words], dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write :data:`VECTORS_FILE`."""
        np.savez_compressed(path, table=self.table, scales=self.scales.astype(np.float16))

    @classmethod
    def load(cls, path: Path) -> WordVectors:
        """:raises FormatError: for a file that is missing or damaged."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                table, scales = arrays["table"], arrays["scales"].astype(np.float32)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
            raise FormatError(f"not vectors of words: {error}", where=str(path)) from None
        if table.ndim != 2 or table.dtype != np.int8 or scales.shape != table.shape[:1]:
            raise FormatError("vectors of words have other shapes", where=str(path))
        return cls(table, scales)


class WordModel:
    """A network over words: ``words.npz`` and ``words.onnx`` in a folder of weights, read when they are
    first needed.

    :raises InputError: when the model is missing; what is damaged is told when it is read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = OnnxModel(folder / WORDS_FILE)

    @cached_property
    def vectors(self) -> WordVectors:
        """What its words are given as. :raises FormatError: for a damaged file."""
        return WordVectors.load(self._folder / VECTORS_FILE)

    def load(self) -> None:
        """Read both now. :raises FormatError: for damaged vectors. :raises InputError: for a model."""
        _ = self.vectors
        self._model.load()

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Floats:
        """The network's answer. :raises InputError: when it is no such model."""
        return self._model.run(inputs)


class WordReader:
    """The network over the words of a sentence, in the folder of a tagger.

    :param share: how much it counts beside the encoder, from 0 to 1.
    """

    def __init__(self, folder: Path, *, share: float) -> None:
        self.share = share
        self._model = WordModel(folder)

    def load(self) -> None:
        """Read it now, see :meth:`WordModel.load`."""
        self._model.load()

    def log_probabilities(self, words: Sequence[str], hints: Floats) -> Floats:
        """``[n_words, n_labels]`` of a sentence.

        :param hints: ``[n_words, n_hints]``, of which those on the word itself are read.
        """
        inputs = [self._model.vectors.vectors(words), hints[:, : NAMED.stop]]
        both = np.concatenate(inputs, axis=1)[None].astype(np.float32)
        return np.asarray(self._model.run({"words": both})[0])


def blended(one: Floats, other: Floats, share: float) -> Floats:
    """Two readings of the same words ``[n_words, n_labels]``, natural logarithms of probabilities: the
    weighted geometric mean, made to sum to one again. ``share`` is the other's.

    >>> round(float(np.exp(blended(np.log([[0.5, 0.5]]), np.log([[0.2, 0.8]]), 1.0))[0, 1]), 3)
    0.8
    """
    both = (1.0 - share) * one + share * other
    return np.asarray(both - np.logaddexp.reduce(both, axis=1, keepdims=True), dtype=np.float32)
