"""The drug tables as files: their columns, and how a tab-separated table is read.

Lines that begin with ``#`` are remarks; a row that does not fit is refused with its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable

from kgbuilder.errors import FormatError, InputError

__all__ = ["TABLE_COLUMNS", "Row", "by_drug", "parse_table", "table_text"]

Row = tuple[int, dict[str, str]]
"""A row with the number of its line."""

_EVIDENCE = ("source", "section", "how")

TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "sources": ("id", "document", "publisher", "date", "address"),
    "forms": ("form", "form_id", "drug", "id", "reason"),
    "genes": ("symbol", "hgnc", "ncbi", "uniprot", "kind", "also"),
    "enzymes": ("drug", "id", "gene", "role", "strength", *_EVIDENCE),
    "therapeutic_index": ("drug", "id", "narrow", *_EVIDENCE),
    "effects": ("drug", "id", "effect", "grade", *_EVIDENCE),
    "exposure": ("drug", "id", "direction", "consequence", "management", *_EVIDENCE),
    "warnings": (
        "drug", "id", "against", "least", "severity", "effect", "management", *_EVIDENCE,
    ),
    "direct": (
        "drug_a", "id_a", "drug_b", "id_b",
        "severity", "mechanism", "effect", "management", *_EVIDENCE,
    ),
    "ndf_rt": ("drug_a", "id_a", "drug_b", "id_b", "grade", *_EVIDENCE),
    "pk_rules": ("role", "strength", "victim", "sensitivity", "narrow", "severity", "reason"),
    "pd_rules": (
        "effect_a", "grade_a", "effect_b", "grade_b",
        "severity", "mechanism", "effect", "management", "reason",
    ),
    "onset": ("drug", "id", "onset", *_EVIDENCE),
    "classes": ("class", "twice", "drug", "id", *_EVIDENCE),
    "combinations": (
        "name", "parts", "narrow", "severity", "mechanism", "effect", "management", "reason",
    ),
    "patient_rules": (
        "kind", "when", "drug", "id", "severity", "effect", "management", *_EVIDENCE,
    ),
    "conditions": ("condition", "id", "name"),
    "allergens": ("allergen", "class"),
    "grades": ("source_grade", "severity", "reason"),
    "templates": ("key", "text"),
}  # fmt: skip
"""File name without ``.tsv`` -> its columns, in order."""


def by_drug(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows under the DrugBank id in their column ``id``, in order."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[1]["id"]].append(row)
    return dict(grouped)


def table_text(folder: Traversable, table: str) -> str:
    """What ``table.tsv`` holds. :raises InputError: when it cannot be read."""
    try:
        return folder.joinpath(f"{table}.tsv").read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the drug table {table}.tsv cannot be read: {error}",
            where=str(folder),
            hint="reinstall kgbuilder, or give a folder that holds every table",
        ) from error


def parse_table(text: str, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows with their line numbers; lines that start with ``#`` are remarks."""
    lines = ((n, line) for n, line in enumerate(text.splitlines(), 1) if line[:1] not in ("#", ""))
    for position, (number, line) in enumerate(lines):
        fields = tuple(line.split("\t"))
        if position == 0:
            if fields != columns:
                raise FormatError(
                    f"the columns of {table}.tsv are {', '.join(fields)}",
                    where=f"tables/{table}.tsv, line {number}",
                    hint=f"they should be {', '.join(columns)}",
                )
            continue
        if len(fields) != len(columns):
            raise FormatError(
                f"{len(fields)} fields where {len(columns)} belong",
                where=f"tables/{table}.tsv, line {number}",
                hint="fields are separated by single tabs; an empty field keeps its tab",
            )
        yield number, dict(zip(columns, fields, strict=True))
