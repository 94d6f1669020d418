"""A tagger: encoder, a linear head per piece, and a loss that knows what a corpus does not say.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.encoder import Encoder
from kgbuilder.nn.hints import NAMED
from kgbuilder.nn.packed import PackedText
from kgbuilder.nn.padding import padded

__all__ = ["TaggedExample", "Tagger", "hide_hints", "partial_label_loss", "tagger_batch"]


@dataclass(frozen=True, slots=True)
class TaggedExample:
    """Piece ids with special ones at both ends; per word the index of its first piece and the row of
    the table of allowed label sets; ``hints`` ``[n_ids, n_hints]`` of 0 and 1, see :mod:`.hints`; the
    words themselves, for a network that reads those.
    """

    ids: tuple[int, ...]
    first: tuple[int, ...]
    allowed: tuple[int, ...]
    hints: NDArray[np.float32]
    words: tuple[str, ...] = ()


class Tagger(nn.Module):  # type: ignore[misc,unused-ignore]
    """Ids and mask ``[batch, length]`` and hints ``[batch, length, n_hints]`` to label scores
    ``[batch, length, n_labels]``. Hints say nothing before they are trained.
    """

    def __init__(
        self, encoder: Encoder, n_labels: int, *, n_hints: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, dropout
        self.hints = nn.Linear(n_hints, encoder.shape.width, bias=False)
        nn.init.zeros_(self.hints.weight)
        self.head = nn.Linear(encoder.shape.width, n_labels)

    def forward(self, ids: Tensor, mask: Tensor, hints: Tensor) -> Tensor:
        """Scores before softmax."""
        states = self.encoder(ids, mask, extra=self.hints(hints))
        states = functional.dropout(states, self.dropout, self.training)
        scores: Tensor = self.head(states)
        return scores


def partial_label_loss(scores: Tensor, allowed: Tensor) -> Tensor:
    """Mean of ``-ln P(any allowed label)`` in nats: ``scores`` ``[n, n_labels]``, ``allowed`` the
    same shape in bool. With one label allowed it is cross-entropy; with all, zero.
    """
    scores = scores.float()
    possible = scores.masked_fill(~allowed, float("-inf")).logsumexp(-1)
    return (scores.logsumexp(-1) - possible).mean()


def hide_hints(hints: Tensor, *, share: float) -> Tensor:
    """``hints`` ``[batch, length, n_hints]`` with those of the vocabularies hidden from about ``share``
    of the texts, and independently those of the shape from as many.
    """
    hidden = torch.rand(len(hints), 2) < share
    hints = hints.clone()
    hints[hidden[:, 0], :, NAMED] = 0.0
    hints[hidden[:, 1], :, : NAMED.start] = 0.0
    return hints


def tagger_batch(
    examples: Sequence[TaggedExample | PackedText], *, padding_id: int, multiple: int = 32
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """``(ids, mask, hints, word positions into the flattened batch, allowed set per word)``; see
    :func:`kgbuilder.nn.padding.padded`.
    """
    ids, mask = padded([e.ids for e in examples], padding_id=padding_id, multiple=multiple)
    length = ids.shape[1]
    hints = np.zeros((*ids.shape, examples[0].hints.shape[1]), dtype=np.float32)
    positions, sets = [], []
    for row, example in enumerate(examples):
        hints[row, : len(example.ids)] = example.hints
        positions.append(np.asarray(example.first, dtype=np.int64) + row * length)
        sets.append(np.asarray(example.allowed, dtype=np.int64))
    return (
        ids,
        mask,
        torch.from_numpy(hints),
        torch.from_numpy(np.concatenate(positions)),
        torch.from_numpy(np.concatenate(sets)),
    )
