"""What is read: documents, their sections and sentences. Offsets are code points of the text."""

from __future__ import annotations

from dataclasses import dataclass

from kgbuilder.errors import UsageError
from kgbuilder.model.curie import Curie

__all__ = ["DeletedDocument", "Document", "Section", "Sentence", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open ``[start, end)`` in code points of ``Document.text``; never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.end <= self.start:
            raise UsageError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether they share a code point."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within this span."""
        return self.start <= other.start and other.end <= self.end

    def of(self, text: str) -> str:
        """The covered piece of ``text``."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document under one heading.

    ``title`` is the heading as written, ``kind`` its normalized name (see ``segment/``): for a note
    ``past_medical_history``, ``family_history``, ``medications`` ...; for a paper ``title``,
    ``abstract``, ``methods`` ... ``span`` covers the body, not the heading.
    """

    span: Span
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Document:
    """A note or a paper.

    :param id: as the source gives it, stable across runs (a PMID, a file name, a row's id).
    :param text: what all offsets refer to; a reader never changes it afterwards.
    :param source: where it was read: path, or path and member.
    :param kind: ``note`` (about a patient) or ``paper`` (about the world); decides whether findings
        become a patient's edges.
    :param identifiers: stated ids: ``PMID:…``, ``PMCID:PMC…``, ``DOI:…``.
    :param date: ISO 8601 as far as the source states it: ``2003``, ``2003-05``, ``2003-05-14``.
    :param version: of the document where the source numbers versions.
    """

    id: str
    text: str
    source: str
    kind: str = "note"
    title: str = ""
    sections: tuple[Section, ...] = ()
    identifiers: tuple[Curie, ...] = ()
    date: str | None = None
    language: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DeletedDocument:
    """A source says that this document is withdrawn (MEDLINE's ``DeleteCitation``)."""

    id: str
    source: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, with the kind of the section it stands in and of its document."""

    document_id: str
    span: Span
    text: str
    section: str | None = None
    kind: str = "note"
