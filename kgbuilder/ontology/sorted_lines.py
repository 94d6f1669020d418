"""Sorted lines of text in one piece, searched by bisection: cut into lines only where one looks.

A process that answers one question looks at a few hundred lines of a table of a hundred thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from kgbuilder.errors import FormatError

__all__ = ["SortedLines"]

_BLOCK = 1 << 14
"""Bytes that are cut into lines at once."""


class SortedLines:
    """UTF-8 lines in ascending order, each ended by a line feed: strings and their UTF-8 sort alike.

    :raises FormatError: when a line that is looked at is not UTF-8.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        starts = [0] if data else []
        while starts and starts[-1] + _BLOCK < len(data):
            end = data.find(b"\n", starts[-1] + _BLOCK)
            if end < 0 or end + 1 == len(data):
                break
            starts.append(end + 1)
        self._starts = starts
        self._first = [_text(data[start : data.find(b"\n", start)]) for start in starts]
        self._blocks: list[list[str] | None] = [None] * len(starts)

    @classmethod
    def of(cls, lines: Iterable[str]) -> SortedLines:
        """``lines`` put in order."""
        return cls("".join(f"{line}\n" for line in sorted(lines)).encode())

    @property
    def data(self) -> bytes:
        """All lines, as they were given."""
        return self._data

    def __len__(self) -> int:
        return self._data.count(b"\n")

    def __iter__(self) -> Iterator[str]:
        for place in range(len(self._starts)):
            yield from self._block(place)

    def since(self, key: str) -> Iterator[str]:
        """The lines from the first that is not below ``key`` on."""
        place = max(0, bisect_left(self._first, key) - 1)
        if place < len(self._starts):
            lines = self._block(place)
            yield from lines[bisect_left(lines, key) :]
        for further in range(place + 1, len(self._starts)):
            yield from self._block(further)

    def starting(self, prefix: str) -> Iterator[str]:
        """The lines that begin with ``prefix``."""
        for line in self.since(prefix):
            if not line.startswith(prefix):
                return
            yield line

    def value(self, key: str) -> str | None:
        """What follows ``key`` and a tab in the first line that begins so; None where none does."""
        line = next(self.starting(f"{key}\t"), None)
        return None if line is None else line[len(key) + 1 :]

    def _block(self, place: int) -> list[str]:
        lines = self._blocks[place]
        if lines is None:
            end = self._starts[place + 1] if place + 1 < len(self._starts) else len(self._data)
            lines = _text(self._data[self._starts[place] : end]).split("\n")
            lines.pop()  # after the last line feed
            self._blocks[place] = lines
        return lines


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"a table is damaged: {error}") from None
