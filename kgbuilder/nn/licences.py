"""Which corpora a set of weights may be trained on, and what the weights' licence then is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgbuilder.errors import ConfigError

__all__ = ["licence_of", "permitted"]


def permitted(
    corpora: Mapping[str, Mapping[str, Any]], *, permissive: bool
) -> dict[str, Mapping[str, Any]]:
    """A recipe's tables of corpora; with ``permissive`` those alone that do not say
    ``commercial = false``.

    :raises ConfigError: when ``commercial`` is neither true nor false, or nothing is left.
    """
    for name, table in corpora.items():
        if not isinstance(table.get("commercial", True), bool):
            raise ConfigError(
                f"commercial is {table['commercial']!r}",
                where=f"corpora.{name}",
                hint="true or false",
            )
    kept = {
        name: table
        for name, table in corpora.items()
        if table.get("commercial", True) or not permissive
    }
    if not kept:
        raise ConfigError("no corpus of the recipe is for commercial use", where="corpora")
    return kept


def licence_of(recipe: Mapping[str, Any], *, permissive: bool) -> str:
    """What the card of the weights says: ``licence_permissive`` or ``licence`` of the recipe.

    :raises ConfigError: when the recipe lacks it.
    """
    key = "licence_permissive" if permissive else "licence"
    value = recipe.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"the recipe has no {key}", hint="one sentence; doctor prints it")
    return value
