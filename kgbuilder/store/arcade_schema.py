"""What an empty graph on disk holds: types, properties and indexes, as ArcadeDB's SQL makes them.

The types of things (``Drug``, ...) and the predicates are made when the first of them comes: each is
some files and some milliseconds. An index of a parent type holds its children's records, too.
"""

from __future__ import annotations

__all__ = ["EVENTS", "SCHEMA"]


def _type(kind: str, name: str, *, key: str = "", unique: bool = True) -> tuple[str, ...]:
    made = f"CREATE {kind} TYPE `{name}` BUCKETS 1"
    if not key:
        return (made,)
    index = f"CREATE INDEX ON `{name}` ({key}) {'UNIQUE' if unique else 'NOTUNIQUE'}"
    return made, f"CREATE PROPERTY `{name}`.{key} STRING", index


def _full_text(type: str, *properties: str) -> tuple[str, ...]:
    index = f"CREATE INDEX ON {type} ({', '.join(properties)}) FULL_TEXT"
    return *(f"CREATE PROPERTY {type}.{name} STRING" for name in properties), index


EVENTS = (
    "CREATE PROPERTY Evidence.event STRING",
    "CREATE INDEX ON Evidence (event) NOTUNIQUE NULL_STRATEGY SKIP",
)
"""Made in graphs of earlier versions, too, whose evidence does not have it."""

SCHEMA: tuple[str, ...] = (
    *_type("VERTEX", "Entity", key="id"),
    *_full_text("Entity", "names"),
    *_type("VERTEX", "Document", key="id"),
    *_full_text("Document", "title", "text"),
    *_type("VERTEX", "Evidence", key="statement_id", unique=False),
    *EVENTS,
    *_full_text("Evidence", "quote"),
    # Not unique: an edge that moves to a node's new label is, for a moment, there twice.
    *_type("EDGE", "Statement", key="id", unique=False),
    *_type("EDGE", "FROM"),
    *_type("DOCUMENT", "Ledger", key="id"),
)
"""``Ledger`` says with which digest a document was merged; Cypher does not see it."""
