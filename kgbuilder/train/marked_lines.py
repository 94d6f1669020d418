"""Lines of text with their mentions marked in place: ``[[warfarin|Drug|stopped]] in 2019``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgbuilder.errors import FormatError, InputError

__all__ = ["Marked", "MarkedLine", "iter_marked_lines", "parse_marked_line"]

_MARK = re.compile(r"\[\[([^|\[\]]+)\|([^|\[\]]+)\|([^|\[\]]+)\]\]")


@dataclass(frozen=True, slots=True)
class Marked:
    """``[start, end)`` in the text, its type, and what is said of it in the writer's word."""

    start: int
    end: int
    type: str
    status: str


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A text without its marks, and what they say."""

    text: str
    mentions: tuple[Marked, ...]


def parse_marked_line(line: str, *, where: str = "line") -> MarkedLine:
    """Read one line.

    >>> parse_marked_line("[[gout|Disease|past]], resolved").mentions
    (Marked(start=0, end=4, type='Disease', status='past'),)

    :raises FormatError: when something of a mark is left over.
    """
    text, mentions, at = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[at : mark.start()]
        mentions.append(Marked(len(text), len(text) + len(mark[1]), mark[2], mark[3]))
        text += mark[1]
        at = mark.end()
    text += line[at:]
    if "[[" in text or "]]" in text:
        raise FormatError(
            f"a mark that is none: {line[:80]!r}", where=where, hint="[[name|TYPE|STATUS]]"
        )
    return MarkedLine(text, tuple(mentions))


def iter_marked_lines(folder: Path) -> Iterator[MarkedLine]:
    """All lines of the ``.txt`` files of a folder, by name; empty lines are passed over.

    :raises InputError: when it has none. :raises FormatError: see :func:`parse_marked_line`.
    """
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise InputError("no .txt files", where=str(folder))
    for file in files:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip():
                yield parse_marked_line(line, where=f"{file}:{number}")
