"""Running the reader of how mentions are meant: onnxruntime alone, no torch.

One pass over a sentence, in which pieces of mentions carry their type; each piece votes for the statuses
of what it is part of, and the mean of the votes decides.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.nn.pieces import Pieces, WordPieces, iter_windows
from kgbuilder.nn.runtime import OnnxModel

__all__ = ["AssertionModel", "AssertionPieces", "MarkedMention", "pieces_of_mentions"]

MAX_PIECES = 254
"""Pieces that the encoder sees at once, special ones not counted."""

_OVERLAP = 64


@dataclass(frozen=True, slots=True)
class MarkedMention:
    """``[start, end)`` in the text, and a type."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class AssertionPieces:
    """A text with its mentions marked.

    :param marks: ``[n_pieces, n_types]`` of 0 and 1.
    :param places: per mention the indexes of its pieces.
    """

    pieces: WordPieces
    marks: NDArray[np.float32]
    places: tuple[NDArray[np.int64], ...]


def pieces_of_mentions(
    text: str, mentions: Sequence[MarkedMention], pieces: Pieces, types: Sequence[str]
) -> AssertionPieces:
    """Where the mentions stand among the pieces. A mention of another type is seen by nobody."""
    cut = pieces.of(text)
    bounds = [*cut.first, len(cut.ids)]
    marks = np.zeros((len(cut.ids), len(types)), dtype=np.float32)
    places = []
    for mention in mentions:
        covered = [
            i
            for word, (start, end) in enumerate(cut.words)
            if start < mention.end and mention.start < end
            for i in range(bounds[word], bounds[word + 1])
        ]
        if mention.type in types:
            marks[covered, types.index(mention.type)] = 1.0
        places.append(np.array(covered, dtype=np.int64))
    return AssertionPieces(cut, marks, tuple(places))


class AssertionModel:
    """:param folder: ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``.
    :param at_once: open them now, not when they are first needed.

    ``types``: of mentions that it reads. ``statuses``: what it may answer, each a set of the categories
    that qualify's table of cues has; the empty one is a plain fact.

    :raises InputError: when the folder holds no such weights.
    """

    def __init__(self, folder: Path, *, at_once: bool = False) -> None:
        try:
            card = json.loads((folder / "labels.json").read_text("utf-8"))
            self.name = f"{card['name']} {card['version']}"
            self.types: tuple[str, ...] = tuple(card["types"])
            self.statuses = tuple(frozenset(filter(None, s.split("+"))) for s in card["statuses"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"labels.json is missing or wrong: {error!r}", where=str(folder)
            ) from error
        self._pieces = Pieces(folder / "tokenizer.json")
        self._model = OnnxModel(folder / "model.int8.onnx")
        if at_once:
            self._pieces.load()
            self._model.load()

    def probabilities(self, text: str, mentions: Sequence[MarkedMention]) -> NDArray[np.float32]:
        """``[n_mentions, n_statuses]``, rounded to four digits."""
        marked = pieces_of_mentions(text, mentions, self._pieces, self.types)
        votes = self._votes(marked)
        scores = np.zeros((len(mentions), len(self.statuses)), dtype=np.float32)
        for row, place in enumerate(marked.places):
            if len(place):
                scores[row] = votes[place].mean(axis=0)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        shares: NDArray[np.float32] = (odds / odds.sum(axis=1, keepdims=True)).round(4)
        return shares

    def _votes(self, marked: AssertionPieces) -> NDArray[np.float32]:
        """``[n_pieces, n_statuses]``: a long text is read in windows that share their edges."""
        pieces = marked.pieces
        bounds = [*pieces.first, len(pieces.ids)]
        votes = np.zeros((len(pieces.ids), len(self.statuses)), dtype=np.float32)
        for window in iter_windows(pieces, max_pieces=MAX_PIECES, overlap=_OVERLAP):
            start = bounds[window.start]
            end = min(bounds[window.end], start + MAX_PIECES)
            ids = [self._pieces.start_id, *pieces.ids[start:end], self._pieces.end_id]
            hints = np.pad(marked.marks[start:end], ((1, 1), (0, 0)))[None]
            answer = self._model.run({"ids": np.array([ids], dtype=np.int64), "hints": hints})
            kept = slice(bounds[window.keep_start], min(bounds[window.keep_end], end))
            votes[kept] = answer[0, 1:-1][kept.start - start : kept.stop - start]
        return votes
