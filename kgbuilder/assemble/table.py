"""The tables of a room: TSV files with a header, which a clinician can review."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

__all__ = ["table_rows"]


@cache
def table_rows(name: str, room: str = "assemble") -> tuple[dict[str, str], ...]:
    """The rows of ``<room>/tables/<name>``, header -> cell; nothing is quoted or escaped in them."""
    text = (files(f"kgbuilder.{room}") / "tables" / name).read_text(encoding="utf-8")
    lines = text.splitlines()
    reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple({key: value or "" for key, value in row.items()} for row in reader)
