"""All SQL of the file format, in one place.

One SQLite file. Ids of concepts and documents are text, ids of statements and evidence are the bytes of
their content hashes, so that equal content is equal rows whoever wrote them. ``evidence.body`` is the
JSON of ``codec``; ``uses`` says on which documents a piece of evidence rests, premises included.
"""

from __future__ import annotations

__all__ = [
    "APPLICATION_ID",
    "FORMAT_VERSION",
    "HEADER",
    "SCHEMA",
]

APPLICATION_ID = 0x6B67_6231
"""``kgb1`` in the file's header: what tells our file from any other SQLite file."""

FORMAT_VERSION = 1
"""``PRAGMA user_version``; a file of a later version is refused, not guessed at."""

HEADER = b"SQLite format 3\x00"

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
CREATE TABLE concept (
    prefix TEXT NOT NULL,
    local_id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    synonyms TEXT NOT NULL,          -- JSON list
    PRIMARY KEY (prefix, local_id)
) WITHOUT ROWID;
CREATE TABLE document (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL               -- JSON of codec.document_to_record
) WITHOUT ROWID;
CREATE TABLE ledger (
    document_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE statement (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,         -- the 16 bytes of Triple.id
    subject TEXT NOT NULL,
    predicate TEXT NOT NULL,
    object TEXT NOT NULL,
    assertion TEXT                   -- JSON, of a patient's edge
);
CREATE INDEX statement_subject ON statement (subject, predicate);
CREATE INDEX statement_object ON statement (object, predicate);
CREATE INDEX statement_predicate ON statement (predicate);
CREATE TABLE evidence (
    n INTEGER PRIMARY KEY,
    statement INTEGER NOT NULL REFERENCES statement (n),
    key BLOB NOT NULL,               -- the 16 bytes of evidence_key
    refutes INTEGER NOT NULL,
    body TEXT NOT NULL,              -- JSON of codec.evidence_to_record
    UNIQUE (statement, key)
);
CREATE TABLE uses (
    document_id TEXT NOT NULL,
    evidence INTEGER NOT NULL REFERENCES evidence (n) ON DELETE CASCADE,
    PRIMARY KEY (document_id, evidence)
) WITHOUT ROWID;
CREATE INDEX uses_evidence ON uses (evidence);
"""

FIND_STATEMENT = "SELECT n FROM statement WHERE id = ?"
ADD_STATEMENT = (
    "INSERT INTO statement (id, subject, predicate, object, assertion) VALUES (?, ?, ?, ?, ?)"
)
REMOVE_STATEMENT = "DELETE FROM statement WHERE n = ?"
ENDS_OF_STATEMENT = "SELECT subject, object FROM statement WHERE n = ?"

EVIDENCE_OF = "SELECT body FROM evidence WHERE statement = ? ORDER BY key"
FIND_EVIDENCE = "SELECT n, body FROM evidence WHERE statement = ? AND key = ?"
ADD_EVIDENCE = "INSERT INTO evidence (statement, key, refutes, body) VALUES (?, ?, ?, ?)"
CHANGE_EVIDENCE = "UPDATE evidence SET body = ? WHERE n = ?"
REMOVE_EVIDENCE = "DELETE FROM evidence WHERE n = ?"
EVIDENCE_USING = (
    "SELECT e.n, e.statement, e.body FROM uses u JOIN evidence e ON e.n = u.evidence "
    "WHERE u.document_id = ?"
)
HAS_EVIDENCE = "SELECT 1 FROM evidence WHERE statement = ? LIMIT 1"
ADD_USE = "INSERT INTO uses (document_id, evidence) VALUES (?, ?)"

FIND_CONCEPT = "SELECT name, type, synonyms FROM concept WHERE prefix = ? AND local_id = ?"
PUT_CONCEPT = (
    "INSERT OR REPLACE INTO concept (prefix, local_id, name, type, synonyms) VALUES (?, ?, ?, ?, ?)"
)
REMOVE_ORPHAN = (
    "DELETE FROM concept WHERE prefix = ? AND local_id = ? "
    "AND NOT EXISTS (SELECT 1 FROM statement WHERE subject = ?) "
    "AND NOT EXISTS (SELECT 1 FROM statement WHERE object = ?)"
)
PAGE_OF_CONCEPTS = (
    "SELECT prefix, local_id, name, type, synonyms FROM concept "
    "WHERE (prefix, local_id) > (?, ?) ORDER BY prefix, local_id LIMIT ?"
)

FIND_DOCUMENT = "SELECT body FROM document WHERE id = ?"
PUT_DOCUMENT = "INSERT OR REPLACE INTO document (id, body) VALUES (?, ?)"
REMOVE_DOCUMENT = "DELETE FROM document WHERE id = ?"
PAGE_OF_DOCUMENTS = "SELECT id, body FROM document WHERE id > ? ORDER BY id LIMIT ?"

FIND_DIGEST = "SELECT digest FROM ledger WHERE document_id = ?"
PUT_DIGEST = "INSERT OR REPLACE INTO ledger (document_id, digest) VALUES (?, ?)"
REMOVE_DIGEST = "DELETE FROM ledger WHERE document_id = ?"

COUNTS = {
    "documents": "SELECT count(*) FROM document",
    "evidence": "SELECT count(*) FROM evidence",
    "unlinked": "SELECT count(*) FROM concept WHERE prefix = 'TEXT'",
}
COUNT_TYPES = "SELECT type, count(*) FROM concept GROUP BY type"
COUNT_PREDICATES = "SELECT predicate, count(*) FROM statement GROUP BY predicate"
CONTRADICTED = (
    "SELECT statement FROM evidence GROUP BY statement HAVING min(refutes) <> max(refutes)"
)
COUNT_CONTRADICTED = f"SELECT count(*) FROM ({CONTRADICTED})"  # noqa: S608
FIRST_CONTRADICTED = (
    "SELECT s.id, s.subject, s.predicate, s.object FROM statement s "  # noqa: S608
    f"JOIN ({CONTRADICTED}) c ON c.statement = s.n ORDER BY s.id LIMIT ?"
)
BARE_ENDS = (
    "SELECT node, predicate, is_subject FROM ("
    "SELECT DISTINCT subject AS node, predicate, 1 AS is_subject FROM statement "
    "UNION SELECT DISTINCT object, predicate, 0 FROM statement) "
    "WHERE NOT EXISTS (SELECT 1 FROM concept WHERE prefix = substr(node, 1, instr(node, ':') - 1) "
    "AND local_id = substr(node, instr(node, ':') + 1))"
)
