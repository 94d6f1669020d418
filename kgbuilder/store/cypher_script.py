"""The graph that a Cypher user sees, in ArcadeDB and in Neo4j alike: labels, properties, statements.

<<<<<<<< HEAD:kgbuilder/store/cypher.py
    (:Drug:Entity {id, name, synonyms, linked})-[:TREATS {id, belief, n_support, n_refute, quote}]->()
    (:Evidence {statement_id, kind, quote, probability, refutes, ...})-[:FROM]->(:Document {id, text})
========
Nodes and relationships as in design section 4: a node is ``(:Entity:Drug {id})``, the predicate the
relationship's type, belief and the best quote are on the edge; each piece of evidence is an ``(:Evidence
{statement_id})-[:FROM]->(:Document)`` beside the picture. Documents come without their text.
>>>>>>>> c60e9e5 (The Cypher script makes the graph that the stores make: every node an Entity, evidence by statement and key):kgbuilder/store/cypher_script.py

A node has the label of its type and, that it may be found by ``id`` alone, ``Entity``. A relationship's
evidence is found by ``statement_id``, which equals its ``id``. What is shown may be shortened or mended
(see ``keys``); ``record`` holds the noun exactly, as JSON of ``codec``.
"""

from __future__ import annotations

from kgbuilder.model import (
    CuratedEvidence,
    DerivedEvidence,
    Document,
    Evidence,
    Statement,
    TextEvidence,
    is_linked,
)
<<<<<<<< HEAD:kgbuilder/store/cypher.py
from kgbuilder.model.belief import evidence_probability
from kgbuilder.model.concept import Concept
from kgbuilder.model.statement import evidence_key
from kgbuilder.model.vocabulary import PATIENT
from kgbuilder.store.codec import (
    Record,
    concept_to_record,
    document_to_record,
    evidence_to_record,
    statement_to_record,
    to_line,
)
from kgbuilder.store.keys import key_of, shown
from kgbuilder.store.network import edge_row
========
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import SURROGATES, Characters
from kgbuilder.store.network import edge_row, node_rows
from kgbuilder.store.whole_file import written_whole
>>>>>>>> c60e9e5 (The Cypher script makes the graph that the stores make: every node an Entity, evidence by statement and key):kgbuilder/store/cypher_script.py

__all__ = [
    "Properties",
    "bare_properties",
    "concept_properties",
    "document_properties",
    "edge_properties",
    "evidence_properties",
    "ledger_properties",
]

<<<<<<<< HEAD:kgbuilder/store/cypher.py
Properties = dict[str, str | int | float | bool | list[str]]


