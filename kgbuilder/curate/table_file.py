"""The rows of a TSV or CSV file, plain or gzipped, one at a time; broken ones noted and passed over."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from kgbuilder.curate.table_map import Cell, RowFilter, TableMap
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import ConfigError, FormatError, InputError
from kgbuilder.issues import Issues

__all__ = ["Row", "iter_rows", "table_files"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number in the file (the header is line 1) and its cells by column, trimmed."""

    number: int
    cells: dict[str, str]


def table_files(path: Path, table: TableMap) -> list[Path]:
    """The file itself: ``path``; or in a folder those that the map names, which may be a pattern.

    :raises InputError: when there is none, or for a folder whose map names none.
    """
    if not path.is_dir():
        files = [path] if path.is_file() else []
    elif table.file:
        files = sorted(path.glob(table.file))
    else:
        raise InputError(
            "this is a folder, and the map names no file in it", where=str(path),
            hint="give the table's own path, or add file = ... to the map",
        )  # fmt: skip
    if not files:
        named = f"{path}/{table.file}" if path.is_dir() else str(path)
        raise InputError("there is no such table", where=named)
    return files


def iter_rows(path: Path, table: TableMap, *, issues: Issues) -> Iterator[Row]:
    """Every row that has as many cells as the header.

    :raises InputError: when the file is empty or cannot be read.
    :raises FormatError: when it is cut off or no gzip; the rows before were given.
    :raises ConfigError: when the map names a column that the header lacks.
    """
    is_csv = (table.format or _format_of(path)) == "csv"
    reader = csv.reader(
        (line for _, line in iter_lines(path, issues=issues)),
        delimiter="," if is_csv else "\t",
        quoting=csv.QUOTE_MINIMAL if is_csv else csv.QUOTE_NONE,
    )
    header = list(table.header) or _header_of(reader, path)
    if not any(header):
        raise InputError("the table is empty", where=str(path))
    _check_columns(header, table, path)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            issues.refuse("broken-row", where=f"{path}:{reader.line_num}", what=str(error))
            continue
        number = reader.line_num
        if not cells:
            continue
        if len(cells) != len(header):
            issues.refuse(
                "broken-row",
                where=f"{path}:{number}",
                what=f"{len(cells)} cells where the header has {len(header)}",
            )
            continue
        row = Row(number, {c: v.strip() for c, v in zip(header, cells, strict=True)})
        if all(column == value for column, value in row.cells.items()):
            issues.warn(
                "repeated-header",
                where=f"{path}:{number}",
                what="the header again, as when files are joined; passed over",
            )
            continue
        yield row


def _header_of(reader: Iterator[list[str]], path: Path) -> list[str]:
    try:
        return [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise FormatError(f"no table: {error}", where=str(path)) from error


def _format_of(path: Path) -> str:
    return "csv" if ".csv" in path.suffixes else "tsv"


def _check_columns(header: list[str], table: TableMap, path: Path) -> None:
    columns = sorted(columns_of(table))
    for column in columns:
        if header.count(column) > 1:
            raise ConfigError(f"two columns are called {column!r}", where=str(path))
    for column in columns:
        if column not in header:
            near = get_close_matches(column, header, n=3)
            guess = f"did you mean {' or '.join(near)}? " if near else ""
            raise ConfigError(
                f"map {table.name} names a column {column!r} that the table lacks",
                where=str(path),
                hint=f"{guess}its columns: {', '.join(header)[:300]}",
            )


def columns_of(table: TableMap) -> set[str]:
    """Every column that a map names."""
    cells = [table.source, table.version]
    filters: list[RowFilter] = [table.when, table.unless]
    names = set(table.record)
    for concept in table.concepts:
        cells += [concept.id, concept.type, concept.name, concept.synonyms or Cell()]
        filters += [concept.when, concept.unless]
    for edge in table.edges:
        cells += [edge.subject, edge.predicate, edge.object]
        cells += [cell for _, alternatives in edge.qualifiers for cell in alternatives]
        filters += [edge.refutes, edge.when, edge.unless]
    for hierarchy in table.hierarchies:
        cells.append(hierarchy.id)
        filters += [hierarchy.when, hierarchy.unless]
        names.add(hierarchy.code)
    filters += [f for cell in cells for f in (cell.when, cell.unless)]
    names |= {cell.column for cell in cells if cell.column}
    return names | {column for filter in filters for column, _ in filter}
