"""Training a pair classifier on judged pairs of single sentences, and what it says of others.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from kgbuilder.nn.device import device_of
from kgbuilder.nn.distillation import distillation_loss
from kgbuilder.nn.encoder import EncoderShape
from kgbuilder.nn.export import export_pair_classifier
from kgbuilder.nn.packed import PackedPair
from kgbuilder.nn.pair_classifier import PairClassifier, PairExample, grouped, pair_batch, pool
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.start import Start
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.training import Plan, Progress, buckets_of, length_buckets, train

__all__ = [
    "batch_of",
    "export_relater",
    "fit_relater",
    "new_relater",
    "rows_of",
    "said_by_model",
    "said_int8",
]

MULTIPLE = 16
"""Lengths are padded to a multiple of it."""


def new_relater(start: Start, n_labels: int, pieces: Pieces, *, seed: int) -> PairClassifier:
    """A pair classifier with the encoder of ``start`` and fresh layers above it. The piece that stands
    for a hidden name begins as the word "drug".
    """
    torch.manual_seed(seed)
    blind, drug = pieces.id_of("[unused1]"), pieces.of("drug").ids
    if blind is not None and len(drug) == 1:
        with torch.no_grad():
            table = start.encoder.pieces.weight
            table[blind] = table[drug[0]]
    return PairClassifier(start.encoder, n_labels)


def fit_relater(
    model: PairClassifier,
    passes: Sequence[PairExample | PackedPair],
    label_sets: NDArray[np.bool_],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    on_epoch: Callable[[int], bool | None],
    on_log: Callable[[Progress], None] = lambda progress: None,
    answers: Sequence[NDArray[np.float16]] | None = None,
    temperature: float = 1.0,
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`. :returns: steps done in all.

    :param label_sets: ``[n_sets, n_labels]``, what the passes' rows point into.
    :param answers: per pass the teachers' probabilities ``[n_instances, n_labels]`` at ``temperature``,
        which it is to follow beside its labels; None: it has its labels alone.
    """
    device = device_of(plan.device)
    sets = torch.from_numpy(label_sets).to(device)
    lengths = [len(p.layout.ids) for p in passes]

    def loss_of(batch: list[int]) -> torch.Tensor:
        chosen = [passes[i] for i in batch]
        scores = model(*batch_of(chosen, padding_id, device)).float()
        possible = sets[rows_of([p.possible for p in chosen], device)]
        allowed = sets[rows_of([p.allowed for p in chosen], device)]
        groups = grouped(chosen)
        loss = partial_label_loss(pool(scores, groups, possible), allowed)
        if answers is not None:
            taught = torch.from_numpy(np.concatenate([answers[i] for i in batch])).to(device)
            told = scores.masked_fill(~possible[torch.tensor(groups, device=device)], -1e4)
            loss = loss + distillation_loss(told, taught.float(), temperature=temperature)
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


def batch_of(
    passes: Sequence[PairExample | PackedPair], padding_id: int, device: torch.device
) -> tuple[torch.Tensor, ...]:
    """What the model takes for some passes, on its device."""
    layouts = [p.layout for p in passes]
    return pair_batch(layouts, padding_id=padding_id, multiple=MULTIPLE, device=device)


def rows_of(
    rows: Sequence[Sequence[int] | NDArray[np.uint16]], device: torch.device
) -> torch.Tensor:
    """Rows of a table, of several passes."""
    return torch.from_numpy(np.concatenate(rows).astype(np.int64)).to(device)


def said_by_model(
    model: PairClassifier,
    passes: Sequence[PairExample | PackedPair],
    *,
    padding_id: int,
    max_pieces: int = 2048,
) -> list[NDArray[np.float32]]:
    """Per pass ``[n_instances, n_labels]``, natural logarithms over all labels.

    :param max_pieces: of a batch; a GPU takes many more.
    """
    model.eval()
    device = next(model.parameters()).device
    half = torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
    said: list[NDArray[np.float32]] = [np.zeros((0, 0), dtype=np.float32)] * len(passes)
    lengths = [len(p.layout.ids) for p in passes]
    for batch in length_buckets(lengths, max_pieces=max_pieces, multiple=MULTIPLE, seed=0, epoch=0):
        chosen = [passes[i] for i in batch]
        with torch.inference_mode(), half:
            scores = model(*batch_of(chosen, padding_id, device)).float()
            logs = scores.log_softmax(-1).cpu().numpy()
        cuts = np.cumsum([len(p.groups) for p in chosen])[:-1]
        for i, rows in zip(batch, np.split(logs, cuts), strict=True):
            said[i] = rows
    return said


def said_int8(path: Path, passes: Sequence[PairExample]) -> list[NDArray[np.float32]]:
    """The same by the exported model, as the relater runs it."""
    model = OnnxModel(path)
    return [model.run(one.layout.inputs()) for one in passes]


def export_relater(state: Path, onnx: Path, shape: EncoderShape) -> None:
    """Write a saved state as the int8 model that the relater runs."""
    parts = torch.load(state, weights_only=True, map_location="cpu")
    weights = {name: value.float().numpy() for name, value in parts.items()}
    export_pair_classifier(weights, onnx, n_heads=shape.n_heads, int8=True, epsilon=shape.epsilon)
