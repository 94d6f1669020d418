"""Weights that were exported, read back as numbers: a run can start from what ships.

What int8 rounded away is lost (a score or two in the last decimal), nothing else; biases of keys and
values, which an export leaves out or moves, are zeros. Needs the package onnx, but not torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from kgbuilder.errors import InputError

__all__ = ["weights_of"]


def weights_of(path: Path) -> dict[str, NDArray[np.float32]]:
    """The parameters in an ONNX file that :mod:`kgbuilder.nn.export` wrote, under their names in the
    torch module and in its shapes.

    :raises InputError: when the file is missing or was not written by kgbuilder.
    """
    if not path.exists():
        raise InputError("no model file", where=str(path))
    graph = onnx.load(str(path)).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    turned = {n.input[1] for n in graph.node if n.op_type in ("MatMul", "MatMulIntegerToFloat")}
    weights: dict[str, NDArray[np.float32]] = {}
    for name, value in held.items():
        if name.endswith(".int8"):
            base, scales = name.removesuffix(".int8"), held[f"{name.removesuffix('.int8')}.scales"]
            rounded = value.astype(np.float32) * scales
            weights[f"{base}.weight"] = rounded.T if name in turned else rounded
        elif name.endswith((".weight", ".bias")):
            weights[name] = np.array(value.T if name in turned else value, dtype=np.float32)
    if "encoder.pieces.weight" not in weights:
        raise InputError("not an exported model of kgbuilder", where=str(path))
    return _parted(weights)


def _parted(weights: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Matrices that were multiplied as one, "query_key_value", each under its own name."""
    found: dict[str, NDArray[np.float32]] = {}
    for name, value in weights.items():
        layer, _, own = name.rpartition(".")
        layer, _, joined = layer.rpartition(".")
        parts = joined.split("_")
        if not set(parts) <= {"query", "key", "value"}:
            found[name] = value
            continue
        for part, mine in zip(parts, np.split(value, len(parts)), strict=True):
            found[f"{layer}.{part}.{own}"] = mine
            found.setdefault(f"{layer}.{part}.bias", np.zeros(len(mine), dtype=np.float32))
    return found
