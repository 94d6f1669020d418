"""Training a pair classifier on judged pairs of single sentences, and what it says of others.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from kgbuilder.nn.export import export_pair_classifier
from kgbuilder.nn.pair_classifier import PairClassifier, pair_batch
from kgbuilder.nn.pairs import PairLayout
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.start import Start
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.training import Plan, Progress, buckets_of, train

__all__ = [
    "JudgedPass",
    "export_relater",
    "fit_relater",
    "new_relater",
    "said_by_model",
    "said_int8",
]

MULTIPLE = 16
"""Lengths are padded to a multiple of it."""


@dataclass(frozen=True, slots=True)
class JudgedPass:
    """A pass, and per pair the rows of the table of label sets: what it may be by its kind, and what
    the annotation allows.
    """

    layout: PairLayout
    possible: tuple[int, ...]
    allowed: tuple[int, ...]


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
    passes: Sequence[JudgedPass],
    label_sets: NDArray[np.bool_],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    on_epoch: Callable[[int], bool | None],
    on_log: Callable[[Progress], None] = lambda progress: None,
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`. :returns: steps done in all.

    :param label_sets: ``[n_sets, n_labels]``, what the passes' rows point into.
    """
    sets = torch.from_numpy(label_sets)
    lengths = [len(p.layout.ids) for p in passes]

    def loss_of(batch: list[int]) -> torch.Tensor:
        device = next(model.parameters()).device
        chosen = [passes[i] for i in batch]
        inputs = pair_batch([p.layout for p in chosen], padding_id=padding_id, multiple=MULTIPLE)
        scores = model(*(tensor.to(device) for tensor in inputs)).float()
        possible = sets[[row for p in chosen for row in p.possible]].to(device)
        allowed = sets[[row for p in chosen for row in p.allowed]].to(device)
        return partial_label_loss(scores.masked_fill(~possible, -1e4), allowed)

    return train(
        model,
        batches_of=buckets_of(lengths, plan, multiple=MULTIPLE),
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        on_epoch=on_epoch,
        on_log=on_log,
    )


def said_by_model(
    model: PairClassifier, passes: Sequence[JudgedPass], *, padding_id: int
) -> list[NDArray[np.float32]]:
    """Per pass ``[n_pairs, n_labels]``, natural logarithms over all labels."""
    model.eval()
    device = next(model.parameters()).device
    said = []
    with torch.no_grad():
        for one in passes:
            inputs = pair_batch([one.layout], padding_id=padding_id, multiple=MULTIPLE)
            scores = model(*(tensor.to(device) for tensor in inputs)).float()
            said.append(scores.log_softmax(-1).cpu().numpy())
    return said


def said_int8(path: Path, passes: Sequence[JudgedPass]) -> list[NDArray[np.float32]]:
    """The same by the exported model, as the relater runs it."""
    model = OnnxModel(path)
    return [model.run(one.layout.inputs()) for one in passes]


def export_relater(state: Path, onnx: Path, *, n_heads: int) -> None:
    """Write a saved state as the int8 model that the relater runs."""
    parts = torch.load(state, weights_only=True, map_location="cpu")
    weights = {name: value.float().numpy() for name, value in parts.items()}
    export_pair_classifier(weights, onnx, n_heads=n_heads, int8=True)
