"""The pair classifier: encoder, the states of a pair's four markers, two linear layers.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.encoder import Encoder
from kgbuilder.nn.pairs import MARKS, PairLayout

__all__ = ["PairClassifier", "PairExample", "pair_batch"]


@dataclass(frozen=True, slots=True)
class PairExample:
    """A pass, and per pair the rows of the tables of possible labels (by its kind) and of allowed
    labels (by its annotation).
    """

    layout: PairLayout
    possible: tuple[int, ...]
    allowed: tuple[int, ...]


class PairClassifier(nn.Module):  # type: ignore[misc,unused-ignore]
    """Scores ``[n_pairs, n_labels]`` for the pairs of a batch."""

    def __init__(self, encoder: Encoder, n_labels: int, *, dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, dropout
        width = encoder.shape.width
        self.mix = nn.Linear(MARKS * width, width)
        self.head = nn.Linear(width, n_labels)

    def forward(self, ids: Tensor, visible: Tensor, positions: Tensor, markers: Tensor) -> Tensor:
        """``markers`` ``[n_pairs, 4]`` are indexes into the flattened batch."""
        states = self.encoder(ids, visible, positions).flatten(0, 1)
        marked = states[markers].flatten(1)
        marked = functional.dropout(marked, self.dropout, self.training)
        hidden = functional.dropout(functional.gelu(self.mix(marked)), self.dropout, self.training)
        scores: Tensor = self.head(hidden)
        return scores


def pair_batch(
    layouts: Sequence[PairLayout], *, padding_id: int, multiple: int = 16
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """``(ids, visible, positions, markers)`` of a batch, padded at the end."""
    longest = max(len(layout.ids) for layout in layouts)
    length = -(-longest // multiple) * multiple
    ids = np.full((len(layouts), length), padding_id)
    positions = np.zeros((len(layouts), length), dtype=np.int64)
    visible = np.zeros((len(layouts), length, length), dtype=np.float32)
    visible[:, :, 0] = 1  # padding must look at something
    markers = []
    for row, layout in enumerate(layouts):
        n = len(layout.ids)
        ids[row, :n], positions[row, :n] = layout.ids, layout.positions
        visible[row, :n, :n] = layout.visible()
        markers.append(layout.markers() + row * length)
    return (
        torch.from_numpy(ids),
        torch.from_numpy(visible),
        torch.from_numpy(positions),
        torch.from_numpy(np.concatenate(markers)),
    )
