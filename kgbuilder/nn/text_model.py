"""Running a text classifier that ``kgbuilder train classifier`` wrote: onnxruntime alone, no torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError, InputError
from kgbuilder.nn.letters import Letters
from kgbuilder.nn.pieces import Pieces, WordPieces, iter_windows
from kgbuilder.nn.runtime import OnnxModel

__all__ = ["Classified", "TextModel", "WordVote", "clipped"]

MAX_PIECES = 254
"""Pieces that the encoder sees at once, special ones not counted."""

_OVERLAP = 32


@dataclass(frozen=True, slots=True)
class WordVote:
    """A word of the text and what it added to the log odds of a label over the mean label, in nats."""

    text: str
    start: int
    end: int
    log_ratio: float


@dataclass(frozen=True, slots=True)
class Classified:
    """Labels with probabilities, the likeliest first, and the words in text order for the first."""

    labels: tuple[tuple[str, float], ...]
    words: tuple[WordVote, ...]

    def telling(self, top: int = 5) -> tuple[WordVote, ...]:
        """The words that spoke most for the first label."""
        ordered = sorted(self.words, key=lambda w: (-w.log_ratio, w.start))
        return tuple(word for word in ordered[:top] if word.log_ratio > 0)


class TextModel:
    """:param folder: ``model.int8.onnx``, ``tokenizer.json``, ``labels.json``; perhaps ``letters.npz``.

    :raises InputError: when a file is missing. :raises FormatError: when the folder holds another model.
    """

    def __init__(self, folder: Path) -> None:
        try:
            told = json.loads((folder / "labels.json").read_text("utf-8"))
        except OSError as error:
            raise InputError(
                f"no classifier: {error}",
                where=str(folder),
                hint="kgbuilder train classifier DATA.csv --into MODEL",
            ) from None
        except ValueError as error:
            raise FormatError(f"not JSON: {error}", where=str(folder / "labels.json")) from None
        if not isinstance(told, dict) or told.get("kind") != "classifier":
            raise FormatError(
                "the folder holds no classifier of texts",
                where=str(folder),
                hint="taggers and relaters are chosen in a recipe",
            )
        self.name = str(told["name"])
        self.labels: tuple[str, ...] = tuple(told["labels"])
        self._pieces = Pieces(folder / "tokenizer.json")
        self._model = OnnxModel(folder / "model.int8.onnx")
        self._letters = Letters.load(folder)

    def classify(self, text: str) -> Classified:
        """Every text has an answer, the empty one too: there all labels are alike."""
        pieces = self._pieces.of(text)
        votes = self._votes(pieces)
        if not len(votes):
            share = 1.0 / len(self.labels)
            return Classified(tuple((label, share) for label in self.labels), ())
        letters = self._letters_of(text, pieces)
        mean = votes.mean(axis=0) + letters.sum(axis=0)
        odds = np.exp(mean - mean.max())
        probabilities = odds / odds.sum()
        order = sorted(range(len(self.labels)), key=lambda i: (-probabilities[i], self.labels[i]))
        ahead = (votes[:, order[0]] - votes.mean(axis=1)) / len(votes)
        spelt = letters[:, order[0]] - letters.mean(axis=1)
        labels = tuple((self.labels[i], float(probabilities[i])) for i in order)
        return Classified(labels, tuple(_words(text, pieces, ahead, spelt)))

    def _letters_of(self, text: str, pieces: WordPieces) -> NDArray[np.float32]:
        """What the letters of each word add, (n_words, n_labels)."""
        if self._letters is None:
            return np.zeros((len(pieces.words), len(self.labels)), dtype=np.float32)
        return self._letters.votes([text[start:end] for start, end in pieces.words])

    def _votes(self, pieces: WordPieces) -> NDArray[np.float32]:
        """``[n_pieces, n_labels]``: a long text is read in windows that share their edges."""
        bounds = [*pieces.first, len(pieces.ids)]
        parts = []
        for window in iter_windows(pieces, max_pieces=MAX_PIECES, overlap=_OVERLAP):
            start, end = bounds[window.start], bounds[window.end]
            inner = clipped(pieces.ids[start:end])
            ids = np.array([[self._pieces.start_id, *inner, self._pieces.end_id]], dtype=np.int64)
            answer = self._model.run({"ids": ids})[0, 1:-1]
            keep = slice(bounds[window.keep_start] - start, bounds[window.keep_end] - start)
            kept = answer[keep]
            missing = (bounds[window.keep_end] - bounds[window.keep_start]) - len(kept)
            parts.append(np.concatenate([kept, np.repeat(kept[-1:], missing, axis=0)]))
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)), dtype=np.float32)


def clipped(ids: Sequence[int]) -> tuple[int, ...]:
    """The pieces that fit into the encoder at once."""
    return tuple(ids[:MAX_PIECES])


def _words(
    text: str, pieces: WordPieces, ahead: NDArray[np.float32], spelt: NDArray[np.float32]
) -> list[WordVote]:
    bounds = [*pieces.first, len(pieces.ids)]
    return [
        WordVote(
            text[start:end], start, end, float(ahead[bounds[i] : bounds[i + 1]].sum() + spelt[i])
        )
        for i, (start, end) in enumerate(pieces.words)
    ]
