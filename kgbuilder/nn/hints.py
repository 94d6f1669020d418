"""What a word tells beside its pieces: how it is written, what the vocabularies call it, and where it is
read.

The encoder is uncased and its piece vocabulary is general, so it sees neither that "ALL" is written in
capitals nor that "zolpidem" is the name of a drug. Both reach it as a few 0/1 values a piece, which a
linear layer adds to the embedding. A text read without vocabularies has zeros there; training hides
them from a share of the texts, so that the tagger does not lean on them alone. Notes name and mark
things otherwise than papers, so that a model of both is told which it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["HINTS", "NAMED", "NAMED_TYPES", "hints_of"]

NAMED_TYPES = ("Drug", "Disease", "Phenotype", "Gene")
"""Types whose names a vocabulary may point out."""

_SHAPES = ("capitals", "capitalized", "mixed case", "one capital", "digits", "letters and digits")

HINTS = (*_SHAPES, *(f"{mark}-{type}" for type in NAMED_TYPES for mark in "BI"), "in a note")
"""Names of the values, in the order of their columns; written into ``labels.json``. A model may have
been trained with fewer: the first of them.
"""

NAMED = slice(len(_SHAPES), len(_SHAPES) + 2 * len(NAMED_TYPES))
"""The columns of the vocabularies."""


def hints_of(
    text: str,
    words: Sequence[tuple[int, int]],
    first: Sequence[int],
    n_pieces: int,
    names: Iterable[tuple[int, int, str]] = (),
    *,
    in_note: bool = False,
) -> NDArray[np.float32]:
    """``[n_pieces, len(HINTS)]`` of 0 and 1.

    :param words: ``[start, end)`` of each word in ``text``; ``first``: index of its first piece.
    :param names: ``(start, end, type)`` of names that vocabularies hold; other types are passed over.
    """
    columns: list[list[int]] = [_shape(text[start:end]) for start, end in words]
    for start, end, type in names:
        if type not in NAMED_TYPES:
            continue
        begin = len(_SHAPES) + 2 * NAMED_TYPES.index(type)
        for i, (a, b) in enumerate(words):
            if a < end and start < b:
                columns[i].append(begin if a <= start else begin + 1)
    hints = np.zeros((n_pieces, len(HINTS)), dtype=np.float32)
    hints[:, -1] = in_note
    bounds = [*first, n_pieces]
    for i, hinted in enumerate(columns):
        for column in hinted:
            hints[bounds[i] : bounds[i + 1], column] = 1.0
            if column >= len(_SHAPES) and (column - len(_SHAPES)) % 2 == 0:  # the name goes on
                hints[bounds[i] + 1 : bounds[i + 1], column] = 0.0
                hints[bounds[i] + 1 : bounds[i + 1], column + 1] = 1.0
    return hints


def _shape(word: str) -> list[int]:
    letters = sum(c.isalpha() for c in word)
    capitals = sum(c.isupper() for c in word)
    digits = sum(c.isdigit() for c in word)
    found = []
    if capitals == 1 and letters == 1:
        found.append(3)
    elif letters and capitals == letters:
        found.append(0)
    elif capitals == 1 and word[0].isupper():
        found.append(1)
    elif capitals:
        found.append(2)
    if digits:
        found.append(5 if letters else 4)
    return found
