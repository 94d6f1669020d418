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

__all__ = ["PairClassifier", "PairExample", "grouped", "pair_batch", "pool"]


@dataclass(frozen=True, slots=True)
class PairExample:
    """A pass, and per pair the rows of the tables of possible labels (by its kind) and of allowed
    labels (by its annotation).

    :param groups: per marked instance of the layout which pair it is an instance of.
    """

    layout: PairLayout
    possible: tuple[int, ...]
    allowed: tuple[int, ...]
    groups: tuple[int, ...]


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


def grouped(examples: Sequence[PairExample]) -> list[int]:
    """Per instance of a batch the number of its pair in the batch."""
    groups: list[int] = []
    n = 0
    for example in examples:
        groups += [n + group for group in example.groups]
        n += len(example.possible)
    return groups


def pool(scores: Tensor, groups: Sequence[int], possible: Tensor) -> Tensor:
    """Log-probabilities ``[n_pairs, n_labels]`` from the scores of instances, as
    :func:`kgbuilder.nn.passages.pooled` does it; what is not ``possible`` ``[n_pairs, n_labels]`` gets
    none. They need not sum to 1.
    """
    at = torch.tensor(groups)
    logs = scores.float().masked_fill(~possible[at], -1e4).log_softmax(-1)
    where = at[:, None].expand_as(logs)
    start = torch.full((len(possible), logs.shape[1]), -1e9)
    most = start.scatter_reduce(0, where, logs, "amax")
    least = (-start).scatter_reduce(0, where, logs, "amin")
    return torch.cat([least[:, :1], most[:, 1:]], dim=1)
