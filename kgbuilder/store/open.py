"""A graph by its name: a path, a Neo4j server's address, or nothing for one in memory."""

from __future__ import annotations

from pathlib import Path

from kgbuilder.errors import UsageError
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.first_format import convert, is_first_format
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.neo4j_server import SCHEMES

__all__ = ["open_store"]


def open_store(
    path: str | Path | None,
    *,
    create: bool = True,
    read_only: bool = False,
    timeout_s: float = 5.0,
) -> MemoryStore | EmbeddedStore | Neo4jStore:
    """The store that ``path`` names; None gives an empty one in memory.

    A graph file of the first format is converted first. The other arguments are those of
    :class:`EmbeddedStore`; of a server's, an empty database is an empty graph, so ``create`` is moot.

    :raises GraphError: whatever :class:`EmbeddedStore` and :class:`Neo4jStore` raise.
    :raises UsageError: for an address of another kind, or a malformed one.
    """
    if path is None:
        return MemoryStore()
    if isinstance(path, str) and path.startswith(SCHEMES):
        return Neo4jStore(path, read_only=read_only, timeout_s=timeout_s)
    if isinstance(path, str) and "://" in path:
        scheme = path.partition("://")[0]
        raise UsageError(
            f"a graph is a path or a Neo4j server's address, and {scheme[:20]!r} begins neither",
            hint="neo4j://host:7687, encrypted (Aura) neo4j+s://host; http is the Browser's",
        )
    if is_first_format(Path(path)):
        convert(Path(path))
    return EmbeddedStore(path, create=create, read_only=read_only, timeout_s=timeout_s)
