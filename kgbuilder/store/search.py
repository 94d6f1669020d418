"""Plain search: which concepts, documents and quotes hold these words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from kgbuilder.errors import UsageError
from kgbuilder.model import Concept, Document, Span, Statement, TextEvidence
from kgbuilder.printable import printable
from kgbuilder.protocols import GraphView

__all__ = [
    "Hit",
    "concept_hit",
    "document_hit",
    "folded",
    "hit_to_text",
    "holds",
    "search",
    "statement_hit",
]

CONTEXT = 60
"""Code points shown on either side of a hit in a document."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found.

    :param kind: ``concept``, ``statement`` or ``document``.
    :param id: of the concept, the triple or the document.
    :param text: the name, the triple with its quote, or the words around the hit.
    :param document_id: where the quote stands, None for a concept.
    :param span: of the quote in its document.
    """

    kind: str
    id: str
    text: str
    document_id: str | None = None
    span: Span | None = None

    def to_record(self) -> dict[str, object]:
        """The same as a JSON object."""
        record: dict[str, object] = {"kind": self.kind, "id": self.id, "text": self.text}
        if self.document_id is not None:
            record["document"] = self.document_id
        if self.span is not None:
            record["start"], record["end"] = self.span.start, self.span.end
        return record


def hit_to_text(hit: Hit) -> str:
    """A line for a terminal."""
    place = f"  ({hit.document_id})" if hit.document_id and hit.document_id != hit.id else ""
    return printable(f"{hit.kind:<10} {hit.id}  {hit.text}{place}")


def folded(text: str) -> str:
    """Case and compatibility forms folded, for comparison only."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(query: str) -> tuple[str, ...]:
    """The folded words of a query. :raises UsageError: when there are none."""
    words = tuple(folded(query).split())
    if not words:
        raise UsageError("search for what? there are no words", hint="kgbuilder search GRAPH WORDS")
    return words


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether every (folded) word begins some word of ``text``."""
    text = folded(text)
    return all(re.search(rf"(?<!\w){re.escape(word)}", text) for word in words)


def concept_hit(concept: Concept, words: Iterable[str]) -> Hit | None:
    """The concept when its id, name or one synonym holds every word."""
    for name in (concept.name, *concept.synonyms, str(concept.id)):
        if holds(name, words):
            shown = (
                concept.name
                if name in (concept.name, str(concept.id))
                else (f"{concept.name} ({name})")
            )
            return Hit("concept", str(concept.id), shown)
    return None


def statement_hit(statement: Statement, words: Iterable[str]) -> Hit | None:
    """The statement when one of its quotes holds every word."""
    for evidence in statement.evidence:
        if isinstance(evidence, TextEvidence) and holds(evidence.quote, words):
            text = f"{statement.triple}: {evidence.quote}"
            return Hit("statement", statement.triple.id, text, evidence.document_id, evidence.span)
    return None


def document_hit(document: Document, words: tuple[str, ...]) -> Hit | None:
    """The document when its title and text hold every word, with the place of the first."""
    if not holds(f"{document.title}\n{document.text}", words):
        return None
    found = re.search(re.escape(words[0]), document.text, re.IGNORECASE)
    if found is None:
        return Hit("document", document.id, document.title, document.id)
    start = max(0, found.start() - CONTEXT)
    end = min(len(document.text), found.end() + CONTEXT)
    around = " ".join(document.text[start:end].split())
    return Hit("document", document.id, around, document.id, Span(*found.span()))


def search(view: GraphView, words: str, *, limit: int = 20) -> list[Hit]:
    """At most ``limit`` concepts, then as many statements, then documents, each in id order.

    :raises UsageError: when there are no words.
    """
    wanted = words_of(words)
    concepts = (concept_hit(c, wanted) for c in view.concepts())
    statements = (statement_hit(s, wanted) for s in view.statements())
    documents = (document_hit(d, wanted) for d in view.documents())
    return [
        *islice((h for h in concepts if h), limit),
        *islice((h for h in statements if h), limit),
        *islice((h for h in documents if h), limit),
    ]
