"""A graph by its name: a path, or nothing for one in memory."""

from __future__ import annotations

from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.store.files import FileStore
from kgbuilder.store.memory import MemoryStore

__all__ = ["open_store"]

SERVERS = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


def open_store(
    path: str | Path | None,
    *,
    create: bool = True,
    read_only: bool = False,
    timeout_s: float = 5.0,
) -> MemoryStore | FileStore:
    """The store that ``path`` names; None gives an empty one in memory.

    The other arguments are those of :class:`FileStore`.

    :raises GraphError: for a server's address, and whatever :class:`FileStore` raises.
    """
    if path is None:
        return MemoryStore()
    if isinstance(path, str) and path.startswith(SERVERS):
        raise GraphError(
            "Neo4j comes with a later version of kgbuilder",
            where=path,
            hint="give a path such as graph.kg; kgbuilder export GRAPH --to graphml can be imported",
        )
    return FileStore(path, create=create, read_only=read_only, timeout_s=timeout_s)
