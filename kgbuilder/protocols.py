"""THE DOORS. What each stage takes and gives. Read second, after ``model/``.

Text stages take a batch of sentences and give one aligned row out per sentence, so that transformers
get batches; the linker and the relater take a whole document (abbreviations, relations across
sentences). The same document gives the same output whatever stands beside it in the batch. An
implementation is any class with the method; nothing is inherited or registered. Each door has one
contract suite in ``tests/contracts/`` that every implementation runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Protocol, runtime_checkable

from kgbuilder.issues import Issues
from kgbuilder.model import (
    Assertion,
    Candidate,
    Concept,
    Curie,
    DeletedDocument,
    Differential,
    Document,
    EntityType,
    Finding,
    InteractionReport,
    Mention,
    Relation,
    Section,
    Sentence,
    Statement,
)

__all__ = [
    "Batch",
    "DiagnosisReasoner",
    "GraphStore",
    "GraphView",
    "InteractionReasoner",
    "Linker",
    "MergeReport",
    "Qualifier",
    "Reader",
    "Recognizer",
    "Relater",
    "Segmenter",
]


class Reader(Protocol):
    """read: one source -> documents, one at a time; never holds a dump in memory."""

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield the documents of ``stream`` in order. A broken record is noted in ``issues`` with
        its place, and the rest goes on. :raises FormatError: when nothing more can be read.
        """
        ...


class Segmenter(Protocol):
    """segment: document -> sections, and sentences in text order that do not overlap."""

    def sections(self, document: Document) -> tuple[Section, ...]:
        """The document's own sections, or those that its headings show."""
        ...

    def sentences(self, document: Document) -> tuple[Sentence, ...]:
        """Sentences whose ``text`` is exactly the covered piece; only white space lies between."""
        ...


class Recognizer(Protocol):
    """recognize: sentences -> mentions, one row a sentence, sorted by span, not overlapping."""

    name: str
    """Name and version, as evidence carries it."""

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions with spans in document offsets."""
        ...


class Qualifier(Protocol):
    """qualify: how each mention is meant, aligned with the mentions."""

    name: str

    def qualify(
        self, sentences: Sequence[Sentence], mentions: Sequence[Sequence[Mention]]
    ) -> list[tuple[Assertion, ...]]:
        """One assertion per mention of each row."""
        ...


class Linker(Protocol):
    """link: what each mention of a document may stand for; an empty tuple refuses."""

    def link(self, document: Document, mentions: Sequence[Mention]) -> list[tuple[Candidate, ...]]:
        """Candidates per mention, best first. Refusal is an answer: never a guess by similarity."""
        ...


class Relater(Protocol):
    """relate: the relations that a document's sentences state between its findings."""

    name: str

    def relate(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        findings: Sequence[Finding],
    ) -> tuple[Relation, ...]:
        """Relations whose predicate allows the two types, most probable first within a sentence."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What is merged into a graph at once; applying it is all or nothing."""

    concepts: tuple[Concept, ...] = ()
    statements: tuple[Statement, ...] = ()
    documents: tuple[Document, ...] = ()
    deleted: tuple[str, ...] = ()
    """Documents to take out, with all evidence that quotes them."""
    described: tuple[Document, ...] = ()
    """Newer versions of documents that the graph holds with this text, read as the ledger of the merge
    says: taken instead of these. Where it holds another, they and their entries are left out.
    """


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge changed; all zero when everything was there already."""

    n_new_concepts: int = 0
    n_new_statements: int = 0
    n_new_evidence: int = 0
    n_new_documents: int = 0
    n_removed_documents: int = 0


@runtime_checkable
class GraphView(Protocol):
    """What a reasoner may see: the reading half of a store. All answers are in id order."""

    def concept(self, id: Curie) -> Concept | None:
        """The concept, or None."""
        ...

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        """All concepts, or those of one type."""
        ...

    def documents(self) -> Iterator[Document]:
        """All documents; the text is kept so that every quote can be checked."""
        ...

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        """Statements that match every given part, by triple id."""
        ...


class GraphStore(GraphView, Protocol):
    """store: merging is idempotent and free of order."""

    def merge(self, batch: Batch) -> MergeReport:
        """Add what is not there. Evidence of a known triple joins it; nothing is overwritten but a
        document whose text changed, whose old evidence goes.
        """
        ...

    def close(self) -> None:
        """Write what is not yet written; closing twice is fine."""
        ...


class InteractionReasoner(Protocol):
    """reason: pure; the answer's ``because`` is enough to recompute it."""

    def check(self, drugs: Sequence[str], *, graph: GraphView | None) -> InteractionReport:
        """Every unordered pair of ``drugs`` is answered once, in input order."""
        ...


class DiagnosisReasoner(Protocol):
    """reason: pure; ranks diseases by the findings that are there and those that are not."""

    def diagnose(
        self,
        *,
        observed: Iterable[Curie],
        excluded: Iterable[Curie] = (),
        age: str | None = None,
        sex: str | None = None,
        genes: Iterable[str] = (),
        medicines: Mapping[Curie, str] | None = None,
        candidates: Iterable[str] | None = None,
        leave_out_pmid: str | None = None,
        top: int = 10,
    ) -> Differential:
        """``observed`` and ``excluded`` are HP terms; ``age`` an ISO 8601 duration; ``sex`` MALE or
        FEMALE; ``medicines`` taken, id -> name; ``candidates`` disease ids or names;
        ``leave_out_pmid`` drops annotations that cite it.
        """
        ...
