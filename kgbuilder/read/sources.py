"""Documents out of whatever a user names: files, folders, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import IO

from kgbuilder.errors import FormatError, InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument, Document
from kgbuilder.protocols import Reader
from kgbuilder.read.bioc import BiocJsonReader, BiocXmlReader
from kgbuilder.read.jats import JatsReader
from kgbuilder.read.medline import MedlineReader
from kgbuilder.read.plain import PlainReader
from kgbuilder.read.pubtator import PubtatorReader
from kgbuilder.read.sniff import HEAD, Format, format_of
from kgbuilder.read.stream import as_stream, counted, iter_bytes, peek
from kgbuilder.read.table import CsvReader, JsonlReader

__all__ = ["iter_documents", "n_bytes_of", "reader_of"]

_SIDE_FILES = (
    "readme",
    "license",
    "licence",
    "copying",
    "manifest",
    "changelog",
    "makefile",
)
"""Names (without suffix) of files that stand beside documents in a folder and are none."""


def iter_documents(
    sources: Sequence[str | Path],
    *,
    issues: Issues,
    format: Format | str | None = None,
    id_column: str | None = None,
    text_column: str | None = None,
    kind: str | None = None,
    told: Callable[[int], None] | None = None,
) -> Iterator[Document | DeletedDocument]:
    """Yield the documents of files, folders (all below, sorted, hidden ones skipped) and ``-``
    (standard input), in order, one at a time. What cannot be read is noted and the rest goes on.

    A note's id is its path below the folder that was given, or the file's name. Where two documents
    have the same id, the second is refused, or skipped with a warning if its text is the same; a
    MEDLINE record may come again, as a newer version of itself. (Memory: some 200 bytes per id.)

    :param format: one of :class:`Format`, for all sources; told by content where None.
    :param id_column: :param text_column: of CSV, TSV and JSONL; guessed and said where None.
    :param kind: ``note`` or ``paper`` for all documents; None: as the format has it.
    :param told: hears of every piece of a file that is read how many bytes it has.
    :raises InputError: at once, when a source does not exist. :raises UsageError: when ``format`` or
        ``kind`` is unknown, or there is no source.
    """
    chosen = _format(format)
    if kind not in (None, "note", "paper"):
        raise UsageError(f"unknown kind {kind!r}", hint="one of: note, paper")
    if isinstance(sources, str | Path):
        raise UsageError("sources is one name, not a list", hint=f"write [{str(sources)!r}]")
    if not sources:
        raise UsageError("no source was given", hint="name files, folders, or - for standard input")
    for source in sources:
        if str(source) != "-" and not _exists(Path(source)):
            raise InputError(
                "no such file or folder",
                where=str(source),
                hint="check the path; - is standard input",
            )
    options = _Options(chosen, id_column, text_column, told)
    return _iter_all(sources, options, kind, issues)


def n_bytes_of(sources: Sequence[str | Path]) -> int | None:
    """How many bytes the files of ``sources`` have; None where that cannot be known (``-``, a pipe)."""
    n_bytes = 0
    for source in map(Path, sources):
        files = _iter_files(source, Issues()) if source.is_dir() else (source,)
        for file in files:
            if not file.is_file():
                return None
            n_bytes += file.stat().st_size
    return n_bytes


def reader_of(
    format: Format,
    *,
    id: str | None = None,
    id_column: str | None = None,
    text_column: str | None = None,
) -> Reader:
    """The reader for a format. :param id: of a plain note."""
    match format:
        case Format.MEDLINE:
            return MedlineReader()
        case Format.JATS:
            return JatsReader()
        case Format.BIOC_XML:
            return BiocXmlReader()
        case Format.BIOC_JSON:
            return BiocJsonReader()
        case Format.PUBTATOR:
            return PubtatorReader()
        case Format.JSONL:
            return JsonlReader(id_column, text_column)
        case Format.CSV:
            return CsvReader(id_column, text_column)
        case Format.TSV:
            return CsvReader(id_column, text_column, delimiter="\t")
        case Format.PLAIN:
            return PlainReader(id)


@dataclass(frozen=True, slots=True)
class _Options:
    format: Format | None
    id_column: str | None
    text_column: str | None
    told: Callable[[int], None] | None


@dataclass(slots=True)
class _Seen:
    """Ids that were given out, each with the digest of its text."""

    digests: dict[bytes, bytes] = field(default_factory=dict)

    def admits(self, document: Document, issues: Issues) -> bool:
        """Note a document that comes again; False for it."""
        key = blake2b(document.id.encode("utf-8", "replace"), digest_size=8).digest()
        digest = blake2b(document.text.encode("utf-8", "replace"), digest_size=8).digest()
        known = self.digests.setdefault(key, digest)
        if known is digest:
            return True
        if known == digest:
            issues.warn(
                "duplicate",
                where=document.source,
                what=f"{document.id!r} was read before with the same text; skipped",
            )
        else:
            issues.refuse(
                "duplicate-id",
                where=document.source,
                what=f"{document.id!r} was read before with another text; the second was left out",
                hint="give each document an id of its own",
            )
        return False


def _format(format: Format | str | None) -> Format | None:
    if format is None or isinstance(format, Format):
        return format
    try:
        return Format(format)
    except ValueError:
        raise UsageError(
            f"unknown format {format!r}", hint=f"one of: {', '.join(Format)}"
        ) from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _iter_all(
    sources: Sequence[str | Path], options: _Options, kind: str | None, issues: Issues
) -> Iterator[Document | DeletedDocument]:
    seen = _Seen()
    for source in sources:
        if str(source) == "-":
            documents = _read(sys.stdin.buffer, "stdin", "stdin", options, issues)
        else:
            documents = _iter_path(Path(source), options, issues)
        for document, format in documents:
            if isinstance(document, DeletedDocument):
                yield document
            elif format is Format.MEDLINE or seen.admits(document, issues):
                yield replace(document, kind=kind) if kind else document


def _iter_path(
    path: Path, options: _Options, issues: Issues
) -> Iterator[tuple[Document | DeletedDocument, Format]]:
    if not path.is_dir():
        yield from _open(path, path.name, options, issues)
        return
    n_files = 0
    for file in _iter_files(path, issues):
        n_files += 1
        if not file.is_file():  # a pipe in a folder would wait for ever; one given by name is read
            issues.refuse("unreadable", where=str(file), what="neither a file nor a folder")
            continue
        if file.name.split(".")[0].casefold() in _SIDE_FILES:
            issues.warn("side-file", where=str(file), what="stands beside documents; was not read")
            continue
        yield from _open(file, file.relative_to(path).as_posix(), options, issues)
    if not n_files:
        issues.refuse("empty-folder", where=str(path), what="the folder holds no files")


def _iter_files(folder: Path, issues: Issues) -> Iterator[Path]:
    """Files below ``folder`` by name; hidden ones are left out, links to folders named."""

    def note(error: OSError) -> None:
        issues.refuse("unreadable", where=str(error.filename), what=error.strerror or str(error))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if Path(parent, name).is_symlink():  # may lead in a circle, so os.walk stays out
                issues.warn("linked-folder", where=str(Path(parent, name)), what="was not followed")
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(parent, name)


def _open(
    path: Path, id: str, options: _Options, issues: Issues
) -> Iterator[tuple[Document | DeletedDocument, Format]]:
    try:
        with path.open("rb") as stream:
            heard = counted(stream, options.told) if options.told else stream
            yield from _read(heard, str(path), id, options, issues)
    except OSError as error:
        issues.refuse("unreadable", where=str(path), what=error.strerror or str(error))


def _read(
    stream: IO[bytes], source: str, id: str, options: _Options, issues: Issues
) -> Iterator[tuple[Document | DeletedDocument, Format]]:
    """Documents of one stream; every way it can break is noted, none is raised."""
    try:
        head, chunks = peek(iter_bytes(stream, source=source), HEAD)
        if not head.strip():
            issues.refuse("empty-file", where=source, what="the file is empty")
            return
        format = options.format or format_of(head, name=source)
        reader = reader_of(
            format, id=id, id_column=options.id_column, text_column=options.text_column
        )
        for document in reader.read(as_stream(chunks), source=source, issues=issues):
            yield document, format
    except FormatError as error:
        issues.refuse("format", where=error.where or source, what=error.what, hint=error.hint)
