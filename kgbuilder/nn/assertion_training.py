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

from kgbuilder.nn.encoder import Encoder
from kgbuilder.nn.padding import padded
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.training import Plan, Progress, buckets_of, length_buckets, train

__all__ = ["AssertionExample", "fit_assertion", "new_assertion_tagger", "share_right"]

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


def new_assertion_tagger(
    encoder: Encoder, n_statuses: int, n_types: int, *, seed: int, weights: Path | None = None
) -> Tagger:
    """A network with ``encoder`` and a fresh head, or with all parameters of exported ``weights``."""
    torch.manual_seed(seed)
    model = Tagger(encoder, n_statuses, n_hints=n_types)
    if weights is not None:
        model.load_state_dict(state_of(weights))
    return model


def fit_assertion(
    model: Tagger,
    examples: Sequence[AssertionExample],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    smoothing: float,
    on_epoch: Callable[[int], bool | None] = lambda epoch: None,
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
        on_epoch=on_epoch,
        on_log=on_log,
    )


def share_right(
    model: Tagger, examples: Sequence[AssertionExample], *, padding_id: int, max_pieces: int = 2048
) -> float:
    """Of all mentions, those whose likeliest status is theirs."""
    model.eval()
    n = n_right = 0
    lengths = [len(e.ids) for e in examples]
    for batch in length_buckets(lengths, max_pieces=max_pieces, multiple=MULTIPLE, seed=0, epoch=0):
        chosen = [examples[i] for i in batch]
        with torch.inference_mode():
            answers = _log_shares(model, chosen, padding_id).argmax(-1).tolist()
        said = [status for example in chosen for status in example.status]
        n += len(said)
        n_right += sum(a == b for a, b in zip(answers, said, strict=True))
    return n_right / max(n, 1)


def _loss(
    model: Tagger, examples: Sequence[AssertionExample], padding_id: int, smoothing: float
) -> Tensor:
    """Weighted mean cross-entropy of the mentions, in nats."""
    logs = _log_shares(model, examples, padding_id)
    status = torch.tensor([s for e in examples for s in e.status], device=logs.device)
    right = logs.gather(1, status[:, None])[:, 0]
    losses = -(1 - smoothing) * right - smoothing * logs.mean(-1)
    counts = torch.tensor([e.weight for e in examples for _ in e.status], device=logs.device)
    return (losses * counts).sum() / counts.sum()


def _log_shares(model: Tagger, examples: Sequence[AssertionExample], padding_id: int) -> Tensor:
    """``[n_mentions, n_statuses]``, natural logarithms: the mean of the votes of a mention's pieces."""
    ids, mask = padded([e.ids for e in examples], padding_id=padding_id, multiple=MULTIPLE)
    marks = torch.zeros((*ids.shape, examples[0].marks.shape[1]))
    at: list[int] = []
    owner: list[int] = []
    n_mentions = 0
    for row, example in enumerate(examples):
        marks[row, : len(example.ids)] = torch.from_numpy(example.marks)
        for place in example.places:
            at += [row * ids.shape[1] + int(i) for i in place]
            owner += [n_mentions] * len(place)
            n_mentions += 1
    device = next(model.parameters()).device
    scores = model(ids.to(device), mask.to(device), marks.to(device)).float().flatten(0, 1)
    whose = torch.tensor(owner, device=device)
    sums = torch.zeros((n_mentions, scores.shape[1]), device=device)
    sums = sums.index_add(0, whose, scores[torch.tensor(at, device=device)])
    return (sums / torch.bincount(whose, minlength=n_mentions)[:, None]).log_softmax(-1)
