"""The segmenter for notes and papers."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Any

from kgbuilder.model import Document, Section, Sentence, Span
from kgbuilder.segment.boundaries import Abbreviations, cut_points, pieces
from kgbuilder.segment.headings import CONTINUES, Heading, HeadingTable, find_headings

__all__ = ["ClinicalSegmenter"]

_KEPT = frozenset((
    "Adm", "Ak", "Ala", "Apr", "Ariz", "Ark", "Aug", "Bros", "Calif", "Co", "Colo", "Conn", "Corp",
    "Dec", "Del", "Dr", "Feb", "Fla", "Ga", "Gen", "Gov", "Ia", "Id", "Ill", "Inc", "Ind", "Jan",
    "Jr", "Jul", "Jun", "Kan", "Kans", "Ky", "La", "Ltd", "Mar", "Mass", "Md", "Messrs", "Mich",
    "Minn", "Miss", "Mo", "Mont", "Mr", "Mrs", "Ms", "Mt", "Neb", "Nebr", "Nev", "Nov", "Oct",
    "Okla", "Ore", "Pa", "Prof", "Rep", "Rev", "Sen", "Sep", "Sept", "St", "Tenn", "Va", "Wash",
    "Wis", "Im", "co", "id", "im", "vs",
))  # fmt: skip
"""Words of which spaCy's English tokenizer keeps the full stop, of those that end in a small letter."""


_ITEM = re.compile(r"[\s\d(+*•·▪●‣◦-]|[^\W\d_][.)]")
"""How a line begins that goes on with a list."""
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ITEM_WORDS = 4
_LEAST_WIDTH = 60
"""Code points of the longest line, from which a text may be one whose lines were broken by a program."""


class ClinicalSegmenter:
    """Sections by their headings, sentences by rules, tokens by spaCy's English tokenizer.

    A document that carries sections keeps them. A heading is a sentence of its own, in the section
    that it opens. Time is linear in the text. Instances hold tables only and may be shared.
    """

    name = "clinical-segmenter/1"

    def __init__(self) -> None:
        self._headings = HeadingTable()
        self._abbreviations = Abbreviations(keeps_stop=lru_cache(65_536)(self._keeps_stop))

    def kinds(self) -> frozenset[str]:
        """Every kind of section that headings can open."""
        return self._headings.kinds()

    def sections(self, document: Document) -> tuple[Section, ...]:
        """The document's own sections, or those that its headings show, in text order.

        The bodies of found sections do not overlap; a heading without a body opens none.
        """
        if document.sections:
            return document.sections
        return _bodies(document.text, self._find(document))

    def sentences(self, document: Document) -> tuple[Sentence, ...]:
        """Every sentence, in text order; only white space lies outside them."""
        text = document.text
        if document.sections:
            stretches = _own_stretches(document)
        else:
            stretches = _found_stretches(text, self._find(document))
        found: list[Sentence] = []
        for start, end, kind, whole in stretches:
            cuts = [] if whole else cut_points(text, start, end, self._abbreviations)
            for a, b in pieces(text, [start, *cuts, end]):
                sentence = Sentence(document.id, Span(a, b), text[a:b], kind, document.kind)
                found.append(sentence)
        return tuple(found)

    def tokens(self, sentence: Sentence) -> tuple[Span, ...]:
        """A sentence's tokens by spaCy, in document offsets; white space is none."""
        offset = sentence.span.start
        return tuple(
            Span(offset + token.idx, offset + token.idx + len(token))
            for token in self._tokenizer(sentence.text)
            if not token.is_space
        )

    def _find(self, document: Document) -> list[Heading]:
        return find_headings(document.text, self._headings, paper=document.kind == "paper")

    @cached_property
    def _tokenizer(self) -> Any:
        import spacy  # a second, which most notes need not wait for

        return spacy.blank("en").tokenizer

    def _keeps_stop(self, word: str) -> bool:
        bare = word[:-1]
        if len(bare) > 1 and bare.isascii() and bare.isalpha() and bare[-1].islower():
            return bare in _KEPT
        doc = self._tokenizer(word)
        return len(doc) > 0 and len(doc[-1]) > 1 and doc[-1].text.endswith(".")


Stretch = tuple[int, int, str | None, bool]
"""Start, end, kind of the section, and whether it is one sentence as it stands (a heading)."""


