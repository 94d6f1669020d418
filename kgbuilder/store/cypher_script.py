r"""A graph as a Cypher script that makes it: ``cypher-shell -f graph.cypher``. Running it twice changes
nothing. What it makes is the graph of ``cypher``, as the stores keep it.

Names are data: a string is written in single quotes with its quotes and control characters escaped,
and a backslash always closes the string it ends (``'a\\' + 'b'``), since Neo4j before version 5 reads
``\uXXXX`` before anything else, so that a name holding the letters ``\u0027`` could end its own
string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from kgbuilder.protocols import GraphView
from kgbuilder.store.codec import curie_of
from kgbuilder.store.cypher import (
    bare_properties,
    concept_properties,
    document_properties,
    edge_properties,
    evidence_properties,
)
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import documents_of
from kgbuilder.store.network import node_rows
from kgbuilder.store.tally import Tally
from kgbuilder.store.whole_file import written_whole

__all__ = ["write_cypher"]

ROWS, BYTES = 500, 1 << 18
"""Of one UNWIND at most, so that a transaction stays small."""

SCHEMA = (
    "CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT kg_document IF NOT EXISTS FOR (n:Document) REQUIRE n.id IS UNIQUE",
    "CREATE INDEX kg_evidence IF NOT EXISTS FOR (n:Evidence) ON (n.statement_id)",
    "CALL db.awaitIndexes(300)",
)
_NODE = "MERGE (n:Entity {{id: row.id}}) SET n:{label}, n += row"
_DOCUMENT = "MERGE (n:Document {id: row.id}) SET n += row"
_EDGE = (
    "MATCH (s:Entity {{id: row.subject}}), (o:Entity {{id: row.object}})\n"
    "MERGE (s)-[r:{name} {{id: row.`is`.id}}]->(o) SET r += row.`is`"
)
_EVIDENCE = "MERGE (n:Evidence {statement_id: row.statement_id, key: row.key}) SET n += row"
_READ = (
    "MERGE (n:Evidence {statement_id: row.`is`.statement_id, key: row.`is`.key}) SET n += row.`is`\n"
    "WITH n, row UNWIND row.documents AS id\n"
    "MATCH (d:Document {id: id})\nMERGE (n)-[:FROM]->(d)"
)
"""Evidence that rests on documents: a quote, or a derivation from quotes."""

Plain = str | int | float | bool | Sequence[str]
Row = Mapping[str, "Plain | Mapping[str, Plain]"]

_ESCAPED = re.compile("['\\\\\x00-\x1f\x7f\u2028\u2029]")
_SHORT = {"'": "\\'", "\\": "\\\\' + '", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_cypher(view: GraphView, path: Path) -> None:
    """Write the script; memory stays flat. :raises GraphError: when the file cannot be written."""
    with written_whole(path) as file:
        _Script(file).write(view)


class _Script:
    """Rows gathered by what is done with them, and written when there are enough."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._held: dict[str, list[str]] = {}
        self._size: dict[str, int] = {}

    def write(self, view: GraphView) -> None:
        self._file.writelines(f"{command};\n" for command in SCHEMA)
        for concept, row in node_rows(view):
            id = curie_of(str(row["id"]))
            node = concept_properties(concept) if concept else bare_properties(id)
            self._put(_NODE.format(label=row["label"]), node)
        for document in view.documents():
            self._put(_DOCUMENT, document_properties(document))
        self._flush()
        for statement in view.statements():
            triple = statement.triple
            ends = {"subject": key_of(triple.subject), "object": key_of(triple.object)}
            query = _EDGE.format(name=triple.predicate.name)
            self._put(query, {**ends, "is": edge_properties(triple, Tally.of(statement))})
            for evidence in statement.evidence:
                properties = evidence_properties(triple, evidence)
                if read := sorted(map(key_of, documents_of(evidence))):
                    self._put(_READ, {"is": properties, "documents": read})
                else:
                    self._put(_EVIDENCE, properties)
        self._flush()

    def _put(self, query: str, row: Row) -> None:
        text = _map(row)
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


def _map(row: Row) -> str:
    return "{" + ", ".join(f"`{name}`: {_value(value)}" for name, value in row.items()) + "}"


def _value(value: Plain | Mapping[str, Plain]) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return f"'{_ESCAPED.sub(_escape, value)}'"
        case Mapping():
            return _map(value)
        case _:
            return "[" + ", ".join(map(_value, value)) + "]"


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04X}"
