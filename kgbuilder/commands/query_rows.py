"""Rows of a query for a terminal, for a program, and for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from kgbuilder.printable import printable

__all__ = ["rows_to_csv", "rows_to_table"]

CELL = 60
"""Characters of a cell that a table shows."""

Row = Mapping[str, object]


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns, in the order of the query."""
    return list(dict.fromkeys(name for row in rows for name in row))


def rows_to_csv(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of CSV (RFC 4180), the first with the names; nodes, edges and lists as JSON."""
    columns = columns_of(rows)
    cells = [[_csv_cell(row.get(name)) for name in columns] for row in rows]
    for values in [list[object](columns), *cells]:
        line = io.StringIO()
        csv.writer(line).writerow(values)  # without its line ends it would not quote a cell's own
        yield line.getvalue().removesuffix("\r\n")


def _csv_cell(value: object) -> object:
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return value


def rows_to_table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of a table; long cells are cut, and what a terminal would act on is escaped."""
    columns = columns_of(rows)
    cells = [[_cell(name) for name in columns]]
    cells += [[_cell(_brief(row.get(name))) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    for line in cells:
        yield "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()


def _brief(value: object) -> str:
    """A node by label and name, an edge by type and belief; see ``arcade_query``."""
    match value:
        case {"labels": [label, *_], "properties": dict() as of}:
            return (
                f"(:{label} {of.get('name') or of.get('title') or of.get('id') or of.get('quote')})"
            )
        case {"type": type, "start": start, "end": end, "properties": dict() as of}:
            belief = f" {of['belief']:.2f}" if isinstance(of.get("belief"), float) else ""
            return f"({start})-[:{type}{belief}]->({end})"
        case {"nodes": [first, *nodes], "relationships": list() as edges}:
            steps = [f"{_step(e)}{_brief(n)}" for e, n in zip(edges, nodes, strict=True)]
            return _brief(first) + "".join(steps)
        case list():
            return f"[{', '.join(map(_brief, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_brief(item)}' for key, item in value.items())}}}"
        case float():
            return f"{value:.4g}"
        case None:
            return ""
        case _:
            return str(value)


def _step(edge: object) -> str:
    return f"-[:{edge['type']}]-" if isinstance(edge, dict) else "--"


def _cell(text: str) -> str:
    cut = text if len(text) <= CELL else text[: CELL - 1] + "…"
    return printable(cut)
