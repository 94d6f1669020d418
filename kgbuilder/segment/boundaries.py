"""Where sentences end: pure functions from text to cut points, without any section in mind.

Three questions, in this order: does a line's end cut (lists, lab lines, headings) or is the paragraph
only wrapped; does a full stop end a sentence or belong to its word; is the piece too long.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import pairwise

__all__ = ["MAX_SENTENCE", "Abbreviations", "cut_points", "pieces"]

MAX_SENTENCE = 2_000
"""Code points; longer pieces are cut at the last white space before. No prose comes near."""

_WRAP_WIDTH = 50
"""A block whose longest line is shorter is a list of short lines, not a wrapped paragraph."""

_STOP = re.compile(
    # possessive, and only from the first of a run: "....." must not cost its square
    r"(?<![.!?…])[.!?…]++[\"'”’)\]»*_]*+(?=\s)"  # a terminator, what closes with it, white space
    r"|(?<=[a-z]{3})\.(?=[A-Z][a-z]+[\s,])"  # a missing space: "fever.Cough was"
    r"|[。！？｡؟۔।]++[”’」』）]*+"
)
_LIST_MARK = re.compile(
    r"[ \t]*(?:[-–—*•·▪●‣◦○+>][ \t]+|•|[-–—](?=[A-Za-z]{3})"
    r"|\(?\d{1,2}[.)](?:[ \t]+|(?=[A-Za-z]))|\([a-z]\)[ \t]+|[a-z]\)[ \t]+|\#{1,6}[ \t]|\#\d)"
)
_LABEL = re.compile(r"[ \t]*[A-Z][\w/&()' \t-]{0,40}:(?:\s|$)")
_ENDS_OPEN = re.compile(
    r"(?:[,/&+(–—-]|\b(?:a|an|the|of|and|or|nor|with|without|in|on|for|to|by|from|no|not|any|his|her"
    r"|their|its|this|that|these|those|was|were|is|are|be|been|has|have|had|as|at|than|which|who|but"
    r"|if|because|since|while|denies|denied|mild|moderate|severe|per|into|after|before|during|due))$",
    re.IGNORECASE,
)
_OPENS_ON = re.compile(
    r"(?:and|or|nor|with|without|of|to|in|on|for|but|by|from|at|as|than|is|was|are|were|which|who)\b"
)
_FIRST_WORD = re.compile(r"\S+")
_TERMINATED = re.compile(r"[.!?…:;。！？।؟][\"'”’)\]»*_]*$")
_STARTERS = frozenset(
    [
        "the",
        "he",
        "she",
        "they",
        "it",
        "we",
        "this",
        "that",
        "these",
        "those",
        "there",
        "his",
        "her",
        "patient",
        "pt",
        "patients",
        "no",
        "his",
        "its",
        "their",
        "in",
        "on",
        "at",
        "an",
        "our",
        "i",
        "and",
        "but",
        "however",
        "if",
        "denies",
        "denied",
        "reports",
        "mother",
        "father",
    ]
)
_DOSING = frozenset(
    [
        "bid",
        "tid",
        "qid",
        "qd",
        "qhs",
        "qod",
        "prn",
        "po",
        "iv",
        "im",
        "sc",
        "sq",
        "subq",
        "sl",
        "pr",
        "tds",
        "qds",
        "od",
        "bd",
        "daily",
        "hs",
        "q4h",
        "q6h",
        "q8h",
        "q12h",
    ]
)
_UNITS = frozenset(["mg", "mcg", "ml", "kg", "cm", "mm"])
"""After one of these a word in capitals that is no dosing word begins a sentence: "80 mg. ASA off"."""
_NAMED_BY_LETTER = frozenset(
    [
        "vitamin",
        "hepatitis",
        "type",
        "factor",
        "group",
        "grade",
        "class",
        "stage",
        "influenza",
        "protein",
        "hemoglobin",
        "haemoglobin",
        "complement",
        "category",
        "part",
        "panel",
        "arm",
        "phase",
        "level",
        "interleukin",
        "apolipoprotein",
        "cohort",
    ]
)
_OPENERS = "\"'“‘([«*_"
_DASHES = "-–—"


class Abbreviations:
    """``tables/abbreviations.tsv``, and what spaCy's tokenizer keeps whole.

    :param keeps_stop: whether the tokenizer leaves the full stop on a word such as ``U.S.``
    """

    def __init__(self, *, keeps_stop: Callable[[str], bool]) -> None:
        path = files("kgbuilder.segment") / "tables" / "abbreviations.tsv"
        self._rules: dict[str, str] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith(("#", "abbreviation\t")):
                word, rule = line.split("\t")
                self._rules[word] = rule
        self._keeps_stop = keeps_stop

    def rule(self, word: str) -> str | None:
        """``never``, ``number``, ``maybe``; None for a word that is no abbreviation.

        :param word: without its last full stop.
        """
        rule = self._rules.get(word.lower())
        if rule is not None:
            return rule
        if len(word) > 12 or not (word.isalpha() or "." in word):
            return None  # "UBE3A.": spaCy's tokenizer takes the stop for part of a code
        return "maybe" if self._keeps_stop(word + ".") else None


def cut_points(text: str, start: int, end: int, abbreviations: Abbreviations) -> list[int]:
    """Offsets in ``(start, end)`` at which a new sentence begins (white space may follow)."""
    lines = _lines(text, start, end)
    marks = [_marker(text, a, b) for a, b in lines]
    cuts = set(_line_cuts(text, lines, marks))
    line_starts = [a for a, _ in lines]
    last = start
    for stop in _STOP.finditer(text, start, end):
        at = stop.end()
        if at >= end or at in cuts:
            continue
        line = bisect_left(line_starts, stop.start() + 1) - 1
        floor = marks[line] if line >= 0 else start
        if stop.start() < floor:  # the full stop of "1." at a line's start
            continue
        if _ends(text, stop, max(floor, last), end, abbreviations):
            cuts.add(at)
            last = at
    return sorted(cut for cut in cuts if start < cut < end)


def pieces(text: str, bounds: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches between ``bounds``, trimmed of white space, none empty, none too long."""
    found: list[tuple[int, int]] = []
    for left, right in pairwise(bounds):
        while left < right and text[left].isspace():
            left += 1
        while right > left and text[right - 1].isspace():
            right -= 1
        while right - left > MAX_SENTENCE:
            at = left + MAX_SENTENCE
            while at > left and not text[at].isspace():
                at -= 1
            if at == left:  # no white space at all: nothing better than a hard cut
                at = left + MAX_SENTENCE
            stop = at
            while text[stop - 1].isspace():
                stop -= 1
            found.append((left, stop))
            left = at
            while left < right and text[left].isspace():
                left += 1
        if left < right:
            found.append((left, right))
    return found


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Lines ``[a, b)`` without their newline or white space at the end; empty ones too."""
    found: list[tuple[int, int]] = []
    a = start
    while a < end:
        newline = text.find("\n", a, end)
        b = end if newline < 0 else newline
        stripped = b
        while stripped > a and text[stripped - 1].isspace():
            stripped -= 1
        found.append((a, stripped))
        a = b + 1
    return found


def _marker(text: str, a: int, b: int) -> int:
    """Where the line's text begins after a list marker; ``a`` without one."""
    mark = _LIST_MARK.match(text, a, b)
    return mark.end() if mark and mark.end() < b else a


