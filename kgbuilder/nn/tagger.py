"""A tagger: encoder, a linear head per piece, and a loss that knows what a corpus does not say.

Training only (torch).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.encoder import Encoder

__all__ = ["TaggedExample", "Tagger", "partial_label_loss", "tagger_batch"]


@dataclass(frozen=True, slots=True)
class TaggedExample:
    """Piece ids with special ones at both ends; per word the index of its first piece and the row of
    the table of allowed label sets.
    """

    ids: tuple[int, ...]
    first: tuple[int, ...]
    allowed: tuple[int, ...]


class Tagger(nn.Module):  # type: ignore[misc,unused-ignore]
    """Ids and mask ``[batch, length]`` to label scores ``[batch, length, n_labels]``."""

    def __init__(self, encoder: Encoder, n_labels: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, dropout
        self.head = nn.Linear(encoder.shape.width, n_labels)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Scores before softmax."""
        states = functional.dropout(self.encoder(ids, mask), self.dropout, self.training)
        scores: Tensor = self.head(states)
        return scores


def partial_label_loss(scores: Tensor, allowed: Tensor) -> Tensor:
    """Mean of ``-ln P(any allowed label)`` in nats: ``scores`` ``[n, n_labels]``, ``allowed`` the
    same shape in bool. With one label allowed it is cross-entropy; with all, zero.
    """
    scores = scores.float()
    possible = scores.masked_fill(~allowed, float("-inf")).logsumexp(-1)
    return (scores.logsumexp(-1) - possible).mean()


def tagger_batch(
    examples: list[TaggedExample], *, padding_id: int, multiple: int = 32
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """``(ids, mask, word positions into the flattened batch, allowed set per word)``; lengths are
    padded to a multiple, so that kernels meet few shapes.
    """
    longest = max(len(example.ids) for example in examples)
    length = -(-longest // multiple) * multiple
    ids = torch.full((len(examples), length), padding_id)
    mask = torch.zeros((len(examples), length))
    positions: list[int] = []
    sets: list[int] = []
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
        positions += [row * length + i for i in example.first]
        sets += example.allowed
    return ids, mask, torch.tensor(positions), torch.tensor(sets)
