"""What is claimed, and why: relations of a text, triples, evidence, statements."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from kgbuilder.errors import UsageError
from kgbuilder.model.curie import Curie
from kgbuilder.model.mention import Assertion, Finding
from kgbuilder.model.text import Sentence, Span
from kgbuilder.model.vocabulary import Predicate

__all__ = [
    "PAPER",
    "CuratedEvidence",
    "DerivedEvidence",
    "Evidence",
    "How",
    "Relation",
    "Statement",
    "TextEvidence",
    "Triple",
    "content_hash",
    "evidence_key",
    "join_evidence",
]


def content_hash(*parts: str) -> str:
    """128 bits of SHA-256 over length-prefixed parts, as hex: equal only for equal parts."""
    text = "".join([f"{len(part)}:{part}" for part in parts])
    if text.isascii():  # a character is a byte: the same prefixes, made at once
        return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
    raw = [part.encode("utf-8", "surrogatepass") for part in parts]
    prefixed = b"".join([b"%d:%b" % (len(part), part) for part in raw])
    return hashlib.sha256(prefixed).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Relation:
    """Two findings of one document in a relation that its text states (or, ``negated``, denies).

    :param detail: a finer type where the model has one: for INTERACTS_WITH ``effect``,
        ``mechanism``, ``advice`` or ``plain``.
    :param sentences: the sentences it was read in, in text order; at least one.
    :param probability: calibrated, in [0, 1].
    """

    subject: Finding
    predicate: Predicate
    object: Finding
    sentences: tuple[Sentence, ...]
    probability: float
    negated: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Triple:
    """The content of a claim; ``id`` is a hash of it.

    :param assertion: for a patient's edge how the finding is meant (cues left out): "no fever" and
        "fever" are two edges. None for facts about medicine.
    """

    subject: Curie
    predicate: Predicate
    object: Curie
    assertion: Assertion | None = None
    _id: str = field(default="", init=False, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        subject: Curie,
        predicate: Predicate,
        object: Curie,
        assertion: Assertion | None = None,
    ) -> Triple:
        """The triple in canonical form: a symmetric predicate's smaller id is the subject."""
        if predicate.symmetric and object < subject:
            subject, object = object, subject
        return cls(subject, predicate, object, assertion and assertion.without_cues())

    @property
    def id(self) -> str:
        """32 hex digits that depend on nothing but the content."""
        if not self._id:  # kept, as a load asks for it several times
            a = self.assertion
            meant = (a.polarity, a.certainty, a.temporality, a.experiencer) if a else ()
            parts = (str(self.subject), self.predicate.name, str(self.object), *meant)
            object.__setattr__(self, "_id", content_hash(*parts))
        return self._id

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate.name} {self.object}"


class How(StrEnum):
    """How a curated fact was had."""

    READ = "read"
    """The source was opened and read."""
    IMPORTED = "imported"
    """A file that the user or a package holds was parsed."""
    RECALLED = "recalled"
    """General knowledge, not looked up: believed less, and marked in every answer."""


Qualifiers = tuple[tuple[str, str], ...]
"""What one source adds to a claim, sorted by key: severity, mechanism, effect, management, strength,
frequency, onset, dose, ... Held by the evidence, so that sources may disagree side by side."""


PAPER = "paper"
"""The qualifier that holds a paper's identifier: ``PMID:123``."""


@dataclass(frozen=True, slots=True)
class TextEvidence:
    """A verbatim sentence of a document (``quote`` == text[span]) and how sure the reader was.

    A qualifier :data:`PAPER` says which paper the document is a record or the full text of.
    """

    document_id: str
    span: Span
    quote: str
    extractor: str
    probability: float
    refutes: bool = False
    section: str | None = None
    qualifiers: Qualifiers = ()

    @property
    def paper(self) -> str:
        """The paper's identifier, which its record and its full text share; "" where none is stated."""
        return dict(self.qualifiers).get(PAPER, "")


@dataclass(frozen=True, slots=True)
class CuratedEvidence:
    """A record of a table. ``address`` is the page or file the fact was read at, where there is one."""

    source: str
    version: str
    record_id: str
    how: How = How.IMPORTED
    address: str = ""
    refutes: bool = False
    qualifiers: Qualifiers = ()


@dataclass(frozen=True, slots=True)
class DerivedEvidence:
    """A conclusion by a rule from premises, all of which must hold."""

    rule: str
    premises: tuple[Statement, ...]
    refutes: bool = False
    qualifiers: Qualifiers = ()

    def __post_init__(self) -> None:
        if not self.premises:
            raise UsageError(f"a derivation by {self.rule!r} has no premises")


Evidence = TextEvidence | CuratedEvidence | DerivedEvidence


def evidence_key(evidence: Evidence) -> str:
    """A content hash that identifies and orders evidence."""
    match evidence:
        case TextEvidence():
            return content_hash(
                "text",
                evidence.document_id,
                str(evidence.span.start),
                str(evidence.span.end),
                evidence.quote,
                evidence.extractor,
                str(evidence.refutes),
                repr(evidence.qualifiers),
            )
        case CuratedEvidence():
            return content_hash(
                "curated",
                evidence.source,
                evidence.version,
                evidence.record_id,
                evidence.how,
                evidence.address,
                str(evidence.refutes),
                repr(evidence.qualifiers),
            )
        case DerivedEvidence():
            premises = [
                part
                for premise in evidence.premises
                for part in (premise.triple.id, *map(evidence_key, premise.evidence))
            ]
            return content_hash(
                "derived",
                evidence.rule,
                str(evidence.refutes),
                repr(evidence.qualifiers),
                *premises,
            )


def join_evidence(one: Evidence, other: Evidence) -> Evidence:
    """One out of two with the same key: of a sentence the more probable reading, of a derivation
    premises with the evidence of both. Which comes first changes nothing.
    """
    match one, other:
        case TextEvidence(), TextEvidence():
            return max(one, other, key=_how_sure)
        case DerivedEvidence(), DerivedEvidence():
            premises = tuple(
                premise.with_evidence(same.evidence)
                for premise, same in zip(one.premises, other.premises, strict=True)
            )
            return DerivedEvidence(one.rule, premises, one.refutes, one.qualifiers)
        case _:
            return one


def _how_sure(evidence: TextEvidence) -> tuple[float, str]:
    p = evidence.probability
    return (-1.0 if math.isnan(p) else p), evidence.section or ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple and everything that speaks for or against it. Without evidence it cannot be made.

    The evidence is kept sorted and free of repeats, so equal content gives equal statements.
    """

    triple: Triple
    evidence: tuple[Evidence, ...]

    def __post_init__(self) -> None:
        if not self.evidence:
            raise UsageError(f"a statement needs evidence: {self.triple}")
        if len(self.evidence) == 1:  # nothing to sort or to join: a table makes millions of these
            return
        unique: dict[str, Evidence] = {}
        for item in self.evidence:
            key = evidence_key(item)
            kept = unique.get(key)
            unique[key] = item if kept is None else join_evidence(kept, item)
        object.__setattr__(self, "evidence", tuple(unique[key] for key in sorted(unique)))

    def with_evidence(self, more: Iterable[Evidence]) -> Statement:
        """The same claim with ``more`` evidence beside what it has."""
        return Statement(self.triple, (*self.evidence, *more))
