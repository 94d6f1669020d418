"""Parts of parsed JSON, whatever is there: a part of another kind counts as missing."""

from __future__ import annotations

from typing import Any

from kgbuilder.errors import UsageError
from kgbuilder.model import Curie

__all__ = ["curie_in", "items_in", "number_in", "object_in", "text_in"]

Json = dict[str, Any]


def object_in(value: Any, *path: str) -> Json:
    """The object at ``path`` below ``value``; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items_in(value: Json, key: str) -> list[Json]:
    """The objects of a list; anything else in it is passed over."""
    found = value.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text_in(value: Json, key: str) -> str:
    """A string without outer blanks; empty where there is none."""
    found = value.get(key)
    return found.strip() if isinstance(found, str) else ""


def number_in(value: Json, key: str) -> float | None:
    """A finite number, None for anything else, truth values among it."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < float("inf") else None


def curie_in(text: str) -> Curie | None:
    """An identifier as ``HP:0001250``; None for another text."""
    try:
        return Curie.parse(text)
    except UsageError:
        return None
