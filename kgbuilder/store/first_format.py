"""The first format of a graph, one SQLite file: read once, to be converted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.protocols import Batch
from kgbuilder.store.codec import document_from_record, parse_record, statement_from_record
from kgbuilder.store.embedded import EmbeddedStore

__all__ = ["KEPT_SUFFIX", "convert", "is_first_format"]

KEPT_SUFFIX = ".format1"
"""The old file is kept beside the new graph, under its name with this at the end."""

HEADER = b"SQLite format 3\x00"
APPLICATION_ID = (68, b"kgb1")
"""Offset in the header and bytes (https://www.sqlite.org/fileformat.html#the_database_header)."""

PAGE = 1000


def is_first_format(path: Path) -> bool:
    """Whether ``path`` is a graph file of the first format."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        header = file.read(100)
    start, mark = APPLICATION_ID
    return header.startswith(HEADER) and header[start : start + len(mark)] == mark


def convert(path: Path) -> None:
    """Put a graph of this format where the old file is, which is kept beside it.

    Killed on the way, it leaves the old file, and the next time begins anew.

    :raises GraphError: when the file is damaged, or its folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.converting")
    kept = path.with_name(path.name + KEPT_SUFFIX)
    if kept.exists():
        raise GraphError("in the way", where=str(kept), hint="move it: the old graph is kept there")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        with EmbeddedStore(draft) as store:
            for batch, ledger in _batches(path):
                store.merge(batch, ledger=ledger)
        path.rename(kept)
        draft.rename(path)
    except sqlite3.Error as error:
        raise GraphError(
            f"the graph is damaged: {error}", where=str(path), hint="copy it again, or rebuild it"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise GraphError(
            f"a graph of the first format cannot be converted: {reason}",
            where=str(path),
            hint="may its folder be written? else copy the file and open the copy",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _batches(path: Path) -> Iterator[tuple[Batch, dict[str, str]]]:
    """All that is in the file, documents before the statements that quote them."""
    address = f"file:{quote(os.fspath(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True)
    connection.text_factory = _text
    try:
        concepts = connection.execute("SELECT prefix, local_id, name, type, synonyms FROM concept")
        while rows := concepts.fetchmany(PAGE):
            yield Batch(concepts=tuple(_concept(*map(_text, row)) for row in rows)), {}
        documents = connection.execute(
            "SELECT body, document_id, digest FROM document LEFT JOIN ledger ON document_id = id"
        )
        while rows := documents.fetchmany(PAGE):
            found = [
                document_from_record(parse_record(_text(row[0]), where="document")) for row in rows
            ]
            digests = {_text(id): _text(digest) for _, id, digest in rows if id is not None}
            yield Batch(documents=tuple(found)), digests
        statements = connection.execute(
            "SELECT n, subject, predicate, object, assertion FROM statement"
        )
        while rows := statements.fetchmany(PAGE):
            records = [_statement(connection, *row) for row in rows]
            yield Batch(statements=tuple(map(statement_from_record, records))), {}
    finally:
        connection.close()


def _text(value: str | bytes) -> str:
    """Texts that hold half a surrogate pair were written as bytes."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _concept(prefix: str, local_id: str, name: str, type: str, synonyms: str) -> Concept:
    return Concept(Curie(prefix, local_id), name, EntityType(type), tuple(json.loads(synonyms)))


def _statement(
    connection: sqlite3.Connection,
    n: int,
    subject: str | bytes,
    predicate: str,
    object: str | bytes,
    assertion: str | None,
) -> dict[str, object]:
    evidence = connection.execute("SELECT body FROM evidence WHERE statement = ?", (n,))
    return {
        "subject": _text(subject),
        "predicate": predicate,
        "object": _text(object),
        "assertion": json.loads(assertion) if assertion else None,
        "evidence": [parse_record(body, where="evidence") for (body,) in evidence],
    }
