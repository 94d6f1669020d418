"""Nouns as plain JSON values and back, exactly: what the file format and the JSONL export hold.

Every ``*_to_record`` gives a dict of strings, numbers, lists and dicts; the matching ``*_from_record``
gives an equal noun. Fields that are empty are left out.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from kgbuilder.errors import GraphError, KgError
from kgbuilder.model import (
    Assertion,
    Certainty,
    Concept,
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Document,
    EntityType,
    Evidence,
    Experiencer,
    How,
    Polarity,
    Qualifiers,
    Section,
    Span,
    Statement,
    Temporality,
    TextEvidence,
    Triple,
    predicate_of,
)

__all__ = [
    "assertion_from_record",
    "assertion_to_record",
    "concept_from_record",
    "concept_to_record",
    "curie_of",
    "document_from_record",
    "document_to_record",
    "evidence_from_record",
    "evidence_to_record",
    "parse_record",
    "statement_from_record",
    "statement_to_record",
    "triple_from_record",
    "triple_to_record",
]

Record = dict[str, Any]


def parse_record(text: str, *, where: str) -> Record:
    """Read one line of JSON. :raises GraphError: when it is not a JSON object."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GraphError(f"not JSON: {error}", where=where) from None
    if not isinstance(record, dict):
        raise GraphError(f"expected a JSON object, found {type(record).__name__}", where=where)
    return record


@lru_cache(maxsize=100_000)
def curie_of(text: str) -> Curie:
    """The id that ``str`` wrote, to the last white space, which :meth:`Curie.parse` would trim."""
    prefix, _, local_id = text.partition(":")
    return Curie(prefix, local_id)


def concept_to_record(concept: Concept) -> Record:
    """``id name type`` and, where there are any, ``synonyms``."""
    record: Record = {"id": str(concept.id), "name": concept.name, "type": concept.type.value}
    if concept.synonyms:
        record["synonyms"] = list(concept.synonyms)
    return record


def concept_from_record(record: Record) -> Concept:
    """The concept. :raises GraphError: when a field is missing or not what it should be."""
    with _Reading("concept", record):
        return Concept(
            curie_of(record["id"]),
            record["name"],
            EntityType(record["type"]),
            tuple(record.get("synonyms", ())),
        )


def document_to_record(document: Document) -> Record:
    """Every field; sections as ``[start, end, title, kind]``."""
    record: Record = {
        "id": document.id,
        "text": document.text,
        "source": document.source,
        "kind": document.kind,
        "title": document.title,
        "sections": [[s.span.start, s.span.end, s.title, s.kind] for s in document.sections],
        "identifiers": [str(i) for i in document.identifiers],
        "date": document.date,
        "language": document.language,
        "version": document.version,
    }
    return {k: v for k, v in record.items() if v or k in ("id", "text", "source", "kind")}


def document_from_record(record: Record) -> Document:
    """The document. :raises GraphError: when a field is missing or not what it should be."""
    with _Reading("document", record):
        return Document(
            id=record["id"],
            text=record["text"],
            source=record["source"],
            kind=record["kind"],
            title=record.get("title", ""),
            sections=tuple(
                Section(Span(start, end), title, kind)
                for start, end, title, kind in record.get("sections", ())
            ),
            identifiers=tuple(curie_of(i) for i in record.get("identifiers", ())),
            date=record.get("date"),
            language=record.get("language"),
            version=record.get("version"),
        )


def assertion_to_record(assertion: Assertion) -> Record:
    """The four values, without cues."""
    return {
        "polarity": assertion.polarity.value,
        "certainty": assertion.certainty.value,
        "temporality": assertion.temporality.value,
        "experiencer": assertion.experiencer.value,
    }


def assertion_from_record(record: Record) -> Assertion:
    """The assertion. :raises GraphError: when a value is none of ours."""
    with _Reading("assertion", record):
        return Assertion(
            Polarity(record["polarity"]),
            Certainty(record["certainty"]),
            Temporality(record["temporality"]),
            Experiencer(record["experiencer"]),
        )


