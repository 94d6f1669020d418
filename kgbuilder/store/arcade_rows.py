"""Records of an ArcadeDB graph as nouns: the reading half of the embedded store, one page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgbuilder.model import (
    PATIENT,
    PREDICATES,
    Concept,
    Curie,
    Document,
    EntityType,
    Statement,
)
from kgbuilder.store.arcade import Arcade, Row
from kgbuilder.store.codec import (
    parse_record,
    statement_from_record,
)
from kgbuilder.store.cypher import concept_of_row, document_of_row
from kgbuilder.store.keys import key_of
from kgbuilder.store.network import UNKNOWN
from kgbuilder.store.stats import KEPT_CONTRADICTIONS, GraphStats, by_count

__all__ = [
    "LABELS",
    "count_graph",
    "digest_of_row",
    "documents_of_keys",
    "evidence_of_page",
    "find_concept",
    "find_digest",
    "find_ledger",
    "iter_concepts",
    "iter_documents",
    "iter_pages",
    "iter_statements",
    "statements_of_ids",
]

PAGE = 1000
"""Records fetched at once; between pages nothing is held, so that reading blocks no merge."""

LABELS = (*(type.value for type in EntityType), PATIENT, UNKNOWN)


def iter_pages(arcade: Arcade, type: str, what: str) -> Iterator[list[Row]]:
    """The records of a type by ``id``, which is never empty, some at a time.

    :param what: properties, ``id`` among them.
    """
    text = f"SELECT {what} FROM `{type}` WHERE id > :last ORDER BY id LIMIT {PAGE}"  # noqa: S608
    last = ""
    while rows := arcade.sql(text, {"last": last}):
        yield rows
        last = rows[-1]["id"]


def evidence_of_page(arcade: Arcade, page: Sequence[Row]) -> dict[str, list[Row]]:
    """Triple id -> its evidence, of a page of *all* statements: read in one go along the index."""
    evidence: dict[str, list[Row]] = {row["id"]: [] for row in page}
    found = arcade.sql(
        "SELECT statement_id, record FROM Evidence "
        "WHERE statement_id >= :first AND statement_id <= :last",
        {"first": page[0]["id"], "last": page[-1]["id"]},
    )
    for row in found:
        evidence[row["statement_id"]].append(row)
    return evidence


def find_concept(arcade: Arcade, id: Curie) -> Concept | None:
    """The concept, or None."""
    rows = arcade.sql("SELECT record FROM Entity WHERE id = :id", {"id": key_of(id)})
    return concept_of_row(rows[0]) if rows and rows[0]["record"] else None


def iter_concepts(arcade: Arcade, type: EntityType | None) -> Iterator[Concept]:
    """All concepts, or those of one type, in id order."""
    if type is not None and not arcade.has_type(type.value):
        return
    for page in iter_pages(arcade, "Entity" if type is None else type.value, "id, record"):
        yield from (concept_of_row(row) for row in page if row["record"])


def documents_of_keys(arcade: Arcade, keys: Iterable[str]) -> dict[str, tuple[str, Document]]:
    """Key -> place and document, of those that are there."""
    rows = arcade.sql(
        "SELECT id, text, record, @rid.asString() AS rid FROM Document WHERE id IN :keys",
        {"keys": sorted(keys)},
    )
    return {row["id"]: (row["rid"], document_of_row(row)) for row in rows}


def iter_documents(arcade: Arcade) -> Iterator[Document]:
    """All documents in id order."""
    for page in iter_pages(arcade, "Document", "id, text, record"):
        yield from map(document_of_row, page)


def find_digest(arcade: Arcade, document_id: str) -> str | None:
    """The digest with which a document was merged, or None."""
    rows = arcade.sql("SELECT record FROM Ledger WHERE id = :id", {"id": key_of(document_id)})
    return digest_of_row(rows[0]) if rows else None


def find_ledger(arcade: Arcade, *, at_most: int) -> dict[str, str] | None:
    """All digests by key of the document; None where there are more than ``at_most``."""
    if arcade.count("Ledger") > at_most:
        return None
    pages = iter_pages(arcade, "Ledger", "id, record")
    return {row["id"]: digest_of_row(row) for page in pages for row in page}


def digest_of_row(row: Row) -> str:
    """The digest that a record of the ledger holds."""
    return str(parse_record(row["record"], where="ledger")["digest"])


def iter_statements(
    arcade: Arcade, *, subject: Curie | None, predicate: str | None, object: Curie | None
) -> Iterator[Statement]:
    """Statements that match every given part, by triple id."""
    if predicate is not None and not (predicate in PREDICATES and arcade.has_type(predicate)):
        return
    if subject is None and object is None:
        for page in iter_pages(arcade, predicate or "Statement", "id, record"):
            if predicate is None:
                yield from _with(page, evidence_of_page(arcade, page))
            else:
                yield from _statements(arcade, page)
        return
    ids = _ids_between(arcade, subject, predicate, object)
    yield from statements_of_ids(arcade, ids)


def statements_of_ids(arcade: Arcade, ids: Sequence[str]) -> Iterator[Statement]:
    """The statements with these ids; sorted by id within each thousand or so."""
    for start in range(0, len(ids), PAGE):
        rows = arcade.sql(
            "SELECT id, record FROM Statement WHERE id IN :ids ORDER BY id",
            {"ids": ids[start : start + PAGE]},
        )
        yield from _statements(arcade, rows)


def _ids_between(
    arcade: Arcade, subject: Curie | None, predicate: str | None, object: Curie | None
) -> list[str]:
    """Ids of the edges at one or two nodes, sorted: 32 characters each."""
    one, side, far = (subject, "out", "in") if subject is not None else (object, "in", "out")
    type = "" if predicate is None else f"'{predicate}'"
    other = ""
    if subject is not None and object is not None:
        other = f" WHERE @{far}.id = :other"
    found = arcade.sql(
        f"SELECT id FROM (SELECT expand({side}E({type})) FROM Entity WHERE id = :one){other}",  # noqa: S608
        {"one": key_of(one), "other": key_of(object)},
    )
    return sorted(row["id"] for row in found)


def _statements(arcade: Arcade, rows: Sequence[Row]) -> Iterator[Statement]:
    evidence: dict[str, list[Row]] = {row["id"]: [] for row in rows}
    found = arcade.sql(
        "SELECT statement_id, record FROM Evidence WHERE statement_id IN :ids",
        {"ids": list(evidence)},
    )
    for row in found:
        evidence[row["statement_id"]].append(row)
    yield from _with(rows, evidence)


def _with(rows: Iterable[Row], evidence: Mapping[str, Iterable[Row]]) -> Iterator[Statement]:
    for row in rows:
        record = parse_record(row["record"], where="statement")
        items = [parse_record(item["record"], where="evidence") for item in evidence[row["id"]]]
        yield statement_from_record({**record, "evidence": items})


def count_graph(arcade: Arcade) -> GraphStats:
    """The same counts as ``stats_of``, made by ArcadeDB."""

    def one(text: str) -> int:
        return int(arcade.sql(text)[0]["n"])

    contradicted = "FROM Statement WHERE n_support > 0 AND n_refute > 0"
    first = arcade.sql(f"SELECT id, record {contradicted} ORDER BY id LIMIT {KEPT_CONTRADICTIONS}")
    labels = Counter({label: n for label in LABELS if (n := arcade.count(label))})
    predicates = Counter({name: n for name in PREDICATES if (n := arcade.count(name))})
    return GraphStats(
        n_nodes=labels.total(),
        n_edges=predicates.total(),
        n_evidence=arcade.count("Evidence"),
        n_documents=arcade.count("Document"),
        n_unlinked=one("SELECT count(*) AS n FROM Entity WHERE id >= 'TEXT:' AND id < 'TEXT;'"),
        by_label=by_count(labels),
        by_predicate=by_count(predicates),
        n_contradicted=one(f"SELECT count(*) AS n {contradicted}"),
        contradictions=tuple((s.triple.id, str(s.triple)) for s in _statements(arcade, first)),
    )
