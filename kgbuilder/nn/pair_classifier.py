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
from kgbuilder.nn.packed import PackedPair
from kgbuilder.nn.pairs import MARKS, TEXT, PairLayout

__all__ = ["PairClassifier", "PairExample", "grouped", "pair_batch", "pool"]

_PADDING = -2
"""Owner of the places that fill up a batch, beside the pairs' numbers and ``TEXT``."""


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
    layouts: Sequence[PairLayout],
    *,
    padding_id: int,
    multiple: int = 16,
    device: torch.device | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """``(ids, visible, positions, markers)`` of a batch, padded at the end, on ``device``."""
    longest = max(len(layout.ids) for layout in layouts)
    length = -(-longest // multiple) * multiple
    ids = np.full((len(layouts), length), padding_id)
    positions = np.zeros((len(layouts), length), dtype=np.int64)
    owner = np.full((len(layouts), length), _PADDING, dtype=np.int64)
    markers = []
    for row, layout in enumerate(layouts):
        n = len(layout.ids)
        ids[row, :n], positions[row, :n], owner[row, :n] = layout.ids, layout.positions, TEXT
        marks = layout.markers()
        owner[row, layout.n_text : n] = np.repeat(np.arange(len(marks)), MARKS)
        markers.append(marks + row * length)
    owners = torch.from_numpy(owner).to(device)
    # padding looks at text, since it must look at something; nothing looks at padding
    looker, looked_at = owners[:, :, None], owners[:, None, :]
    visible = (looked_at == TEXT) | ((looker == looked_at) & (looked_at != _PADDING))
    return (
        torch.from_numpy(ids).to(device),
        visible.float(),
        torch.from_numpy(positions).to(device),
        torch.from_numpy(np.concatenate(markers)).to(device),
    )


def grouped(examples: Sequence[PairExample | PackedPair]) -> list[int]:
    """Per instance of a batch the number of its pair in the batch."""
    groups: list[int] = []
    n = 0
    for example in examples:
        groups += [n + int(group) for group in example.groups]
        n += len(example.possible)
    return groups


def pool(scores: Tensor, groups: Sequence[int], possible: Tensor) -> Tensor:
    """Log-probabilities ``[n_pairs, n_labels]`` from the scores of instances, as
    :func:`kgbuilder.nn.passages.pooled` does it; what is not ``possible`` ``[n_pairs, n_labels]`` gets
    none. They need not sum to 1.
    """
    at = torch.tensor(groups, device=scores.device)
    logs = scores.float().masked_fill(~possible[at], -1e4).log_softmax(-1)
    where = at[:, None].expand_as(logs)
    start = torch.full((len(possible), logs.shape[1]), -1e9, device=scores.device)
    most = start.scatter_reduce(0, where, logs, "amax")
    least = (-start).scatter_reduce(0, where, logs, "amin")
    return torch.cat([least[:, :1], most[:, 1:]], dim=1)