def concept_properties(concept: Concept) -> Properties:
    """Of a node that a concept describes."""
    return {
        "id": key_of(concept.id),
        "name": shown(concept.name),
        "synonyms": [shown(name) for name in concept.synonyms],
        "linked": is_linked(concept.id),
        "record": to_line(concept_to_record(concept)),
========
MAX_ID = 4000
"""Characters of an id at most: Neo4j indexes values up to some 8 kB. A longer one is cut and marked."""

ROWS, BYTES = 500, 1 << 18
"""Of one UNWIND at most, so that a transaction stays small."""

IDS = ("id", "subject", "object", "document")
"""Properties that name a node."""

Plain = str | int | float | bool | Sequence[str]
Row = Mapping[str, "Plain | Mapping[str, Plain]"]

_ESCAPED = re.compile("['\\\\\x00-\x1f\x7f\u2028\u2029]")
_SHORT = {"'": "\\'", "\\": "\\\\' + '", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


SCHEMA = (
    "CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT kg_document IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE",
    "CREATE INDEX kg_evidence IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id)",
    "CALL db.awaitIndexes(300)",
)
_DOCUMENT = "MERGE (n:Document {id: row.id}) SET n += row"
_EVIDENCE = "MERGE (n:Evidence {statement_id: row.statement_id, key: row.key}) SET n += row"
_QUOTED = (
    f"{_EVIDENCE}\nWITH n, row MATCH (d:Document {{id: row.document}})\nMERGE (n)-[:FROM]->(d)"
)


def write_cypher(view: GraphView, path: Path, *, issues: Issues) -> None:
    """Write the script; memory stays flat. :raises GraphError: when the file cannot be written."""
    with written_whole(path) as file:
        _Script(file, issues).write(view)


class _Script:
    def __init__(self, file: TextIO, issues: Issues) -> None:
        self._file, self._issues = file, issues
        self._characters = Characters("UTF-8", SURROGATES, issues)
        self._held: dict[str, list[str]] = {}
        self._size: dict[str, int] = {}

    def write(self, view: GraphView) -> None:
        self._file.writelines(f"{command};\n" for command in SCHEMA)
        for concept, row in node_rows(view):
            node: dict[str, Plain] = {"synonyms": concept.synonyms if concept else (), **row}
            query = f"MERGE (n:Entity {{id: row.id}}) SET n:{node.pop('label')}, n += row"
            self._put(query, node)
        for document in view.documents():
            self._put(_DOCUMENT, _document_row(document))
        self._flush()
        for statement in view.statements():
            edge = edge_row(statement)
            query = _edge(str(edge.pop("predicate")))
            ends = {"subject": edge.pop("subject"), "object": edge.pop("object")}
            self._put(query, {**ends, "is": edge})
            for evidence in statement.evidence:
                quoted = isinstance(evidence, TextEvidence)
                self._put(_QUOTED if quoted else _EVIDENCE, _evidence_row(statement, evidence))
        self._flush()

    def _put(self, query: str, row: Row) -> None:
        text = self._map(row)
        self._held.setdefault(query, []).append(text)
        self._size[query] = self._size.get(query, 0) + len(text)
        if len(self._held[query]) >= ROWS or self._size[query] >= BYTES:
            self._flush(query)

    def _flush(self, query: str | None = None) -> None:
        for key in [query] if query else sorted(self._held):
            rows = self._held.pop(key, [])
            self._size.pop(key, None)
            if rows:
                self._file.write("UNWIND [\n  " + ",\n  ".join(rows) + f"\n] AS row\n{key};\n")

    def _map(self, row: Row) -> str:
        ids = {name: self._id(str(row[name])) for name in IDS if name in row}
        held = (f"`{name}`: {self._value(value)}" for name, value in {**row, **ids}.items())
        return "{" + ", ".join(held) + "}"

    def _id(self, id: str) -> str:
        id = self._characters.id(id)
        if len(id) <= MAX_ID:
            return id
        self._issues.warn(
            "long-id",
            where=id[:80],
            what=f"an id of {len(id)} characters, cut here: an index takes {MAX_ID}",
        )
        return f"{id[:200]} {content_hash(id)}"

    def _value(self, value: Plain | Mapping[str, Plain]) -> str:
        match value:
            case bool():
                return str(value).lower()
            case int() | float():
                return repr(value)
            case str():
                # Before the characters go into quotes: what UTF-8 cannot write, and what ends a string.
                return f"'{_ESCAPED.sub(_escape, self._characters.text(value, value))}'"
            case Mapping():
                return self._map(value)
            case _:
                return "[" + ", ".join(self._value(item) for item in value) + "]"


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


def _edge(predicate: str) -> str:
    return (
        "MATCH (s:Entity {id: row.subject}), (o:Entity {id: row.object})\n"
        f"MERGE (s)-[r:{predicate} {{id: row.`is`.id}}]->(o) SET r += row.`is`"
    )


def _document_row(document: Document) -> Row:
    row = {
        "id": document.id,
        "title": document.title,
        "date": document.date or "",
        "source": document.source,
        "identifiers": [str(id) for id in document.identifiers],
>>>>>>>> c60e9e5 (The Cypher script makes the graph that the stores make: every node an Entity, evidence by statement and key):kgbuilder/store/cypher_script.py
    }


<<<<<<<< HEAD:kgbuilder/store/cypher.py
def bare_properties(id: Curie) -> Properties:
    """Of a node that only relationships name: no concept, so no ``record``."""
    name = id.local_id if id.prefix == PATIENT else str(id)
    return {"id": key_of(id), "name": shown(name), "synonyms": [], "linked": is_linked(id)}


def edge_properties(statement: Statement) -> Properties:
    """Of a relationship: what ``network.edge_row`` shows, but for its ends and type."""
    row = edge_row(statement)
    ends = ("subject", "predicate", "object")
    record = {k: v for k, v in statement_to_record(statement).items() if k != "evidence"}
    return {
        **{k: shown(v) if isinstance(v, str) else v for k, v in row.items() if k not in ends},
        "record": to_line(record),
    }


def document_properties(document: Document) -> Properties:
    """Of a document; its text is left out of ``record`` where the property ``text`` is exact."""
    record = document_to_record(document)
    text = shown(document.text)
    if text == document.text:
        del record["text"]
    plain = ("source", "kind", "title", "date", "language", "version")
    return {
        "id": key_of(document.id),
        "text": text,
        **{name: shown(record[name]) for name in plain if name in record},
        "record": to_line(record),
    }


def ledger_properties(key: str, digest: str) -> Properties:
    """Of a line of the ledger."""
    return {"id": key, "record": to_line({"digest": digest})}


def evidence_properties(statement_id: str, evidence: Evidence) -> Properties:
    """Of a piece of evidence; ``probability`` in [0, 1] as belief counts it."""
    properties: Record = {
        "statement_id": statement_id,
        "key": evidence_key(evidence),
        "probability": evidence_probability(evidence),
========
def _evidence_row(statement: Statement, evidence: Evidence) -> Row:
    row: dict[str, Plain] = {
        "statement_id": statement.triple.id,
        "key": evidence_key(evidence),
>>>>>>>> c60e9e5 (The Cypher script makes the graph that the stores make: every node an Entity, evidence by statement and key):kgbuilder/store/cypher_script.py
        "refutes": evidence.refutes,
        "record": to_line(evidence_to_record(evidence)),
    }
    match evidence:
        case TextEvidence():
            more: Record = {
                "kind": "text",
<<<<<<<< HEAD:kgbuilder/store/cypher.py
                "document": key_of(evidence.document_id),
========
                "document": evidence.document_id,
                "quote": evidence.quote,
>>>>>>>> c60e9e5 (The Cypher script makes the graph that the stores make: every node an Entity, evidence by statement and key):kgbuilder/store/cypher_script.py
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "section": evidence.section or "",
                "extractor": evidence.extractor,
            }
        case CuratedEvidence():
            more = {
                "kind": "curated",
                "source": evidence.source,
                "version": evidence.version,
                "record_id": evidence.record_id,
                "how": evidence.how.value,
                "address": evidence.address,
            }
        case DerivedEvidence():
            more = {"kind": "derived", "rule": evidence.rule}
    texts = {k: shown(v) if isinstance(v, str) else v for k, v in more.items()}
    return {**properties, **{k: v for k, v in texts.items() if v != ""}}