def evidence_to_record(evidence: Evidence) -> Record:
    """``kind`` is ``text``, ``curated`` or ``derived``; premises are statements with their evidence."""
    record: Record
    match evidence:
        case TextEvidence():
            record = {
                "kind": "text",
                "document": evidence.document_id,
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "extractor": evidence.extractor,
                "probability": evidence.probability,
            }
            if evidence.section is not None:
                record["section"] = evidence.section
        case CuratedEvidence():
            record = {
                "kind": "curated",
                "source": evidence.source,
                "version": evidence.version,
                "record": evidence.record_id,
                "how": evidence.how.value,
            }
            if evidence.address:
                record["address"] = evidence.address
        case DerivedEvidence():
            record = {
                "kind": "derived",
                "rule": evidence.rule,
                "premises": [statement_to_record(p) for p in evidence.premises],
            }
    if evidence.refutes:
        record["refutes"] = True
    if evidence.qualifiers:
        record["qualifiers"] = [list(pair) for pair in evidence.qualifiers]
    return record


def evidence_from_record(record: Record) -> Evidence:
    """The evidence. :raises GraphError: when a field is missing or not what it should be."""
    with _Reading("evidence", record):
        refutes = bool(record.get("refutes", False))
        qualifiers: Qualifiers = tuple([(k, v) for k, v in record.get("qualifiers", ())])
        match record["kind"]:
            case "text":
                return TextEvidence(
                    record["document"],
                    Span(record["start"], record["end"]),
                    record["quote"],
                    record["extractor"],
                    float(record["probability"]),
                    refutes,
                    record.get("section"),
                    qualifiers,
                )
            case "curated":
                return CuratedEvidence(
                    record["source"],
                    record["version"],
                    record["record"],
                    How(record["how"]),
                    record.get("address", ""),
                    refutes,
                    qualifiers,
                )
            case "derived":
                premises = tuple(statement_from_record(p) for p in record["premises"])
                return DerivedEvidence(record["rule"], premises, refutes, qualifiers)
            case kind:
                raise GraphError(
                    f"unknown kind of evidence {kind!r}", hint="text, curated or derived"
                )


def statement_to_record(statement: Statement) -> Record:
    """``id subject predicate object``, ``assertion`` for a patient's edge, and ``evidence``."""
    triple = statement.triple
    return {
        "id": triple.id,
        **triple_to_record(triple),
        "evidence": [evidence_to_record(e) for e in statement.evidence],
    }


def triple_to_record(triple: Triple) -> Record:
    """``subject predicate object``, for a patient's edge ``assertion``; the id follows from them."""
    record: Record = {
        "subject": str(triple.subject),
        "predicate": triple.predicate.name,
        "object": str(triple.object),
    }
    if triple.assertion is not None:
        record["assertion"] = assertion_to_record(triple.assertion)
    return record


def triple_from_record(record: Record) -> Triple:
    """The triple of a statement's record. :raises GraphError: as :func:`statement_from_record`."""
    with _Reading("statement", record):
        return _triple(record)


def _triple(record: Record) -> Triple:
    assertion = record.get("assertion")
    return Triple.of(
        curie_of(record["subject"]),
        predicate_of(record["predicate"]),
        curie_of(record["object"]),
        assertion_from_record(assertion) if assertion else None,
    )


def statement_from_record(record: Record) -> Statement:
    """The statement. :raises GraphError: when a field is wrong, or ``id`` is not the triple's hash."""
    with _Reading("statement", record):
        triple = _triple(record)
        if record.get("id", triple.id) != triple.id:
            raise GraphError(
                f"the id {record['id']} is not the hash of {triple}",
                hint="the record was changed by hand; leave the id out, or take the change back",
            )
        return Statement(triple, tuple([evidence_from_record(e) for e in record["evidence"]]))


class _Reading:
    """Turns what a malformed record throws into a GraphError that names the record."""

    __slots__ = ("_record", "_what")

    def __init__(self, what: str, record: Record) -> None:
        self._what, self._record = what, record

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, GraphError):
            return
        if not isinstance(error, KgError | KeyError | TypeError | ValueError | AttributeError):
            return
        what = f"field {error} is missing" if isinstance(error, KeyError) else str(error)
        shown = self._record.get("id", "") if isinstance(self._record, dict) else self._record
        where = f"{self._what} {str(shown)[:80]}".strip()
        raise GraphError(f"malformed {self._what}: {what}", where=where) from error
