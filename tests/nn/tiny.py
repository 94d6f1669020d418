"""A tiny vocabulary and tiny weights, made here, so that tests need neither torch nor shipped files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

WORDS = [
    "drug",
    "fever",
    "aspirin",
    "warfarin",
    "bleeding",
    "did",
    "not",
    "cause",
    "with",
    "and",
    "a",
    "of",
    "patient",
    "the",
    "was",
    "given",
]


def write_tokenizer(path: Path) -> None:
    """A lower-casing BERT tokenizer: whole words above, else letters."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789.,;:()[]-/'%")
    vocabulary = [
        "[PAD]",
        *(f"[unused{i}]" for i in range(99)),
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    vocabulary += [*WORDS, *letters, *(f"##{letter}" for letter in letters)]
    unique = {piece: number for number, piece in enumerate(dict.fromkeys(vocabulary))}
    tokenizer = Tokenizer(
        models.WordPiece(unique, unk_token="[UNK]", max_input_chars_per_word=9999)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(path))


def random_weights(
    n_pieces: int, n_labels: int, *, pair: bool, seed: int = 3
) -> dict[str, np.ndarray]:
    """Weights of an encoder of width 64 with two layers, by the names that the exporter reads."""
    rng = np.random.default_rng(seed)
    width, inner = 64, 128

    def matrix(rows: int, columns: int, scale: float = 0.3) -> np.ndarray:
        return rng.normal(0, scale, (rows, columns)).astype(np.float32)

    weights = {
        "encoder.pieces.weight": matrix(n_pieces, width, 1.0),
        "encoder.positions.weight": matrix(512, width, 0.3),
    }
    names = {"query": (width, width), "key": (width, width), "value": (width, width)}
    names |= {"mixed": (width, width), "grow": (inner, width), "shrink": (width, inner)}
    norms = ["encoder.norm"]
    for layer in range(2):
        at = f"encoder.layers.{layer}"
        for name, (rows, columns) in names.items():
            weights[f"{at}.{name}.weight"] = matrix(rows, columns)
            weights[f"{at}.{name}.bias"] = np.zeros(rows, dtype=np.float32)
        norms += [f"{at}.norm_mixed", f"{at}.norm_out"]
    for name in norms:
        weights[f"{name}.weight"] = np.ones(width, dtype=np.float32)
        weights[f"{name}.bias"] = np.zeros(width, dtype=np.float32)
    if pair:
        weights["mix.weight"] = matrix(width, 4 * width)
        weights["mix.bias"] = np.zeros(width, dtype=np.float32)
    weights["head.weight"] = matrix(n_labels, width, 1.0)
    weights["head.bias"] = np.zeros(n_labels, dtype=np.float32)
    return weights


def write_labels(path: Path, labels: dict[str, object]) -> None:
    path.write_text(json.dumps(labels))
