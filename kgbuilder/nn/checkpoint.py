"""Encoders written as BERT checkpoints, which ``nn.encoder`` and Hugging Face read.

Training only (torch).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from kgbuilder.nn.encoder import Encoder

__all__ = ["save_bert"]

_NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mixed": "attention.output.dense",
    "norm_mixed": "attention.output.LayerNorm",
    "grow": "intermediate.dense",
    "shrink": "output.dense",
    "norm_out": "output.LayerNorm",
}
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def save_bert(
    encoder: Encoder, folder: Path, *, tokenizer: Path, head: Mapping[str, Tensor] | None = None
) -> None:
    """Write ``config.json``, ``model.safetensors`` and the tokenizer.

    :param tokenizer: folder whose tokenizer files are copied.
    :param head: tensors of a masked-language head, by Hugging Face's names.
    """
    from safetensors.torch import save_file

    shape, state = encoder.shape, encoder.state_dict()
    n_types = 2
    raw = {
        "embeddings.word_embeddings.weight": state["pieces.weight"],
        "embeddings.position_embeddings.weight": state["positions.weight"],
        # was folded into the positions when the encoder was loaded
        "embeddings.token_type_embeddings.weight": torch.zeros(n_types, shape.width),
        "embeddings.LayerNorm.weight": state["norm.weight"],
        "embeddings.LayerNorm.bias": state["norm.bias"],
    }
    for layer in range(shape.n_layers):
        for ours, theirs in _NAMES.items():
            for part in ("weight", "bias"):
                source = f"layers.{layer}.{ours}.{part}"
                raw[f"encoder.layer.{layer}.{theirs}.{part}"] = state[source]
    tensors = {f"bert.{name}": value for name, value in raw.items()} | dict(head or {})
    config = {
        "architectures": ["BertForMaskedLM" if head else "BertModel"],
        "model_type": "bert",
        "vocab_size": shape.n_pieces,
        "hidden_size": shape.width,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "intermediate_size": shape.inner_width,
        "max_position_embeddings": shape.max_positions,
        "hidden_act": "gelu",
        "layer_norm_eps": shape.epsilon,
        "type_vocab_size": n_types,
        "pad_token_id": 0,
    }
    folder.mkdir(parents=True, exist_ok=True)
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    save_file(whole, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for name in _TOKENIZER:
        if (tokenizer / name).exists():
            (folder / name).write_bytes((tokenizer / name).read_bytes())
