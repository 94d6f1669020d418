"""What merging means, as pure functions that every store shares.

Two records of one concept join into one, whatever came first; evidence joins evidence; a document whose
text changed takes its old evidence with it. Each ``join`` is idempotent, commutative and associative, so
that merging is free of order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Set

from kgbuilder.errors import GraphError
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    DerivedEvidence,
    Document,
    EntityType,
    Evidence,
    Statement,
    TextEvidence,
    Triple,
    predicate_of,
)
from kgbuilder.model.versions import digest_in, version_numbers
from kgbuilder.store.codec import document_to_record
from kgbuilder.store.json_lines import to_line

__all__ = [
    "canonical_concept",
    "canonical_statement",
    "check_documents",
    "check_quotes",
    "documents_of",
    "is_held_so",
    "join_concepts",
    "join_documents",
    "statements_left",
    "without_documents",
]

_TYPE_ORDER = {
    type: rank for rank, type in enumerate((EntityType.PHENOTYPE, *EntityType)) if rank
} | {EntityType.PHENOTYPE: 0}


def canonical_concept(concept: Concept) -> Concept:
    """The concept with its synonyms sorted, without repeats and without its own name."""
    others = tuple(sorted(set(concept.synonyms) - {concept.name}))
    return Concept(concept.id, concept.name, concept.type, others)


def join_concepts(one: Concept, other: Concept) -> Concept:
    """One concept out of two records of the same id; no name is lost.

    Sources may prefer different names and (MeSH terms between disease and phenotype) types. The name
    with the fewest commas, then the shortest, then the first in order is kept, the others become
    synonyms. A phenotype stays one, since taggers call every condition a disease; else the type that
    :class:`EntityType` lists first is kept.
    """
    name = min(one.name, other.name, key=_plainness)
    names = {one.name, other.name, *one.synonyms, *other.synonyms} - {name}
    type = min(one.type, other.type, key=_TYPE_ORDER.__getitem__)
    return Concept(one.id, name, type, tuple(sorted(names)))


def _plainness(name: str) -> tuple[int, int, str]:
    # "Diabetes Mellitus, Type 2" is a heading turned round for an alphabet; people write it otherwise.
    return name.count(","), len(name), name


def join_documents(one: Document, other: Document) -> Document:
    """One record out of two of the same id and text: the newer version, then the fuller, then the last
    in order.
    """
    return max(one, other, key=_rank)


def is_held_so(
    document: Document, text: str | None, entry: str | None, ledger: Mapping[str, str]
) -> bool:
    """Whether what is held has this document's text and was read so as ``ledger`` says.

    :param text: and ``entry``: what the graph and its ledger hold of it.
    """
    wanted = ledger.get(document.id)
    if text != document.text or entry is None or wanted is None:
        return False
    return digest_in(entry) == digest_in(wanted)


def _rank(document: Document) -> tuple[list[int], int, str]:
    record = document_to_record(document)
    return version_numbers(document.version), len(record), to_line(record)


def canonical_statement(statement: Statement) -> Statement:
    """The statement under its canonical triple (a symmetric predicate's smaller id first).

    :raises UnknownName: for a predicate that is none of ours: its name becomes part of queries.
    """
    t = statement.triple
    predicate_of(t.predicate.name)
    if t.assertion is None and not (t.predicate.symmetric and t.object < t.subject):
        return statement
    triple = Triple.of(t.subject, t.predicate, t.object, t.assertion)
    return statement if triple == t else Statement(triple, statement.evidence)


def documents_of(evidence: Evidence) -> frozenset[str]:
    """Ids of the documents that this evidence rests on, premises included."""
    match evidence:
        case TextEvidence():
            return frozenset((evidence.document_id,))
        case CuratedEvidence():
            return frozenset()
        case DerivedEvidence():
            return frozenset().union(
                *(documents_of(e) for premise in evidence.premises for e in premise.evidence)
            )


def without_documents(evidence: Evidence, gone: Collection[str]) -> Evidence | None:
    """What is left of ``evidence`` once the documents ``gone`` are withdrawn; None for nothing.

    A derivation whose premise loses all its evidence is gone with it.
    """
    match evidence:
        case TextEvidence():
            return None if evidence.document_id in gone else evidence
        case CuratedEvidence():
            return evidence
        case DerivedEvidence():
            if documents_of(evidence).isdisjoint(gone):
                return evidence
            premises: list[Statement] = []
            for premise in evidence.premises:
                left = [without_documents(e, gone) for e in premise.evidence]
                kept = tuple(e for e in left if e is not None)
                if not kept:
                    return None
                premises.append(Statement(premise.triple, kept))
            return DerivedEvidence(
                evidence.rule, tuple(premises), evidence.refutes, evidence.qualifiers
            )


def statements_left(statements: Iterable[Statement], gone: Set[str]) -> list[Statement]:
    """The statements in canonical form, less what rests on the documents ``gone``."""
    kept: list[Statement] = []
    for statement in statements:
        left = [without_documents(e, gone) for e in statement.evidence]
        evidence = tuple(e for e in left if e is not None)
        if evidence:
            whole = evidence == statement.evidence
            claim = statement if whole else Statement(statement.triple, evidence)
            kept.append(canonical_statement(claim))
    return kept


def check_documents(documents: Iterable[Document]) -> None:
    """:raises GraphError: when a document has no id to be found by."""
    for document in documents:
        if not document.id:
            raise GraphError("a document has no id", where=document.source or document.text[:40])


def check_quotes(evidence: Iterable[Evidence], text_of: Callable[[str], str | None]) -> None:
    """Make sure that every quote stands in its document where it says, and how sure it is.

    :param text_of: the text of a document by id, None for one that neither graph nor batch holds.
    :raises GraphError: when a document is not there, or says something else at the offsets, or a
        probability is not a number, which JSON cannot write.
    """
    for item in evidence:
        match item:
            case TextEvidence():
                text = text_of(item.document_id)
                where = f"document {item.document_id[:80]}, [{item.span.start}, {item.span.end})"
                if text is None:
                    raise GraphError(
                        "evidence quotes a document that the graph does not hold",
                        where=where,
                        hint="merge the document in the same batch as its evidence",
                    )
                if item.span.of(text) != item.quote:
                    raise GraphError(
                        f"the quote {item.quote[:60]!r} does not stand in the document",
                        where=where,
                        hint="quote document.text[start:end] exactly, offsets in code points",
                    )
                if not math.isfinite(item.probability):
                    raise GraphError(
                        f"the probability {item.probability} is no number",
                        where=where,
                        hint="give each quote a probability from 0 to 1",
                    )
            case DerivedEvidence():
                for premise in item.premises:
                    check_quotes(premise.evidence, text_of)
            case CuratedEvidence():
                pass
