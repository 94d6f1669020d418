"""A graph in one file, which reopens exactly as it was left.

One SQLite file; a merge is one transaction, so that a process killed at any moment leaves what was
reported done and nothing else, and memory stays flat however much is merged. Several processes may read;
one writes at a time, and a second waits, then is told.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import networkx as nx
import pandas as pd

from kgbuilder.errors import GraphError
from kgbuilder.model import (
    Concept,
    Curie,
    Document,
    EntityType,
    Evidence,
    Statement,
    evidence_key,
    is_linked,
)
from kgbuilder.model.statement import join_evidence
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import network, rows, sql
from kgbuilder.store.codec import (
    assertion_to_record,
    curie_of,
    document_to_record,
    evidence_to_record,
    to_line,
)
from kgbuilder.store.graph_file import bind, create_file, explained, open_file, text_of
from kgbuilder.store.memory import NO_CYPHER
from kgbuilder.store.merging import (
    canonical_concept,
    check_documents,
    check_quotes,
    documents_of,
    join_concepts,
    join_documents,
    statements_left,
    without_documents,
)
from kgbuilder.store.search import Hit, search
from kgbuilder.store.stats import GraphStats

__all__ = ["FileStore"]


class FileStore:
    """The ``GraphStore`` contract on one file.

    :param create: make the file where there is none; else that is an error.
    :param read_only: never write; several readers may then share a read-only folder.
    :param timeout_s: how long to wait for another writer, in seconds.
    :raises GraphError: when ``path`` is a folder, no graph, cut off, of a later version or not there.
    """

    __slots__ = ("_connection", "_read_only", "path")

    def __init__(
        self,
        path: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 5.0,
    ) -> None:
        self.path, self._read_only = Path(path), read_only
        if not self.path.exists():
            if read_only or not create:
                raise GraphError(
                    "there is no graph",
                    where=str(path),
                    hint="make one with: kgbuilder build SOURCE... --into GRAPH",
                )
            create_file(self.path)
        self._connection: sqlite3.Connection | None = open_file(
            self.path, read_only=read_only, timeout_s=timeout_s
        )

    def __enter__(self) -> FileStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything merged is in it already. Closing twice is fine."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- reading ---------------------------------------------------------------------------------

    def concept(self, id: Curie) -> Concept | None:
        """The concept, or None."""
        with self._reading() as connection:
            return rows.find_concept(connection, id)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        """All concepts, or those of one type, in id order; a page at a time."""
        with self._reading() as connection:
            yield from rows.iter_concepts(connection, type)

    def document(self, id: str) -> Document | None:
        """The document, or None."""
        with self._reading() as connection:
            return rows.find_document(connection, id)

    def documents(self) -> Iterator[Document]:
        """All documents in id order; a page at a time."""
        with self._reading() as connection:
            yield from rows.iter_documents(connection)

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        """Statements that match every given part, by triple id; a page at a time."""
        with self._reading() as connection:
            yield from rows.iter_statements(
                connection, subject=subject, predicate=predicate, object=object
            )

    def recorded(self, document_id: str) -> str | None:
        """The digest with which a document was merged (see :meth:`merge`), or None."""
        with self._reading() as connection:
            row = connection.execute(sql.FIND_DIGEST, (bind(document_id),)).fetchone()
            return None if row is None else text_of(row[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            raise GraphError("the graph is closed", where=str(self.path), hint="open it again")
        with explained(self.path):
            yield self._connection

    # -- writing ---------------------------------------------------------------------------------

    def merge(self, batch: Batch, *, ledger: Mapping[str, str] | None = None) -> MergeReport:
        """Add what is not there, in one transaction; see ``protocols.GraphStore``.

        A document named in ``batch.deleted`` goes even where the same batch brings it.

        :param ledger: document id -> digest of its text and of whatever read it. It is recorded, and
            a document that was recorded with another digest loses its old evidence first.
        :raises GraphError: when evidence quotes what its document does not say, another process writes,
            the file is read-only or the disk full; nothing is changed then.
        """
        if self._read_only:
            raise GraphError(
                "this graph was opened for reading",
                where=str(self.path),
                hint="open it for writing",
            )
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                report = _merge(connection, batch, dict(ledger or {}))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return report

    # -- giving out ------------------------------------------------------------------------------

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph with plain attributes; see :func:`kgbuilder.store.network.to_networkx`."""
        return network.to_networkx(self)

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Nodes and edges; see :func:`kgbuilder.store.network.to_pandas`."""
        return network.to_pandas(self)

    def search(self, words: str, *, limit: int = 20) -> list[Hit]:
        """Concepts, quotes and documents that hold every word."""
        return search(self, words, limit=limit)

    def stats(self) -> GraphStats:
        """Counts of everything."""
        with self._reading() as connection:
            return rows.count_rows(connection)

    def query(self, cypher: str) -> list[dict[str, object]]:
        """No Cypher here. :raises GraphError: always."""
        what, hint = NO_CYPHER
        raise GraphError(what, where=cypher[:80], hint=hint)


def _merge(connection: sqlite3.Connection, batch: Batch, ledger: dict[str, str]) -> MergeReport:
    gone = set(batch.deleted)
    fresh = [d for d in batch.documents if d.id not in gone]
    check_documents(fresh)
    texts = {d.id: d.text for d in fresh}
    held: dict[str, str | None] = {}

    def text_of_document(id: str) -> str | None:
        if id in texts:
            return texts[id]
        if id not in held:
            document = None if id in gone else rows.find_document(connection, id)
            held[id] = document.text if document else None
        return held[id]

    statements = statements_left(batch.statements, gone)
    for statement in statements:
        check_quotes(statement.evidence, text_of_document)

    stale = set(gone)
    for id, text in texts.items():
        old = rows.find_document(connection, id)
        if old is not None and old.text != text:
            stale.add(id)
    digests = {id: digest for id, digest in ledger.items() if id not in gone}
    for id, digest in digests.items():
        recorded = connection.execute(sql.FIND_DIGEST, (bind(id),)).fetchone()
        if recorded is not None and text_of(recorded[0]) != digest:
            stale.add(id)
    for id in stale:
        _remove_evidence(connection, id)
        connection.execute(sql.REMOVE_DIGEST, (bind(id),))
    n_removed = sum(connection.execute(sql.REMOVE_DOCUMENT, (bind(id),)).rowcount for id in gone)
    n_documents = sum(_put_document(connection, d) for d in fresh)
    connection.executemany(sql.PUT_DIGEST, [(bind(id), bind(d)) for id, d in digests.items()])
    n_concepts = sum(_put_concept(connection, c) for c in batch.concepts)
    n_statements = n_evidence = 0
    for statement in statements:
        n, is_new = _put_triple(connection, statement)
        n_statements += is_new
        n_evidence += sum(_put_evidence(connection, n, e) for e in statement.evidence)
    return MergeReport(n_concepts, n_statements, n_evidence, n_documents, n_removed)


def _put_document(connection: sqlite3.Connection, document: Document) -> bool:
    old = rows.find_document(connection, document.id)
    is_known = old is not None and old.text == document.text
    kept = join_documents(old, document) if old is not None and is_known else document
    if kept != old:
        body = to_line(document_to_record(kept))
        connection.execute(sql.PUT_DOCUMENT, (bind(document.id), body))
    return not is_known


def _put_concept(connection: sqlite3.Connection, concept: Concept) -> bool:
    old = rows.find_concept(connection, concept.id)
    kept = canonical_concept(concept) if old is None else join_concepts(old, concept)
    if kept != old:
        key = (bind(kept.id.prefix), bind(kept.id.local_id))
        rest = (bind(kept.name), kept.type.value, json.dumps(kept.synonyms))
        connection.execute(sql.PUT_CONCEPT, (*key, *rest))
    return old is None


def _put_triple(connection: sqlite3.Connection, statement: Statement) -> tuple[int, bool]:
    triple = statement.triple
    id = bytes.fromhex(triple.id)
    known = connection.execute(sql.FIND_STATEMENT, (id,)).fetchone()
    if known is not None:
        return int(known[0]), False
    assertion = triple.assertion and to_line(assertion_to_record(triple.assertion))
    ends = (bind(str(triple.subject)), triple.predicate.name, bind(str(triple.object)))
    row = connection.execute(sql.ADD_STATEMENT, (id, *ends, assertion)).lastrowid
    assert row is not None  # noqa: S101  sqlite3: set by every INSERT
    return row, True


def _put_evidence(connection: sqlite3.Connection, n: int, evidence: Evidence) -> bool:
    key = bytes.fromhex(evidence_key(evidence))
    known = connection.execute(sql.FIND_EVIDENCE, (n, key)).fetchone()
    if known is not None:
        old = rows.evidence_of_body(known[1])
        joined = join_evidence(old, evidence)
        if joined != old:
            body = to_line(evidence_to_record(joined))
            connection.execute(sql.CHANGE_EVIDENCE, (body, known[0]))
        return False
    body = to_line(evidence_to_record(evidence))
    row = connection.execute(sql.ADD_EVIDENCE, (n, key, evidence.refutes, body)).lastrowid
    uses = [(bind(id), row) for id in documents_of(evidence)]
    connection.executemany(sql.ADD_USE, uses)
    return True


def _remove_evidence(connection: sqlite3.Connection, document_id: str) -> None:
    found = connection.execute(sql.EVIDENCE_USING, (bind(document_id),)).fetchall()
    for evidence_n, statement_n, body in found:
        left = without_documents(rows.evidence_of_body(body), {document_id})
        connection.execute(sql.REMOVE_EVIDENCE, (evidence_n,))
        if left is not None:
            _put_evidence(connection, statement_n, left)
        elif connection.execute(sql.HAS_EVIDENCE, (statement_n,)).fetchone() is None:
            _remove_statement(connection, statement_n)


def _remove_statement(connection: sqlite3.Connection, n: int) -> None:
    ends = connection.execute(sql.ENDS_OF_STATEMENT, (n,)).fetchone()
    connection.execute(sql.REMOVE_STATEMENT, (n,))
    for text in map(text_of, ends):
        end = curie_of(text)
        # A node that only this text named goes with it; a vocabulary's concept stays.
        if not is_linked(end):
            key = (bind(end.prefix), bind(end.local_id))
            connection.execute(sql.REMOVE_ORPHAN, (*key, bind(text), bind(text)))
