"""Where a run starts from: a checkpoint in a folder, exported weights, or a name on the model hub.

Training only (torch).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kgbuilder.errors import InputError, MissingExtra
from kgbuilder.nn.encoder import Encoder, EncoderShape, load_encoder, minilm_folder
from kgbuilder.nn.shipped import weights_of

__all__ = ["Start", "mean_state", "start_of", "state_of", "usual_base"]

N_HEADS = 12
"""Of exported weights whose ``labels.json`` does not say."""


@dataclass(frozen=True, slots=True)
class Start:
    """An encoder to go on from.

    :param name: for the card. :param folder: holds ``tokenizer.json``.
    :param beside: trained parameters that are not the encoder's, by name (a tagger's ``hints.weight``).
    """

    name: str
    folder: Path
    encoder: Encoder
    beside: Mapping[str, Tensor]


def start_of(base: str) -> Start:
    """What ``base`` names: ``minilm``; ``shipped``, the encoder of the tagger that ships; a folder with
    a BERT or MPNet checkpoint or with a model of ``kgbuilder train``; or a name on the Hugging Face hub.

    :raises InputError: when it is none of these. :raises MissingExtra: when a package is missing.
    """
    if base == "minilm":
        folder = minilm_folder()
        return Start("all-MiniLM-L6-v2 (Apache-2.0)", folder, load_encoder(folder), {})
    if base == "shipped":
        folder = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "tagger"
        seen = "its card names its terms and the corpora it saw: a score on those says little"
        return _exported(folder, f"the encoder of kgbuilder's tagger ({seen})")
    folder = Path(base)
    if (folder / "model.int8.onnx").exists():
        return _exported(folder, f"the encoder of {base}")
    if (folder / "config.json").exists() and (folder / "model.safetensors").exists():
        return Start(base, folder, _checked(folder), {})
    if folder.exists() or base.startswith((".", "/")):
        raise InputError(
            "no model to start from",
            where=base,
            hint="a folder with config.json, model.safetensors and tokenizer.json (BERT or MPNet), "
            "or one that kgbuilder train wrote",
        )
    folder = _from_hub(base)
    return Start(
        f"{base} (Hugging Face hub; see there for its terms)", folder, _checked(folder), {}
    )


def usual_base() -> str:
    """``minilm`` where the package that carries it is installed, else ``shipped``."""
    try:
        minilm_folder()
    except MissingExtra:
        return "shipped"
    return "minilm"


def state_of(path: Path) -> dict[str, Tensor]:
    """Parameters of a state or checkpoint that training saved, or of an exported model (``.onnx``)."""
    if path.suffix == ".onnx":
        return {name: torch.from_numpy(value) for name, value in weights_of(path).items()}
    saved: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    state: dict[str, Tensor] = saved.get("model", saved)
    return state


def mean_state(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of the parameters of several epochs of one run; it scores better than the last (Izmailov
    et al. 2018, https://arxiv.org/abs/1803.05407).
    """
    return {name: torch.stack([s[name].float() for s in states]).mean(0) for name in states[0]}


def _checked(folder: Path) -> Encoder:
    if not (folder / "tokenizer.json").exists():
        raise InputError("no tokenizer.json beside the checkpoint", where=str(folder))
    try:
        encoder = load_encoder(folder)
    except InputError:
        raise
    except (KeyError, ValueError, RuntimeError) as error:
        raise InputError(
            f"not a BERT or MPNet checkpoint: {error!r}"[:300],
            where=str(folder),
            hint="one of these is needed",
        ) from None
    return encoder


def _exported(folder: Path, name: str) -> Start:
    state = state_of(folder / "model.int8.onnx")
    told = json.loads((folder / "labels.json").read_text("utf-8"))
    own = {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
    n_pieces, width = own["pieces.weight"].shape
    layers = {key.split(".")[1] for key in own if key.startswith("layers.")}
    shape = EncoderShape(
        n_pieces,
        width,
        len(layers),
        int(told.get("n_heads", N_HEADS)),
        own["layers.0.grow.weight"].shape[0],
        own["positions.weight"].shape[0],
        len(own.get("distances.weight", ())),
    )
    if "epsilon" in told:
        shape = replace(shape, epsilon=told["epsilon"])
    encoder = Encoder(shape)
    encoder.load_state_dict(own)
    beside = {k: v for k, v in state.items() if k == "hints.weight"}
    return Start(name, folder, encoder, beside)


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as error:
        raise MissingExtra.of(
            "huggingface_hub", extra="train", needed_for=f"starting from {name!r}"
        ) from error
    wanted = ["config.json", "model.safetensors", "tokenizer*.json", "vocab.txt"]
    try:
        folder = Path(snapshot_download(name, allow_patterns=wanted))
    except Exception as error:  # of many kinds: no network, no such model, no access
        raise InputError(
            f"no folder of this name, and the model hub does not give it: {error}"[:300],
            where=name,
            hint="a folder, a name on the Hugging Face hub, minilm, or shipped",
        ) from None
    return folder
