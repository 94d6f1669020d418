"""The network over the words around a pair of mentions, beside the pair classifier: gated convolutions,
the strongest of each part of the text, the mentions themselves.

Training only (torch). Parts of a text pooled apart: Zeng et al. 2015, https://aclanthology.org/D15-1203.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.pair_words import FAR, WordPair, arrays_of
from kgbuilder.nn.word_batches import WordBatches

__all__ = ["WordPairBatches", "WordPairClassifier"]

_BESIDE = 16
"""Numbers for how far a word is from a mention, and for a mention's class."""

Batch = tuple[Tensor, Tensor, Tensor, dict[str, Tensor]]


class WordPairClassifier(nn.Module):  # type: ignore[misc,unused-ignore]
    """The words around pairs to label scores ``[n_pairs, n_labels]``.

    :param table: ``[n_rows, width]``, vectors of hashed runs of letters to begin with.
    :param size: numbers of a word's state.
    """

    def __init__(
        self,
        table: NDArray[np.float32],
        n_labels: int,
        *,
        n_classes: int,
        size: int,
        n_layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.encoder = nn.EmbeddingBag.from_pretrained(
            torch.from_numpy(table), freeze=False, mode="mean"
        )
        self.near_one = nn.Embedding(2 * FAR + 2, _BESIDE)
        self.near_other = nn.Embedding(2 * FAR + 2, _BESIDE)
        self.class_one = nn.Embedding(n_classes, _BESIDE)
        self.class_other = nn.Embedding(n_classes, _BESIDE)
        self.words = nn.Linear(table.shape[1] + 1 + 2 * _BESIDE, size)
        self.layers = nn.ModuleList(
            nn.Conv1d(size, 2 * size, 3, padding=1) for _ in range(n_layers)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(size) for _ in range(n_layers))
        self.mix = nn.Linear(5 * size + 2 * _BESIDE, size)
        self.head = nn.Linear(size, n_labels)
        self.dropout = dropout

    def _drop(self, x: Tensor, share: float) -> Tensor:
        return functional.dropout(x, share, self.training)

    def forward(
        self, rows: Tensor, starts: Tensor, where: Tensor, beside: dict[str, Tensor]
    ) -> Tensor:
        """:param rows: of all different words one after another; ``starts``: where each word's begin.
        :param where: ``[n, length]``, which of the different words stands there.
        :param beside: what :func:`kgbuilder.nn.pair_words.arrays_of` gives.
        """
        inside, near = beside["inside"], beside["near"]
        x = torch.cat(
            [
                self.encoder(rows, starts)[where],
                beside["hidden"],
                self.near_one(near[:, :, 0]),
                self.near_other(near[:, :, 1]),
            ],
            -1,
        )
        y = self.words(self._drop(x, self.dropout / 2)) * inside
        for layer, norm in zip(self.layers, self.norms, strict=True):
            z = layer((norm(y) * inside).transpose(1, 2))
            z = functional.glu(z, 1).transpose(1, 2)
            y = (y + self._drop(z, self.dropout / 2)) * inside
        parts = [
            (y + beside["segments"][:, part].unsqueeze(-1)).amax(1).clamp(min=-5.0)
            for part in range(3)
        ]
        parts.append((beside["ends"] @ y).flatten(1))
        classes = beside["classes"]
        parts += [self.class_one(classes[:, 0]), self.class_other(classes[:, 1])]
        hidden = functional.gelu(self.mix(self._drop(torch.cat(parts, 1), self.dropout)))
        scores: Tensor = self.head(self._drop(hidden, self.dropout))
        return scores


class WordPairBatches:
    """Pairs to what :meth:`WordPairClassifier.forward` takes."""

    def __init__(self, n_rows: int) -> None:
        self._words = WordBatches(n_rows)

    def of(self, pairs: Sequence[WordPair]) -> Batch:
        """One batch."""
        beside = {name: torch.from_numpy(value) for name, value in arrays_of(pairs).items()}
        return *self._words.of([pair.words for pair in pairs]), beside
