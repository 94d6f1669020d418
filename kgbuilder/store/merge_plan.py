"""What a merge changes in a database: worked out of what a batch brings and what the graph holds of it.

A database reads what it holds (:class:`Library`, :class:`Claim`), asks here, and writes the answer. How
two of a kind join is said in ``merging``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from kgbuilder.model import (
    Concept,
    Curie,
    DerivedEvidence,
    Document,
    Evidence,
    Statement,
    Triple,
    evidence_key,
)
from kgbuilder.model.statement import join_evidence
from kgbuilder.model.versions import digest_in, join_entries
from kgbuilder.protocols import Batch
from kgbuilder.store.cypher import event_property, evidence_of_row
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import (
    canonical_concept,
    check_documents,
    check_quotes,
    documents_of,
    is_held_so,
    join_concepts,
    join_documents,
    statements_left,
    without_documents,
)
from kgbuilder.store.tally import Tally

__all__ = [
    "Claim",
    "Claims",
    "Library",
    "LibraryChanges",
    "ToRead",
    "Wanted",
    "add_statements",
    "ends_of",
    "join_all",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch brings, less what rests on documents that it takes out."""

    gone: frozenset[str]
    documents: tuple[Document, ...]
    statements: tuple[Statement, ...]
    """In canonical form."""
    digests: Mapping[str, str]
    """Document id -> digest, for the ledger."""
    described: tuple[Document, ...] = ()
    """Known, or to be left out: see :meth:`Library.told`."""

    @classmethod
    def of(cls, batch: Batch, ledger: Mapping[str, str]) -> Wanted:
        """:raises GraphError: when a document has no id."""
        gone = frozenset(batch.deleted)
        fresh = tuple(d for d in batch.documents if d.id not in gone)
        described = tuple(d for d in batch.described if d.id not in gone)
        check_documents((*fresh, *described))
        digests = {id: digest for id, digest in ledger.items() if id not in gone}
        statements = tuple(statements_left(batch.statements, gone))
        return cls(gone, fresh, statements, digests, described)

    @property
    def document_ids(self) -> set[str]:
        """Every document that is named."""
        quoted = {id for s in self.statements for item in s.evidence for id in documents_of(item)}
        brought = {d.id for d in (*self.documents, *self.described)}
        return {*self.gone, *self.digests, *brought, *quoted}


# -- documents -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LibraryChanges:
    """What is to be written of documents and ledger, by key."""

    documents: Mapping[str, Document]
    digests: Mapping[str, str | None]
    """None is forgotten."""
    recorded: Mapping[str, str]
    """The digests of the library as they are afterwards."""
    removed: tuple[str, ...]
    """Of those held."""
    n_new: int
    """Documents that were not held, or with another text."""


@dataclass(frozen=True, slots=True)
class Library:
    """What the graph holds of the documents that a batch names, by key."""

    documents: Mapping[str, Document]
    digests: Mapping[str, str]

    def _text_of(self, id: str) -> str | None:
        held = self.documents.get(key_of(id))
        return held.text if held else None

    def told(self, wanted: Wanted) -> Wanted:
        """``wanted`` with those of the described documents that are held so; the others left out."""
        held = [
            d
            for d in wanted.described
            if is_held_so(d, self._text_of(d.id), self.digests.get(key_of(d.id)), wanted.digests)
        ]
        out = {d.id for d in wanted.described} - {d.id for d in held}
        digests = {id: digest for id, digest in wanted.digests.items() if id not in out}
        return replace(wanted, documents=(*wanted.documents, *held), digests=digests, described=())

    def check(self, wanted: Wanted) -> None:
        """:raises GraphError: when evidence quotes what its document, as wanted, does not say."""
        texts: dict[str, str | None] = {d.id: d.text for d in wanted.documents}
        texts |= dict.fromkeys(wanted.gone)
        for statement in wanted.statements:
            check_quotes(
                statement.evidence,
                lambda name: texts[name] if name in texts else self._text_of(name),
            )

    def stale(self, wanted: Wanted) -> frozenset[str]:
        """The documents that go, have another text now, or were recorded with another digest."""
        changed = {d.id for d in wanted.documents if self._text_of(d.id) not in (None, d.text)}
        other = {
            id
            for id, digest in wanted.digests.items()
            if digest_in(self.digests.get(key_of(id), digest)) != digest_in(digest)
        }
        return wanted.gone | changed | other

    def changes(self, wanted: Wanted, stale: Iterable[str]) -> LibraryChanges:
        """What to write. :param stale: see :meth:`stale`."""
        lost, unrecorded = set(map(key_of, wanted.gone)), set(map(key_of, stale))
        kept = {key: document for key, document in self.documents.items() if key not in lost}
        recorded = {key: d for key, d in self.digests.items() if key not in unrecorded}
        for id, entry in wanted.digests.items():
            recorded[key_of(id)] = join_entries(recorded.get(key_of(id), entry), entry)
        n_new = 0
        for document in wanted.documents:
            key = key_of(document.id)
            old = kept.get(key)
            is_known = old is not None and old.text == document.text
            n_new += not is_known
            kept[key] = join_documents(old, document) if old and is_known else document
        return LibraryChanges(
            {key: d for key, d in kept.items() if d != self.documents.get(key)},
            {
                key: recorded.get(key)
                for key in sorted({*recorded, *self.digests})
                if recorded.get(key) != self.digests.get(key)
            },
            recorded,
            tuple(sorted(lost.intersection(self.documents))),
            n_new,
        )


