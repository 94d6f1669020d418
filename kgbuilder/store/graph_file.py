"""The file itself: made whole or not at all, checked when opened, its errors told in our words."""

from __future__ import annotations

import os
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from kgbuilder.errors import GraphError
from kgbuilder.store import sql

__all__ = ["bind", "create_file", "explained", "open_file", "text_of"]

NOT_A_GRAPH = "a graph file is made by: kgbuilder build SOURCE... --into GRAPH"
CACHE_KIB = 65_536
"""What SQLite may keep of the file in memory: it bounds the memory of a merge."""


def bind(text: str) -> str | bytes:
    """A text as SQLite takes it: half surrogate pairs, which UTF-8 cannot write, make it bytes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_of(value: str | bytes) -> str:
    """What :func:`bind` was given."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def create_file(path: Path) -> None:
    """Make an empty graph at ``path``: beside it first, then in one step under its name.

    A file that another process made there meanwhile is left as it is.

    :raises GraphError: when the folder is not there or cannot be written.
    """
    with explained(path):
        if not path.parent.exists():
            raise GraphError(
                "the folder is not there", where=str(path.parent), hint="make it first"
            )
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        os.close(handle)
        draft = Path(name)
        try:
            connection = sqlite3.connect(draft)
            connection.executescript(sql.SCHEMA)
            connection.close()
            mask = os.umask(0)
            os.umask(mask)
            draft.chmod(0o666 & ~mask)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()


def open_file(path: Path, *, read_only: bool, timeout_s: float) -> sqlite3.Connection:
    """Open a graph file and make sure that it is one.

    :raises GraphError: when it is a folder, not a graph, of a later version, cut off, or not readable.
    """
    with explained(path):
        _check_header(path)
        mode = "ro" if read_only else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={mode}",
            uri=True,
            timeout=timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # A rollback journal: what is committed is in the one file, which may be copied when closed.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection


def _check_header(path: Path) -> None:
    if path.is_dir():
        raise GraphError("a folder is not a graph", where=str(path), hint=NOT_A_GRAPH)
    with path.open("rb") as file:
        header = file.read(100)
        size = file.seek(0, os.SEEK_END)
    if header[:16] != sql.HEADER or len(header) < 100:
        raise GraphError("this file is not a graph", where=str(path), hint=NOT_A_GRAPH)
    # Offsets of the database header: https://www.sqlite.org/fileformat.html#the_database_header
    page_size, n_pages = (
        struct.unpack_from(">H", header, 16)[0],
        *struct.unpack_from(">I", header, 28),
    )
    user_version, application_id = (
        *struct.unpack_from(">I", header, 60),
        *struct.unpack_from(">I", header, 68),
    )
    if application_id != sql.APPLICATION_ID:
        raise GraphError(
            "this SQLite file is not a graph of ours", where=str(path), hint=NOT_A_GRAPH
        )
    if user_version != sql.FORMAT_VERSION:
        raise GraphError(
            f"the file has format version {user_version}, this kgbuilder reads {sql.FORMAT_VERSION}",
            where=str(path),
            hint="use the kgbuilder that wrote it, export it to jsonl and import that",
        )
    page_size = 65536 if page_size == 1 else page_size
    journal = path.with_name(path.name + "-journal")
    if size < page_size * n_pages and not journal.exists():
        raise GraphError(
            f"the file is cut off: {size} of {page_size * n_pages} bytes are there",
            where=str(path),
            hint="copy it again from where it came",
        )


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into a GraphError with a hint."""
    try:
        yield
    except sqlite3.Error as error:
        what, hint = _in_our_words(error)
        raise GraphError(what, where=str(path), hint=hint) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise GraphError(f"cannot open the graph: {reason}", where=str(path)) from error


def _in_our_words(error: sqlite3.Error) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                "another process is writing this graph",
                "wait until it is done, then run this again: what is there already is skipped",
            )
        case sqlite3.SQLITE_READONLY:
            return "this graph cannot be written", "it is read-only, or its folder is; copy it"
        case sqlite3.SQLITE_FULL:
            return (
                "the disk is full",
                "what was reported done is safe; free some space and run this again",
            )
        case sqlite3.SQLITE_CANTOPEN:
            return "the graph cannot be opened or its journal written", "may its folder be written?"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return (
                f"the graph is damaged: {error}",
                "copy it again from where it came, or rebuild it",
            )
        case _:
            return f"the graph failed: {error}", ""
