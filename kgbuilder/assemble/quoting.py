"""Which stretch of a document to quote."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from kgbuilder.model import Document, Qualifiers, Relation, Sentence, Span

__all__ = ["Sentences", "relation_span"]

_BREAK = re.compile(r"\n|(?<=[.!?])\s+(?=[A-Z0-9])")


class Sentences:
    """The sentences of a document, found by offset.

    Where the caller has none, lines cut at a full stop before a capital serve: a quote must be
    verbatim, not well cut.
    """

    __slots__ = ("_spans", "_starts")

    def __init__(self, document: Document, sentences: Sequence[Sentence]) -> None:
        self._spans = [s.span for s in sentences] or _cut(document.text)
        self._starts = [span.start for span in self._spans]

    def around(self, span: Span) -> Span:
        """The sentence that holds ``span``; where none does, ``span`` itself."""
        i = bisect_right(self._starts, span.start) - 1
        if i >= 0 and self._spans[i].contains(span):
            return self._spans[i]
        last = bisect_right(self._starts, span.end - 1) - 1
        if i >= 0 and self._spans[i].overlaps(span):
            return Span(self._spans[i].start, max(self._spans[last].end, span.end))
        return span


def _cut(text: str) -> list[Span]:
    edges = [0, *(edge for match in _BREAK.finditer(text) for edge in match.span()), len(text)]
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start, end) for start, end in pieces if text[start:end].strip()]


def relation_span(document: Document, relation: Relation) -> tuple[Span, Qualifiers]:
    """What to quote for a relation, from its first sentence to its last.

    A claim across sentences is one claim, so it is one quote, which is verbatim also where other
    sentences lie between; the qualifier ``sentences`` then says which were read.
    """
    spans = sorted(s.span for s in relation.sentences)
    whole = Span(spans[0].start, max(s.end for s in spans))
    between = pairwise(spans)
    if all(not document.text[a.end : b.start].strip() for a, b in between):
        return whole, ()
    return whole, (("sentences", " ".join(f"{s.start}-{s.end}" for s in spans)),)
