"""Words of several texts as a bag of embeddings takes them, for the networks over words.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgbuilder.nn.words import rows_of

__all__ = ["WordBatches"]


class WordBatches:
    """Words to rows of a table of ``n_rows``; remembers those of words that it has met."""

    def __init__(self, n_rows: int) -> None:
        self._n_rows = n_rows
        self._rows: dict[str, NDArray[np.int64]] = {}

    def of(self, texts: Sequence[Sequence[str]]) -> tuple[Tensor, Tensor, Tensor]:
        """``(rows, starts, where)``: rows of all different words one after another, where each word's
        begin, and ``[n_texts, longest]``, which of the different words stands there; 0 pads.
        """
        different: dict[str, int] = {}
        where = np.zeros((len(texts), max(len(words) for words in texts)), dtype=np.int64)
        for i, words in enumerate(texts):
            for j, word in enumerate(words):
                where[i, j] = different.setdefault(word.lower(), len(different))
        new = [word for word in different if word not in self._rows]
        self._rows |= dict(zip(new, rows_of(new, self._n_rows), strict=True))
        rows = [self._rows[word] for word in different]
        starts = np.cumsum([0, *(len(r) for r in rows[:-1])])
        return (
            torch.from_numpy(np.concatenate(rows)),
            torch.from_numpy(starts),
            torch.from_numpy(where),
        )
