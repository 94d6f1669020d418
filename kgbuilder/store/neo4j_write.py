"""Nodes, relationships and evidence into a Neo4j transaction, in batches that are sized by bytes."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from kgbuilder.model import Curie, Evidence, Predicate, Triple, predicate_of
from kgbuilder.store import neo4j_cypher as cypher
from kgbuilder.store.cypher import edge_properties, evidence_properties
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import documents_of
from kgbuilder.store.neo4j_server import Transaction
from kgbuilder.store.tally import Tally

__all__ = [
    "add_edges",
    "add_evidence",
    "by_label",
    "put_edges",
    "put_evidence",
    "remove_edges",
    "type_of",
    "write_rows",
]

MAX_BYTES = 2_000_000
"""Of one batch of rows. Some 5,000 usual relationships: more makes nothing faster, and the server
holds a batch in memory several times."""
T = TypeVar("T")
Rows = Sequence[Any]


def write_rows(tx: Transaction, text: str, rows: Iterable[Any], *, label: str = "") -> None:
    """Run ``text`` with ``$rows``, as often as their size asks for; ``label`` is set in for ``#``."""
    text = text.replace("#", label)
    for batch in sized(rows):
        tx.write(text, {"rows": batch})


def sized(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows in lists of about :data:`MAX_BYTES`; a larger row stands alone."""
    batch: list[Any] = []
    total = 0
    for row in rows:
        size = size_of(row)
        if batch and total + size > MAX_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(row)
        total += size
    if batch:
        yield batch


def size_of(value: Any) -> int:
    """About how many bytes a value takes on the wire."""
    return len(marshal.dumps(value, 2))


def by_label(rows: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """Rows by label or type, in order: one query each, since neither can be a parameter."""
    groups: dict[str, list[T]] = defaultdict(list)
    for label, row in rows:
        groups[label].append(row)
    return groups


def type_of(predicate: Predicate) -> str:
    """The name, if it is of our table: it becomes part of a query."""
    return predicate_of(predicate.name).name


def add_edges(tx: Transaction, edges: Iterable[tuple[Triple, Tally]]) -> None:
    """Relationships that are not there, between nodes that are."""
    rows = (
        (
            key_of(triple.subject),
            [key_of(triple.object), type_of(triple.predicate), edge_properties(triple, tally)],
        )
        for triple, tally in edges
    )
    write_rows(tx, cypher.ADD_EDGES, by_start(rows))


def by_start(edges: Iterable[tuple[str, list[Any]]]) -> list[list[Any]]:
    """``[start, [[end, type, properties], ...]]`` in order of starts: see ``cypher.ADD_EDGES``.

    In order, since a batch then touches fewer chains of relationships, and locks them as others do.
    """
    return [[start, ends] for start, ends in sorted(by_label(edges).items())]


def put_edges(tx: Transaction, edges: Iterable[tuple[Triple, Tally]]) -> None:
    """Let relationships that are there show what they shall."""
    changed = ((type_of(t.predicate), edge_properties(t, tally)) for t, tally in edges)
    for name, rows in by_label(changed).items():
        write_rows(tx, cypher.PUT_EDGES, rows, label=name)


def remove_edges(tx: Transaction, edges: Iterable[tuple[Predicate, str]]) -> None:
    """Take relationships out, each given by predicate and id."""
    for name, ids in by_label((type_of(kind), id) for kind, id in edges).items():
        write_rows(tx, cypher.REMOVE_EDGES, ids, label=name)


Keyed = tuple[Triple, str, Evidence]
"""Evidence with what it is evidence of, and its key."""


def add_evidence(tx: Transaction, items: Iterable[Keyed]) -> None:
    """Evidence that is not there, tied to its documents."""
    rows = (
        [evidence_properties(triple, item, key), sorted(map(key_of, documents_of(item)))]
        for triple, key, item in items
    )
    write_rows(tx, cypher.ADD_EVIDENCE, rows)


def put_evidence(tx: Transaction, items: Iterable[Keyed]) -> None:
    """Evidence that is there under the same key and rests on the same documents."""
    rows = (evidence_properties(triple, item, key) for triple, key, item in items)
    write_rows(tx, cypher.PUT_EVIDENCE, rows)


def keys_of(ids: Iterable[Curie | str]) -> list[str]:
    """The keys of ids, sorted."""
    return sorted({key_of(id) for id in ids})
