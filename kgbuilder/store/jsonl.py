"""A graph as JSON lines, and back exactly: concepts, documents, statements, one a line.

The first line says what the file is, the last how many lines of each kind stand between, so that a
file that was cut off is known even where it was cut between lines. Lines are sorted (kind, then id) and
so are the keys of each, so equal graphs give equal bytes. The ledger of a graph is not part of it.

Format 1, which earlier versions wrote, has no last line.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
)
from kgbuilder.store.json_lines import to_line
from kgbuilder.store.property_rows import rows_of
from kgbuilder.store.whole_file import written_whole

__all__ = ["iter_jsonl_batches", "read_jsonl", "write_jsonl"]

HEADER: Record = {"kind": "graph", "format": 2}
OLD_HEADER: Record = {"kind": "graph", "format": 1}
KINDS = ("concept", "document", "statement")
LINES_PER_BATCH = 2000


def write_jsonl(view: GraphView, path: Path) -> None:
    """Write the graph; memory stays flat. :raises GraphError: when the file cannot be written."""
    with written_whole(path) as file:
        _put(file, HEADER)
        rows = rows_of(view)
        seen = dict.fromkeys(KINDS, 0)
        for _, properties in rows.concepts():
            file.write(_concept_line(str(properties["record"])) + "\n")
            seen["concept"] += 1
        for document in view.documents():
            # A document has a kind of its own, so it stands inside.
            _put(file, {"kind": "document", "document": document_to_record(document)})
            seen["document"] += 1
        for records in rows.records():
            file.write(_statement_line(*records) + "\n")
            seen["statement"] += 1
        _put(file, _end(seen))


def _end(seen: Mapping[str, int]) -> Record:
    return {"kind": "end", **{f"n_{kind}s": seen[kind] for kind in KINDS}}


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
            has_end = _check_header(file.readline(), f"{path}:1")
            seen: Counter[str] = Counter()
            end: Record | None = None
            for number, line in enumerate(file, 2):
                record = _record(line, f"{path}:{number}")
                if end is not None:
                    raise GraphError("a line after the last one", where=f"{path}:{number}")
                if has_end and record.get("kind") == "end":
                    end = record
                    continue
                seen[str(record.get("kind"))] += 1
                yield record
            if has_end:
                _check_end(end, _end(seen), str(path))
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


def _check_header(line: bytes, where: str) -> bool:
    """:returns: whether the file has a last line that counts the others."""
    header = _record(line, where) if line.strip() else {}
    if header not in (HEADER, OLD_HEADER):
        raise GraphError(
            "this is no exported graph",
            where=where,
            hint=f"its first line would be {to_line(HEADER)}",
        )
    return header == HEADER


def _check_end(end: Record | None, seen: Record, where: str) -> None:
    if end is None:
        raise GraphError(
            "the file is cut off: its last line, which counts the others, is not there",
            where=where,
            hint="fetch or export it again, and import the whole of it",
        )
    if end != seen:
        raise GraphError(
            f"lines are missing or were added: {to_line(seen)} are here, the last line says "
            f"{to_line(end)}",
            where=where,
            hint="fetch or export it again; where you changed it by hand, change the last line, too",
        )


def _record(line: bytes, where: str) -> Record:
    try:
        return parse_record(line.decode("utf-8"), where=where)
    except UnicodeDecodeError as error:
        raise GraphError(f"not UTF-8: {error}", where=where) from None
