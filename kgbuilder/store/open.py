"""A graph by its name: a path, or nothing for one in memory."""

from __future__ import annotations

from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.first_format import convert, is_first_format
from kgbuilder.store.memory import MemoryStore

__all__ = ["open_store"]

SERVERS = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


def open_store(
    path: str | Path | None,
    *,
    create: bool = True,
    read_only: bool = False,
    timeout_s: float = 5.0,
) -> MemoryStore | EmbeddedStore:
    """The store that ``path`` names; None gives an empty one in memory.

    A graph file of the first format is converted first. The other arguments are those of
    :class:`EmbeddedStore`.

    :raises GraphError: for a server's address, and whatever :class:`EmbeddedStore` raises.
    """
    if path is None:
        return MemoryStore()
    if isinstance(path, str) and path.startswith(SERVERS):
        raise GraphError(
            "Neo4j comes with a later version of kgbuilder",
            where=path,
            hint="give a path such as graph.kg; kgbuilder export GRAPH --to graphml can be imported",
        )
    if is_first_format(Path(path)):
        convert(Path(path))
    return EmbeddedStore(path, create=create, read_only=read_only, timeout_s=timeout_s)
