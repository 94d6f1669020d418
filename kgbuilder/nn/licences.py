"""Which corpora a set of weights may be trained on, and what the weights' licence then is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgbuilder.errors import ConfigError
from kgbuilder.nn.made import Source

__all__ = ["source_of", "under_terms"]


def under_terms(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as its ``permissive`` has it. Where that is true, those of its ``corpora`` are left out
    that say ``commercial = false``, and ``licence`` is what ``licence_permissive`` says.

    :raises ConfigError: when ``permissive`` or ``commercial`` is neither true nor false, no corpus is
        left, or the licence is missing.
    """
    table = {key: value for key, value in recipe.items() if key != "licence_permissive"}
    corpora: Mapping[str, Mapping[str, Any]] = recipe.get("corpora", {})
    permissive = _is_true(recipe, "permissive", default=False, where="recipe")
    allowed = {
        name: row
        for name, row in corpora.items()
        if _is_true(row, "commercial", default=True, where=f"corpora.{name}")
    }
    if not permissive:
        return table
    if corpora and not allowed:
        raise ConfigError("no corpus of the recipe is for commercial use", where="corpora")
    licence = recipe.get("licence_permissive")
    if not isinstance(licence, str) or not licence:
        raise ConfigError(
            "the recipe has no licence_permissive", hint="a sentence; doctor prints it"
        )
    table |= {"licence": licence}
    if corpora:
        table |= {"corpora": allowed}
        if isinstance(table.get("dev"), Mapping):
            table |= {"dev": {name: n for name, n in table["dev"].items() if name in allowed}}
    return table


def source_of(name: str, size: str, table: Mapping[str, Any]) -> Source:
    """A corpus for the card. :param table: the recipe's, of this corpus."""
    terms = table.get("licence") or "not stated"
    return Source(name, size, terms, table.get("commercial", True))


def _is_true(table: Mapping[str, Any], key: str, *, default: bool, where: str) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise ConfigError(f"{key} is {value!r}", where=where, hint="true or false")
    return value
