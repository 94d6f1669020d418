"""Recipes: which method runs in each stage. TOML in, frozen types out.

    [recognize]
    method = "transformer"      # transformer | dictionary | spacy | huggingface
    model = ""                  # folder, or pipeline or hub name; empty: the shipped weights
    device = "cpu"              # transformer, huggingface: cpu | cuda | cuda:1 | auto
    min_score = 0.7             # transformer: mentions below it are left out,
    min_named_score = 0.5       # and below this where a vocabulary has the name, too
    dictionary = true           # add what the vocabularies name and the model left
    consistent = true           # find what a document defines or names once all over it

    [recognize.labels]          # spacy, huggingface: what labels mean that no table here knows
    GADGET = "Procedure"

    [qualify]
    method = "weighed"          # weighed: words, and in notes weights beside them | words
    model = ""
    least = 0.9                 # probability from which the weights say that it is no plain fact

    [relate]
    method = "transformer"      # transformer | none
    model = ""
    device = "cpu"
    threshold = 0.0             # probability from which a relation is told; 0: the weights' own

An unknown key is an error that names the near ones.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kgbuilder.errors import ConfigError
from kgbuilder.model import EntityType

__all__ = [
    "QualifyRecipe",
    "Recipe",
    "RecognizeRecipe",
    "RelateRecipe",
    "parse_recipe",
    "read_recipe",
    "recognizer_alone",
]


@dataclass(frozen=True, slots=True)
class RecognizeRecipe:
    """Who finds mentions. ``labels``: a foreign model's label and our type, sorted."""

    method: str = "transformer"
    model: str = ""
    min_score: float = 0.7
    min_named_score: float = 0.5
    dictionary: bool = True
    consistent: bool = True
    device: str = "cpu"
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class QualifyRecipe:
    """Who says how mentions are meant."""

    method: str = "weighed"
    model: str = ""
    least: float = 0.9


@dataclass(frozen=True, slots=True)
class RelateRecipe:
    """Who finds relations."""

    method: str = "transformer"
    model: str = ""
    threshold: float = 0.0
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Recipe:
    """The stages that offer a choice."""

    recognize: RecognizeRecipe = field(default_factory=RecognizeRecipe)
    qualify: QualifyRecipe = field(default_factory=QualifyRecipe)
    relate: RelateRecipe = field(default_factory=RelateRecipe)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe file. :raises ConfigError: when it is missing, not TOML, or has unknown keys."""
    try:
        return parse_recipe(path.read_text("utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the recipe: {error}", where=str(path)) from None


def parse_recipe(text: str, *, where: str = "recipe") -> Recipe:
    r"""Parse a recipe.

    >>> parse_recipe('[relate]\nmethod = "none"').relate.method
    'none'
    """
    import tomllib  # most runs have no recipe

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}", where=where) from None
    _refuse_unknown(tables, ["recognize", "qualify", "relate"], where=where)
    return Recipe(
        recognize=_table(RecognizeRecipe, tables.get("recognize", {}), f"{where} [recognize]"),
        qualify=_table(QualifyRecipe, tables.get("qualify", {}), f"{where} [qualify]"),
        relate=_table(RelateRecipe, tables.get("relate", {}), f"{where} [relate]"),
    )


def recognizer_alone(word: str) -> Recipe:
    """The recipe that ``METHOD`` or ``METHOD:MODEL`` names, as it is: no dictionary beside it, no
    consistency over a document, no relations; ``recipe:FILE`` is a recipe file as it stands.

    >>> recognizer_alone("spacy:en_ner_bc5cdr_md").recognize.model
    'en_ner_bc5cdr_md'

    :raises ConfigError: for a model that is needed and not named, or a recipe that cannot be read.
    """
    method, _, model = word.partition(":")
    if method == "recipe":
        return read_recipe(Path(model))
    if method in {"spacy", "huggingface"} and not model:
        raise ConfigError(
            f"{method} needs a model", where=word, hint=f"write {method}:NAME or :PATH"
        )
    alone = RecognizeRecipe(method, model, dictionary=False, consistent=False)
    return Recipe(alone, relate=RelateRecipe("none"))


def _table(kind: type[Any], given: object, where: str) -> Any:
    if not isinstance(given, dict):
        raise ConfigError("expected a table", where=where)
    known = {f.name: type(getattr(kind(), f.name)) for f in fields(kind)}
    _refuse_unknown(given, list(known), where=where)
    for key, value in given.items():
        wanted = known[key]
        if wanted is tuple:
            given = {**given, key: _pairs(value, f"{where} {key}")}
            continue
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise ConfigError(f"{key} = {value!r}: expected {wanted.__name__}", where=where)
    return kind(**given)


def _pairs(given: object, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise ConfigError('expected a table of texts: LABEL = "Drug"', where=where)
    for type in given.values():
        if type not in list(EntityType):
            hint = f"one of {', '.join(EntityType)}"
            raise ConfigError(f"unknown entity type {type!r}", where=where, hint=hint)
    return tuple(sorted(given.items()))


def _refuse_unknown(given: dict[str, Any], known: list[str], *, where: str) -> None:
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=3, cutoff=0.5) or known
            raise ConfigError(f"unknown key {key!r}", where=where, hint=f"known: {', '.join(near)}")
