"""A graph as files for ``neo4j-admin database import``: the fastest way to fill an empty database.

One folder of CSV files, which hold the nodes, relationships and properties that :class:`Neo4jStore`
would write, each once, without the ledger. The importer makes no index: ``schema.cypher`` does,
and so does the first ``kgbuilder build`` or ``import`` into the database.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TextIO

from kgbuilder.errors import GraphError
from kgbuilder.model import Curie, Statement
from kgbuilder.protocols import GraphView
from kgbuilder.store import neo4j_cypher
from kgbuilder.store.cypher import (
    Properties,
    bare_properties,
    concept_properties,
    document_properties,
    edge_properties,
    evidence_properties,
)
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import documents_of
from kgbuilder.store.network import EDGE_QUALIFIERS, BareEnds
from kgbuilder.store.whole_file import written_whole

__all__ = ["import_command", "write_neo4j_csv"]

LIST_MARK = "\x1f"
"""Between the items of a list: the control character of that meaning, which a name does not need."""

ENTITY = ("id:ID(Entity)", "name", "synonyms:string[]", "linked:boolean", "record", ":LABEL")
DOCUMENT = (
    "id:ID(Document)", "text", "source", "kind", "title", "date", "language", "version", "record",
    ":LABEL",
)  # fmt: skip
EVIDENCE = (
    ":ID(Evidence)", "statement_id", "subject", "predicate", "object", "key", "probability:double",
    "refutes:boolean", "record", "kind", "document", "start:long", "end:long", "quote", "section",
    "extractor", "source", "version", "record_id", "how", "address", "rule", ":LABEL",
)  # fmt: skip
STATEMENT = (
    ":START_ID(Entity)", ":END_ID(Entity)", ":TYPE", "id", "belief:double", "n_support:long",
    "n_refute:long", "quote", *EDGE_QUALIFIERS, "polarity", "certainty", "temporality",
    "experiencer", "record",
)  # fmt: skip
FROM = (":START_ID(Evidence)", ":END_ID(Document)", ":TYPE")

NODES = ("entities.csv", "documents.csv", "evidence.csv")
RELATIONSHIPS = ("statements.csv", "from.csv")


def import_command(folder: Path) -> str:
    """The command line that imports a folder into the empty database ``neo4j`` of a stopped server."""
    options = [
        "--overwrite-destination",
        "--multiline-fields=true",
        "--read-buffer-size=64m",
        "--array-delimiter=U+001F",
        *(f"--nodes={folder / name}" for name in NODES),
        *(f"--relationships={folder / name}" for name in RELATIONSHIPS),
    ]
    return shlex.join(["neo4j-admin", "database", "import", "full", "neo4j", *options])


def write_neo4j_csv(view: GraphView, folder: Path) -> None:
    """Write the files. Memory stays flat but for the ids of nodes. Statements are read once.

    :raises GraphError: when they cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise GraphError(f"cannot be written: {error.strerror}", where=str(folder)) from error
    with written_whole(folder / "documents.csv") as file:
        _head(file, DOCUMENT)
        for document in view.documents():
            _row(file, DOCUMENT, {**document_properties(document), ":LABEL": "Document"})
    with (
        written_whole(folder / "entities.csv") as entities,
        written_whole(folder / "statements.csv") as statements,
        written_whole(folder / "evidence.csv") as evidence,
        written_whole(folder / "from.csv") as ties,
    ):
        _head(entities, ENTITY)
        _head(statements, STATEMENT)
        _head(evidence, EVIDENCE)
        _head(ties, FROM)
        known: set[Curie] = set()
        for concept in view.concepts():
            known.add(concept.id)
            _row(entities, ENTITY, _labelled(concept_properties(concept), concept.type.value))
        bare = BareEnds(known)
        for statement in view.statements():
            bare.add(statement.triple)
            _write_statement(statement, statements, evidence, ties)
        for end, label in bare.labels().items():
            _row(entities, ENTITY, _labelled(bare_properties(end), label))
    with written_whole(folder / "schema.cypher") as file:
        file.writelines(f"{text};\n" for text in neo4j_cypher.SCHEMA)


def _labelled(properties: Properties, label: str) -> Properties:
    return {**properties, ":LABEL": ["Entity", label]}


def _write_statement(
    statement: Statement, statements: TextIO, evidence: TextIO, ties: TextIO
) -> None:
    triple = statement.triple
    ends: Properties = {
        ":START_ID": key_of(triple.subject),
        ":END_ID": key_of(triple.object),
        ":TYPE": triple.predicate.name,
    }
    _row(statements, STATEMENT, {**edge_properties(statement), **ends})
    for item in statement.evidence:
        shown = evidence_properties(triple, item)
        id = f"{shown['statement_id']} {shown['key']}"
        _row(evidence, EVIDENCE, {**shown, ":ID": id, ":LABEL": "Evidence"})
        for document in sorted(map(key_of, documents_of(item))):
            _row(ties, FROM, {":START_ID": id, ":END_ID": document, ":TYPE": "FROM"})


def _head(file: TextIO, columns: Iterable[str]) -> None:
    file.write(",".join(columns) + "\n")


@cache
def _names(columns: tuple[str, ...]) -> tuple[str, ...]:
    """``id`` of ``id:ID(Entity)``, ``:TYPE`` of itself."""
    return tuple(column.split("(")[0].split(":")[0] or column.split("(")[0] for column in columns)


def _row(file: TextIO, columns: tuple[str, ...], values: Mapping[str, object]) -> None:
    file.write(",".join([_field(values.get(name)) for name in _names(columns)]) + "\n")


def _field(value: object) -> str:
    match value:
        case str():  # most are, or None
            return '"' + value.replace('"', '""') + '"'
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return _field(LIST_MARK.join(str(item).replace(LIST_MARK, " ") for item in value))
        case _:
            return _field(str(value))
