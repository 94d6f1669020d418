"""What an empty graph on disk holds: types, properties and indexes, as ArcadeDB's SQL makes them.

The types of things (``Drug``, ...) and the predicates are made when the first of them comes: each is
some files and some milliseconds. An index of a parent type holds its children's records, too.
"""

from __future__ import annotations

__all__ = ["SCHEMA"]


def _type(kind: str, name: str, *keys: str, unique: bool = True) -> tuple[str, ...]:
    return (
        f"CREATE {kind} TYPE `{name}` BUCKETS 1",
        *(f"CREATE PROPERTY `{name}`.{key} STRING" for key in keys),
        *(f"CREATE INDEX ON `{name}` ({key}) {'' if unique else 'NOT'}UNIQUE" for key in keys),
    )


SCHEMA: tuple[str, ...] = (
    *_type("VERTEX", "Entity", "id"),
    *_type("VERTEX", "Document", "id"),
    *_type("VERTEX", "Evidence", "statement_id", unique=False),
    # Not unique: an edge that moves to a node's new label is, for a moment, there twice.
    *_type("EDGE", "Statement", "id", unique=False),
    *_type("EDGE", "FROM"),
    *_type("DOCUMENT", "Ledger", "id"),
)
"""``Ledger`` says with which digest a document was merged; Cypher does not see it."""
