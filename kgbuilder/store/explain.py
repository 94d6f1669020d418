"""Why an edge is there: its evidence, down to sentences with offsets, records and premises."""

from __future__ import annotations

from kgbuilder.errors import UnknownName
from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Evidence,
    Statement,
    TextEvidence,
    belief,
    predicate_of,
)
from kgbuilder.model.belief import evidence_probability
from kgbuilder.printable import printable
from kgbuilder.protocols import GraphView
from kgbuilder.store.codec import Record, assertion_to_record

__all__ = ["explain", "explain_statement", "explanation_text"]


def explain(view: GraphView, subject: Curie, predicate: str, object: Curie) -> list[Statement]:
    """The statements between two things, by triple id; a symmetric predicate may be asked either way.

    A patient's edges may be several, as a finding may be there and, later, not.

    :raises UnknownName: for an unknown predicate, or when no such edge is there.
    """
    predicate = predicate.upper()
    kind = predicate_of(predicate)
    ends = [(subject, object), *([(object, subject)] if kind.symmetric else [])]
    found = {
        s.triple.id: s
        for one, other in ends
        for s in view.statements(subject=one, predicate=predicate, object=other)
    }
    if not found:
        between = {
            s.triple.predicate.name
            for one, other in ((subject, object), (object, subject))
            for s in view.statements(subject=one, object=other)
        }
        hint = f"between the two there is {', '.join(sorted(between))}" if between else ""
        missing = [str(end) for end in (subject, object) if view.concept(end) is None]
        if not hint and missing:
            hint = f"the graph does not know {' nor '.join(missing)}"
        raise UnknownName(f"no edge {subject} {predicate} {object}", hint=hint)
    return [found[id] for id in sorted(found)]


def explain_statement(statement: Statement, view: GraphView) -> Record:
    """The statement with names, belief and all its evidence, as a JSON object.

    ``id subject subject_name predicate object object_name belief n_support n_refute evidence``, for a
    patient's edge ``assertion``. Each evidence: ``kind``, ``probability`` in [0, 1] as belief counts
    it, ``refutes``, ``qualifiers``; for text ``document section start end quote extractor``, for
    curated ``source version record how address``, for derived ``rule`` and ``premises``, each of them
    explained like this.
    """
    triple = statement.triple
    record: Record = {
        "id": triple.id,
        "subject": str(triple.subject),
        "subject_name": _name(triple.subject, view),
        "predicate": triple.predicate.name,
        "object": str(triple.object),
        "object_name": _name(triple.object, view),
        "belief": belief(statement),
        "n_support": sum(not e.refutes for e in statement.evidence),
        "n_refute": sum(e.refutes for e in statement.evidence),
        "evidence": [_evidence(e, view) for e in sorted(statement.evidence, key=_weightiest_first)],
    }
    if triple.assertion is not None:
        record["assertion"] = assertion_to_record(triple.assertion)
    return record


def _weightiest_first(evidence: Evidence) -> tuple[bool, float]:
    return evidence.refutes, -evidence_probability(evidence)


def _name(id: Curie, view: GraphView) -> str:
    concept = view.concept(id)
    return concept.name if concept else str(id)


def _evidence(evidence: Evidence, view: GraphView) -> Record:
    record: Record = {
        "probability": evidence_probability(evidence),
        "refutes": evidence.refutes,
        "qualifiers": dict(evidence.qualifiers),
    }
    match evidence:
        case TextEvidence():
            return {
                "kind": "text",
                "document": evidence.document_id,
                "section": evidence.section,
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "extractor": evidence.extractor,
                **record,
            }
        case CuratedEvidence():
            return {
                "kind": "curated",
                "source": evidence.source,
                "version": evidence.version,
                "record": evidence.record_id,
                "how": evidence.how.value,
                "address": evidence.address,
                **record,
            }
        case DerivedEvidence():
            premises = [explain_statement(p, view) for p in evidence.premises]
            return {"kind": "derived", "rule": evidence.rule, **record, "premises": premises}


def explanation_text(record: Record) -> str:
    """What :func:`explain_statement` gives, for a terminal."""
    return "\n".join(map(printable, _lines(record, 0)))


def _lines(record: Record, indent: int) -> list[str]:
    pad = "  " * indent
    meant = record.get("assertion", {})
    aside = ", ".join(v for v in meant.values() if v not in _PLAIN)
    lines = [
        f"{pad}{record['subject_name']} ({record['subject']}) {record['predicate']} "
        f"{record['object_name']} ({record['object']}){f'  [{aside}]' if aside else ''}",
        f"{pad}belief {record['belief']:.3f}, {record['n_support']} for, {record['n_refute']} against",
    ]
    for item in record["evidence"]:
        sign = "-" if item["refutes"] else "+"
        start = f"{pad}  {sign} {item['probability']:.2f}"
        match item["kind"]:
            case "text":
                place = f"document {item['document']} [{item['start']}, {item['end']})"
                section = f", {item['section']}" if item["section"] else ""
                quote = " ".join(item["quote"].split())
                lines.append(f'{start}  "{quote}"')
                lines.append(f"{pad}          {place}{section}, read by {item['extractor']}")
            case "curated":
                address = f", {item['address']}" if item["address"] else ""
                lines.append(
                    f"{start}  {item['source']} {item['version']}, record {item['record']} "
                    f"({item['how']}{address})"
                )
            case _:
                lines.append(f"{start}  by rule {item['rule']}, from")
                lines += [line for p in item["premises"] for line in _lines(p, indent + 3)]
        lines += [f"{pad}          {k}: {v}" for k, v in item["qualifiers"].items()]
    return lines


_PLAIN = ("affirmed", "certain", "current", "patient")
