"""Trained weights to ONNX files: the tagger, the pair classifier, the text classifier.

Training only (needs the package onnx).
"""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper

from kgbuilder.nn.onnx_graph import BERT_EPSILON, Graph, Markers, Weights
from kgbuilder.nn.pairs import MARKS

__all__ = ["export_pair_classifier", "export_tagger", "export_text_classifier"]


def export_tagger(
    weights: Weights, path: Path, *, n_heads: int, int8: bool, epsilon: float = BERT_EPSILON
) -> None:
    """Write a tagger: ``ids`` int64 ``[batch, length]``, without padding, and ``hints`` float32
    ``[batch, length, n_hints]`` to natural logarithms of label probabilities
    ``[batch, length, n_labels]``.
    """
    graph = Graph(weights, int8, epsilon)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    size = weights["hints.weight"].shape[1]
    hints = helper.make_tensor_value_info("hints", TensorProto.FLOAT, ["batch", "length", size])
    extra = graph.linear("hints", "hints")
    states = graph.encoder("ids", n_heads, extra=extra)
    scores = graph.linear(states, "head")
    graph.save(path, [ids, hints], scores, ["batch", "length", weights["head.weight"].shape[0]])


def export_pair_classifier(
    weights: Weights, path: Path, *, n_heads: int, int8: bool, epsilon: float = BERT_EPSILON
) -> None:
    """Write a pair classifier for one text: ``ids`` and ``positions`` int64 ``[1, length]``, the text's
    pieces and after them each pair's markers, and ``n_pairs`` int64 ``[1]``, at least 1, to natural
    logarithms of probabilities ``[n_pairs, n_labels]``.
    """
    graph = Graph(weights, int8, epsilon)
    info = helper.make_tensor_value_info
    inputs = [
        info("ids", TensorProto.INT64, [1, "length"]),
        info("positions", TensorProto.INT64, [1, "length"]),
        info("n_pairs", TensorProto.INT64, [1]),
    ]
    width, n_labels = weights["mix.weight"].shape[0], weights["head.weight"].shape[0]
    behind = graph.node("Mul", "n_pairs", graph.integers(-MARKS))
    pairs = Markers(behind, graph.integers(2**62), MARKS, n_heads, width // n_heads)
    states = graph.encoder("ids", n_heads, positions="positions", pairs=pairs)
    joined = graph.node("Reshape", states, graph.integers(-1, MARKS * width))
    hidden = graph.node("Gelu", graph.linear(joined, "mix"))
    scores = graph.linear(hidden, "head")
    graph.save(path, inputs, scores, ["pairs", n_labels])


def export_text_classifier(
    weights: Weights, path: Path, *, n_heads: int, int8: bool, epsilon: float = BERT_EPSILON
) -> None:
    """Write a text classifier: ``ids`` int64 ``[batch, length]``, without padding, to what each piece
    says of the labels, natural logarithms ``[batch, length, n_labels]``; their mean answers.
    """
    graph = Graph(weights, int8, epsilon)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])
    scores = graph.linear(graph.encoder("ids", n_heads), "head")
    graph.save(path, [ids], scores, ["batch", "length", weights["head.weight"].shape[0]])