def _line_cuts(text: str, lines: list[tuple[int, int]], marks: list[int]) -> list[int]:
    """Line starts that begin a sentence whatever the line before ends with."""
    cuts: list[int] = []
    i = 0
    while i < len(lines):
        a, b = lines[i]
        if a == b:
            i += 1
            continue
        j = i + 1  # block: lines i..j-1, up to an empty line or the next list item
        while j < len(lines) and lines[j][0] != lines[j][1] and marks[j] == lines[j][0]:
            j += 1
        cuts.append(a)
        cuts.extend(_cuts_in_block(text, lines[i:j]))
        i = j
    return cuts


def _cuts_in_block(text: str, block: list[tuple[int, int]]) -> list[int]:
    if len(block) == 1:
        return []
    width = max(b - a for a, b in block)
    firsts = [_FIRST_WORD.search(text, a, b) for a, b in block]
    room = [
        b - a + 1 + (len(word.group()) if word else 0)
        for (a, b), word in zip(block, firsts[1:], strict=False)
    ]
    # a wrapped paragraph breaks a line only where the next word would not fit
    wrapped = width >= _WRAP_WIDTH and all(length > width for length in room)
    ends_closed = _TERMINATED.search(text[max(block[-1][0], block[-1][1] - 4) : block[-1][1]])
    cuts: list[int] = []
    for (a, b), (c, d), word in zip(block, block[1:], firsts[1:], strict=False):
        tail = text[max(a, b - 12) : b]
        if _TERMINATED.search(tail):
            if tail.endswith(":"):
                cuts.append(c)
            continue  # a full stop is judged as anywhere
        head = word.group() if word else ""
        if _ENDS_OPEN.search(tail):
            if _LABEL.match(text, c, d):
                cuts.append(c)
            continue
        if head[:1].islower():
            prose = b - a >= 40 or bool(ends_closed)
            if prose or _OPENS_ON.match(head):
                continue
            cuts.append(c)
        elif not wrapped or _LABEL.match(text, c, d):
            cuts.append(c)
    return cuts


