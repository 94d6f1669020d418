"""Trained weights to an ONNX file, written node by node: what runs is what is read here.

Training only (needs the package onnx). Precisions: ``float32``; or ``int8``, where matrices of the
layers have 7 bits and one scale per column, activations 8 bits and one scale per row, found while it
runs, so that no row's result depends on another's; the products are integers and exact on every machine.
(7 bits: without VNNI two products of 8 bits overflow. ``MatMulNBits`` was 2 to 3 times slower on AVX2.)
The embedding has one scale per row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["export_pair_classifier", "export_tagger"]

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added; every method returns the name of its output."""

    weights: Weights
    int8: bool
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    quantized: dict[str, tuple[str, str]] = field(default_factory=dict)

    def node(
        self,
        operator: str,
        *inputs: str,
        domain: str = "",
        attributes: dict[str, Any] | None = None,
    ) -> str:
        output = f"{operator}_{len(self.nodes)}"
        settings = attributes or {}
        made = helper.make_node(operator, list(inputs), [output], domain=domain, **settings)
        self.nodes.append(made)
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def integers(self, *values: int) -> str:
        name = "int_" + "_".join(map(str, values))
        return self.constant(name, np.array(values, dtype=np.int64))

    def rows(self, x: str) -> tuple[str, str]:
        """``x`` as uint8 about 128, and the scale of each row; made once for all that multiply ``x``."""
        if x not in self.quantized:

            def number(name: str, value: float) -> str:
                return self.constant(name, np.array(value, dtype=np.float32))

            largest = self.node(
                "ReduceMax", self.node("Abs", x), self.integers(-1), attributes={"keepdims": 1}
            )
            largest = self.node("Max", largest, number("tiny", 1e-8))
            scale = self.node("Mul", largest, number("one_127th", 1 / 127))
            steps = self.node("Round", self.node("Div", x, scale))
            shifted = self.node("Add", steps, number("plus_128", 128.0))
            rows = self.node("Cast", shifted, attributes={"to": TensorProto.UINT8})
            self.quantized[x] = rows, scale
        return self.quantized[x]

    def linear(self, x: str, name: str, *, exact: bool = False) -> str:
        """``x @ weight.T + bias``; ``exact`` keeps float32."""
        weight = self.weights[f"{name}.weight"]
        if not self.int8 or exact:
            product = self.node("MatMul", x, self.constant(f"{name}.weight", weight.T))
        else:
            scales = np.maximum(np.abs(weight).max(axis=1), 1e-8) / 64.0
            quantized = np.rint(weight / scales[:, None]).astype(np.int8).T
            rows, row_scales = self.rows(x)
            product = self.node(
                "MatMulInteger",
                rows,
                self.constant(f"{name}.int8", quantized),
                self.constant("zero_128", np.array(128, dtype=np.uint8)),
            )
            product = self.node("Cast", product, attributes={"to": TensorProto.FLOAT})
            product = self.node(
                "Mul", product, self.constant(f"{name}.scales", scales.astype(np.float32))
            )
            product = self.node("Mul", product, row_scales)
        bias = f"{name}.bias"
        return self.node("Add", product, self.weight(bias)) if bias in self.weights else product

    def embedding(self, indexes: str, name: str) -> str:
        table = self.weights[f"{name}.weight"]
        if not self.int8:
            return self.node("Gather", self.constant(f"{name}.weight", table), indexes)
        scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127.0
        quantized = np.rint(table / scales).astype(np.int8)
        rows = self.node("Gather", self.constant(f"{name}.int8", quantized), indexes)
        rows = self.node("Cast", rows, attributes={"to": TensorProto.FLOAT})
        scale = self.constant(f"{name}.scales", scales.astype(np.float32))
        return self.node("Mul", rows, self.node("Gather", scale, indexes))

    def norm(self, x: str, name: str) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node(
            "LayerNormalization", x, weight, bias, attributes={"axis": -1, "epsilon": 1e-12}
        )

    def encoder(
        self,
        ids: str,
        n_heads: int,
        *,
        positions: str | None = None,
        bias: str | None = None,
        extra: str | None = None,
    ) -> str:
        """States ``[batch, length, width]``. Positions count from 0 when there is no input for them;
        ``bias`` is added to the attention scores, ``extra`` to the embeddings.
        """
        width = self.weights["encoder.norm.weight"].shape[0]
        size = width // n_heads
        split = self.integers(0, 0, n_heads, size)
        joined = self.integers(0, 0, width)
        scale = self.constant("attention_scale", np.array(size**-0.5, dtype=np.float32))
        pieces = self.embedding(ids, "encoder.pieces")
        if positions is None:
            length = self.node("Shape", ids, attributes={"start": 1, "end": 2})
            table, zero = self.weight("encoder.positions.weight"), self.integers(0)
            x = self.node("Add", pieces, self.node("Slice", table, zero, length, zero))
        else:
            x = self.node("Add", pieces, self.embedding(positions, "encoder.positions"))
        if extra is not None:
            x = self.node("Add", x, extra)
        x = self.norm(x, "encoder.norm")
        n_layers = len({n.split(".")[2] for n in self.weights if n.startswith("encoder.layers.")})
        for layer in range(n_layers):
            at = f"encoder.layers.{layer}"

            def heads(part: str, order: list[int], at: str = at, x: str = x) -> str:
                y = self.node("Reshape", self.linear(x, f"{at}.{part}"), split)
                return self.node("Transpose", y, attributes={"perm": order})

            query = self.node("Mul", heads("query", [0, 2, 1, 3]), scale)
            scores = self.node("MatMul", query, heads("key", [0, 2, 3, 1]))
            if bias is not None:
                scores = self.node("Add", scores, bias)
            weights = self.node("Softmax", scores, attributes={"axis": -1})
            y = self.node("MatMul", weights, heads("value", [0, 2, 1, 3]))
            y = self.node(
                "Reshape", self.node("Transpose", y, attributes={"perm": [0, 2, 1, 3]}), joined
            )
            x = self.norm(self.node("Add", x, self.linear(y, f"{at}.mixed")), f"{at}.norm_mixed")
            inner = self.node("Gelu", self.linear(x, f"{at}.grow"))
            x = self.norm(self.node("Add", x, self.linear(inner, f"{at}.shrink")), f"{at}.norm_out")
        return x

    def save(self, path: Path, inputs: list[Any], output: str, shape: list[Any]) -> None:
        result = self.node("LogSoftmax", output, attributes={"axis": -1})
        answer = helper.make_tensor_value_info(result, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            self.nodes, "kgbuilder", inputs, [answer], list(self.constants.values())
        )
        versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=versions, producer_name="kgbuilder")
        model.ir_version = 9
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))


