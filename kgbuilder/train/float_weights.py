"""Weights once more in float32: for a GPU, which multiplies no int8, and to see what int8 costs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from kgbuilder.nn.export import export_pair_classifier, export_tagger
from kgbuilder.nn.onnx_graph import BERT_EPSILON
from kgbuilder.nn.start import N_HEADS, state_of
from kgbuilder.train.run_card import MODEL

__all__ = ["write_float"]


def write_float(weights: Path, into: Path) -> bool:
    """Write the tagger, relater or qualifier in the folder ``weights`` in float32 to the new folder
    ``into``; all else is copied, but for a run.

    :returns: whether its run was there (``run/best.pt``), else what int8 has rounded away stays so.
    :raises FileExistsError: when ``into`` is there.
    """
    trained = weights / "run" / "best.pt"
    kept = trained.exists()
    state = {
        k: v.float().numpy() for k, v in state_of(trained if kept else weights / MODEL).items()
    }
    told = json.loads((weights / "labels.json").read_text("utf-8"))
    shutil.copytree(weights, into, ignore=shutil.ignore_patterns("run"))
    export = export_pair_classifier if "mix.weight" in state else export_tagger
    export(
        state,
        into / MODEL,
        n_heads=int(told.get("n_heads", N_HEADS)),
        int8=False,
        epsilon=told.get("epsilon", BERT_EPSILON),
    )
    return kept
