"""Recipes of runs on labelled sets: a tagger's, and what a relater's and a qualifier's share with it.

data = "my/brat"            # a path (BRAT, CoNLL, PubTator, JSON lines); or [corpora.NAME] tables
dev = "my/dev"              # held out to choose by; carved out of the data when left out
licence = "my hospital, internal use"

[labels]                    # the set's labels -> our types
PROBLEM = ["Disease", "Phenotype"]
NAME = ""

[train]
epochs = 10
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kgbuilder.errors import ConfigError
from kgbuilder.model import EntityType
from kgbuilder.train.recipes import at_least, refuse_unknown, take, train_table
from kgbuilder.train.user_labels import parse_label_table

__all__ = [
    "LabelledSet",
    "NotesTable",
    "QualifierRecipe",
    "RelaterRecipe",
    "TaggerRecipe",
    "parse_qualifier_recipe",
    "parse_relater_recipe",
    "parse_tagger_recipe",
]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A corpus by name, or a path.

    :param labels: empty: every label is looked up. :param annotates: None: all types of the model.
    :param n_dev: documents that are carved out.
    """

    source: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotates: frozenset[str] | None = None
    merge_before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeat: int = 1
    keep_empty: float = 1.0
    licence: str = ""
    n_dev: int = 0


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """A tagger on labelled sets.

    :param types: of the model, in order; empty: those that the labels mean.
    :param dev: path of the documents to choose by; "": carved out of the sets.
    :param patience: epochs without a better score on them after which the run ends.
    """

    sets: tuple[LabelledSet, ...]
    dev: str = ""
    types: tuple[str, ...] = ()
    licence: str = ""
    held_out: tuple[str, ...] = ()
    max_pieces: int = 190
    hide_hints: float = 0.15
    vocabulary_hints: bool = True
    patience: int = 3
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelaterRecipe:
    """A relater on labelled sets: ``data``, ``dev``, ``[labels]`` as a tagger's, and ``[relations]``,
    the set's relation labels -> ``PREDICATE`` or ``PREDICATE:detail`` ("": passed over).

    :param blinded: classes of mentions whose names are hidden from the model.
    """

    data: tuple[str, ...]
    dev: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    held_out: tuple[str, ...] = ()
    blinded: tuple[str, ...] = ("drug",)
    patience: int = 3
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotesTable:
    """Unlabelled notes that keep what the table of cues reads there.

    :param corpora: JSON lines below the corpora's folder, with ``note`` or ``text``; of those with a
        ``split`` the train part. :param n_texts: of these, drawn by ``seed``.
    :param weight: of a mention, beside 1 of a labelled one.
    """

    corpora: tuple[str, ...] = ()
    n_texts: int = 0
    seed: int = 3
    weight: float = 0.5


@dataclass(frozen=True, slots=True)
class QualifierRecipe:
    """A qualifier's weights, from labelled sets: ``data``, ``dev``, ``[labels]`` as a tagger's.

    :param smoothing: share of a label's certainty that is spread over all.
    """

    data: tuple[str, ...]
    dev: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    licence: str = ""
    held_out: tuple[str, ...] = ()
    smoothing: float = 0.05
    patience: int = 3
    notes: NotesTable = field(default_factory=NotesTable)
    train: Mapping[str, Any] = field(default_factory=dict)


TAGGER_TRAIN: Mapping[str, Any] = {
    "epochs": 10,
    "max_batch_pieces": 1600,
    "learning_rate": 2e-4,
    "head_learning_rate": 2e-3,
    "seed": 7,
    "checkpoint_steps": 100,
    "device": "auto",
}
RELATER_TRAIN: Mapping[str, Any] = {
    **TAGGER_TRAIN,
    "max_batch_pieces": 2048,
    "head_learning_rate": 1e-3,
}
QUALIFIER_TRAIN: Mapping[str, Any] = {
    **TAGGER_TRAIN,
    "epochs": 5,
    "max_batch_pieces": 2048,
    "head_learning_rate": 3e-3,
    "warmup": 0.08,
}
_SET_KEYS = (
    *("labels", "annotates", "merge_before", "repeat", "keep_empty", "path"),
    *("licence", "commercial"),
)
_KEYS = {
    *("data", "dev", "types", "licence", "held_out", "max_pieces", "hide_hints", "patience"),
    *("vocabulary_hints", "labels", "train", "corpora", "permissive"),
}


