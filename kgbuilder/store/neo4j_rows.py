"""Rows of a Neo4j graph as nouns: the reading half of the store, one page at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import merge as in_order
from itertools import islice
from typing import Any

from kgbuilder.errors import GraphError
from kgbuilder.model import (
    PREDICATES,
    Concept,
    Curie,
    Document,
    EntityType,
    Statement,
)
from kgbuilder.store import neo4j_cypher as cypher
from kgbuilder.store.codec import (
    parse_record,
    statement_from_record,
)
from kgbuilder.store.cypher import concept_of_row, document_of_row
from kgbuilder.store.keys import key_of, shown
from kgbuilder.store.neo4j_server import Row, Server, Transaction
from kgbuilder.store.search import Hit, concept_hit, document_hit, statement_hit, words_of
from kgbuilder.store.stats import KEPT_CONTRADICTIONS, GraphStats, by_count

__all__ = [
    "count_graph",
    "digest_of_row",
    "digest_value",
    "find_concept",
    "find_document",
    "find_words",
    "iter_concepts",
    "iter_documents",
    "iter_statements",
]

PAGE = 1000
"""Rows fetched at once; between pages nothing is held, so that reading never blocks a merge."""


def digest_value(digest: str | None) -> str | bytes | None:
    """A digest as a property: bytes where it is no UTF-8."""
    if digest is None or shown(digest) == digest:
        return digest
    return digest.encode("utf-8", "surrogatepass")


def digest_of_row(row: Row) -> str | None:
    """What :func:`digest_value` was given."""
    value: str | bytes | None = row["digest"]
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _rows(server: Server, text: str, parameters: Mapping[str, Any]) -> list[Row]:
    return server.read(lambda tx: tx.rows(text, parameters))


def _pages(server: Server, text: str) -> Iterator[Row]:
    """The rows of a query that takes ``$last`` and ``$limit``, by ``id``, which is never empty."""
    rows = _rows(server, text, {"last": "", "limit": PAGE})
    yield from rows
    while len(rows) == PAGE:
        rows = _rows(server, text, {"last": rows[-1]["id"], "limit": PAGE})
        yield from rows


def find_concept(server: Server, id: Curie) -> Concept | None:
    """The concept, or None."""
    rows = _rows(server, cypher.ENTITIES, {"keys": [key_of(id)]})
    return concept_of_row(rows[0]) if rows and rows[0]["record"] else None


def iter_concepts(server: Server, type: EntityType | None) -> Iterator[Concept]:
    """All concepts, or those of one type, in id order."""
    text = cypher.PAGE_OF_ENTITIES
    if type is not None:
        text = cypher.PAGE_OF_ENTITIES_OF_TYPE.replace("#", type.value)
    yield from map(concept_of_row, _pages(server, text))


def find_document(server: Server, id: str) -> tuple[Document | None, str | None]:
    """The document and the digest it was merged with, each or None."""
    rows = _rows(server, cypher.DOCUMENTS, {"keys": [key_of(id)]})
    if not rows:
        return None, None
    return document_of_row(rows[0]) if rows[0]["record"] else None, digest_of_row(rows[0])


def iter_documents(server: Server) -> Iterator[Document]:
    """All documents in id order."""
    yield from map(document_of_row, _pages(server, cypher.PAGE_OF_DOCUMENTS))


def iter_statements(
    server: Server, *, subject: Curie | None, predicate: str | None, object: Curie | None
) -> Iterator[Statement]:
    """Statements that match every given part, by triple id."""
    if predicate is not None and predicate not in PREDICATES:
        return
    if subject is None and object is None:
        used = {row["name"] for row in _rows(server, cypher.TYPES, {})}
        wanted = used.intersection(PREDICATES if predicate is None else (predicate,))
        texts = [cypher.PAGE_OF_EDGES.replace("#", name) for name in sorted(wanted)]
        pages = [_pages(server, text) for text in texts]
        edges: Iterator[Row] = in_order(*pages, key=lambda row: row["id"])
    else:
        edges = iter(_edges_at(server, subject, predicate, object))
    while page := list(islice(edges, PAGE)):
        yield from server.read(partial(statements_of, edges=page))


def _edges_at(
    server: Server, subject: Curie | None, predicate: str | None, object: Curie | None
) -> list[Row]:
    text = cypher.EDGES_BETWEEN
    if subject is None:
        text = cypher.EDGES_TO
    elif object is None:
        text = cypher.EDGES_FROM
    ends = {"subject": subject and key_of(subject), "object": object and key_of(object)}
    return _rows(server, text.replace("#", f":{predicate}" if predicate else ""), ends)


def statements_of(tx: Transaction, edges: Sequence[Row]) -> list[Statement]:
    """The statements of edges given as ``id`` and ``record``, with all their evidence."""
    evidence: dict[str, list[Row]] = {row["id"]: [] for row in edges}
    for row in tx.rows(cypher.EVIDENCE, {"ids": list(evidence)}):
        evidence[row["statement_id"]].append(parse_record(row["record"], where="evidence"))
    return [
        statement_from_record(
            {**parse_record(row["record"], where="statement"), "evidence": evidence[row["id"]]}
        )
        for row in edges
        if evidence[row["id"]]  # none: somebody else took it away
    ]


def count_graph(server: Server) -> GraphStats:
    """The same counts as ``stats_of``, made by the server."""

    def counted(tx: Transaction) -> GraphStats:
        def one(text: str) -> int:
            return int(tx.rows(text, {})[0]["n"])

        def each(text: str, name: str) -> Counter[str]:
            return Counter({r[name]: r["n"] for r in tx.rows(text, {"labels": cypher.LABELS})})

        labels = each(cypher.COUNT_LABELS, "label")
        predicates = each(cypher.COUNT_PREDICATES, "predicate")
        first = tx.rows(cypher.FIRST_CONTRADICTED, {"limit": KEPT_CONTRADICTIONS})
        return GraphStats(
            n_nodes=labels.total(),
            n_edges=predicates.total(),
            n_evidence=one(cypher.COUNT_EVIDENCE),
            n_documents=one(cypher.COUNT_DOCUMENTS),
            n_unlinked=one(cypher.COUNT_UNLINKED),
            by_label=by_count(labels),
            by_predicate=by_count(predicates),
            n_contradicted=one(cypher.COUNT_CONTRADICTED),
            contradictions=tuple((s.triple.id, str(s.triple)) for s in statements_of(tx, first)),
        )

    return server.read(counted)


# -- full text -----------------------------------------------------------------------------------

SURPLUS = 5
"""How many times the wanted hits are asked for, as some do not hold all words in one name."""


def find_words(server: Server, words: str, *, limit: int) -> list[Hit]:
    """Concepts, statements and documents in which some word begins with each of ``words``; the best
    first, at most ``limit`` of each kind. :raises UsageError: when there are no words.
    """
    wanted = words_of(words)
    # As Lucene's StandardTokenizer cuts words: at all but letters, digits and a stop between them.
    parts = [part for word in wanted for part in re.findall(r"\w+(?:\.\w+)*", word)]
    # A whole word counts more than the beginning of one.
    lucene = " AND ".join(f"({part}^4 OR {part}*)" for part in parts)
    asked = {"words": lucene, "limit": limit * SURPLUS}

    def found(tx: Transaction) -> list[Hit]:
        there = {row["name"] for row in tx.rows(cypher.FULL_TEXT, {})}
        indexes = next((i for i in cypher.FULL_TEXT_INDEXES if there.issuperset(i)), ())
        if not parts:
            return []
        if not indexes:
            if tx.rows(cypher.ANY_ENTITY, {}):
                raise GraphError(
                    "this database has no full-text indexes, so that nothing in it can be searched",
                    hint="run schema.cypher of the export in it, or build or import anything into it",
                )
            return []
        names, quotes, texts = (
            tx.rows(text.replace("#", index), asked)
            for text, index in zip(
                (cypher.FIND_NAMES, cypher.FIND_QUOTES, cypher.FIND_TEXTS), indexes, strict=True
            )
        )
        concepts = (concept_hit(concept_of_row(row), wanted) for row in names)
        ids = list(dict.fromkeys(row["id"] for row in quotes))
        known = {s.triple.id: s for s in statements_of(tx, tx.rows(cypher.EDGES, {"ids": ids}))}
        statements = (statement_hit(known[id], wanted) for id in ids if id in known)
        documents = (document_hit(document_of_row(row), wanted) for row in texts)
        return [h for kind in (concepts, statements, documents) for h in _first(kind, limit)]

    return server.read(found)


def _first(hits: Iterable[Hit | None], limit: int) -> Iterator[Hit]:
    return islice((hit for hit in hits if hit is not None), limit)