def _ends(
    text: str, stop: re.Match[str], floor: int, end: int, abbreviations: Abbreviations
) -> bool:
    """Whether the terminator ends a sentence, judged by the words on its two sides."""
    mark = stop.group()
    at = stop.end()
    follow = at
    while follow < end and text[follow].isspace():
        follow += 1
    if follow >= end:
        return False
    if not text[at].isspace():
        return True  # a missing space, or a script that uses none
    following = text[follow]
    if "?" in mark or "!" in mark:
        # "? pneumonia" is a query, "fever? yes" an answer
        return stop.start() > floor and not (
            following.islower() or text[stop.start() - 1].isspace()
        )
    if mark.startswith(("..", "…")):
        return following.isupper()
    left = stop.start()
    while left > floor and stop.start() - left < 40 and not text[left - 1].isspace():
        left -= 1
    word = text[left : stop.start()].lstrip("\"'“‘([«*_,;:/-–—")
    next_word = text[follow : follow + 24].split(None, 1)[0].lstrip(_OPENERS)
    bare = next_word.rstrip(".,;:)")
    if not word:
        return False
    if word.isdigit() and len(word) <= 2 and (left == floor or text[floor:left].isspace()):
        return False  # the number of an item: "1. Sepsis. 2. Stroke."
    starts_sentence = next_word[:1].isupper() and bare.lower() in _STARTERS
    if len(word) == 1 and word.isalpha():
        if not word.isupper():
            coded = any(map(str.isdigit, bare))  # "p. Glu104Ter", a variant
            return next_word[:1].isupper() and len(bare) > 1 and not coded
        before = text[max(floor, left - 20) : left].split()
        named = bool(before) and before[-1].lower().strip("(") in _NAMED_BY_LETTER
        return (named and next_word[:1].isupper()) or starts_sentence
    rule = abbreviations.rule(word)
    if rule == "never":
        return starts_sentence and word.lower() in ("al", "st")
    if rule == "number" and next_word[:1].isdigit():
        return False
    if rule == "maybe":
        if bare.lower() in _DOSING:
            return False
        capitals = bare.isalpha() and bare.isupper() and len(bare) > 1
        return (
            (next_word[:1].isupper() and bare[1:2].islower())
            or (capitals and word.lower() in _UNITS)
            or starts_sentence
        )
    if following.islower():
        # typed in haste, without capitals: "no fever. cough present."
        plain = bare.replace("-", "").removesuffix("'s").isalnum() and len(bare) > 1
        return word.rstrip(')]"”’').isalpha() and len(word) >= 3 and plain
    if following in _DASHES and text[follow + 1 : follow + 2].isspace():
        return follow > at + 1 or "\n" in text[at:follow]
    return following not in ",;:.%)]}=" or "\n" in text[at:follow]