def parse_tagger_recipe(table: Mapping[str, Any], *, where: str = "recipe") -> TaggerRecipe:
    """A tagger's recipe from its TOML table: ``data`` and ``labels``, or ``[corpora.NAME]`` as the
    recipes in ``pipelines/`` have them.

    >>> parse_tagger_recipe({"data": "my/brat", "labels": {"CHEM": "Drug"}}).sets[0].labels
    {'CHEM': ('Drug',)}
    """
    refuse_unknown(table, _KEYS, where=where)
    corpora = take(table, "corpora", dict, {})
    data = table.get("data", [])
    paths = [data] if isinstance(data, str) else data
    if bool(paths) == bool(corpora) or not all(isinstance(p, str) and p for p in paths):
        raise ConfigError(
            "a recipe names its data once: data = PATH, or [corpora.NAME] tables", where=where
        )
    dev = table.get("dev", "")
    carved = dev if isinstance(dev, dict) else {}
    if not isinstance(dev, str | dict):
        raise ConfigError("dev: a path, or a table of corpora with numbers", where=where)
    refuse_unknown(carved, corpora, where=f"{where} dev")
    shared = parse_label_table(take(table, "labels", dict, {}), where=f"{where} [labels]")
    sets = [LabelledSet(path, shared) for path in paths]
    for name, given in corpora.items():
        refuse_unknown(given, _SET_KEYS, where=f"{where} [corpora.{name}]")
        annotates = given.get("annotates")
        sets.append(
            LabelledSet(
                str(given.get("path", name)),
                parse_label_table(
                    given.get("labels", {}), where=f"{where} [corpora.{name}.labels]"
                ),
                None if annotates is None else frozenset(annotates),
                {k: tuple(v) for k, v in given.get("merge_before", {}).items()},
                take(given, "repeat", int, 1),
                take(given, "keep_empty", float, 1.0),
                take(given, "licence", str, ""),
                int(carved.get(name, 0)),
            )
        )
    types = tuple(take(table, "types", list, []))
    for type in types:
        if type not in list(EntityType):
            hint = f"one of {', '.join(EntityType)}"
            raise ConfigError(f"unknown entity type {type!r}", where=f"{where} types", hint=hint)
    return TaggerRecipe(
        tuple(sets),
        dev if isinstance(dev, str) else "",
        types,
        take(table, "licence", str, ""),
        tuple(take(table, "held_out", list, [])),
        at_least(take(table, "max_pieces", int, 190), 8, "max_pieces", where),
        take(table, "hide_hints", float, 0.15),
        take(table, "vocabulary_hints", bool, True),
        at_least(take(table, "patience", int, 3), 1, "patience", where),
        train_table(take(table, "train", dict, {}), TAGGER_TRAIN, where=where),
    )


def parse_relater_recipe(table: Mapping[str, Any], *, where: str = "recipe") -> RelaterRecipe:
    """A relater's recipe from its TOML table.

    >>> parse_relater_recipe({"data": "my/brat", "relations": {"R": "CAUSES"}}).relations
    {'R': 'CAUSES'}
    """
    if "kinds" in table:
        raise ConfigError(
            "a recipe with [kinds] is for pipelines/pack_examples.py",
            where=where,
            hint="here a recipe has data, [labels] and [relations]",
        )
    refuse_unknown(table, set(RelaterRecipe.__dataclass_fields__), where=where)
    paths = _paths(table, where)
    relations = take(table, "relations", dict, {})
    for label, meant in relations.items():
        if not isinstance(meant, str):
            raise ConfigError(f"relation {label!r}: expected a text", where=f"{where} [relations]")
    return RelaterRecipe(
        paths,
        take(table, "dev", str, ""),
        parse_label_table(take(table, "labels", dict, {}), where=f"{where} [labels]"),
        relations,
        take(table, "licence", str, ""),
        tuple(take(table, "held_out", list, [])),
        tuple(take(table, "blinded", list, ["drug"])),
        at_least(take(table, "patience", int, 3), 1, "patience", where),
        train_table(take(table, "train", dict, {}), RELATER_TRAIN, where=where),
    )


def parse_qualifier_recipe(table: Mapping[str, Any], *, where: str = "recipe") -> QualifierRecipe:
    """A qualifier's recipe from its TOML table.

    >>> parse_qualifier_recipe({"data": "my/lines"}).smoothing
    0.05
    """
    refuse_unknown(table, {*QualifierRecipe.__dataclass_fields__, "permissive"}, where=where)
    paths = _paths(table, where)
    notes = take(table, "notes", dict, {})
    refuse_unknown(notes, set(NotesTable.__dataclass_fields__), where=f"{where} [notes]")
    return QualifierRecipe(
        paths,
        take(table, "dev", str, ""),
        parse_label_table(take(table, "labels", dict, {}), where=f"{where} [labels]"),
        take(table, "licence", str, ""),
        tuple(take(table, "held_out", list, [])),
        take(table, "smoothing", float, 0.05),
        at_least(take(table, "patience", int, 3), 1, "patience", where),
        NotesTable(
            tuple(take(notes, "corpora", list, [])),
            at_least(take(notes, "n_texts", int, 0), 0, "n_texts", f"{where} [notes]"),
            take(notes, "seed", int, 3),
            take(notes, "weight", float, 0.5),
        ),
        train_table(take(table, "train", dict, {}), QUALIFIER_TRAIN, where=where),
    )


def _paths(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    data = table.get("data", [])
    paths = [data] if isinstance(data, str) else data
    if not paths or not all(isinstance(p, str) and p for p in paths):
        raise ConfigError("data: a path, or a list of paths", where=where)
    return tuple(paths)
