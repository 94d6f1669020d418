"""Training a tagger on examples, and what it says of others.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kgbuilder.nn.distillation import distillation_loss
from kgbuilder.nn.export import export_tagger
from kgbuilder.nn.hints import HINTS, NAMED_TYPES
from kgbuilder.nn.start import Start
from kgbuilder.nn.tagger import TaggedExample, Tagger, hide_hints, partial_label_loss, tagger_batch
from kgbuilder.nn.training import Plan, Progress, buckets_of, train

__all__ = ["export_state", "fit_tagger", "log_probabilities", "new_tagger", "save_state"]

MULTIPLE = 16
"""Lengths are padded to a multiple of it."""


def new_tagger(start: Start, n_labels: int, *, seed: int, named: bool = True) -> Tagger:
    """A tagger with the encoder (and the hints) of ``start`` and a fresh head.

    :param named: whether it will be shown what vocabularies name; else those hints say nothing to it.
    """
    torch.manual_seed(seed)
    model = Tagger(start.encoder, n_labels, n_hints=len(HINTS))
    known = start.beside.get("hints.weight")
    if known is not None and known.shape == model.hints.weight.shape:
        with torch.no_grad():
            model.hints.weight.copy_(known)
            if not named:
                model.hints.weight[:, len(HINTS) - 2 * len(NAMED_TYPES) :] = 0.0
    return model


def fit_tagger(
    model: Tagger,
    examples: Sequence[TaggedExample],
    allowed_sets: NDArray[np.bool_],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    hidden_share: float,
    on_epoch: Callable[[int], bool | None],
    on_log: Callable[[Progress], None] = lambda progress: None,
    answers: Sequence[NDArray[np.float16] | None] | None = None,
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`. :returns: steps done in all.

    :param allowed_sets: ``[n_sets, n_labels]``, what the examples' ``allowed`` point into.
    :param hidden_share: of the texts that are read without hints, see :func:`hide_hints`.
    :param answers: per example the teachers' probabilities ``[n_words, n_labels]``, which it is to
        follow, see :mod:`.distillation`; None: it has its labels alone.
    """
    sets = torch.from_numpy(allowed_sets)
    lengths = [len(example.ids) for example in examples]

    def loss_of(batch: list[int]) -> torch.Tensor:
        device = next(model.parameters()).device
        ids, mask, hints, positions, rows = tagger_batch(
            [examples[i] for i in batch], padding_id=padding_id, multiple=MULTIPLE
        )
        hints = hide_hints(hints, share=hidden_share)
        scores = model(ids.to(device), mask.to(device), hints.to(device)).flatten(0, 1)
        scores = scores[positions.to(device)]
        loss = partial_label_loss(scores, sets[rows].to(device))
        taught = [None if answers is None else answers[i] for i in batch]
        if any(rows is not None for rows in taught):
            loss = loss + _taught_loss(scores, [examples[i] for i in batch], taught)
        return loss

    return train(
        model,
        batches_of=buckets_of(lengths, plan, multiple=MULTIPLE),
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        on_epoch=on_epoch,
        on_log=on_log,
    )


def _taught_loss(
    scores: torch.Tensor,
    examples: Sequence[TaggedExample],
    taught: Sequence[NDArray[np.float16] | None],
) -> torch.Tensor:
    """:func:`distillation_loss` over the words for which there are answers, times their share."""
    chosen = np.concatenate(
        [np.full(len(e.first), a is not None) for e, a in zip(examples, taught, strict=True)]
    )
    rows = np.concatenate([rows for rows in taught if rows is not None])
    answers = torch.from_numpy(rows.astype(np.float32)).to(scores.device)
    loss = distillation_loss(scores[torch.from_numpy(chosen).to(scores.device)], answers)
    return loss * float(chosen.mean())


def log_probabilities(
    model: Tagger, examples: Sequence[TaggedExample], *, padding_id: int, size: int = 16
) -> list[NDArray[np.float32]]:
    """Per example ``[n_words, n_labels]``, natural logarithms; in the examples' order."""
    model.eval()
    device = next(model.parameters()).device
    found: list[NDArray[np.float32]] = [np.zeros((0, 0), dtype=np.float32)] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    with torch.no_grad():
        for at in range(0, len(order), size):
            chosen = order[at : at + size]
            ids, mask, hints, _, _ = tagger_batch(
                [examples[i] for i in chosen], padding_id=padding_id, multiple=MULTIPLE
            )
            scores = model(ids.to(device), mask.to(device), hints.to(device)).float()
            answers = torch.log_softmax(scores, -1).cpu().numpy()
            for row, i in enumerate(chosen):
                found[i] = answers[row, list(examples[i].first)]
    return found


def save_state(model: nn.Module, path: Path) -> None:
    """Write the parameters, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(model.state_dict(), part)
    part.replace(path)


def export_state(state: Path, onnx: Path, *, n_heads: int, int8: bool = True) -> None:
    """Write a saved state as the model that the recognizer runs."""
    parts = torch.load(state, weights_only=True, map_location="cpu")
    weights = {name: value.float().numpy() for name, value in parts.items()}
    export_tagger(weights, onnx, n_heads=n_heads, int8=int8)
