"""Which words a text must have for a pattern to match: so that of hundreds of patterns only those are
compiled and searched for that can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

__all__ = ["folded_for", "needed_words"]

_TOKEN = re.compile(
    r"[a-z ]+(?![?*+{])|\\.|\[(?:\\.|[^\]\\])+\]|\(\?(?:[:=!]|<[=!])|\{[a-z]+\}|\{\d*,?\d*\}\??"
    r"|[?*+]\??|.",
    re.DOTALL,
)
_NOTHING = frozenset[str]()


def needed_words(pattern: str, kinds: Mapping[str, frozenset[str]] | None = None) -> frozenset[str]:
    """Folded pieces of text of which every match of the pattern, letter case ignored, holds one; none
    where it may match without any.

    :param pattern: a regular expression of literals, classes, groups without names, alternatives,
        repeats and lookarounds. :param kinds: of each ``{name}`` in it, what that needs.

    >>> sorted(needed_words("(?:sore|hurting) throats?|dry mouth"))
    [' throat', 'dry mouth']
    """
    return _alternatives(iter(_TOKEN.findall(pattern)), kinds or {})


def folded_for(text: str) -> str:
    """A text as the words of :func:`needed_words` are looked for in it."""
    return text.replace("\u0130", "i").casefold().replace("\u0131", "i")


def _alternatives(tokens: Iterator[str], kinds: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Of the tokens up to the bracket that closes: what one of the alternatives needs, for each."""
    options, sequence = list[frozenset[str]](), _Sequence()
    for piece in tokens:
        if piece == ")":
            break
        if piece == "|":
            options.append(sequence.needs())
            sequence = _Sequence()
        elif piece in ("(", "(?:"):
            sequence.part(_alternatives(tokens, kinds))
        elif piece.startswith("(?"):
            _alternatives(tokens, kinds)  # what is looked at is not taken
            sequence.part(_NOTHING)
        elif piece[0] == "{" and piece[1].isalpha():
            sequence.part(kinds[piece[1:-1]])
        elif piece[0] in "?*+" or (piece[0] == "{" and len(piece) > 1):
            sequence.repeated(may_be_missing=piece[0] in "?*" or piece[1:2] in ("0", ","))
        elif piece[0] == "\\" and not piece[1].isalnum():
            sequence.letters(piece[1])
        elif piece[0] in "\\[.^$":
            sequence.part(_NOTHING)
        else:
            sequence.letters(piece)
    options.append(sequence.needs())
    return frozenset().union(*options) if all(options) else _NOTHING


class _Sequence:
    """What follows one another: each run of letters and each part, with what it needs."""

    def __init__(self) -> None:
        self._runs: list[frozenset[str]] = []
        self._run = ""

    def letters(self, letters: str) -> None:
        self._run += letters.casefold()

    def part(self, needs: frozenset[str]) -> None:
        self._end_run()
        self._runs.append(needs)

    def repeated(self, *, may_be_missing: bool) -> None:
        """The last letter or part is repeated."""
        if self._run:
            last, self._run = self._run[-1], self._run[:-1]
            self.part(_NOTHING if may_be_missing else frozenset((last,)))
        elif may_be_missing and self._runs:
            self._runs[-1] = _NOTHING

    def needs(self) -> frozenset[str]:
        """Of all that it needs the most telling: the longest words, then the fewest."""
        self._end_run()
        told = [needs for needs in self._runs if needs]
        return max(told, key=lambda n: (min(map(len, n)), -len(n), sorted(n)), default=_NOTHING)

    def _end_run(self) -> None:
        if self._run:
            self._runs.append(frozenset((self._run,)))
            self._run = ""
