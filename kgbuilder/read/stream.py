"""Bytes of a source: unzipped, recoded to UTF-8 where a byte order mark says otherwise, in chunks.

Every reader starts here, so each takes a plain or a gzipped stream. What lies before a break is
delivered first, then :class:`FormatError` says where the break is.
"""

from __future__ import annotations

import codecs
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO, cast

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues

__all__ = [
    "MAX_LINE",
    "as_stream",
    "counted",
    "decode_line",
    "iter_bytes",
    "iter_lines",
    "iter_text_lines",
    "peek",
]

_CHUNK = 1 << 17
_GZIP = b"\x1f\x8b"
MAX_LINE = 1 << 26
"""Bytes of one line that are held at most (64 MiB); a longer one is refused."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


class _ChunkStream(io.RawIOBase):
    """An unseekable binary stream over chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        n = min(len(target), len(self._rest))
        target[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        return n


def as_stream(chunks: Iterable[bytes]) -> IO[bytes]:
    """The chunks as a binary stream; what the iterator raises, ``read`` raises."""
    return cast("IO[bytes]", _ChunkStream(iter(chunks)))


def counted(stream: IO[bytes], told: Callable[[int], None]) -> IO[bytes]:
    """The stream; ``told`` hears of every piece that is read how many bytes it has."""

    def chunks() -> Iterator[bytes]:
        for chunk in _raw(stream):
            told(len(chunk))
            yield chunk

    return as_stream(chunks())


def peek(chunks: Iterator[bytes], n: int) -> tuple[bytes, Iterator[bytes]]:
    """The first ``n`` bytes or a little more, and the chunks from the beginning again. A break
    among them is raised when what lies before it has been taken.
    """
    head: list[bytes] = []
    size = 0
    try:
        for chunk in chunks:
            head.append(chunk)
            size += len(chunk)
            if size >= n:
                break
    except FormatError as error:
        return b"".join(head), chain(head, _break(error))
    return b"".join(head), chain(head, chunks)


def iter_bytes(stream: IO[bytes], *, source: str) -> Iterator[bytes]:
    """Chunks of ``stream``: gzip is unpacked, UTF-16 and UTF-32 (by their mark, or UTF-16 by its
    zero bytes) become UTF-8, and the mark of UTF-8 is dropped.

    :raises FormatError: after everything before it was delivered, where gzip data is cut short or
        damaged, or where UTF-16 or UTF-32 is malformed.
    """
    chunks = _raw(stream)
    head, chunks = peek(chunks, len(_GZIP))
    if head.startswith(_GZIP):
        chunks = _gunzip(chunks, source)
    return _utf8(chunks, source)


def iter_lines(
    chunks: Iterable[bytes], *, source: str, issues: Issues
) -> Iterator[tuple[int, bytes]]:
    r"""Lines with their ``\n`` and their number from 1. A line over ``MAX_LINE`` is refused. Where
    the chunks break off with an error, the last incomplete line is not given.
    """
    rest = bytearray()
    number = 1
    skipping = False
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if not skipping:
                yield number, bytes(rest) + chunk[start : end + 1]
            rest.clear()
            skipping = False
            number += 1
            start = end + 1
        if not skipping:
            rest += chunk[start:]
        if len(rest) > MAX_LINE:
            issues.refuse(
                "line-too-long",
                where=f"{source}: line {number}",
                what=f"the line is longer than {MAX_LINE} bytes and was left out",
            )
            rest.clear()
            skipping = True
    if rest:
        yield number, bytes(rest)


def decode_line(line: bytes) -> tuple[str, str]:
    """The text of ``line`` and the encoding it was read as: UTF-8, or what Windows writes (cp1252),
    or latin-1, which takes every byte.
    """
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1"), "latin-1"


def iter_text_lines(
    chunks: Iterable[bytes], *, source: str, issues: Issues
) -> Iterator[tuple[int, str]]:
    """Like :func:`iter_lines`, decoded line by line; the first line that is not UTF-8 is named."""
    warned = False
    for number, line in iter_lines(chunks, source=source, issues=issues):
        text, encoding = decode_line(line)
        if encoding != "utf-8" and not warned:
            warned = True
            issues.warn(
                "encoding",
                where=f"{source}: line {number}",
                what=f"not UTF-8; this line and others like it were read as {encoding}",
                hint="save the file as UTF-8 if letters look wrong",
            )
        yield number, text


def _raw(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _break(error: FormatError) -> Iterator[bytes]:
    raise error
    yield b""


def _gunzip(chunks: Iterator[bytes], source: str) -> Iterator[bytes]:
    n_read = 0
    unzip = zlib.decompressobj(31)
    begun = False
    for chunk in chunks:
        data = chunk
        while data:
            if not begun:
                data = data.lstrip(b"\0")  # padding after a member is allowed
                if not data:
                    break
                begun = True
            before = unzip.copy()
            try:
                out = unzip.decompress(data, _CHUNK)
            except zlib.error as error:
                yield from _what_still_unzips(before, data)
                raise FormatError(
                    f"damaged gzip data: {error}",
                    where=f"{source}: near compressed byte {n_read}",
                    hint="fetch or copy the file again; what lies before was read",
                ) from None
            if out:
                yield out
            if unzip.eof:
                data = unzip.unused_data
                unzip = zlib.decompressobj(31)
                begun = False
            else:
                data = unzip.unconsumed_tail
        n_read += len(chunk)
    if begun:
        while out := unzip.decompress(unzip.unconsumed_tail, _CHUNK):
            yield out
        raise FormatError(
            "the gzip data ends too early",
            where=f"{source}: after compressed byte {n_read}",
            hint="the file was cut short; fetch or copy it again; what lies before was read",
        )


def _what_still_unzips(unzip: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    try:
        for i in range(len(data)):
            if out := unzip.decompress(data[i : i + 1]):
                yield out
    except zlib.error:
        return


def _utf8(chunks: Iterator[bytes], source: str) -> Iterator[bytes]:
    head, chunks = peek(chunks, 64)
    encoding, mark = _encoding_of(head)
    decoder = codecs.getincrementaldecoder(encoding)() if encoding != "utf-8" else None
    n_read = 0
    for chunk in chunks:
        data = chunk
        if n_read < len(mark):
            cut = min(len(mark) - n_read, len(data))
            data = data[cut:]
            n_read += cut
        n_read += len(data)
        if decoder is not None:
            try:
                data = decoder.decode(data).encode("utf-8")
            except UnicodeError as error:
                raise _malformed(encoding, source, n_read, error) from None
        if data:
            yield data
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise _malformed(encoding, source, n_read, error) from None


def _malformed(encoding: str, source: str, n_read: int, error: UnicodeError) -> FormatError:
    return FormatError(f"malformed {encoding}: {error}", where=f"{source}: before byte {n_read}")


def _encoding_of(head: bytes) -> tuple[str, bytes]:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, mark
    # UTF-16 without a mark: in mostly Latin text nearly every second byte is zero, the others not.
    even, odd = head[:64:2], head[1:64:2]
    if len(odd) >= 4:
        if odd.count(0) > 0.8 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le", b""
        if even.count(0) > 0.8 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be", b""
    return "utf-8", b""