def _found_stretches(text: str, headings: list[Heading]) -> list[Stretch]:
    """The text, cut at its headings and at the ends of sections that end at a blank line."""
    stretches: list[Stretch] = []
    first = headings[0].start if headings else len(text)
    stretches.append((0, first, None, False))
    width = _width(text)
    for heading, end in _with_ends(headings, len(text)):
        stretches.append((heading.start, heading.end, heading.kind, True))
        close = _close(text, heading, end, width)
        stretches.append((heading.end, close, heading.kind, False))
        stretches.append((close, end, None, False))
    return [stretch for stretch in stretches if stretch[0] < stretch[1]]


def _bodies(text: str, headings: list[Heading]) -> tuple[Section, ...]:
    found: list[Section] = []
    width = _width(text)
    for heading, end in _with_ends(headings, len(text)):
        for a, b in _trimmed(text, heading.end, _close(text, heading, end, width)):
            found.append(Section(Span(a, b), heading.title, heading.kind))
    return tuple(found)


def _with_ends(headings: list[Heading], end: int) -> list[tuple[Heading, int]]:
    starts = [heading.start for heading in headings[1:]]
    return list(zip(headings, [*starts, end], strict=False))


def _close(text: str, heading: Heading, end: int, width: int) -> int:
    """Where the section ends: at the next heading; a brief one also at the first blank line, or at a
    line's end that its writer meant as one, where no list goes on.
    """
    if not (heading.brief and heading.inline):
        return end
    at = heading.start
    while True:
        newline = text.find("\n", at, end)
        if newline < 0:
            return end
        after = newline + 1
        while after < end and text[after] in " \t\r":
            after += 1
        if after < end and text[after] == "\n":
            while after < end and text[after].isspace():
                after += 1
            # an item of the same list goes on with the section
            if after < end and text[after] not in "-*•·▪●‣◦+" and not text[after].isdigit():
                return newline
        elif newline > heading.end and _is_left(text, newline, end, width):
            return newline
        at = max(after, newline + 1)


def _is_left(text: str, newline: int, end: int, width: int) -> bool:
    """Whether the line behind ``newline`` speaks of something else: it would have found room on the
    line before it, and is a line of its own, no item. "PMH: asthma." and on the next line "Since
    Monday she has had chest pain" are two sections.
    """
    line = text[text.rfind("\n", 0, newline) + 1 : newline].rstrip()
    stop = text.find("\n", newline + 1, end)
    following = text[newline + 1 : end if stop < 0 else stop].rstrip()
    if _ITEM.match(following) or following[:1].islower() or CONTINUES.search(line):
        return False
    words = following.split(maxsplit=_ITEM_WORDS)
    most = _ITEM_WORDS // 2 if following.endswith(".") else _ITEM_WORDS
    if len(words) <= most or _YEAR.search(following):
        return False
    return width < _LEAST_WIDTH or len(line) + 1 + len(words[0]) <= width


def _width(text: str) -> int:
    """The longest line, in code points."""
    return max(map(len, text.splitlines()), default=0)


def _trimmed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [(start, end)] if start < end else []


def _own_stretches(document: Document) -> list[Stretch]:
    """The text, cut at the edges of the document's own sections; the innermost names the kind."""
    size = len(document.text)
    edges: list[tuple[int, int, Section]] = []
    for section in document.sections:
        start, end = section.span.start, min(section.span.end, size)
        if start < end:
            edges += [(start, 1, section), (end, 0, section)]
    edges.sort(key=lambda edge: (edge[0], edge[1], -edge[2].span.end))
    stretches: list[Stretch] = []
    opened: list[Section] = []
    at = 0
    for offset, opens, section in edges:
        if offset > at:
            stretches.append(_stretch(document.text, at, offset, opened, section, opens))
            at = offset
        if opens:
            opened.append(section)
        while opened and opened[-1].span.end <= offset:
            opened.pop()
    if at < size:
        stretches.append((at, size, None, False))
    return stretches


def _stretch(
    text: str, start: int, end: int, opened: list[Section], section: Section, opens: int
) -> Stretch:
    if opened:
        return start, end, opened[-1].kind, False
    # what stands between sections and is the next one's title belongs to it
    heading = text[start : min(end, start + 200)].strip().rstrip(":").strip()
    if opens and heading and heading == section.title.strip().rstrip(":").strip():
        return start, end, section.kind, True
    return start, end, None, False
