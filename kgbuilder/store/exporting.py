"""A graph for other programs."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.protocols import GraphView
from kgbuilder.store.graphml import write_graphml
from kgbuilder.store.jsonl import write_jsonl
from kgbuilder.store.neo4j_csv import write_neo4j_csv

__all__ = ["FORMATS", "LATER_FORMATS", "export"]

FORMATS = ("graphml", "jsonl", "neo4j-csv")
LATER_FORMATS = ("kgx", "cypher", "rdf")


def export(view: GraphView, format: str, path: str | Path, *, issues: Issues | None = None) -> None:
    """Write ``view`` to ``path``; equal graphs give equal bytes.

    :param format: one of :data:`FORMATS`.
    :param issues: told what the format cannot hold.
    :raises UsageError: for another format. :raises GraphError: when the file cannot be written.
    """
    notepad = Issues() if issues is None else issues
    match format:
        case "graphml":
            write_graphml(view, Path(path), issues=notepad)
        case "jsonl":
            write_jsonl(view, Path(path))
        case "neo4j-csv":
            write_neo4j_csv(view, Path(path))
        case _ if format in LATER_FORMATS:
            raise UsageError(
                f"export to {format} comes with a later version",
                hint=f"now there are {', '.join(FORMATS)}",
            )
        case _:
            near = get_close_matches(format, (*FORMATS, *LATER_FORMATS), n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"unknown export format {format!r}",
                hint=f"{guess}now there are {', '.join(FORMATS)}; later {', '.join(LATER_FORMATS)}",
            )
