"""Cypher that reads, and its rows as plain values.

A node is ``{"labels": [...], "properties": {...}}``, a relationship ``{"type", "start", "end",
"properties"}`` with the ids of its ends, a path ``{"nodes": [...], "relationships": [...]}``; all else
is text, number, truth value, None, list or dict, a date as ISO 8601 text. ``record``, the exact JSON
of what is shown, is left out of the properties; ``RETURN n.record`` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from kgbuilder.errors import UsageError
from kgbuilder.store.arcade_dialect import refuse_misread
from kgbuilder.store.cypher import HIDDEN
from kgbuilder.store.neo4j_server import Server, Transaction

__all__ = ["query_rows"]

RECORD = frozenset({"record"})
OURS = ("Entity", "Evidence")


def query_rows(
    server: Server, cypher: str, parameters: Mapping[str, Any]
) -> list[dict[str, object]]:
    """All rows. :raises UsageError: when the query would write, fails, or is no Cypher."""
    if server.is_arcadedb:
        refuse_misread(cypher)

    def run(tx: Transaction) -> list[dict[str, object]]:
        return [{k: _plain(v) for k, v in row.items()} for row in tx.rows(cypher, parameters)]

    try:
        return server.read(run)
    except UnicodeEncodeError as error:
        raise UsageError(
            "the query holds half a surrogate pair", where=ascii(cypher[:80])
        ) from error


def _plain(value: Any) -> object:
    from neo4j.graph import Node, Path, Relationship

    match value:
        case None | bool() | int() | float() | str():
            return value
        case Node():
            # A node of others may have any properties.
            hidden = RECORD if value.labels.isdisjoint(OURS) else HIDDEN
            return {"labels": sorted(value.labels), "properties": _properties(value, hidden)}
        case Relationship():
            ends = (value.start_node, value.end_node)
            start, end = (node.get("id") if node is not None else None for node in ends)
            properties = _properties(value, HIDDEN if "record" in value else RECORD)
            return {"type": value.type, "start": start, "end": end, "properties": properties}
        case Path():
            return {
                "nodes": [_plain(node) for node in value.nodes],
                "relationships": [_plain(relationship) for relationship in value.relationships],
            }
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _ if hasattr(value, "iso_format"):
            return str(value.iso_format())
        case _:
            return str(value)


def _properties(entity: Any, hidden: Set[str]) -> dict[str, object]:
    return {name: _plain(entity[name]) for name in sorted(entity.keys()) if name not in hidden}
