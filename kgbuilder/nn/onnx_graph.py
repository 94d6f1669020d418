"""An ONNX graph of an encoder, written node by node: what runs is what is read here.

Training only (needs the package onnx). Precisions: ``float32``; or ``int8``, where matrices of the
layers have 7 bits and one scale per column, activations 8 bits and one scale per row, found while it
runs, so that no row's result depends on another's; the products are integers and exact on every machine.
(7 bits: without VNNI two products of 8 bits overflow. ``MatMulNBits`` was 2 to 3 times slower on AVX2.)
What stays float32 between them has to be the same bit by bit, since a last bit can turn the rounding of
an activation, and that a probability's third digit. So no ``Softmax`` and no attention in one node: see
:meth:`Graph.powers`.
The embedding has one scale per row. Biases of keys are left out, since softmax does not see them, and
those of values are added behind it, since its weights add up to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from kgbuilder.nn.distances import distance_buckets

__all__ = ["BERT_EPSILON", "Graph", "Markers", "Weights"]

Weights = Mapping[str, NDArray[np.float32]]

DISTANCES = "encoder.distances.weight"
"""``[buckets, heads]``; MPNet has it and BERT has not."""

BERT_EPSILON = 1e-12
"""Of BERT's layer norms; MPNet's is another."""


@dataclass(frozen=True, slots=True)
class Markers:
    """Where the markers stand: ``start`` and ``end`` name integers that cut them from the length. They
    are at no distance from the text.
    """

    start: str
    end: str
    n_marks: int
    n_heads: int
    size: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """Integers: ``values`` uint8 about ``zero``, each row in steps of ``scales`` / ``n_steps``."""

    values: str
    scales: str
    zero: int
    n_steps: int


_EITHER_SIGN, _AFTER_GELU = (128, 127), (32, 223)
"""``(zero, steps to the largest value)``: what Gelu gives is never below -0.17, 32 steps if its largest
value counts as 1.19 at least; so the rest has twice the steps."""


@dataclass(slots=True)
class Graph:
    """Nodes and constants as they are added; every method returns the name of its output.

    :param epsilon: of the layer norms.
    """

    weights: Weights
    int8: bool
    epsilon: float = BERT_EPSILON
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    quantized: dict[str, _Rows] = field(default_factory=dict)

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

    def number(self, value: float) -> str:
        """A constant of float32."""
        return self.constant(f"number_{value!r}", np.array(value, dtype=np.float32))

    def rows(self, x: str, range: tuple[int, int] = _EITHER_SIGN) -> _Rows:
        """``x`` as integers; made once for all that multiply ``x``."""
        if x not in self.quantized:
            zero, n_steps = range
            last = {"axes": self.integers(-1)}
            most = self.node("ReduceMax", x, last["axes"], attributes={"keepdims": 1})
            if range == _AFTER_GELU:
                largest = self.node("Max", most, self.number(1.19))
            else:
                least = self.node("ReduceMin", x, last["axes"], attributes={"keepdims": 1})
                largest = self.node("Max", most, self.node("Neg", least), self.number(1e-8))
            steps = self.node("Mul", x, self.node("Div", self.number(n_steps), largest))
            rows = self.node("QuantizeLinear", steps, self.number(1.0), self.zero(zero))
            self.quantized[x] = _Rows(rows, largest, zero, n_steps)
        return self.quantized[x]

    def zero(self, at: int) -> str:
        """What stands for zero among unsigned bytes."""
        return self.constant(f"zero_{at}", np.array(at, dtype=np.uint8))

    def product(self, x: str | _Rows, name: str, weight: NDArray[np.float32]) -> str:
        """``x @ weight.T``; in float32 where ``x`` is."""
        if isinstance(x, str):
            return self.node("MatMul", x, self.constant(f"{name}.weight", weight.T))
        scales = np.maximum(np.abs(weight).max(axis=1), 1e-8) / 64.0
        quantized = np.rint(weight / scales[:, None]).astype(np.int8).T
        product = self.node(
            "MatMulIntegerToFloat",
            x.values,
            self.constant(f"{name}.int8", quantized),
            self.number(1 / x.n_steps),
            self.constant(f"{name}.scales", scales.astype(np.float32)),
            self.zero(x.zero),
            domain="com.microsoft",
        )
        return self.node("Mul", product, x.scales)

    def linear(self, x: str | _Rows, name: str) -> str:
        """``x @ weight.T + bias``."""
        product, bias = self.product(x, name, self.weights[f"{name}.weight"]), f"{name}.bias"
        return self.node("Add", product, self.weight(bias)) if bias in self.weights else product

    def read(self, x: str, range: tuple[int, int] = _EITHER_SIGN) -> str | _Rows:
        """``x`` as the matrices of layers take it."""
        return self.rows(x, range) if self.int8 else x

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

    def norm(self, x: str, name: str) -> str:
        """Layer normalization."""
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        settings = {"axis": -1, "epsilon": self.epsilon}
        return self.node("LayerNormalization", x, weight, bias, attributes=settings)

    def near(self, ids: str) -> str:
        """``[1, heads, length, length]``: MPNet's bias of attention by distance."""
        n_positions = self.weights["encoder.positions.weight"].shape[0]
        n_buckets = self.weights[DISTANCES].shape[0]
        length = self.node("Shape", ids, attributes={"start": 1, "end": 2})
        zero, one = (self.constant(f"scalar_{n}", np.array(n, dtype=np.int64)) for n in (0, 1))
        place = self.node("Range", zero, self.node("Squeeze", length), one)
        looked_at = self.node("Add", place, self.integers(n_positions - 1))
        away = self.node("Sub", looked_at, self.node("Unsqueeze", place, self.integers(1)))
        buckets = self.constant("buckets", distance_buckets(n_buckets, n_positions))
        found = self.node("Gather", self.weight(DISTANCES), self.node("Gather", buckets, away))
        found = self.node("Transpose", found, attributes={"perm": [2, 0, 1]})
        return self.node("Unsqueeze", found, self.integers(0))

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
        pairs: Markers | None = None,
    ) -> str:
        """States ``[batch, length, width]``. Positions count from 0 when there is no input for them;
        ``extra`` is added to the embeddings. With ``pairs``, which MPNet's cannot have, the states of
        their markers alone.
        """
        if pairs is not None and DISTANCES in self.weights:
            raise ValueError("an encoder with a bias by distance cannot read pairs: see Markers")
        width = self.weights["encoder.norm.weight"].shape[0]
        size = width // n_heads
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
        near = self.near(ids) if DISTANCES in self.weights else None
        n_layers = len({n.split(".")[2] for n in self.weights if n.startswith("encoder.layers.")})
        for layer in range(n_layers):
            at = f"encoder.layers.{layer}"
            asking = x
            if pairs is None:
                y = self.attended(x, at, n_heads, size, near)
            else:
                if layer == n_layers - 1:  # nothing looks at text any more
                    asking = self.cut(x, pairs.start, pairs.end, 1)
                y = self.attended_in_pairs(x, asking, at, pairs)
            y = self.node("Transpose", y, attributes={"perm": [0, 2, 1, 3]})
            y = self.node("Reshape", y, self.integers(0, 0, width))
            weight = self.weights[f"{at}.mixed.weight"]
            bias = self.weights[f"{at}.mixed.bias"] + weight @ self.weights[f"{at}.value.bias"]
            mixed = self.product(self.read(y), f"{at}.mixed", weight)
            mixed = self.node("Add", mixed, self.constant(f"{at}.mixed.bias", bias))
            x = self.norm(self.node("Add", asking, mixed), f"{at}.norm_mixed")
            inner = self.read(self.grown(self.read(x), f"{at}.grow"), _AFTER_GELU)
            x = self.norm(self.node("Add", x, self.linear(inner, f"{at}.shrink")), f"{at}.norm_out")
        return x

    def grown(self, x: str | _Rows, name: str) -> str:
        """Gelu of ``x @ weight.T + bias``; of integers by tanh, which is nearer to the exact one than
        they are, and a third faster.
        """
        if isinstance(x, str):
            return self.node("Gelu", self.linear(x, name))
        product = self.product(x, name, self.weights[f"{name}.weight"])
        return self.node("FastGelu", product, self.weight(f"{name}.bias"), domain="com.microsoft")

    def split(self, x: str, n: int, *, axis: int) -> list[str]:
        """``x`` in ``n`` equal parts."""
        parts = [f"{x}_{i}" for i in range(n)]
        self.nodes.append(helper.make_node("Split", [x], parts, axis=axis, num_outputs=n))
        return parts

    def queries_keys_values(
        self, x: str | _Rows, at: str, parts: tuple[str, ...] = ("query", "key", "value")
    ) -> str:
        """``[batch, length, parts * width]``, in one product."""
        weights = [self.weights[f"{at}.{part}.weight"] for part in parts]
        product = self.product(x, f"{at}.{'_'.join(parts)}", np.concatenate(weights))
        if "query" not in parts:
            return product
        bias = np.zeros(sum(map(len, weights)), dtype=np.float32)
        query = self.weights[f"{at}.query.bias"]
        bias[: len(query)] = query
        name = self.constant(f"{at}.{'_'.join(parts)}.bias", bias)
        return self.node("Add", product, name)

    def in_heads(self, x: str, n_parts: int, n_heads: int, size: int) -> list[str]:
        """``[batch, length, n_parts * width]`` as parts ``[batch, heads, length, size]``."""
        shape = self.integers(0, 0, n_parts * n_heads, size)
        x = self.node("Reshape", x, shape)
        x = self.node("Transpose", x, attributes={"perm": [0, 2, 1, 3]})
        return self.split(x, n_parts, axis=1) if n_parts > 1 else [x]

    def scores(self, query: str, key: str, size: int) -> str:
        """How much each query asks of each key, scaled."""
        return self.node(
            "FusedMatMul",
            query,
            key,
            domain="com.microsoft",
            attributes={"transB": 1, "alpha": size**-0.5},
        )

    def powers(self, scores: str) -> tuple[str, str]:
        """Softmax of the last axis, not yet divided: e to the scores less the largest, and the sums.

        onnxruntime's ``Softmax``, ``LogSoftmax`` and ``MultiHeadAttention`` sum in as many lanes as the
        processor has, so that AVX2 and AVX-512 differ in the last bit; these operators do not.
        """
        powers = self.node("Exp", self.less_largest(scores))
        return powers, self.node("ReduceSum", powers, self.integers(-1), attributes={"keepdims": 1})

    def less_largest(self, scores: str) -> str:
        """Scores less the largest of the last axis."""
        last = self.integers(-1)
        largest = self.node("ReduceMax", scores, last, attributes={"keepdims": 1})
        return self.node("Sub", scores, largest)

    def attended(self, x: str, at: str, n_heads: int, size: int, near: str | None) -> str:
        """``[batch, heads, length, size]``: all look at all. ``near`` is added to the scores."""
        states = self.queries_keys_values(self.read(x), at)
        query, key, value = self.in_heads(states, 3, n_heads, size)
        scores = self.scores(query, key, size)
        powers, sums = self.powers(scores if near is None else self.node("Add", scores, near))
        return self.node("Div", self.node("MatMul", powers, value), sums)

    def attended_in_pairs(self, x: str, asking: str, at: str, pairs: Markers) -> str:
        """Text looks at text, markers look at text and at their own pair's markers: what
        :meth:`kgbuilder.nn.pairs.PairLayout.visible` says, without the scores that nobody uses.

        :param asking: ``x``, or the states of its markers, to ask for theirs alone.
        """
        marks_only = asking != x
        states = self.read(x)
        if marks_only:
            both = self.queries_keys_values(states, at, ("key", "value"))
            key, value = self.in_heads(both, 2, pairs.n_heads, pairs.size)
            if isinstance(states, _Rows):
                states = replace(
                    states,
                    values=self.cut(states.values, pairs.start, pairs.end, 1),
                    scales=self.cut(states.scales, pairs.start, pairs.end, 1),
                )
            else:
                states = asking
            mine = self.queries_keys_values(states, at, ("query",))
            (query,) = self.in_heads(mine, 1, pairs.n_heads, pairs.size)
        else:
            all_three = self.queries_keys_values(states, at)
            query, key, value = self.in_heads(all_three, 3, pairs.n_heads, pairs.size)
        zero, end, n_heads, size = self.integers(0), pairs.end, pairs.n_heads, pairs.size
        text_key = self.cut(key, zero, pairs.start, 2)
        text_value = self.cut(value, zero, pairs.start, 2)
        marks = query if marks_only else self.cut(query, pairs.start, end, 2)
        each = self.integers(1, n_heads, -1, pairs.n_marks, size)
        own_query = self.node("Reshape", marks, each)
        own_key = self.node("Reshape", self.cut(key, pairs.start, end, 2), each)
        own = self.node(
            "Reshape",
            self.scores(own_query, own_key, size),
            self.integers(1, n_heads, -1, pairs.n_marks),
        )
        scores = self.node(
            "Concat", self.scores(marks, text_key, size), own, attributes={"axis": -1}
        )
        powers, sums = self.powers(scores)
        last = self.integers(-pairs.n_marks)
        of_text = self.node("MatMul", self.cut(powers, zero, last, 3), text_value)
        of_own = self.node(
            "MatMul",
            self.node(
                "Reshape",
                self.cut(powers, last, end, 3),
                self.integers(1, n_heads, -1, pairs.n_marks, pairs.n_marks),
            ),
            self.node("Reshape", self.cut(value, pairs.start, end, 2), each),
        )
        joined = self.integers(1, n_heads, -1, size)
        y = self.node("Add", of_text, self.node("Reshape", of_own, joined))
        y = self.node("Div", y, sums)
        if marks_only:
            return y
        seen = self.scores(self.cut(query, zero, pairs.start, 2), text_key, size)
        powers, sums = self.powers(seen)
        of_text = self.node("Div", self.node("MatMul", powers, text_value), sums)
        return self.node("Concat", of_text, y, attributes={"axis": 2})

    def save(self, path: Path, inputs: list[Any], output: str, shape: list[Any]) -> None:
        """Write the file; it answers with the logarithm of the softmax of ``output``."""
        _, sums = self.powers(output)
        result = self.node("Sub", self.less_largest(output), self.node("Log", sums))
        answer = helper.make_tensor_value_info(result, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            self.nodes, "kgbuilder", inputs, [answer], list(self.constants.values())
        )
        versions = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=versions, producer_name="kgbuilder")
        model.ir_version = 9
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))
