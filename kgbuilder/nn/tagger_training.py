"""Training a tagger on examples, and what it says of others.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kgbuilder.nn.device import device_of
from kgbuilder.nn.distillation import kept_to_labels_loss
from kgbuilder.nn.encoder import EncoderShape
from kgbuilder.nn.export import export_tagger
from kgbuilder.nn.hints import HINTS, NAMED
from kgbuilder.nn.packed import PackedText
from kgbuilder.nn.start import Start
from kgbuilder.nn.tagger import TaggedExample, Tagger, hide_hints, partial_label_loss, tagger_batch
from kgbuilder.nn.training import Plan, Progress, buckets_of, length_buckets, train

__all__ = [
    "export_state",
    "fit_tagger",
    "for_all_hints",
    "log_probabilities",
    "new_tagger",
    "save_state",
]

MULTIPLE = 16
"""Lengths are padded to a multiple of it."""


def new_tagger(start: Start, n_labels: int, *, seed: int, named: bool = True) -> Tagger:
    """A tagger with the encoder (and the hints) of ``start`` and a fresh head.

    :param named: whether it will be shown what vocabularies name; else those hints say nothing to it.
    """
    torch.manual_seed(seed)
    model = Tagger(start.encoder, n_labels, n_hints=len(HINTS))
    known = start.beside.get("hints.weight")
    if known is not None and len(known) == len(model.hints.weight):
        with torch.no_grad():
            model.hints.weight.copy_(for_all_hints(known))
            if not named:
                model.hints.weight[:, NAMED] = 0.0
    return model


def for_all_hints(weights: Tensor) -> Tensor:
    """``[width, len(HINTS)]`` of the weights of a model that had the first hints alone: the others say
    nothing to it.
    """
    missing = torch.zeros(len(weights), len(HINTS) - weights.shape[1])
    return torch.cat([weights, missing], dim=1)


def fit_tagger(
    model: Tagger,
    examples: Sequence[TaggedExample | PackedText],
    allowed_sets: NDArray[np.bool_],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    hidden_share: float,
    on_epoch: Callable[[int], bool | None],
    on_log: Callable[[Progress], None] = lambda progress: None,
    answers: Sequence[NDArray[np.float16]] | None = None,
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`. :returns: steps done in all.

    :param allowed_sets: ``[n_sets, n_labels]``, what the examples' ``allowed`` point into.
    :param hidden_share: of the texts that are read without hints, see :func:`hide_hints`.
    :param answers: per example the teachers' probabilities ``[n_words, n_labels]``, which it is to
        follow as far as the labels allow, see :mod:`.distillation`; None: it has its labels alone.
    """
    sets = torch.from_numpy(allowed_sets).to(device_of(plan.device))
    lengths = [len(example.ids) for example in examples]

    def loss_of(batch: list[int]) -> torch.Tensor:
        device = next(model.parameters()).device
        ids, mask, hints, positions, rows = tagger_batch(
            [examples[i] for i in batch], padding_id=padding_id, multiple=MULTIPLE
        )
        hints = hide_hints(hints, share=hidden_share)
        scores = model(ids.to(device), mask.to(device), hints.to(device)).flatten(0, 1)
        scores = scores[positions.to(device)]
        allowed = sets[rows.to(device)]
        loss = partial_label_loss(scores, allowed)
        if answers is not None:
            taught = torch.from_numpy(np.concatenate([answers[i] for i in batch])).to(device)
            loss = loss + kept_to_labels_loss(scores, taught.float(), allowed)
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


def log_probabilities(
    model: Tagger,
    examples: Sequence[TaggedExample | PackedText],
    *,
    padding_id: int,
    max_pieces: int = 2048,
) -> list[NDArray[np.float32]]:
    """Per example ``[n_words, n_labels]``, natural logarithms; in the examples' order.

    :param max_pieces: of a batch; a GPU takes many more.
    """
    model.eval()
    device = next(model.parameters()).device
    half = torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
    found: list[NDArray[np.float32]] = [np.zeros((0, 0), dtype=np.float32)] * len(examples)
    lengths = [len(example.ids) for example in examples]
    for batch in length_buckets(lengths, max_pieces=max_pieces, multiple=MULTIPLE, seed=0, epoch=0):
        chosen = [examples[i] for i in batch]
        ids, mask, hints, positions, _ = tagger_batch(
            chosen, padding_id=padding_id, multiple=MULTIPLE
        )
        with torch.inference_mode(), half:
            scores = model(ids.to(device), mask.to(device), hints.to(device)).flatten(0, 1)
            answers = scores[positions.to(device)].float().log_softmax(-1).cpu().numpy()
        cuts = np.cumsum([len(example.first) for example in chosen])[:-1]
        for i, rows in zip(batch, np.split(answers, cuts), strict=True):
            found[i] = rows
    return found


def save_state(model: nn.Module, path: Path) -> None:
    """Write the parameters, whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(model.state_dict(), part)
    part.replace(path)


def export_state(state: Path, onnx: Path, shape: EncoderShape, *, int8: bool = True) -> None:
    """Write a saved state, whose encoder has this shape, as the model that the recognizer runs."""
    parts = torch.load(state, weights_only=True, map_location="cpu")
    weights = {name: value.float().numpy() for name, value in parts.items()}
    export_tagger(weights, onnx, n_heads=shape.n_heads, int8=int8, epsilon=shape.epsilon)
