r"""A graph as a Cypher script that makes it: ``cypher-shell -f graph.cypher``. Running it twice changes
nothing.

Nodes and relationships as in design section 4: a label a type, the predicate as relationship type,
belief and the best quote on the edge; each piece of evidence an ``(:Evidence
{statement_id})-[:FROM]->(:Document)`` beside the picture. Documents come without their text.

Names are data: a string is written in single quotes with its quotes and control characters escaped,
and a backslash always closes the string it ends (``'a\\' + 'b'``), since Neo4j before version 5 reads
``\uXXXX`` before anything else, so that a name holding the letters ``\u0027`` could end its own
string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from kgbuilder.issues import Issues
from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Document,
    Evidence,
    Statement,
    TextEvidence,
    content_hash,
    evidence_key,
)
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import SURROGATES, Characters
from kgbuilder.store.codec import curie_of
from kgbuilder.store.network import edge_row, node_rows
from kgbuilder.store.whole_file import written_whole

__all__ = ["write_cypher"]

MAX_ID = 4000
"""Characters of an id at most: Neo4j indexes values up to some 8 kB. A longer one is cut and marked."""

ROWS, BYTES = 500, 1 << 18
"""Of one UNWIND at most, so that a transaction stays small."""

IDS = ("id", "subject", "object", "from")
"""Properties that name a node."""

Plain = str | int | float | bool | Sequence[str]
Row = Mapping[str, "Plain | Mapping[str, Plain]"]

_ESCAPED = re.compile("['\\\\\x00-\x1f\x7f\u2028\u2029]")
_SHORT = {"'": "\\'", "\\": "\\\\' + '", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_cypher(view: GraphView, path: Path, *, issues: Issues) -> None:
    """Write the script; memory holds the labels of nodes that no concept describes.

    :raises GraphError: when the file cannot be written.
    """
    with written_whole(path) as file:
        _Script(file, issues).write(view)


class _Script:
    def __init__(self, file: TextIO, issues: Issues) -> None:
        self._file, self._issues = file, issues
        self._characters = Characters("UTF-8", SURROGATES, issues)
        self._held: dict[str, list[str]] = {}
        self._size: dict[str, int] = {}

    def write(self, view: GraphView) -> None:
        labels = sorted({str(row["label"]) for _, row in node_rows(view)})
        for label in (*labels, "Document", "Evidence"):
            self._file.write(
                f"CREATE CONSTRAINT kgbuilder_{label.lower()}_id IF NOT EXISTS "
                f"FOR (n:{label}) REQUIRE n.id IS UNIQUE;\n"
            )
        self._file.write(
            "CREATE INDEX kgbuilder_evidence_statement IF NOT EXISTS "
            "FOR (n:Evidence) ON (n.statement_id);\nCALL db.awaitIndexes();\n"
        )
        bare: dict[Curie, str] = {}
        for concept, row in node_rows(view):
            if concept is None:
                bare[curie_of(str(row["id"]))] = str(row["label"])
            node = {name: value for name, value in row.items() if name != "label"}
            synonyms = {"synonyms": concept.synonyms} if concept and concept.synonyms else {}
            self._put(_node(str(row["label"])), {**node, **synonyms})
        for document in view.documents():
            self._put(_node("Document"), _document_row(document))
        self._flush()
        for statement in view.statements():
            ends = (statement.triple.subject, statement.triple.object)
            one, other = (_label(end, view, bare) for end in ends)
            edge = edge_row(statement)
            query = _edge(one, str(edge.pop("predicate")), other)
            joined = {"subject": edge.pop("subject"), "object": edge.pop("object")}
            self._put(query, {**joined, "is": edge})
            for evidence in statement.evidence:
                self._put(_node("Evidence"), _evidence_row(statement, evidence))
        self._flush()
        for statement in view.statements():
            for evidence in statement.evidence:
                if isinstance(evidence, TextEvidence):
                    row = {"id": _evidence_id(statement, evidence), "from": evidence.document_id}
                    self._put(_FROM, row)
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


def _node(label: str) -> str:
    return f"MERGE (n:{label} {{id: row.id}}) SET n += row"


def _edge(one: str, predicate: str, other: str) -> str:
    return (
        f"MATCH (s:{one} {{id: row.subject}}), (o:{other} {{id: row.object}})\n"
        f"MERGE (s)-[r:{predicate} {{id: row.`is`.id}}]->(o) SET r += row.`is`"
    )


_FROM = "MATCH (e:Evidence {id: row.id}), (d:Document {id: row.`from`})\nMERGE (e)-[:FROM]->(d)"


def _label(end: Curie, view: GraphView, bare: Mapping[Curie, str]) -> str:
    concept = view.concept(end)
    return bare[end] if concept is None else concept.type.value


def _document_row(document: Document) -> Row:
    row = {
        "id": document.id,
        "title": document.title,
        "date": document.date or "",
        "source": document.source,
        "identifiers": [str(id) for id in document.identifiers],
    }
    return {name: value for name, value in row.items() if value}


def _evidence_id(statement: Statement, evidence: Evidence) -> str:
    return f"{statement.triple.id}-{evidence_key(evidence)}"


def _evidence_row(statement: Statement, evidence: Evidence) -> Row:
    row: dict[str, Plain] = {
        "id": _evidence_id(statement, evidence),
        "statement_id": statement.triple.id,
        "refutes": evidence.refutes,
    }
    match evidence:
        case TextEvidence():
            row |= {
                "kind": "text",
                "quote": evidence.quote,
                "start": evidence.span.start,
                "end": evidence.span.end,
                "section": evidence.section or "",
                "extractor": evidence.extractor,
                "probability": evidence.probability,
            }
        case CuratedEvidence():
            row |= {
                "kind": "curated",
                "source": evidence.source,
                "version": evidence.version,
                "record": evidence.record_id,
                "how": evidence.how.value,
            }
        case DerivedEvidence():
            row |= {
                "kind": "derived",
                "rule": evidence.rule,
                "premises": [premise.triple.id for premise in evidence.premises],
            }
    return row | dict(_qualifier_rows(evidence, row))


def _qualifier_rows(evidence: Evidence, taken: Row) -> Iterator[tuple[str, str]]:
    """Qualifiers whose name is a plain word and no property of evidence."""
    for name, value in evidence.qualifiers:
        if re.fullmatch(r"[a-z_]+", name):
            yield (name if name not in taken else f"{name}_stated"), value