# -- statements ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Claim:
    """One triple: its evidence by key, as the graph holds it and as it shall be.

    Of the evidence that is held, all that is of one event with what comes, or, without a ``kept`` tally,
    all of it: see ``tally``.
    """

    triple: Triple
    has_edge: bool = False
    kept: Tally | None = None
    """What the edge keeps of all that is held."""
    held: dict[str, Evidence] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    _without_event: set[str] = field(default_factory=set)

    def stand(self, edge: Mapping[str, object]) -> None:
        """There is an edge with these properties."""
        self.has_edge, self.kept = True, Tally.from_properties(edge)

    def hold(self, row: Mapping[str, object]) -> None:
        """The graph holds this evidence: ``key record event``."""
        key = str(row["key"])
        self.held[key] = self.evidence[key] = evidence_of_row(row)
        if not row["event"]:
            self._without_event.add(key)

    def add(self, item: Evidence) -> bool:
        """Join in one piece. :returns: whether it is new."""
        key = evidence_key(item)
        old = self.evidence.get(key)
        self.evidence[key] = item if old is None else join_evidence(old, item)
        return old is None

    @property
    def tally(self) -> Tally:
        """What its edge shall show."""
        if self.kept is not None:
            return self.kept.after(self.held.values(), self.evidence.values())
        return Tally.of(Statement(self.triple, tuple(self.evidence.values())))

    @property
    def is_new(self) -> bool:
        """Whether its edge is to be made."""
        return bool(self.evidence) and not self.has_edge

    @property
    def is_changed(self) -> bool:
        """Whether its edge is there, and shows something else."""
        return self.has_edge and self.held != self.evidence

    def removed(self) -> list[str]:
        """Keys of what is held and shall not be."""
        return sorted(self.held.keys() - self.evidence.keys())

    def new(self) -> list[tuple[str, Evidence]]:
        """What shall be and is not held, by key."""
        return [(key, item) for key, item in self.evidence.items() if key not in self.held]

    def joined(self) -> list[tuple[str, Evidence]]:
        """What is held and shall be otherwise, by key. It rests on the documents that it did."""
        behind = self._without_event if self.is_changed or self.is_new else frozenset()
        return [
            (key, item)
            for key, item in self.evidence.items()
            if key in self.held and (item != self.held[key] or key in behind)
        ]


Claims = dict[str, Claim]
"""By id of the triple."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """Which evidence a merge has to see."""

    statement_ids: list[str]
    """All of these statements'."""
    events: list[str]

    @classmethod
    def of(cls, claims: Claims, statements: Iterable[Statement], supported: Set[str]) -> ToRead:
        """For statements that come.

        :param claims: their claims, and those ``supported`` by documents of which something may go.
        """
        whole, events = set(supported), set[str]()
        for statement in statements:
            id, claim = statement.triple.id, claims[statement.triple.id]
            derived = any(isinstance(item, DerivedEvidence) for item in statement.evidence)
            if claim.has_edge and (claim.kept is None or derived or id in whole):
                whole.add(id)
            elif claim.has_edge:
                events.update(event_property(statement.triple, e) for e in statement.evidence)
        for id in whole:
            claims[id].kept = None
        return cls(sorted(whole), sorted(events))


def withdraw(claims: Iterable[Claim], stale: frozenset[str]) -> list[Claim]:
    """Take out what rests on the documents ``stale``. :returns: those of which the edge goes."""
    withdrawn: list[Claim] = []
    for claim in claims if stale else ():
        struck = [e for e in claim.evidence.items() if not stale.isdisjoint(documents_of(e[1]))]
        for key, _ in struck:
            del claim.evidence[key]
        for _, item in struck:
            left = without_documents(item, stale)
            if left is not None:
                claim.add(left)
        if struck and not claim.evidence:
            claim.has_edge = False
            withdrawn.append(claim)
    return withdrawn


def add_statements(claims: Claims, statements: Iterable[Statement]) -> tuple[int, int]:
    """Join statements into their claims. :returns: how many statements, and evidence, are new."""
    n_statements = n_evidence = 0
    for statement in statements:
        claim = claims[statement.triple.id]
        n_statements += not (claim.has_edge or claim.evidence)
        n_evidence += sum([claim.add(item) for item in statement.evidence])
    return n_statements, n_evidence


def ends_of(claims: Iterable[Claim]) -> set[Curie]:
    """Subjects and objects."""
    return {end for claim in claims for end in (claim.triple.subject, claim.triple.object)}


# -- concepts ------------------------------------------------------------------------------------


def join_all(held: Mapping[str, Concept], concepts: Iterable[Concept]) -> dict[str, Concept]:
    """Concepts by key, as they shall be: those ``held`` and those of a batch, joined."""
    kept = dict(held)
    for concept in concepts:
        key = key_of(concept.id)
        known = kept.get(key)
        kept[key] = canonical_concept(concept) if known is None else join_concepts(known, concept)
    return kept
