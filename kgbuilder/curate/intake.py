"""What every import shares: what its statements carry, what became of its records, batches.

A reader of a format yields concepts and statements, one after the other, and holds no more of the file
than it must; :func:`batched` puts them into batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kgbuilder.assemble.schema import relation_types
from kgbuilder.assemble.types import prefix_types
from kgbuilder.errors import KgError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    Document,
    EntityType,
    Predicate,
    Qualifiers,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.protocols import Batch

__all__ = [
    "MAX_KINDS",
    "UNKNOWN_VERSION",
    "Claim",
    "Intake",
    "Meaning",
    "Origin",
    "batched",
    "qualifiers_of",
]

Claim = Concept | Statement | Document

CLAIMS_PER_BATCH = 5000
UNKNOWN_VERSION = "unknown"
MAX_KINDS = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Where statements come from, as their evidence says it: ``file`` is its address, the licence a
    qualifier, so that it travels with every edge.
    """

    source: str
    version: str
    licence: str
    file: str

    def evidence(
        self, record: str, *, qualifiers: Qualifiers = (), refutes: bool = False
    ) -> CuratedEvidence:
        """The evidence that the record with this id (or ``line N``) is."""
        licence = (("licence", self.licence),) if self.licence else ()
        return CuratedEvidence(
            self.source,
            self.version,
            record,
            address=self.file,
            refutes=refutes,
            qualifiers=tuple(sorted((*qualifiers, *licence))),
        )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a source's relation type is here. ``swap``: the source names the object first."""

    predicate: Predicate
    swap: bool
    detail: str


@dataclass(slots=True)
class Intake:
    """One import under way.

    :param version: the release as the user gave it; it goes before what a file says of itself.
    :param n_rows: records read. :param n_taken: those that a concept or a statement was made of.
    :param left_out: what is not of this graph and was passed over on purpose, by kind. What was wrong
        is in ``issues``.
    """

    issues: Issues
    version: str = ""
    n_rows: int = 0
    n_taken: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    origins: dict[Origin, None] = field(default_factory=dict)

    def origin(self, source: str, *, version: str, licence: str, file: str) -> Origin:
        """The origin of a file; a version that nobody states is ``unknown``, which is told."""
        stated = self.version or version
        if not stated:
            self.issues.warn(
                "no-version",
                where=file,
                what=f"the file does not say which version of {source} it is",
                hint="say it with --version; the evidence of every edge carries it",
            )
        origin = Origin(source, stated or UNKNOWN_VERSION, licence, file)
        self.origins[origin] = None
        return origin

    def leave_out(self, kind: str, n: int = 1) -> None:
        """Count what was passed over on purpose. Past :data:`MAX_KINDS` kinds the rest counts as one."""
        kind = kind[:100]
        known = kind in self.left_out or len(self.left_out) < MAX_KINDS
        self.left_out[kind if known else "of other kinds"] += n

    def relation(self, schema: str, type: str, *, where: str) -> Meaning | None:
        """What relation_types.tsv says; None, counted, where it has no row or no predicate."""
        row = relation_types().get((schema, type))
        if row is None:
            self.issues.warn(
                "unmapped-type",
                where=where,
                what=f"relation type {type[:80]!r} of {schema} is not in relation_types.tsv",
                hint="not taken; add a row to kgbuilder/assemble/tables/relation_types.tsv",
            )
            self.leave_out(f"relation {type}, which is not in the table")
            return None
        if row.predicate is None:
            self.leave_out(f"relation {type}")
            return None
        return Meaning(row.predicate, row.swap, row.detail)

    def statement(
        self,
        subject: Curie,
        predicate: Predicate | str,
        object: Curie,
        evidence: CuratedEvidence,
        *,
        where: str,
        types: Mapping[Curie, EntityType] | None = None,
    ) -> Iterator[Statement]:
        """The statement; nothing, and an issue, where the predicate cannot join these two.

        :param types: of concepts whose identifier space does not tell.
        """
        if isinstance(predicate, str):
            predicate = predicate_of(predicate)
        if subject == object:
            self.issues.refuse("self-edge", where=where, what=f"{subject} {predicate.name} itself")
            return
        wrong = [
            f"{id} is a {type}"
            for id, allowed in ((subject, predicate.domain), (object, predicate.range))
            if (type := (types or {}).get(id) or prefix_types().get(id.prefix))
            and type.value not in allowed
        ]
        if wrong:
            self.issues.refuse(
                "wrong-type",
                where=where,
                what=f"{predicate.name} cannot join these: {', '.join(wrong)}",
            )
            return
        yield Statement(Triple.of(subject, predicate, object), (evidence,))


def qualifiers_of(pairs: Mapping[str, str | None]) -> Qualifiers:
    """The pairs that say something, in the order that qualifiers are held in."""
    return tuple(sorted((key, value) for key, value in pairs.items() if value))


def batched(claims: Iterable[Claim], *, size: int = CLAIMS_PER_BATCH) -> Iterator[Batch]:
    """Batches of at most ``size`` claims. What a file said before it broke off is given first, and then
    the error is raised.
    """
    concepts: dict[Concept, None] = {}
    statements: list[Statement] = []
    documents: list[Document] = []

    def batch() -> Batch:
        return Batch(tuple(concepts), tuple(statements), tuple(documents))

    try:
        for claim in claims:
            match claim:
                case Concept():
                    concepts[claim] = None
                case Statement():
                    statements.append(claim)
                case Document():
                    documents.append(claim)
            if len(concepts) + len(statements) + len(documents) >= size:
                yield batch()
                concepts, statements, documents = {}, [], []
    except KgError:
        if concepts or statements or documents:
            yield batch()
        raise
    if concepts or statements or documents:
        yield batch()
