"""Encoders written as BERT or MPNet checkpoints, which ``nn.encoder`` and Hugging Face read.

Training only (torch).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from kgbuilder.nn.encoder import BERT_NAMES, MPNET_NAMES, MPNET_OFFSET, Encoder

__all__ = ["save_checkpoint"]

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def save_checkpoint(
    encoder: Encoder, folder: Path, *, tokenizer: Path, head: Mapping[str, Tensor] | None = None
) -> None:
    """Write ``config.json``, ``model.safetensors`` and the tokenizer; an encoder with a bias by distance
    as MPNet, another as BERT.

    :param tokenizer: folder whose tokenizer files are copied.
    :param head: tensors of a masked-language head, by Hugging Face's names; BERT's alone are written.
    """
    from safetensors.torch import save_file

    shape, state = encoder.shape, encoder.state_dict()
    n_types = 2
    kind, offset = ("mpnet", MPNET_OFFSET) if shape.n_distances else ("bert", 0)
    head = (head or {}) if kind == "bert" else {}
    positions = state["positions.weight"].cpu()
    raw = {
        "embeddings.word_embeddings.weight": state["pieces.weight"],
        "embeddings.position_embeddings.weight": torch.cat(
            [torch.zeros(offset, shape.width), positions]
        ),
        "embeddings.LayerNorm.weight": state["norm.weight"],
        "embeddings.LayerNorm.bias": state["norm.bias"],
    }
    if kind == "mpnet":
        raw["encoder.relative_attention_bias.weight"] = state["distances.weight"]
    else:  # was folded into the positions when the encoder was loaded
        raw["embeddings.token_type_embeddings.weight"] = torch.zeros(n_types, shape.width)
    for layer in range(shape.n_layers):
        for theirs, ours in (MPNET_NAMES if kind == "mpnet" else BERT_NAMES).items():
            for part in ("weight", "bias"):
                source = f"layers.{layer}.{ours}.{part}"
                raw[f"encoder.layer.{layer}.{theirs}.{part}"] = state[source]
    tensors = {f"{kind}.{name}": value for name, value in raw.items()} | dict(head)
    plain = "MPNetModel" if kind == "mpnet" else "BertModel"
    config = {
        "architectures": ["BertForMaskedLM" if head else plain],
        "model_type": kind,
        "vocab_size": shape.n_pieces,
        "hidden_size": shape.width,
        "num_hidden_layers": shape.n_layers,
        "num_attention_heads": shape.n_heads,
        "intermediate_size": shape.inner_width,
        "max_position_embeddings": shape.max_positions + offset,
        "hidden_act": "gelu",
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": max(0, offset - 1),
    } | (
        {"relative_attention_num_buckets": shape.n_distances}
        if kind == "mpnet"
        else {"type_vocab_size": n_types}
    )
    folder.mkdir(parents=True, exist_ok=True)
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    save_file(whole, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for name in _TOKENIZER:
        if (tokenizer / name).exists():
            (folder / name).write_bytes((tokenizer / name).read_bytes())
