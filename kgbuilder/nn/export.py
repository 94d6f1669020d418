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

from kgbuilder.nn.pairs import MARKS

__all__ = ["Graph", "export_pair_classifier", "export_tagger", "export_text_classifier"]

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Where the markers stand: ``start`` and ``end`` name integers that cut them from the length."""

    start: str
    end: str
    n_marks: int
    n_heads: int
    size: int


@dataclass(slots=True)
class Graph:
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
        """An operator on named values."""
        output = f"{operator}_{len(self.nodes)}"
        settings = attributes or {}
        made = helper.make_node(operator, list(inputs), [output], domain=domain, **settings)
        self.nodes.append(made)
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A value under a name; the same name again is the same value."""
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        """A trained parameter as it is."""
        return self.constant(name, self.weights[name])

    def integers(self, *values: int) -> str:
        """A constant of int64."""
        name = "int_" + "_".join(map(str, values))
        return self.constant(name, np.array(values, dtype=np.int64))

    def rows(self, x: str) -> tuple[str, str]:
        """``x`` as uint8 about 128, and the scale of each row; made once for all that multiply ``x``."""
        if x not in self.quantized:

            def number(name: str, value: float) -> str:
                return self.constant(name, np.array(value, dtype=np.float32))

            last = {"axes": self.integers(-1)}
            most = self.node("ReduceMax", x, last["axes"], attributes={"keepdims": 1})
            least = self.node("ReduceMin", x, last["axes"], attributes={"keepdims": 1})
            largest = self.node("Max", most, self.node("Neg", least), number("tiny", 1e-8))
            scale = self.node("Mul", largest, number("one_127th", 1 / 127))
            steps = self.node("Mul", x, self.node("Reciprocal", scale))
            zero = self.constant("zero_128", np.array(128, dtype=np.uint8))
            rows = self.node("QuantizeLinear", steps, number("one", 1.0), zero)
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
                "MatMulIntegerToFloat",
                rows,
                self.constant(f"{name}.int8", quantized),
                self.constant("one", np.array(1.0, dtype=np.float32)),
                self.constant(f"{name}.scales", scales.astype(np.float32)),
                self.constant("zero_128", np.array(128, dtype=np.uint8)),
                domain="com.microsoft",
            )
            product = self.node("Mul", product, row_scales)
        bias = f"{name}.bias"
        return self.node("Add", product, self.weight(bias)) if bias in self.weights else product

    def embedding(self, indexes: str, name: str) -> str:
        """Rows of a table, rounded by row where the graph is int8."""
        table = self.weights[f"{name}.weight"]
        if not self.int8:
            return self.node("Gather", self.constant(f"{name}.weight", table), indexes)
        scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127.0
        quantized = np.rint(table / scales).astype(np.int8)
        rows = self.node("Gather", self.constant(f"{name}.int8", quantized), indexes)
        rows = self.node("Cast", rows, attributes={"to": TensorProto.FLOAT})
        scale = self.constant(f"{name}.scales", scales.astype(np.float32))
        return self.node("Mul", rows, self.node("Gather", scale, indexes))

    def norm(self, x: str, name: str, *, epsilon: float = 1e-12) -> str:
        """Layer normalization; ``epsilon`` is BERT's."""
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node(
            "LayerNormalization", x, weight, bias, attributes={"axis": -1, "epsilon": epsilon}
        )

    def cut(self, x: str, start: str, end: str, axis: int) -> str:
        """``x[start:end]`` along an axis."""
        return self.node("Slice", x, start, end, self.integers(axis))

    def encoder(
        self,
        ids: str,
        n_heads: int,
        *,
        positions: str | None = None,
        extra: str | None = None,
        pairs: _Pairs | None = None,
    ) -> str:
        """States ``[batch, length, width]``. Positions count from 0 when there is no input for them;
        ``extra`` is added to the embeddings. With ``pairs`` the states of their markers alone.
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
            x = self.node("Add", pieces, self.cut(table, zero, length, 0))
        else:
            x = self.node("Add", pieces, self.embedding(positions, "encoder.positions"))
        if extra is not None:
            x = self.node("Add", x, extra)
        x = self.norm(x, "encoder.norm")
        n_layers = len({n.split(".")[2] for n in self.weights if n.startswith("encoder.layers.")})
        for layer in range(n_layers):
            at = f"encoder.layers.{layer}"
            asking = x
            if pairs is not None and layer == n_layers - 1:  # nothing looks at text any more
                asking = self.cut(x, pairs.start, pairs.end, 1)

            def heads(part: str, x: str, order: list[int], at: str = at) -> str:
                y = self.node("Reshape", self.linear(x, f"{at}.{part}"), split)
                return self.node("Transpose", y, attributes={"perm": order})

            query = self.node("Mul", heads("query", asking, [0, 2, 1, 3]), scale)
            key, value = heads("key", x, [0, 2, 3, 1]), heads("value", x, [0, 2, 1, 3])
            if pairs is None:
                y = self.attended(query, key, value)
            else:
                y = self.attended_in_pairs(query, key, value, pairs, marks_only=asking != x)
            y = self.node(
                "Reshape", self.node("Transpose", y, attributes={"perm": [0, 2, 1, 3]}), joined
            )
            mixed = self.node("Add", asking, self.linear(y, f"{at}.mixed"))
            x = self.norm(mixed, f"{at}.norm_mixed")
            inner = self.node("Gelu", self.linear(x, f"{at}.grow"))
            x = self.norm(self.node("Add", x, self.linear(inner, f"{at}.shrink")), f"{at}.norm_out")
        return x

    def attended(self, query: str, key: str, value: str) -> str:
        """All look at all. ``query`` and ``value`` ``[batch, heads, length, size]``, ``key`` with its
        last two axes turned.
        """
        scores = self.node("MatMul", query, key)
        return self.node("MatMul", self.node("Softmax", scores, attributes={"axis": -1}), value)

    def attended_in_pairs(
        self, query: str, key: str, value: str, pairs: _Pairs, *, marks_only: bool
    ) -> str:
        """Text looks at text, markers look at text and at their own pair's markers: what
        :meth:`kgbuilder.nn.pairs.PairLayout.visible` says, without the scores that nobody uses.

        :param marks_only: the queries are those of the markers.
        """
        zero, end = self.integers(0), pairs.end
        text_key = self.cut(key, zero, pairs.start, 3)
        text_value = self.cut(value, zero, pairs.start, 2)
        marks = query if marks_only else self.cut(query, pairs.start, end, 2)
        n_heads, size = pairs.n_heads, pairs.size
        each = self.integers(1, n_heads, -1, pairs.n_marks, size)
        own_query = self.node("Reshape", marks, each)
        own_key = self.node(
            "Reshape",
            self.cut(key, pairs.start, end, 3),
            self.integers(1, n_heads, size, -1, pairs.n_marks),
        )
        own_key = self.node("Transpose", own_key, attributes={"perm": [0, 1, 3, 2, 4]})
        own = self.node(
            "Reshape",
            self.node("MatMul", own_query, own_key),
            self.integers(1, n_heads, -1, pairs.n_marks),
        )
        scores = self.node(
            "Concat", self.node("MatMul", marks, text_key), own, attributes={"axis": -1}
        )
        weights = self.node("Softmax", scores, attributes={"axis": -1})
        last = self.integers(-pairs.n_marks)
        of_text = self.node("MatMul", self.cut(weights, zero, last, 3), text_value)
        of_own = self.node(
            "MatMul",
            self.node(
                "Reshape",
                self.cut(weights, last, end, 3),
                self.integers(1, n_heads, -1, pairs.n_marks, pairs.n_marks),
            ),
            self.node("Reshape", self.cut(value, pairs.start, end, 2), each),
        )
        joined = self.integers(1, n_heads, -1, size)
        y = self.node("Add", of_text, self.node("Reshape", of_own, joined))
        if marks_only:
            return y
        text = self.attended(self.cut(query, zero, pairs.start, 2), text_key, text_value)
        return self.node("Concat", text, y, attributes={"axis": 2})

    def save(self, path: Path, inputs: list[Any], output: str, shape: list[Any]) -> None:
        """Write the file; it answers with the logarithm of the softmax of ``output``."""
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
    graph = Graph(weights, int8)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    size = weights["hints.weight"].shape[1]
    hints = helper.make_tensor_value_info("hints", TensorProto.FLOAT, ["batch", "length", size])
    extra = graph.linear("hints", "hints", exact=True)
    states = graph.encoder("ids", n_heads, extra=extra)
    scores = graph.linear(states, "head", exact=True)
    graph.save(path, [ids, hints], scores, ["batch", "length", weights["head.weight"].shape[0]])


def export_pair_classifier(weights: Weights, path: Path, *, n_heads: int, int8: bool) -> None:
    """Write a pair classifier for one text: ``ids`` and ``positions`` int64 ``[1, length]``, the text's
    pieces and after them each pair's markers, and ``n_pairs`` int64 ``[1]``, at least 1, to natural
    logarithms of probabilities ``[n_pairs, n_labels]``.
    """
    graph = Graph(weights, int8)
    info = helper.make_tensor_value_info
    inputs = [
        info("ids", TensorProto.INT64, [1, "length"]),
        info("positions", TensorProto.INT64, [1, "length"]),
        info("n_pairs", TensorProto.INT64, [1]),
    ]
    width, n_labels = weights["mix.weight"].shape[0], weights["head.weight"].shape[0]
    behind = graph.node("Mul", "n_pairs", graph.integers(-MARKS))
    pairs = _Pairs(behind, graph.integers(2**62), MARKS, n_heads, width // n_heads)
    states = graph.encoder("ids", n_heads, positions="positions", pairs=pairs)
    joined = graph.node("Reshape", states, graph.integers(-1, MARKS * width))
    hidden = graph.node("Gelu", graph.linear(joined, "mix", exact=True))
    scores = graph.linear(hidden, "head", exact=True)
    graph.save(path, inputs, scores, ["pairs", n_labels])


def export_text_classifier(weights: Weights, path: Path, *, n_heads: int, int8: bool) -> None:
    """Write a text classifier: ``ids`` int64 ``[batch, length]``, without padding, to what each piece
    says of the labels, natural logarithms ``[batch, length, n_labels]``; their mean answers.
    """
    graph = Graph(weights, int8)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    scores = graph.linear(graph.encoder("ids", n_heads), "head", exact=True)
    graph.save(path, [ids], scores, ["batch", "length", weights["head.weight"].shape[0]])
