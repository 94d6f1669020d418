"""A sentence as words for cue matching: lower case, with the signs that change their meaning named."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

__all__ = [
    "BECOMES", "BREAK", "COLON", "LISTED", "MINUS", "PLUS", "QUERY", "STOP", "Words", "covered",
    "with_arrows", "words_of",
]  # fmt: skip

MINUS, PLUS, QUERY, STOP, BREAK, COLON, LISTED, BECOMES = (
    "<minus>", "<plus>", "<query>", "<stop>", "<break>", "<colon>", "<listed>", "<becomes>",
)  # fmt: skip

_NEAR = 5
"""Words beside an arrow that may say what it means."""
_STARTS = frozenset(["started", "starting", "commenced", "commencing", "added", "adding", "given"])
_FOLLOWS = frozenset(
    ["cut", "reduced", "held", "stopped", "increased", "decreased", "halved", "level", "levels",
     "omitted", "adjusted", "toxicity"]
)  # fmt: skip

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?(?:\d+\w*)?"
    r"|\n[ \t]*(?:\n|(?=[-*•·▪●][ \t]|\d{1,2}[.)][ \t]))|[^\w\s]|\w"
)
_SPACED = re.compile(r"(?:^|(?<=[\s,;:(]))(?P<sign>[-–−+])[ \t]+(?=[^\W\d_])", re.MULTILINE)
_ITEM_START = re.compile(r"(?:^|[,;:(])[ \t]*\Z", re.MULTILINE)
_NO_STOP = frozenset(["dr", "mr", "mrs", "ms", "prof", "st", "vs", "fig", "al", "approx"])


class Words(NamedTuple):
    """Aligned columns: the words, and where each starts and ends in the sentence."""

    text: list[str]
    start: list[int]
    end: list[int]


def words_of(sentence: str) -> Words:
    """Words, numbers and single signs; white space is dropped, but for breaks between list lines."""
    text: list[str] = []
    start: list[int] = []
    end: list[int] = []
    for token in _TOKEN.finditer(sentence):
        word = token.group()
        if word[0] == "\n":
            word = BREAK
        elif len(word) == 1 and not word.isalnum():
            word = _sign(sentence, token.start(), word, text)
        text.append(word.lower().replace("’", "'"))
        start.append(token.start())
        end.append(token.end())
    for at, sign in _spaced_signs(sentence).items():
        text[bisect_left(start, at)] = sign
    if text and text[0] == MINUS and PLUS not in text and text.count(MINUS) == 1:
        text[0] = "-"  # a bullet that lost its space, not a sign
    return Words(text, start, end)


def covered(words: Words, start: int, end: int) -> tuple[int, int]:
    """The words ``[a, b)`` that ``[start, end)`` of the sentence covers, in part or whole."""
    a = bisect_right(words.end, start)
    return a, max(a, bisect_left(words.start, end))


def with_arrows(words: Words, starts: Iterable[int]) -> Words:
    """``words`` with :data:`BECOMES` for the arrows right before the words numbered ``starts``, but for
    those that say what followed ("started A -> B reduced").
    """
    arrows = [
        i - 1
        for i in starts
        if i
        and words.text[i - 1] in ("→", ">", "⇒")
        and _STARTS.isdisjoint(words.text[max(0, i - 1 - _NEAR) : i - 1])
        and _FOLLOWS.isdisjoint(words.text[i : i + _NEAR])
    ]
    if not arrows:
        return words
    text = list(words.text)
    for i in arrows:
        text[i] = BECOMES
    return words._replace(text=text)


def _spaced_signs(sentence: str) -> dict[int, str]:
    """Where a dash or plus with a space behind it is a sign of its line and no bullet: in a line that
    begins with one and has both ("- fever - cough + rash"), or with several at the beginning of items
    ("- fever, - cough"). In "metformin + insulin, hypertension - labetalol" they join.
    """
    if "-" not in sentence and "–" not in sentence and "−" not in sentence:
        return {}
    signs: dict[int, str] = {}
    at = 0
    for line in sentence.splitlines(keepends=True):
        found = list(_SPACED.finditer(line))
        plus = [hit for hit in found if hit["sign"] == "+"]
        minus = [hit for hit in found if hit["sign"] != "+"]
        if plus and minus and _ITEM_START.search(line, 0, found[0].start()):
            signs |= {at + hit.start(): PLUS for hit in plus}
            signs |= {at + hit.start(): MINUS for hit in minus}
        elif len(minus) > 1 and all(_ITEM_START.search(line, 0, hit.start()) for hit in minus):
            signs |= {at + hit.start(): LISTED for hit in minus}
        at += len(line)
    return signs


def _sign(sentence: str, at: int, sign: str, before: list[str]) -> str:
    after = sentence[at + 1 : at + 2]
    apart = at == 0 or sentence[at - 1].isspace() or sentence[at - 1] in "(,;:/"
    match sign:
        case ":":
            return COLON
        case "-" | "–" | "−" | "—" if apart and after.isalpha():
            return MINUS
        case "-" | "–" | "−" | "—":
            return "-"
        case "+" if apart and after.isalpha():
            return PLUS
        case "?" if apart and (after.isalpha() or sentence[at + 2 : at + 3].isalpha()):
            return QUERY
        case ".":
            ends = after.isspace() and sentence[at + 1 :].lstrip()[:1].isupper() if after else False
            last = before[-1] if before else ""
            if ends and len(last) >= 3 and last.isalpha() and last not in _NO_STOP:
                return STOP
    return sign
