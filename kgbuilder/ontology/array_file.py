"""Arrays and bytes in one file that is mapped into memory: what nobody looks at is never read.

Layout: the parts one after the other, each at a multiple of eight; then, as JSON, where each lies and
what it is; then the length of that JSON and a mark, so that a file that was cut is known by its end.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError

__all__ = ["Part", "packed_parts", "parts_at", "parts_of"]

Part = NDArray[Any]
"""One dimension. Bytes are an array of uint8."""

_MARK = b"kgbarray"


def packed_parts(parts: Mapping[str, Part | bytes]) -> bytes:
    """The content of a file. :param parts: by name."""
    pieces, places, at = list[bytes](), dict[str, tuple[str, int, int]](), 0
    for name, part in parts.items():
        array = np.frombuffer(part, dtype=np.uint8) if isinstance(part, bytes) else part
        content = np.ascontiguousarray(array).tobytes()
        places[name] = (array.dtype.str, at, len(array))
        pieces.append(content + bytes(-len(content) % 8))
        at += len(pieces[-1])
    index = json.dumps(places).encode()
    return b"".join((*pieces, index, len(index).to_bytes(8, "little"), _MARK))


def parts_of(content: bytes | mmap.mmap) -> dict[str, Part]:
    """The parts, as views that cannot be written. :raises FormatError: when it is no such content."""
    try:
        if content[-8:] != _MARK:
            raise FormatError("no file of arrays: its end is missing")
        size = int.from_bytes(content[-16:-8], "little")
        places = json.loads(content[len(content) - 16 - size : -16])
        return {
            name: np.frombuffer(content, dtype=np.dtype(kind), count=n, offset=at)
            for name, (kind, at, n) in places.items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise FormatError(f"no file of arrays: {error}") from error


def parts_at(path: Path) -> dict[str, Part]:
    """The parts of a file. :raises FormatError: when it is none. :raises OSError: when unreadable."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise FormatError("no file of arrays: it is empty")
        return parts_of(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
