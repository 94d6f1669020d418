"""Cypher that reads, and its rows as plain values.

A node is ``{"labels": [...], "properties": {...}}``, a relationship ``{"type", "start", "end",
"properties"}`` with the ids of its ends, a path ``{"nodes": [...], "relationships": [...]}``; all else
is text, number, truth value, None, list or dict, a date as ISO 8601 text. ``record``, the exact JSON
of what is shown, is left out of the properties; ``RETURN n.record`` gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kgbuilder.errors import UsageError
from kgbuilder.store.arcade import Arcade
from kgbuilder.store.arcade_dialect import refuse_misread
from kgbuilder.store.arcade_errors import TOO_MUCH, is_too_much
from kgbuilder.store.cypher import HIDDEN

__all__ = ["query_rows"]


def query_rows(
    arcade: Arcade, cypher: str, parameters: Mapping[str, Any]
) -> list[dict[str, object]]:
    """All rows. :raises UsageError: when the query would write, fails, or is no Cypher."""
    import arcadedb_embedded
    import jpype

    refuse_misread(cypher)
    try:
        return [
            {name: _plain(value) for name, value in row.items()}
            for row in arcade.cypher(cypher, parameters).to_list()
        ]
    except (arcadedb_embedded.ArcadeDBError, jpype.JException) as error:
        raise _explained(cypher, str(error)) from error
    except UnicodeEncodeError as error:
        raise UsageError(
            "the query holds half a surrogate pair", where=ascii(cypher[:80])
        ) from error


def _explained(cypher: str, text: str) -> UsageError:
    where = " ".join(cypher.split())[:80]
    if "not idempotent" in text:
        return UsageError(
            "a query may only read",
            where=where,
            hint="graphs are changed by kgbuilder build, import and Python's graph.merge(...)",
        )
    if is_too_much(text):
        return UsageError(TOO_MUCH[0], where=where, hint=TOO_MUCH[1])
    # "Reading the result set failed: com.arcadedb.exception.SomeException: what (caused by ...)"
    message = _NOISE.sub("", text.splitlines()[0])
    return UsageError(f"the query failed: {message[:300]}", where=where)


_NOISE = re.compile(r"^[\w ]+ failed: |\b(?:com|org|java)(?:\.\w+)+: | \(caused by .*")


def _plain(value: Any) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple() | set():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return _plain_java(value)


def _plain_java(value: Any) -> object:
    import jpype

    def is_a(name: str) -> bool:
        return isinstance(value, jpype.JClass(name))

    if is_a("com.arcadedb.graph.Vertex"):
        return {"labels": _labels(value), "properties": _properties(value)}
    if is_a("com.arcadedb.graph.Edge"):
        return {
            "type": str(value.getTypeName()),
            "start": _id(value.getOutVertex()),
            "end": _id(value.getInVertex()),
            "properties": _properties(value),
        }
    if is_a("com.arcadedb.query.opencypher.traversal.TraversalPath"):
        return {
            "nodes": [_plain_java(vertex) for vertex in value.getVertices()],
            "relationships": [_plain_java(edge) for edge in value.getEdges()],
        }
    return str(value)


def _labels(vertex: Any) -> list[str]:
    type = vertex.getType()
    return [str(type.getName()), *(str(parent.getName()) for parent in type.getSuperTypes())]


def _id(vertex: Any) -> object:
    id = vertex.get("id")
    return None if id is None else str(id)


def _properties(record: Any) -> dict[str, object]:
    from arcadedb_embedded.type_conversion import convert_java_to_python

    names = sorted(str(name) for name in record.getPropertyNames())
    return {n: _plain(convert_java_to_python(record.get(n))) for n in names if n not in HIDDEN}
