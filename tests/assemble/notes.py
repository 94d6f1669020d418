"""Findings of a text written by hand, for tests."""

from __future__ import annotations

from kgbuilder.model import (
    Assertion,
    Curie,
    Document,
    EntityType,
    Finding,
    Mention,
    Relation,
    Sentence,
    Span,
    Statement,
    predicate_of,
    unlinked_id,
)


class Note:
    """A document and its findings by their words; ``nth`` picks a later place."""

    def __init__(self, text: str, kind: str = "note", id: str = "n1") -> None:
        self.document = Document(id, text, "test", kind=kind)

    def find(
        self,
        words: str,
        type: EntityType,
        *,
        meant: Assertion | None = None,
        section: str | None = None,
        concept: str = "",
        nth: int = 0,
    ) -> Finding:
        start = -1
        for _ in range(nth + 1):
            start = self.document.text.index(words, start + 1)
        mention = Mention(self.document.id, Span(start, start + len(words)), words, type, 0.9)
        id = Curie.parse(concept) if concept else unlinked_id(type, words)
        return Finding(mention, meant or Assertion(), id, words, section)

    def sentence(self, words: str, section: str | None = None) -> Sentence:
        start = self.document.text.index(words)
        return Sentence(self.document.id, Span(start, start + len(words)), words, section)

    def relation(
        self,
        subject: Finding,
        predicate: str,
        object: Finding,
        *sentences: str,
        negated: bool = False,
        detail: str = "",
    ) -> Relation:
        where = tuple(self.sentence(words, "abstract") for words in sentences)
        name = predicate_of(predicate)
        return Relation(subject, name, object, where, 0.8, negated, detail)


def told(statements: tuple[Statement, ...]) -> dict[str, dict[str, str]]:
    """``PREDICATE object`` -> qualifiers of its first evidence, for a patient's edges."""
    return {
        f"{s.triple.predicate.name} {s.triple.object.local_id.split('/')[-1]}": dict(
            s.evidence[0].qualifiers
        )
        for s in statements
    }
