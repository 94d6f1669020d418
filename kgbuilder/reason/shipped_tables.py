"""The tables of ``tables/*.tsv``: read, and checked for their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import CuratedEvidence, How

__all__ = ["Row", "evidence_of", "shipped_rows", "shipped_sources", "table_rows", "table_text"]

Row = tuple[int, dict[str, str]]
"""A line number, and the fields of the line by column."""


def shipped_rows(table: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a table inside this package. :raises FormatError: as :func:`table_rows`."""
    text = table_text(files("kgbuilder.reason").joinpath("tables"), table)
    return table_rows(text, table, columns)


@cache
def shipped_sources() -> Mapping[str, Mapping[str, str]]:
    """The documents that rows name, by their id."""
    columns = ("id", "document", "publisher", "date", "address")
    return {row["id"]: row for _, row in shipped_rows("sources", columns)}


def evidence_of(row: Mapping[str, str], record: str) -> CuratedEvidence:
    """The evidence that a row with ``source`` and ``how`` is. :param record: its table and key."""
    source = shipped_sources()[row["source"]]
    return CuratedEvidence(
        source=source["document"],
        version=source["date"],
        record_id=f"kgbuilder {record}",
        how=How(row["how"]),
        address=source["address"],
    )


def table_text(folder: Traversable, table: str) -> str:
    """The text of ``folder/table.tsv``. :raises InputError: when it cannot be read."""
    try:
        return folder.joinpath(f"{table}.tsv").read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the table {table}.tsv cannot be read: {error}",
            where=str(folder),
            hint="reinstall kgbuilder, or give a folder that holds every table",
        ) from error


def table_rows(text: str, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows with their line numbers; lines that start with ``#`` are remarks.

    :raises FormatError: for other columns, or a line with more or fewer fields.
    """
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
