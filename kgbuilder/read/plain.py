"""A plain text file: one clinical note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument, Document
from kgbuilder.read.stream import iter_bytes, iter_text_lines

__all__ = ["MAX_NOTE", "PlainReader", "is_junk"]

MAX_NOTE = 1 << 26
"""Bytes of one note that are held at most (64 MiB)."""

_ALLOWED = frozenset("\t\n\r\f\v\x85\x1a")
_JUNK_SHARE = 0.02
"""A text of which more than this share are control characters is taken for binary data. Ours: bytes
at random have about a quarter of them, notes none or a stray one."""


@dataclass(frozen=True, slots=True)
class PlainReader:
    """Reads a note as it is: line ends are kept, so offsets hold in the file's own characters (a
    byte order mark is not one of them). UTF-8 and UTF-16 are recognised; a line that is not UTF-8
    is read as cp1252 (else latin-1), with a warning.

    :param id: the document's id; the file's name where None.
    """

    id: str | None = None
    kind: str = "note"

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield the note, or nothing and an issue where the file holds no text.

        :raises FormatError: when it is binary, larger than ``MAX_NOTE``, or breaks off: half a note
            is not given, as its missing half may negate it.
        """
        lines: list[str] = []
        size = 0
        chunks = iter_bytes(stream, source=source)
        for _, line in iter_text_lines(chunks, source=source, issues=issues):
            size += len(line)
            if size > MAX_NOTE:
                raise FormatError(
                    f"larger than {MAX_NOTE} bytes, too large for one note",
                    where=source,
                    hint="give many notes as JSONL or CSV, one a row",
                )
            if "\0" in line:
                raise _binary(source)
            lines.append(line)
        text = "".join(lines)
        if is_junk(text):
            raise _binary(source)
        if not text.strip():
            issues.refuse("empty-text", where=source, what="the file holds no text")
            return
        yield Document(self.id or PurePath(source).name, text, source, kind=self.kind)


def is_junk(text: str) -> bool:
    """Whether ``text`` is binary data that was decoded: zero bytes, or many control characters."""
    n = sum(1 for c in text if (c < " " or "\x7f" <= c < "\xa0") and c not in _ALLOWED)
    return "\0" in text or n > _JUNK_SHARE * max(len(text), 50)


def _binary(source: str) -> FormatError:
    return FormatError(
        "binary data, not text", where=source, hint="export it as plain text, XML, CSV or JSONL"
    )
