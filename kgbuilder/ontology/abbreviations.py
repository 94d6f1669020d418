"""Abbreviations that a document defines itself: "congestive heart failure (CHF)", "CHF (congestive heart
failure)". The algorithm of Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text", Pac Symp Biocomput 2003:451-462, with four rules added: a definition
does not cross a sentence or line end; all letters of the short form count, digits too; the long form
neither holds the short form nor a bracket; a word cut short may have one capital ("Dex", "Ato"). Where
the first letters of words spell the short form, those words are it, though fewer would hold its letters
("thrombotic thrombocytopenic purpura (TTP)").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgbuilder.model import Span

__all__ = ["Abbreviation", "find_abbreviations", "is_long_form", "match_long_form"]

_BRACKET = re.compile(r"\(([^()\[\]\n]{2,120})\)|\[([^()\[\]\n]{2,120})\]")
_SHORT = re.compile(r"[^\W_][^\s,;:()\[\]]{1,9}(?: [^\s,;:()\[\]]{1,9})?$")
_BREAK = re.compile(r"[.;:!?](?=\s)|[()\[\]\n]|\u2022")
_WORD = re.compile(r"\S+")
_PART = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset(
    ["of", "the", "and", "in", "with", "for", "to", "a", "an", "or", "on", "by"]
)
_LAST_WORD = re.compile(r"[^\W\d_]{6,}(?=\s*$)")
_SHORT_BEFORE = re.compile(r"(?<![^\s(\[])([^\W_][^\s,;:()\[\]]{1,9})\s*$")


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and the long form that the document gives for it, both with their places."""

    short: Span
    short_text: str
    long: Span
    long_text: str


def find_abbreviations(text: str) -> tuple[Abbreviation, ...]:
    """The definitions in ``text``, in text order; a short form may be defined more than once."""
    found: list[Abbreviation] = []
    for bracket in _BRACKET.finditer(text):
        group = 1 if bracket[1] is not None else 2
        inner, start = bracket[group], bracket.start(group)
        cut = re.split(r"[,;]", inner, maxsplit=1)[0].rstrip()
        definition = _long_before(text, cut, start, bracket.start())
        if definition is None:
            definition = _short_before(text, inner, start, bracket.start())
        if definition is not None:
            found.append(definition)
    return tuple(found)


def _long_before(text: str, short: str, start: int, opening: int) -> Abbreviation | None:
    if not _is_short_form(short) and not _is_beginning(short, text[max(0, opening - 60) : opening]):
        return None
    floor = 0
    for stop in _BREAK.finditer(text, max(0, opening - 300), opening):
        floor = stop.end()
    floor = max(floor, opening - 300)
    words = list(_WORD.finditer(text, floor, opening))
    size = len(short)
    words = words[-min(size + 5, size * 2) :]
    if not words:
        return None
    begin, end = words[0].start(), words[-1].end()
    offset = match_long_form(short, text[begin:end])
    if offset is None:
        return None
    long = Span(begin + offset, end)
    if not _plausible(short, long.of(text)):
        return None
    return Abbreviation(Span(start, start + len(short)), short, long, long.of(text))


def _short_before(text: str, inner: str, start: int, opening: int) -> Abbreviation | None:
    """``CHF (congestive heart failure)``: the whole bracket must be the long form."""
    before = _SHORT_BEFORE.search(text, max(0, opening - 12), opening)
    if before is None or not _is_short_form(before[1]) or " " not in inner.strip():
        return None
    inner = inner.rstrip()
    if match_long_form(before[1], inner) != 0 or not _plausible(before[1], inner):
        return None
    if len(inner.split()) > min(len(before[1]) + 5, len(before[1]) * 2):
        return None
    return Abbreviation(
        Span(before.start(1), before.end(1)), before[1], Span(start, start + len(inner)), inner
    )


def is_long_form(short: str, long: str) -> bool:
    """Whether ``short`` may stand for all of ``long``, which has several words.

    >>> is_long_form("ALF", "acute liver failure"), is_long_form("ALF", "severe acute liver failure")
    (True, False)
    """
    return " " in long and match_long_form(short, long) == 0 and _plausible(short, long)


def _is_beginning(short: str, before: str) -> bool:
    """Whether ``short`` is the first letters of the word that ``before`` ends with."""
    last = _LAST_WORD.search(before)
    return (
        3 <= len(short) <= 5
        and short.isalpha()
        and short[0].isupper()
        and last is not None
        and len(last[0]) > len(short) + 2
        and last[0].casefold().startswith(short.casefold())
    )


def _is_short_form(text: str) -> bool:
    return (
        2 <= len(text) <= 10
        and _SHORT.match(text) is not None
        and any(c.isalpha() for c in text)
        and sum(c.isupper() for c in text) >= (1 if any(c.isdigit() for c in text) else 2)
    )


def _plausible(short: str, long: str) -> bool:
    words = long.split()
    return (
        len(long) > len(short)
        and len(words) <= min(len(short) + 5, len(short) * 2)
        and short.casefold() not in (word.casefold() for word in words)
    )


def match_long_form(short: str, long: str) -> int | None:
    """Where in ``long`` the long form of ``short`` begins, ending at its end: that of which it is the
    first letters, else the shortest; None where the letters do not fit. The first letter must begin a
    word.

    >>> match_long_form("CHF", "with severe congestive heart failure")
    12
    >>> match_long_form("TTS", "a thrombosis with thrombocytopenia syndrome")
    2
    >>> match_long_form("MI", "renal colic") is None
    True
    """
    spelled = _spelled_by_initials(short, long)
    if spelled is not None:
        return spelled
    s, at = len(short) - 1, len(long) - 1
    while s >= 0:
        wanted = short[s].casefold()
        if not wanted.isalnum():
            s -= 1
            continue
        while at >= 0 and (
            long[at].casefold() != wanted or (s == 0 and at > 0 and long[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
        s, at = s - 1, at - 1
    return long.rfind(" ", 0, at + 1) + 1


def _spelled_by_initials(short: str, long: str) -> int | None:
    letters = "".join(c for c in short.casefold() if c.isalnum())
    initials = ""
    for word in reversed(list(_PART.finditer(long))):
        if word[0].casefold() not in _SMALL_WORDS:
            initials = word[0][0].casefold() + initials
        if len(initials) > len(letters):
            return None
        if initials == letters:
            before = long[: word.start()]
            return word.start() if not before or before[-1].isspace() else None
    return None
