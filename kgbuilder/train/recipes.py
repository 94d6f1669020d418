"""Recipes of training runs: TOML or a path of data in, frozen types out. An unknown key is an error."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgbuilder.errors import ConfigError
from kgbuilder.nn.licences import under_terms

__all__ = [
    "EncoderRecipe",
    "parse_encoder_recipe",
    "read_recipe",
    "read_toml",
    "refuse_unknown",
    "take",
]

TRAIN_KEYS = (
    "epochs", "max_batch_pieces", "learning_rate", "head_learning_rate", "warmup", "weight_decay",
    "seed", "checkpoint_steps", "bfloat16", "device",
)  # fmt: skip
"""Keys of ``[train]``: the fields of ``nn.training.Plan``."""


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """Masked-language training of an encoder on raw text.

    :param sources: names of raw corpora, files and folders. :param held_out: corpora whose texts must
        not be trained on; ``dev``: of these, that many carved documents.
    :param permissive: leave out texts whose licence does not allow commercial use.
    :param n_held_out: texts whose masked words are guessed to follow the run, at most one in twenty.
    """

    sources: tuple[str, ...]
    licence: str = ""
    held_out: tuple[str, ...] = ()
    dev: tuple[tuple[str, int], ...] = ()
    permissive: bool = False
    n_held_out: int = 200
    length: int = 128
    max_steps: int = 0
    evaluate_steps: int = 500
    masked_share: float = 0.15
    span_share: float = 0.5
    train: Mapping[str, Any] = field(default_factory=dict)


ENCODER_TRAIN: Mapping[str, Any] = {
    "epochs": 3,
    "max_batch_pieces": 4096,
    "learning_rate": 2e-4,
    "head_learning_rate": 1e-3,
    "seed": 7,
    "checkpoint_steps": 200,
    "device": "auto",
}


def read_toml(path: Path) -> dict[str, Any]:
    """A recipe file. :raises ConfigError: when it cannot be read or is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the recipe: {error}", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}", where=str(path)) from None


def read_recipe(path: Path) -> dict[str, Any]:
    """A recipe file as ``permissive`` has it, see :func:`kgbuilder.nn.licences.under_terms`: its own, or
    that of the file which ``terms`` names beside it, so that several recipes have one switch.

    :raises ConfigError: when one of the two cannot be read, or cannot be meant.
    """
    table = read_toml(path)
    if "terms" in table:
        terms = path.parent / take(table, "terms", str, "")
        shared = read_toml(terms)
        refuse_unknown(shared, {"permissive"}, where=str(terms))
        table = {key: value for key, value in table.items() if key != "terms"} | shared
    return under_terms(table)


def refuse_unknown(given: Collection[str], known: Collection[str], *, where: str) -> None:
    """:raises ConfigError: for a key that is not known, with those that look like it."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=3, cutoff=0.5) or sorted(known)
            raise ConfigError(f"unknown key {key!r}", where=where, hint=f"known: {', '.join(near)}")


def take(table: Mapping[str, Any], key: str, kind: type | tuple[type, ...], default: Any) -> Any:
    """``table[key]`` or the default. :raises ConfigError: when it is of another kind."""
    value = table.get(key, default)
    kinds = kind if isinstance(kind, tuple) else (kind,)
    wanted = (*kinds, int) if float in kinds else kinds
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in kinds):
        names = " or ".join(k.__name__ for k in kinds)
        raise ConfigError(f"{key} = {value!r}: expected {names}", where="recipe")
    return value


def parse_encoder_recipe(table: Mapping[str, Any], *, where: str = "recipe") -> EncoderRecipe:
    """An encoder's recipe from its TOML table.

    >>> parse_encoder_recipe({"sources": ["notes/"]}).length
    128
    """
    known = set(EncoderRecipe.__dataclass_fields__)
    refuse_unknown(table, known, where=where)
    sources = take(table, "sources", list, [])
    if not sources or not all(isinstance(s, str) for s in sources):
        raise ConfigError("sources: a list of raw corpora, files and folders", where=where)
    return EncoderRecipe(
        tuple(sources),
        take(table, "licence", str, ""),
        tuple(take(table, "held_out", list, [])),
        tuple(sorted(take(table, "dev", dict, {}).items())),
        take(table, "permissive", bool, False),
        at_least(take(table, "n_held_out", int, 200), 1, "n_held_out", where),
        at_least(take(table, "length", int, 128), 8, "length", where),
        at_least(take(table, "max_steps", int, 0), 0, "max_steps", where),
        at_least(take(table, "evaluate_steps", int, 500), 1, "evaluate_steps", where),
        take(table, "masked_share", float, 0.15),
        take(table, "span_share", float, 0.5),
        train_table(take(table, "train", dict, {}), ENCODER_TRAIN, where=where),
    )


def at_least(value: int, least: int, key: str, where: str) -> int:
    """:raises ConfigError: when ``value`` is smaller."""
    if value < least:
        raise ConfigError(f"{key} = {value}: at least {least}", where=where)
    return value


def train_table(
    given: Mapping[str, Any], defaults: Mapping[str, Any], *, where: str
) -> Mapping[str, Any]:
    """``[train]`` over its defaults. :raises ConfigError: for unknown keys and impossible values."""
    refuse_unknown(given, TRAIN_KEYS, where=f"{where} [train]")
    table = {**defaults, **given}
    for key, value in table.items():
        if key == "device" and isinstance(value, str):
            continue
        if key == "bfloat16" and value in (True, False, "auto"):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            what = f"{key} = {value!r}: expected a number or, for some, a word"
            raise ConfigError(what, where=f"{where} [train]")
    at_least(int(table["epochs"]), 1, "epochs", f"{where} [train]")
    return table
