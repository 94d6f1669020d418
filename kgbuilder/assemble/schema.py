"""Which predicate a corpus' or a table's relation type is here: tables/relation_types.tsv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kgbuilder.assemble.table import table_rows
from kgbuilder.errors import UnknownName
from kgbuilder.model import Predicate, predicate_of

__all__ = ["RelationType", "relation_type", "relation_types"]


@dataclass(frozen=True, slots=True)
class RelationType:
    """One row of the table.

    :param predicate: None where the type is known and deliberately has no predicate.
    :param swap: the source writes object first. :param detail: the finer type our relations carry.
    """

    source: str
    type: str
    predicate: Predicate | None
    swap: bool
    detail: str
    note: str


@cache
def relation_types() -> Mapping[tuple[str, str], RelationType]:
    """(source, type) -> row."""
    return {
        (row["source"], row["type"]): RelationType(
            source=row["source"],
            type=row["type"],
            predicate=None if row["predicate"] == "-" else predicate_of(row["predicate"]),
            swap=row["swap"] == "yes",
            detail=row["detail"],
            note=row["note"],
        )
        for row in table_rows("relation_types.tsv")
    }


def relation_type(source: str, type: str) -> RelationType:
    """The row for a type of ``source``. :raises UnknownName: when the table has none."""
    row = relation_types().get((source, type))
    if row is None:
        known = [t for s, t in relation_types() if s == source]
        raise UnknownName(
            f"the relation type {type!r} of {source!r} has no predicate",
            where="kgbuilder/assemble/tables/relation_types.tsv",
            hint=f"known types of {source}: {', '.join(known)}" if known else "add a row",
        )
    return row
