"""Labels of other people's models, as our entity types: ``foreign_labels.tsv``, a reviewable table."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from kgbuilder.errors import ConfigError
from kgbuilder.model import EntityType

__all__ = ["types_of_labels"]


def types_of_labels(
    labels: Iterable[str], *, given: Mapping[str, EntityType] | None, model: str
) -> dict[str, EntityType]:
    """Label of a model -> our type. A label that the table knows to be nothing of ours is left out.

    :param given: the user's own mapping; it then stands alone, and labels it lacks are left out.
    :raises ConfigError: when no label has a type, or, without ``given``, one is not in the table: a
        label that is dropped in silence is lost.
    """
    own = {str(label) for label in labels}
    if given is not None:
        chosen = {label: type for label, type in given.items() if label in own}
        unknown: list[str] = []
    else:
        table = _table()
        unknown = sorted(label for label in own if _folded(label) not in table)
        meant = {label: table.get(_folded(label), "") for label in own}
        chosen = {label: EntityType(type) for label, type in meant.items() if type}
    if unknown or not chosen:
        told = ", ".join(unknown or sorted(own)) or "none at all"
        raise ConfigError(
            f"labels without a meaning here: {told}",
            where=model,
            hint="say what each label means: labels={'LABEL': EntityType.DRUG}; those left out are "
            f"not read. Types: {', '.join(EntityType)}",
        )
    return chosen


def _table() -> dict[str, str]:
    text = (files("kgbuilder.recognize") / "foreign_labels.tsv").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    rows = csv.DictReader(lines, delimiter="\t")
    return {_folded(row["label"]): row["type"] for row in rows} | {
        _folded(type): type.value for type in EntityType
    }


def _folded(label: str) -> str:
    """Case, separators and the prefix of a BIO tag say nothing."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^[bieslu]-", "", label.casefold()))
