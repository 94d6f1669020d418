"""The graph that a Cypher user sees, in ArcadeDB and in Neo4j alike: labels, properties, statements.

    (:Drug:Entity {id, name, synonyms, linked})-[:TREATS {id, belief, n_support, n_refute, quote}]->()
    (:Evidence {statement_id, kind, quote, probability, refutes, ...})-[:FROM]->(:Document {id, text})

A node has the label of its type and, that it may be found by ``id`` alone, ``Entity``. A relationship's
evidence is found by ``statement_id``, which equals its ``id``. What is shown may be shortened or mended
(see ``keys``); ``record`` holds the noun exactly, as JSON of ``codec``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Document,
    Evidence,
    TextEvidence,
    Triple,
    content_hash,
    is_linked,
)
from kgbuilder.model.belief import event_of, evidence_probability
from kgbuilder.model.concept import Concept
from kgbuilder.model.statement import evidence_key
from kgbuilder.model.vocabulary import PATIENT
from kgbuilder.store.codec import (
    Record,
    concept_from_record,
    concept_to_record,
    document_from_record,
    document_to_record,
    evidence_from_record,
    evidence_to_record,
    parse_record,
    triple_to_record,
)
from kgbuilder.store.json_lines import to_line
from kgbuilder.store.keys import key_of, shown
from kgbuilder.store.network import edge_attributes
from kgbuilder.store.tally import Tally

__all__ = [
    "HIDDEN",
    "Properties",
    "bare_properties",
    "concept_of_row",
    "concept_properties",
    "document_of_row",
    "document_properties",
    "edge_properties",
    "event_property",
    "evidence_of_row",
    "evidence_properties",
    "ledger_properties",
]

HIDDEN = frozenset({"record", "names", "tally", "event"})
"""What a query's rows leave out. ``names`` is for full text, see ``arcade_search``; ``tally`` of an edge
and ``event`` of its evidence are for merging, see ``tally``."""

Properties = dict[str, str | int | float | bool | list[str]]


def concept_properties(concept: Concept) -> Properties:
    """Of a node that a concept describes."""
    return {
        "id": key_of(concept.id),
        "name": shown(concept.name),
        "synonyms": [shown(name) for name in concept.synonyms],
        "linked": is_linked(concept.id),
        "record": to_line(concept_to_record(concept)),
    }


def bare_properties(id: Curie) -> Properties:
    """Of a node that only relationships name: no concept, so no ``record``."""
    name = id.local_id if id.prefix == PATIENT else str(id)
    return {"id": key_of(id), "name": shown(name), "synonyms": [], "linked": is_linked(id)}


def edge_properties(triple: Triple, tally: Tally) -> Properties:
    """Of a relationship, which has its ends and type beside."""
    row: Record = edge_attributes(triple, tally)
    for name, value in row.items():
        if isinstance(value, str) and not value.isascii():
            row[name] = shown(value)
    row["record"] = to_line(triple_to_record(triple))
    row["tally"] = tally.line()
    return row


def event_property(triple: Triple, evidence: Evidence) -> str:
    """``event`` of evidence: a hash of what it is one event with."""
    return content_hash(event_of(evidence, triple.id))


def document_properties(document: Document) -> Properties:
    """Of a document; its text is left out of ``record`` where the property ``text`` is exact."""
    record = document_to_record(document)
    text = shown(document.text)
    if text == document.text:
        del record["text"]
    plain = ("source", "kind", "title", "date", "language", "version")
    return {
        "id": key_of(document.id),
        "text": text,
        **{name: shown(record[name]) for name in plain if name in record},
        "record": to_line(record),
    }


def ledger_properties(key: str, digest: str) -> Properties:
    """Of a line of the ledger."""
    return {"id": key, "record": to_line({"digest": digest})}


def evidence_properties(triple: Triple, evidence: Evidence, key: str = "") -> Properties:
    """Of a piece of evidence; ``probability`` in [0, 1] as belief counts it.

    ``subject`` and ``object`` lead from a quote to its edge, which Neo4j finds by its start, not by
    ``statement_id`` alone, as long as its type is not known.

    :param key: its ``evidence_key``, where that is known.
    """
    line = to_line(evidence_to_record(evidence))
    properties: Record = {
        "statement_id": triple.id,
        "subject": key_of(triple.subject),
        "predicate": triple.predicate.name,
        "object": key_of(triple.object),
        "key": key or evidence_key(evidence),
        "event": event_property(triple, evidence),
        "probability": evidence_probability(evidence),
        "refutes": evidence.refutes,
        "record": line,
    }
    match evidence:
        case TextEvidence():
            more: Record = {
                "kind": "text",
                "document": key_of(evidence.document_id),
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "section": evidence.section or "",
                "extractor": evidence.extractor,
            }
        case CuratedEvidence():
            more = {
                "kind": "curated",
                "source": evidence.source,
                "version": evidence.version,
                "record_id": evidence.record_id,
                "how": evidence.how.value,
                "address": evidence.address,
            }
        case DerivedEvidence():
            more = {"kind": "derived", "rule": evidence.rule}
    # Then so is all that it holds: a line is escaped only for half a surrogate pair.
    is_plain = line.isascii() and "\\ud" not in line
    for name, value in more.items():
        if value != "":
            properties[name] = value if is_plain or not isinstance(value, str) else shown(value)
    return properties


def concept_of_row(row: Mapping[str, Any]) -> Concept:
    """The concept whose ``record`` a database gave back."""
    return concept_from_record(parse_record(row["record"], where="concept"))


def document_of_row(row: Mapping[str, Any]) -> Document:
    """The document whose ``record`` and ``text`` a database gave back."""
    record = parse_record(row["record"], where="document")
    return document_from_record({"text": row["text"], **record})


def evidence_of_row(row: Mapping[str, Any]) -> Evidence:
    """The evidence whose ``record`` a database gave back."""
    return evidence_from_record(parse_record(row["record"], where="evidence"))
