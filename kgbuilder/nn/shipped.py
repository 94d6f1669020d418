"""Weights that were exported, read back as numbers: a run can start from what ships.

What int8 rounded away is lost (a score or two in the last decimal), nothing else. Needs the package
onnx, but not torch.
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
    return weights
