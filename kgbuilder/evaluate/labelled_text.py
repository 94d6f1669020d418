"""The text of a labelled file, whatever it was saved as."""

from __future__ import annotations

import codecs
import gzip
import lzma
import zlib
from pathlib import Path

from kgbuilder.errors import FormatError, InputError
from kgbuilder.issues import Issues

__all__ = ["MAX_BYTES", "text_of"]

MAX_BYTES = 1 << 30
"""Of one labelled file, unpacked; a larger one is refused."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def text_of(path: Path, *, issues: Issues) -> str:
    r"""The file's text with its line ends as they are; ``.gz`` and ``.xz`` are unpacked. What is not
    UTF-8 is read as Windows writes it (cp1252, else latin-1), and named.

    :raises InputError: when it cannot be read, is too large, or is no text.
    """
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as stream:
                data = stream.read(MAX_BYTES + 1)
        elif path.suffix == ".xz":
            with lzma.open(path) as stream:
                data = stream.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise FormatError(
            f"the file breaks off or is damaged: {error}",
            where=str(path),
            hint="copy it again from where it came from",
        ) from None
    except OSError as error:
        raise InputError(f"cannot read: {error}", where=str(path)) from None
    if len(data) > MAX_BYTES:
        raise InputError(
            f"larger than {MAX_BYTES} bytes", where=str(path), hint="divide it into several files"
        )
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise FormatError(f"malformed {encoding}: {error}", where=str(path)) from None
    if b"\0" in data[:65536]:
        raise InputError("binary data, not text", where=str(path), hint="export it as UTF-8 text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        for encoding in ("cp1252", "latin-1"):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            issues.warn(
                "encoding",
                where=f"{path}: byte {error.start}",
                what=f"not UTF-8; read as {encoding}",
                hint="save the file as UTF-8 if letters look wrong",
            )
            return text
        raise
