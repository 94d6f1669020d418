"""A graph for other programs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, runtime_checkable

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.protocols import GraphView
from kgbuilder.store.cypher_script import write_cypher
from kgbuilder.store.graphml import write_graphml
from kgbuilder.store.jsonl import write_jsonl
from kgbuilder.store.kgx import write_kgx
from kgbuilder.store.neo4j_csv import write_neo4j_csv
from kgbuilder.store.rdf import write_rdf

__all__ = ["FORMATS", "export"]


@runtime_checkable
class HoldsStill(Protocol):
    """A graph that others may write to, unless they are kept from it."""

    def unchanged(self, issues: Issues) -> AbstractContextManager[None]:
        """Nothing changes inside; ``issues`` is told where that could not be had."""
        ...


FORMATS = ("graphml", "jsonl", "kgx", "rdf", "cypher", "neo4j-csv")


def export(view: GraphView, format: str, path: str | Path, *, issues: Issues | None = None) -> None:
    """Write ``view`` to ``path``, as it is at one moment; equal graphs give equal bytes.

    :param format: one of :data:`FORMATS`.
    :param path: for kgx the stem of two files; for rdf its ending says Turtle or N-Quads.
    :param issues: told what the format cannot hold.
    :raises UsageError: for another format. :raises GraphError: when the file cannot be written.
    """
    notepad = Issues() if issues is None else issues
    with view.unchanged(notepad) if isinstance(view, HoldsStill) else nullcontext():
        _write(view, format, Path(path), notepad)


def _write(view: GraphView, format: str, out: Path, notepad: Issues) -> None:
    match format:
        case "graphml":
            write_graphml(view, out, issues=notepad)
        case "jsonl":
            write_jsonl(view, out)
        case "kgx":
            write_kgx(view, out, issues=notepad)
        case "rdf":
            write_rdf(view, out, issues=notepad)
        case "cypher":
            write_cypher(view, out)
        case "neo4j-csv":
            write_neo4j_csv(view, out)
        case _:
            near = get_close_matches(format, FORMATS, n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"unknown export format {format!r}", hint=f"{guess}one of {', '.join(FORMATS)}"
            )