def export_tagger(weights: Weights, path: Path, *, n_heads: int, int8: bool) -> None:
    """Write a tagger: ``ids`` int64 ``[batch, length]``, without padding, and ``hints`` float32
    ``[batch, length, n_hints]`` to natural logarithms of label probabilities
    ``[batch, length, n_labels]``.
    """
    graph = _Graph(weights, int8)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    size = weights["hints.weight"].shape[1]
    hints = helper.make_tensor_value_info("hints", TensorProto.FLOAT, ["batch", "length", size])
    extra = graph.linear("hints", "hints", exact=True)
    states = graph.encoder("ids", n_heads, extra=extra)
    scores = graph.linear(states, "head", exact=True)
    graph.save(path, [ids, hints], scores, ["batch", "length", weights["head.weight"].shape[0]])


def export_pair_classifier(weights: Weights, path: Path, *, n_heads: int, int8: bool) -> None:
    """Write a pair classifier for one sentence: ``ids`` and ``positions`` int64 ``[1, length]``,
    ``bias`` float32 ``[1, 1, length, length]``, ``markers`` int64 ``[n_pairs, n_markers]`` (indexes
    into the length) to natural logarithms of probabilities ``[n_pairs, n_labels]``.
    """
    graph = _Graph(weights, int8)
    info = helper.make_tensor_value_info
    inputs = [
        info("ids", TensorProto.INT64, [1, "length"]),
        info("positions", TensorProto.INT64, [1, "length"]),
        info("bias", TensorProto.FLOAT, [1, 1, "length", "length"]),
        info("markers", TensorProto.INT64, ["pairs", "marks"]),
    ]
    states = graph.encoder("ids", n_heads, positions="positions", bias="bias")
    states = graph.node("Squeeze", states, graph.integers(0))
    marked = graph.node("Gather", states, "markers", attributes={"axis": 0})
    joined = graph.node("Reshape", marked, graph.integers(0, weights["mix.weight"].shape[1]))
    hidden = graph.node("Gelu", graph.linear(joined, "mix", exact=True))
    scores = graph.linear(hidden, "head", exact=True)
    graph.save(path, inputs, scores, ["pairs", weights["head.weight"].shape[0]])
