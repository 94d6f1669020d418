"""Lines of a file that a user downloaded: plain or gzipped, one at a time, whatever is wrong with it."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from kgbuilder.errors import FormatError, InputError
from kgbuilder.issues import Issues

__all__ = ["MAX_LINE", "head_of", "iter_lines", "open_bytes"]

MAX_LINE = 1 << 24
"""Bytes of one line that are held at most (16 MiB); a longer one is refused."""

_GZIP = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unzipped where its first two say gzip. :raises InputError: when it is not there,
    empty or cannot be read.
    """
    try:
        with path.open("rb") as raw:
            head = raw.read(2)
        if not head:
            raise InputError("the file is empty", where=str(path))
        return cast("IO[bytes]", gzip.open(path)) if head == _GZIP else path.open("rb")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def head_of(path: Path, n: int = 256) -> bytes:
    """The first ``n`` bytes, unzipped, to tell formats by. :raises InputError: as :func:`open_bytes`.
    :raises FormatError: when it is damaged.
    """
    try:
        with open_bytes(path) as raw:
            return raw.read(n)
    except _DAMAGED as error:
        raise FormatError(f"the file is cut off or damaged: {error}", where=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def iter_lines(path: Path, *, issues: Issues) -> Iterator[tuple[int, str]]:
    r"""Each line with its number, from 1, and its ``\n``. Bytes that are not UTF-8 become U+FFFD, which
    ``issues`` is told; a line over :data:`MAX_LINE` is refused.

    :raises InputError: as :func:`open_bytes`. :raises FormatError: where gzip data is cut off or
        damaged, after the lines before; for UTF-16, and for lines that end in a carriage return alone.
    """
    number = 0
    try:
        with open_bytes(path) as raw:
            while line := raw.readline(MAX_LINE):
                number += 1
                if number == 1:
                    _check_first(line, path)
                if len(line) == MAX_LINE and not line.endswith(b"\n"):
                    while (rest := raw.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                        pass
                    issues.refuse(
                        "line-too-long",
                        where=f"{path}:{number}",
                        what=f"longer than {MAX_LINE} bytes; left out",
                    )
                    continue
                yield number, _decode(line, number, path, issues)
    except _DAMAGED as error:
        raise FormatError(
            f"the file is cut off or damaged: {error}",
            where=f"{path}, after line {number}",
            hint="fetch it again; the rows before are taken",
        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def _check_first(line: bytes, path: Path) -> None:
    if line.startswith(_UTF_16):
        raise FormatError(
            "the file is UTF-16, UTF-8 is read",
            where=str(path),
            hint="convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW",
        )
    if b"\r" in line.rstrip(b"\r\n"):
        raise FormatError(
            "lines end in a carriage return alone",
            where=str(path),
            hint="convert it: tr '\\r' '\\n' < FILE > NEW",
        )


def _decode(line: bytes, number: int, path: Path, issues: Issues) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        issues.warn(
            "wrong-encoding",
            where=f"{path}:{number}",
            what="not UTF-8; what could not be read became \N{REPLACEMENT CHARACTER}",
            hint="convert the file, for example with iconv",
        )
        return line.decode("utf-8", "replace")
