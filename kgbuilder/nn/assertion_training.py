"""Training the reader of how mentions are meant: the network of a tagger, in which the pieces of a
mention judge together.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgbuilder.nn.padding import padded
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.training import Plan, Progress, buckets_of, train

__all__ = ["AssertionExample", "fit_assertion"]

MULTIPLE = 8
"""Lengths are padded to a multiple of it."""


@dataclass(frozen=True, slots=True)
class AssertionExample:
    """Piece ids with special ones at both ends, and the mentions among them.

    :param marks: ``[n_ids, n_types]``. :param places: per mention the indexes of its pieces in ``ids``.
    :param status: per mention the number of its status. :param weight: how much each mention counts.
    """

    ids: tuple[int, ...]
    marks: NDArray[np.float32]
    places: tuple[NDArray[np.int64], ...]
    status: tuple[int, ...]
    weight: float = 1.0


def fit_assertion(
    model: Tagger,
    examples: Sequence[AssertionExample],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    smoothing: float,
    on_log: Callable[[Progress], None] = lambda progress: None,
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`.

    :param smoothing: share of a status' certainty that is spread over all.
    :returns: steps done in all.
    """

    def loss_of(batch: list[int]) -> Tensor:
        return _loss(model, [examples[i] for i in batch], padding_id, smoothing)

    return train(
        model,
        batches_of=buckets_of([len(e.ids) for e in examples], plan, multiple=MULTIPLE),
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        on_log=on_log,
    )


def _loss(
    model: Tagger, examples: Sequence[AssertionExample], padding_id: int, smoothing: float
) -> Tensor:
    """Weighted mean cross-entropy of the mentions, in nats."""
    ids, mask = padded([e.ids for e in examples], padding_id=padding_id, multiple=MULTIPLE)
    marks = torch.zeros((*ids.shape, examples[0].marks.shape[1]))
    at: list[int] = []
    mention: list[int] = []
    status: list[int] = []
    weight: list[float] = []
    for row, example in enumerate(examples):
        marks[row, : len(example.ids)] = torch.from_numpy(example.marks)
        for place, number in zip(example.places, example.status, strict=True):
            at += [row * ids.shape[1] + int(i) for i in place]
            mention += [len(status)] * len(place)
            status.append(number)
            weight.append(example.weight)
    device = next(model.parameters()).device
    scores = model(ids.to(device), mask.to(device), marks.to(device)).float().flatten(0, 1)
    owner = torch.tensor(mention, device=device)
    sums = torch.zeros((len(status), scores.shape[1]), device=device)
    sums = sums.index_add(0, owner, scores[torch.tensor(at, device=device)])
    logs = (sums / torch.bincount(owner, minlength=len(status))[:, None]).log_softmax(-1)
    right = logs.gather(1, torch.tensor(status, device=device)[:, None])[:, 0]
    losses = -(1 - smoothing) * right - smoothing * logs.mean(-1)
    counts = torch.tensor(weight, device=device)
    return (losses * counts).sum() / counts.sum()
