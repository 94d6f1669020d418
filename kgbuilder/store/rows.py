"""Rows of a graph file as nouns: the reading half of the file store, one page at a time."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator

from kgbuilder.model import (
    PATIENT,
    PREDICATES,
    Concept,
    Curie,
    Document,
    EntityType,
    Evidence,
    Statement,
    Triple,
    is_linked,
    predicate_of,
)
from kgbuilder.store import sql
from kgbuilder.store.codec import (
    assertion_from_record,
    curie_of,
    document_from_record,
    evidence_from_record,
    parse_record,
)
from kgbuilder.store.graph_file import bind, text_of
from kgbuilder.store.stats import KEPT_CONTRADICTIONS, GraphStats, by_count

__all__ = [
    "count_rows",
    "evidence_of_body",
    "find_concept",
    "find_document",
    "iter_concepts",
    "iter_documents",
    "iter_statements",
]

PAGE = 500
"""Rows fetched at once. No cursor stays open between pages, so that a reader never blocks a writer."""

Connection = sqlite3.Connection


def find_concept(connection: Connection, id: Curie) -> Concept | None:
    """The concept, or None."""
    key = (bind(id.prefix), bind(id.local_id))
    row = connection.execute(sql.FIND_CONCEPT, key).fetchone()
    return None if row is None else _concept(id, *row)


def _concept(id: Curie, name: str | bytes, type: str, synonyms: str) -> Concept:
    return Concept(id, text_of(name), EntityType(type), tuple(json.loads(synonyms)))


def iter_concepts(connection: Connection, type: EntityType | None) -> Iterator[Concept]:
    """All concepts, or those of one type, in id order."""
    last: tuple[str | bytes, str | bytes] = ("", "")
    while rows := connection.execute(sql.PAGE_OF_CONCEPTS, (*last, PAGE)).fetchall():
        for prefix, local_id, *rest in rows:
            concept = _concept(Curie(text_of(prefix), text_of(local_id)), *rest)
            if type is None or concept.type == type:
                yield concept
        last = rows[-1][:2]


def find_document(connection: Connection, id: str) -> Document | None:
    """The document, or None."""
    row = connection.execute(sql.FIND_DOCUMENT, (bind(id),)).fetchone()
    return None if row is None else _document(row[0])


def _document(body: str) -> Document:
    return document_from_record(parse_record(body, where="document"))


def iter_documents(connection: Connection) -> Iterator[Document]:
    """All documents in id order."""
    last: str | bytes = ""
    while rows := connection.execute(sql.PAGE_OF_DOCUMENTS, (last, PAGE)).fetchall():
        for _, body in rows:
            yield _document(body)
        last = rows[-1][0]


def evidence_of_body(body: str) -> Evidence:
    """The evidence that a row holds as JSON."""
    return evidence_from_record(parse_record(body, where="evidence"))


def iter_statements(
    connection: Connection,
    *,
    subject: Curie | None,
    predicate: str | None,
    object: Curie | None,
) -> Iterator[Statement]:
    """Statements that match every given part, by triple id.

    The row numbers are taken once (8 bytes each), the rows a page at a time.
    """
    conditions: list[str] = []
    values: list[str | bytes] = []
    for column, value in (
        ("subject", None if subject is None else str(subject)),
        ("predicate", predicate),
        ("object", None if object is None else str(object)),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(bind(value))
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    rows = connection.execute(f"SELECT n FROM statement {where}ORDER BY id", values)  # noqa: S608
    numbers = array("q", (n for (n,) in rows))
    for start in range(0, len(numbers), PAGE):
        yield from _page(connection, numbers[start : start + PAGE])


def _page(connection: Connection, numbers: array[int]) -> Iterator[Statement]:
    marks = ",".join("?" * len(numbers))
    evidence: dict[int, list[Evidence]] = {}
    for n, body in connection.execute(
        f"SELECT statement, body FROM evidence WHERE statement IN ({marks})",  # noqa: S608
        numbers,
    ):
        evidence.setdefault(n, []).append(evidence_of_body(body))
    rows = connection.execute(
        f"SELECT n, subject, predicate, object, assertion FROM statement "  # noqa: S608
        f"WHERE n IN ({marks}) ORDER BY id",
        numbers,
    ).fetchall()
    for n, subject, predicate, object, assertion in rows:
        triple = Triple(
            curie_of(text_of(subject)),
            predicate_of(predicate),
            curie_of(text_of(object)),
            assertion_from_record(json.loads(assertion)) if assertion else None,
        )
        yield Statement(triple, tuple(evidence[n]))


def count_rows(connection: Connection) -> GraphStats:
    """The same counts as ``stats_of``, made by SQLite: seconds for a million statements."""

    def one(query: str) -> int:
        return int(connection.execute(query).fetchone()[0])

    labels = Counter(dict(connection.execute(sql.COUNT_TYPES)))
    n_unlinked = one(sql.COUNTS["unlinked"])
    bare: dict[Curie, str] = {}
    for text, predicate, is_subject in connection.execute(sql.BARE_ENDS):
        end = curie_of(text_of(text))
        if bare.get(end, "Unknown") != "Unknown" or find_concept(connection, end) is not None:
            continue
        allowed = PREDICATES[predicate].domain if is_subject else PREDICATES[predicate].range
        label = next(iter(allowed)) if len(allowed) == 1 else "Unknown"
        bare[end] = PATIENT if end.prefix == PATIENT else label
    labels.update(bare.values())
    n_unlinked += sum(not is_linked(end) for end in bare)
    predicates = Counter(dict(connection.execute(sql.COUNT_PREDICATES)))
    first = connection.execute(sql.FIRST_CONTRADICTED, (KEPT_CONTRADICTIONS,))
    return GraphStats(
        n_nodes=labels.total(),
        n_edges=predicates.total(),
        n_evidence=one(sql.COUNTS["evidence"]),
        n_documents=one(sql.COUNTS["documents"]),
        n_unlinked=n_unlinked,
        by_label=by_count(labels),
        by_predicate=by_count(predicates),
        n_contradicted=one(sql.COUNT_CONTRADICTED),
        contradictions=tuple(
            (id.hex(), f"{text_of(subject)} {predicate} {text_of(object)}")
            for id, subject, predicate, object in first
        ),
    )
