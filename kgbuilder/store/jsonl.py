"""A graph as JSON lines, and back exactly: concepts, documents, statements, one a line.

The first line says what the file is. Lines are sorted (kind, then id) and so are the keys of each, so
equal graphs give equal bytes. The ledger of a graph is not part of it.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TextIO, cast

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, Document, Statement
from kgbuilder.protocols import Batch, GraphStore, GraphView
from kgbuilder.store.codec import (
    Record,
    concept_from_record,
    document_from_record,
    document_to_record,
    parse_record,
    statement_from_record,
    to_line,
)
from kgbuilder.store.property_rows import rows_of
from kgbuilder.store.whole_file import written_whole

__all__ = ["iter_jsonl_batches", "read_jsonl", "write_jsonl"]

HEADER: Record = {"kind": "graph", "format": 1}
LINES_PER_BATCH = 2000


def write_jsonl(view: GraphView, path: Path) -> None:
    """Write the graph; memory stays flat. :raises GraphError: when the file cannot be written."""
    with written_whole(path) as file:
        _put(file, HEADER)
        rows = rows_of(view)
        for _, properties in rows.concepts():
            file.write(_concept_line(str(properties["record"])) + "\n")
        for document in view.documents():
            # A document has a kind of its own, so it stands inside.
            _put(file, {"kind": "document", "document": document_to_record(document)})
        file.writelines(_statement_line(*records) + "\n" for records in rows.records())


def _put(file: TextIO, record: Record) -> None:
    file.write(to_line(record) + "\n")


# A graph's records are lines already: what a line of the file adds is put between, where the order of
# its keys wants it. Inside a text of JSON a quotation mark has a backslash before it, so that a key
# with its marks is found nowhere but where it is one.


def _concept_line(record: str) -> str:
    """``to_line`` of ``{"kind": "concept", **record}``."""
    id, _, rest = record.partition(', "name": ')
    return f'{id}, "kind": "concept", "name": {rest}'


def _statement_line(id: str, triple: str, evidence: Sequence[str]) -> str:
    """``to_line`` of ``{"kind": "statement", "id": id, **triple, "evidence": evidence}``."""
    assertion, _, ends = triple.partition('"object": ')
    line = (
        f'{assertion}"evidence": [{", ".join(evidence)}], "id": "{id}", '
        f'"kind": "statement", "object": {ends}'
    )
    # Where one part holds half a surrogate pair, all of the line is ASCII.
    return to_line(parse_record(line, where=f"statement {id}")) if "\\ud" in line else line


def read_jsonl(path: Path, store: GraphStore) -> None:
    """Merge a file of :func:`write_jsonl` into ``store``.

    :raises GraphError: with the line that is wrong; the batches before it are merged.
    """
    for batch in iter_jsonl_batches(path):
        store.merge(batch)


def iter_jsonl_batches(path: Path) -> Iterator[Batch]:
    """The batches of a file, documents before the statements that quote them."""
    concepts: list[Concept] = []
    documents: list[Document] = []
    statements: list[Statement] = []
    for record in _records(path):
        match record.get("kind"):
            case "concept":
                concepts.append(concept_from_record(record))
            case "document":
                documents.append(document_from_record(record.get("document", {})))
            case "statement":
                statements.append(statement_from_record(record))
            case kind:
                raise GraphError(f"a line of unknown kind {kind!r}", where=str(path))
        if len(concepts) + len(documents) + len(statements) >= LINES_PER_BATCH:
            yield Batch(tuple(concepts), tuple(statements), tuple(documents))
            concepts, documents, statements = [], [], []
    yield Batch(tuple(concepts), tuple(statements), tuple(documents))


def _records(path: Path) -> Iterator[Record]:
    try:
        with _opened(path) as file:
            _check_header(file.readline(), f"{path}:1")
            for number, line in enumerate(file, 2):
                yield _record(line, f"{path}:{number}")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GraphError(
            f"the file is cut off or damaged: {error}", where=str(path), hint="fetch it again"
        ) from error
    except OSError as error:
        raise GraphError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _opened(path: Path) -> IO[bytes]:
    """The file, unzipped where its first bytes say gzip."""
    with path.open("rb") as file:
        is_zipped = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if is_zipped else path.open("rb")


def _check_header(line: bytes, where: str) -> None:
    if not line.strip() or _record(line, where) != HEADER:
        raise GraphError(
            "this is no exported graph",
            where=where,
            hint=f"its first line would be {to_line(HEADER)}",
        )


def _record(line: bytes, where: str) -> Record:
    try:
        return parse_record(line.decode("utf-8"), where=where)
    except UnicodeDecodeError as error:
        raise GraphError(f"not UTF-8: {error}", where=where) from None
