"""The networks over words to ONNX files, see :mod:`kgbuilder.nn.onnx_graph`; small, they stay float32.

Training only (needs the package onnx).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from kgbuilder.nn.onnx_graph import Graph

__all__ = ["export_word_pairs", "export_word_tagger"]

Weights = Mapping[str, NDArray[np.float32]]


def export_word_tagger(weights: Weights, path: Path) -> None:
    """Write the network of :class:`kgbuilder.nn.word_tagger.WordTagger` over the vectors and hints of a
    sentence's words, ``words`` float32 ``[1, n_words, width]``, to natural logarithms of label
    probabilities ``[1, n_words, n_labels]``. It is small and stays float32.
    """
    graph = Graph(weights, int8=False, epsilon=1e-5)
    size = weights["words.weight_hh_l0"].shape[1]
    width = weights["words.weight_ih_l0"].shape[1]

    def of_both(name: str) -> NDArray[np.float32]:
        """Both directions; torch has the gates in the order i f c o, ONNX in i o f c."""
        parts = [weights[f"words.{name}_l0{way}"] for way in ("", "_reverse")]
        gates = [np.split(part, 4) for part in parts]
        return np.stack([np.concatenate([g[0], g[3], g[1], g[2]]) for g in gates])

    info = helper.make_tensor_value_info
    words = info("words", TensorProto.FLOAT, [1, "n_words", width])
    states = graph.node(
        "LSTM",
        graph.node("Transpose", "words", attributes={"perm": [1, 0, 2]}),
        graph.constant("words.in", of_both("weight_ih")),
        graph.constant("words.own", of_both("weight_hh")),
        graph.constant(
            "words.bias", np.concatenate([of_both("bias_ih"), of_both("bias_hh")], axis=1)
        ),
        attributes={"hidden_size": size, "direction": "bidirectional"},
    )  # [n_words, 2, 1, size]
    states = graph.node("Transpose", states, attributes={"perm": [2, 0, 1, 3]})
    joined = graph.node("Reshape", states, graph.integers(0, 0, 2 * size))
    scores = graph.linear(joined, "head")
    n_labels = weights["head.weight"].shape[0]
    graph.save(path, [words], scores, [1, "n_words", n_labels])


def export_word_pairs(weights: Weights, path: Path) -> None:
    """Write the network of :class:`kgbuilder.nn.word_pair_classifier.WordPairClassifier` over the words
    around n pairs, ``words`` float32 ``[n, length, width]`` (vectors, and whether a name is hidden),
    beside what :func:`kgbuilder.nn.pair_words.arrays_of` gives, to natural logarithms of label
    probabilities ``[n, n_labels]``.
    """
    graph = Graph(weights, int8=False, epsilon=1e-5)
    size = weights["words.weight"].shape[0]
    width = weights["words.weight"].shape[1] - 2 * weights["near_one.weight"].shape[1]
    info = helper.make_tensor_value_info
    inputs = [
        info("words", TensorProto.FLOAT, ["n", "length", width]),
        info("near", TensorProto.INT64, ["n", "length", 2]),
        info("segments", TensorProto.FLOAT, ["n", 3, "length"]),
        info("inside", TensorProto.FLOAT, ["n", "length", 1]),
        info("ends", TensorProto.FLOAT, ["n", 2, "length"]),
        info("classes", TensorProto.INT64, ["n", 2]),
    ]

    def picked(numbers: str, role: int, table: str) -> str:
        own = graph.node("Gather", numbers, graph.integers(role), attributes={"axis": -1})
        return graph.embedding(graph.node("Squeeze", own, graph.integers(-1)), table)

    near = [picked("near", role, f"near_{name}") for role, name in enumerate(("one", "other"))]
    x = graph.node("Concat", "words", *near, attributes={"axis": -1})
    y = graph.node("Mul", graph.linear(x, "words"), "inside")
    pads = graph.integers(0, 1, 0, 0, 1, 0)
    n_layers = len({n.split(".")[1] for n in weights if n.startswith("layers.")})
    for layer in range(n_layers):
        at = f"layers.{layer}"
        normed = graph.norm(y, f"norms.{layer}")
        padded = graph.node("Pad", graph.node("Mul", normed, "inside"), pads)
        first, second, last = graph.integers(0), graph.integers(1), graph.integers(2)
        beside = [
            graph.cut(padded, first, graph.integers(-2), 1),
            graph.cut(padded, second, graph.integers(-1), 1),
            graph.cut(padded, last, graph.integers(2**62), 1),
        ]
        wide = graph.node("Concat", *beside, attributes={"axis": -1})
        kernel = weights[f"{at}.weight"]  # [2 size, size, 3]
        joined = np.concatenate([kernel[:, :, k].T for k in range(3)])
        z = graph.node("MatMul", wide, graph.constant(f"{at}.kernel", joined))
        z = graph.node("Add", z, graph.weight(f"{at}.bias"))
        through = graph.cut(z, graph.integers(0), graph.integers(size), 2)
        gate = graph.node("Sigmoid", graph.cut(z, graph.integers(size), graph.integers(2**62), 2))
        y = graph.node("Add", y, graph.node("Mul", through, gate))
        y = graph.node("Mul", y, "inside")
    parts = []
    least = graph.constant("least", np.array(-5.0, dtype=np.float32))
    for segment in range(3):
        mask = graph.node("Gather", "segments", graph.integers(segment), attributes={"axis": 1})
        mask = graph.node("Transpose", mask, attributes={"perm": [0, 2, 1]})
        most = graph.node(
            "ReduceMax", graph.node("Add", y, mask), graph.integers(1), attributes={"keepdims": 0}
        )
        parts.append(graph.node("Max", most, least))
    at_ends = graph.node("MatMul", "ends", y)
    parts.append(graph.node("Reshape", at_ends, graph.integers(-1, 2 * size)))
    parts += [picked("classes", role, f"class_{n}") for role, n in enumerate(("one", "other"))]
    joined_parts = graph.node("Concat", *parts, attributes={"axis": -1})
    hidden = graph.node("Gelu", graph.linear(joined_parts, "mix"))
    scores = graph.linear(hidden, "head")
    graph.save(path, inputs, scores, ["n", weights["head.weight"].shape[0]])
