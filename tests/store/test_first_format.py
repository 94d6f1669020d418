"""A graph file of the first format, SQLite, opens as the graph it was, and is kept beside it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, Curie, Document, EntityType, Statement
from kgbuilder.model import TextEvidence as Text
from kgbuilder.model.mention import Span
from kgbuilder.store.codec import (
    assertion_to_record,
    document_to_record,
    evidence_to_record,
)
from kgbuilder.store.json_lines import to_line
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.open import open_store
from tests.store import graphs as g

SCHEMA = """
PRAGMA application_id = 1801937457;
PRAGMA user_version = 1;
CREATE TABLE concept (prefix TEXT, local_id TEXT, name TEXT, type TEXT, synonyms TEXT);
CREATE TABLE document (id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE ledger (document_id TEXT PRIMARY KEY, digest TEXT);
CREATE TABLE statement (n INTEGER PRIMARY KEY, id BLOB, subject TEXT, predicate TEXT, object TEXT,
                        assertion TEXT);
CREATE TABLE evidence (n INTEGER PRIMARY KEY, statement INTEGER, key BLOB, refutes INTEGER, body TEXT);
"""
ODD = "half a pair \ud800, `quotes` and '\x00'"
ODD_CONCEPT = Concept(Curie("X", ODD), ODD, EntityType.DRUG, (ODD + "!",))
ODD_DOCUMENT = Document(ODD, f"{ODD} is taken.", ODD)
ODD_STATEMENT = g.edge(
    ODD_CONCEPT.id, "CAUSES", g.FEVER, Text(ODD, Span(0, len(ODD)), ODD, "reader", 0.5)
)


def bind(text: str) -> str | bytes:
    """As the first format wrote what UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def write(path: Path) -> MemoryStore:
    """The file, and what it holds."""
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)
    concepts = (*g.CONCEPTS, ODD_CONCEPT)
    documents = (*g.SAMPLE.documents, ODD_DOCUMENT)
    statements = (*g.SAMPLE.statements, ODD_STATEMENT)
    for c in concepts:
        ends = (bind(c.id.prefix), bind(c.id.local_id), bind(c.name), c.type.value)
        db.execute("INSERT INTO concept VALUES (?, ?, ?, ?, ?)", (*ends, json.dumps(c.synonyms)))
    for d in documents:
        body = to_line(document_to_record(d))
        db.execute("INSERT INTO document VALUES (?, ?)", (bind(d.id), body))
    db.execute("INSERT INTO ledger VALUES ('paper-1', 'v1')")
    for n, statement in enumerate(statements):
        insert(db, n, statement)
    db.commit()
    db.close()
    memory = MemoryStore()
    memory.merge(g.Batch(concepts, statements, documents), ledger={"paper-1": "v1"})
    return memory


def insert(db: sqlite3.Connection, n: int, statement: Statement) -> None:
    t = statement.triple
    meant = t.assertion and to_line(assertion_to_record(t.assertion))
    row = (
        n,
        bytes.fromhex(t.id),
        bind(str(t.subject)),
        t.predicate.name,
        bind(str(t.object)),
        meant,
    )
    db.execute("INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?)", row)
    for item in statement.evidence:
        body = to_line(evidence_to_record(item))
        db.execute(
            "INSERT INTO evidence (statement, refutes, body) VALUES (?, ?, ?)",
            (n, item.refutes, body),
        )


@pytest.mark.parametrize("options", [{}, {"create": False}, {"read_only": True}], ids=str)
def test_the_first_format_opens_as_the_graph_it_was(
    tmp_path: Path, options: dict[str, bool]
) -> None:
    path = tmp_path / "graph.kg"
    memory = write(path)
    old = path.read_bytes()
    for _ in range(2):
        store = open_store(path, **options)
        assert list(store.concepts()) == list(memory.concepts())
        assert list(store.documents()) == list(memory.documents())
        assert list(store.statements()) == list(memory.statements())
        assert store.stats() == memory.stats()
        assert store.recorded("paper-1") == "v1"
        store.close()
    assert path.with_name("graph.kg.format1").read_bytes() == old
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.kg", "graph.kg.format1"]


def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "graph.kg"
    write(path)
    raw = path.read_bytes()
    bad = raw[:4096] + b"\xa5" * (len(raw) - 4096)
    path.write_bytes(bad)
    with pytest.raises(GraphError, match="damaged"):
        open_store(path)
    assert path.read_bytes() == bad
    assert [p.name for p in tmp_path.iterdir()] == ["graph.kg"]


def test_another_sqlite_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.kg"
    sqlite3.connect(path).executescript("CREATE TABLE t (a)").close()
    with pytest.raises(GraphError, match="not a graph"):
        open_store(path)
