"""A graph as files for ``neo4j-admin database import``: the fastest way to fill an empty database.

One folder of CSV files, which hold the nodes, relationships and properties that :class:`Neo4jStore`
would write, each once, without the ledger. The importer makes no index: ``schema.cypher`` does,
and so does the first ``kgbuilder build`` or ``import`` into the database. Until then it is slow to be
asked, and cannot be searched.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from kgbuilder.errors import GraphError
from kgbuilder.protocols import GraphView
from kgbuilder.store import neo4j_cypher
from kgbuilder.store.cypher import (
    Properties,
    document_properties,
    evidence_of_row,
)
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import documents_of
from kgbuilder.store.property_rows import rows_of
from kgbuilder.store.tally import EDGE_QUALIFIERS
from kgbuilder.store.whole_file import written_whole

__all__ = ["import_command", "index_command", "write_neo4j_csv"]

LIST_MARK = "\x1f"
"""Between the items of a list: the control character of that meaning, which a name does not need."""

ENTITY = ("id:ID(Entity)", "name", "synonyms:string[]", "linked:boolean", "record", ":LABEL")
DOCUMENT = (
    "id:ID(Document)", "text", "source", "kind", "title", "date", "language", "version", "record",
    ":LABEL",
)  # fmt: skip
EVIDENCE = (
    ":ID(Evidence)", "statement_id", "subject", "predicate", "object", "key", "event",
    "probability:double", "refutes:boolean", "record", "kind", "document", "start:long", "end:long",
    "quote", "section", "extractor", "source", "version", "record_id", "how", "address", "rule",
    ":LABEL",
)  # fmt: skip
STATEMENT = (
    ":START_ID(Entity)", ":END_ID(Entity)", ":TYPE", "id", "belief:double", "n_support:long",
    "n_refute:long", "quote", *EDGE_QUALIFIERS, "polarity", "certainty", "temporality",
    "experiencer", "record", "tally",
)  # fmt: skip
FROM = (":START_ID(Evidence)", ":END_ID(Document)", ":TYPE")

NODES = ("entities.csv", "documents.csv", "evidence.csv")
RELATIONSHIPS = ("statements.csv", "from.csv")


SCHEMA = "schema.cypher"


def index_command(folder: Path, *, database: str = "neo4j") -> str:
    """The command line that makes the indexes of what was imported, once the server runs."""
    return shlex.join(["cypher-shell", "-d", database, "-f", str(folder / SCHEMA)])


def import_command(folder: Path, *, database: str = "neo4j") -> str:
    """The command line that imports a folder into an empty database of a stopped server."""
    options = [
        "--overwrite-destination",
        "--multiline-fields=true",
        "--read-buffer-size=64m",
        "--array-delimiter=U+001F",
        f"--report-file={folder / 'import.report'}",
        *(f"--nodes={folder / name}" for name in NODES),
        *(f"--relationships={folder / name}" for name in RELATIONSHIPS),
    ]
    return shlex.join(["neo4j-admin", "database", "import", "full", database, *options])


def write_neo4j_csv(view: GraphView, folder: Path) -> None:
    """Write the files. Memory stays flat but for what is kept of the nodes. Statements are read once.

    :raises GraphError: when they cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise GraphError(f"cannot be written: {error.strerror}", where=str(folder)) from error
    with written_whole(folder / "documents.csv") as file:
        documents = _Table(file, DOCUMENT)
        for document in view.documents():
            documents.add({**document_properties(document), ":LABEL": "Document"})
    with (
        written_whole(folder / "entities.csv") as entities,
        written_whole(folder / "statements.csv") as statements,
        written_whole(folder / "evidence.csv") as evidence,
        written_whole(folder / "from.csv") as ties,
    ):
        rows, nodes = rows_of(view), _Table(entities, ENTITY)
        for label, properties in rows.concepts():
            nodes.add({**properties, ":LABEL": ["Entity", label]})
        edges = _Table(statements, STATEMENT), _Table(evidence, EVIDENCE), _Table(ties, FROM)
        for edge, items in rows.statements():
            _write_statement(edge, items, *edges)
        for label, properties in rows.bare_ends():
            nodes.add({**properties, ":LABEL": ["Entity", label]})
    with written_whole(folder / SCHEMA) as file:
        made = (*neo4j_cypher.SCHEMA, neo4j_cypher.AWAIT_SCHEMA)
        file.writelines(f"{text};\n" for text in made)


class _Table:
    """A CSV file, a row at a time."""

    __slots__ = ("_empty", "_file", "_places")

    def __init__(self, file: TextIO, columns: Sequence[str]) -> None:
        file.write(",".join(columns) + "\n")
        self._file, self._empty = file, [""] * len(columns)
        # ``id`` of ``id:ID(Entity)``, ``:TYPE`` of itself.
        names = (name.split("(")[0].split(":")[0] or name.split("(")[0] for name in columns)
        self._places = {name: place for place, name in enumerate(names)}

    def add(self, row: Mapping[str, object]) -> None:
        """Write a row; what is no column is left out."""
        fields, places = self._empty.copy(), self._places
        for name, value in row.items():
            if name in places:
                fields[places[name]] = _text(value) if type(value) is str else _field(value)
        self._file.write(",".join(fields) + "\n")


def _write_statement(
    edge: Properties,
    evidence: Sequence[Properties],
    statements: _Table,
    pieces: _Table,
    ties: _Table,
) -> None:
    first = evidence[0]
    ends = {":START_ID": first["subject"], ":END_ID": first["object"], ":TYPE": first["predicate"]}
    statements.add({**edge, **ends})
    for item in evidence:
        id = f"{item['statement_id']} {item['key']}"
        pieces.add({**item, ":ID": id, ":LABEL": "Evidence"})
        for document in _documents_of(item):
            ties.add({":START_ID": id, ":END_ID": document, ":TYPE": "FROM"})


def _documents_of(evidence: Properties) -> list[object]:
    """Keys of the documents that it rests on."""
    match evidence["kind"]:
        case "text":
            return [evidence["document"]]
        case "derived":
            return [*sorted(map(key_of, documents_of(evidence_of_row(evidence))))]
        case _:
            return []


def _text(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return _text(LIST_MARK.join(str(item).replace(LIST_MARK, " ") for item in value))
        case _:
            return _text(str(value))
