"""An interaction report as JSON for programs and as text for the terminal.

The JSON is that of the house plan: ``drugs``, ``interactions``, ``none_known``, ``not_checked``; beside
them ``combinations`` (three drugs and more), ``alternatives``, and, where a patient was described,
``patient``: ``record``, ``warnings``, ``not_understood``. Every statement in ``because`` spells its
evidence out, down to premises.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import fields
from typing import Any

from kgbuilder.model import (
    Alternative,
    Combination,
    CuratedEvidence,
    DerivedEvidence,
    DrugAnswer,
    DrugStatus,
    Evidence,
    How,
    Interaction,
    InteractionReport,
    NamedDrug,
    Patient,
    PatientAnswer,
    PatientWarning,
    Severity,
    Statement,
    TextEvidence,
    belief,
)
from kgbuilder.printable import printable

__all__ = ["patient_to_json", "report_to_json", "report_to_text"]

_GRAVEST_FIRST = (
    Severity.CONTRAINDICATED,
    Severity.MAJOR,
    Severity.MODERATE,
    Severity.MINOR,
    Severity.UNKNOWN,
)
_DIGITS = 4
_SHOWN = 2
"""Pieces of evidence that the text tells of one premise."""


def report_to_json(report: InteractionReport) -> dict[str, Any]:
    """Plain values only. ``drugs`` of a pair are ids where the pair was understood, else names."""
    told: dict[str, Any] = {
        "drugs": [_drug_to_json(drug) for drug in report.drugs],
        "interactions": [_interaction_to_json(i) for i in report.interactions],
        "none_known": [
            {"drugs": list(pair.drugs), "compared": list(pair.compared)}
            for pair in report.none_known
        ],
        "not_checked": [
            {"drugs": list(pair.drugs), "which": list(pair.which), "why": pair.why}
            for pair in report.not_checked
        ],
        "combinations": [_combination_to_json(c) for c in report.combinations],
        "alternatives": [_alternative_to_json(a) for a in report.alternatives],
    }
    if report.patient is not None:
        told["patient"] = {
            "record": patient_to_json(report.patient.record),
            "warnings": [_warning_to_json(w) for w in report.patient.warnings],
            "not_understood": list(report.patient.not_understood),
        }
    return told


def patient_to_json(patient: Patient) -> dict[str, Any]:
    """As ``kgbuilder.read.patient_record`` reads it, every key there."""
    told = {f.name: getattr(patient, f.name) for f in fields(Patient)}
    told["drugs"] = [{f.name: str(getattr(d, f.name)) for f in fields(d)} for d in patient.drugs]
    told["genotype"] = dict(patient.genotype)
    return {key: list(v) if isinstance(v, tuple) else v for key, v in told.items()}


def _combination_to_json(combination: Combination) -> dict[str, Any]:
    return {
        "drugs": [str(drug) for drug in combination.drugs],
        "names": list(combination.names),
        "rule": combination.rule,
        "severity": combination.severity.value,
        "mechanism": combination.mechanism,
        "effect": combination.effect,
        "management": combination.management,
        "belief": round(combination.belief, _DIGITS),
        "because": [_statement_to_json(s) for s in combination.because],
    }


def _alternative_to_json(alternative: Alternative) -> dict[str, Any]:
    sides = ("instead_of", "against", "use")
    named = {side: getattr(alternative, side) for side in sides}
    return {
        **{side: _named_to_json(drug) for side, drug in named.items()},
        "class": alternative.drug_class,
        "reason": alternative.reason,
    }


def _warning_to_json(warning: PatientWarning) -> dict[str, Any]:
    return {
        "drug": str(warning.drug),
        "name": warning.name,
        "kind": warning.kind,
        "about": warning.about,
        "severity": warning.severity.value,
        "effect": warning.effect,
        "management": warning.management,
        "belief": round(warning.belief, _DIGITS),
        "because": [_statement_to_json(s) for s in warning.because],
    }


def _drug_to_json(drug: DrugAnswer) -> dict[str, Any]:
    """``correction`` is there only where a misspelt name may be meant for a drug, ``ingredients`` only
    where the name stands for several, ``contents`` where these are a product's, ``own_name`` where a
    salt or the like was given that is checked as its drug, ``form`` where the name says a local form,
    ``why`` where it was not taken for a drug or names a class.
    """
    told: dict[str, Any] = {
        "input": drug.input,
        "name": drug.name,
        "id": str(drug.id) if drug.id else None,
    }
    if drug.correction is not None:
        told["correction"] = _named_to_json(drug.correction)
    if drug.ingredients:
        told["ingredients"] = [_named_to_json(one) for one in drug.ingredients]
    if drug.contents:
        told["contents"] = drug.contents
    if drug.own_name:
        told["own_name"] = drug.own_name
    if drug.form:
        told["form"] = drug.form
    if drug.why:
        told["why"] = drug.why
    return told


def _named_to_json(drug: NamedDrug) -> dict[str, str]:
    return {"name": drug.name, "id": str(drug.id)}


def _interaction_to_json(interaction: Interaction) -> dict[str, Any]:
    return {
        "drugs": [str(drug) for drug in interaction.drugs],
        "names": list(interaction.names),
        "severity": interaction.severity.value,
        "mechanism": interaction.mechanism,
        "effect": interaction.effect,
        "management": interaction.management,
        "onset": interaction.onset,
        "grades": [{"by": by, "severity": grade} for by, grade in _grades(interaction)],
        "belief": round(interaction.belief, _DIGITS),
        "because": [_statement_to_json(s) for s in interaction.because],
    }


def _grades(interaction: Interaction) -> list[tuple[str, str]]:
    """Who grades it how, in each one's own words, each thing once: sources may disagree."""
    told = (
        (_graded_by(evidence), grade)
        for statement in interaction.because
        for evidence in sorted(statement.evidence, key=_gravity)
        if not evidence.refutes and (grade := dict(evidence.qualifiers).get("severity", ""))
    )
    return list(dict.fromkeys(told))


def _graded_by(evidence: Evidence) -> str:
    match evidence:
        case TextEvidence():
            return evidence.document_id
        case CuratedEvidence():
            return evidence.source
        case DerivedEvidence():
            return f"kgbuilder, {evidence.rule}"


def _statement_to_json(statement: Statement) -> dict[str, Any]:
    triple = statement.triple
    return {
        "id": triple.id,
        "subject": str(triple.subject),
        "predicate": triple.predicate.name,
        "object": str(triple.object),
        "belief": round(belief(statement), _DIGITS),
        "evidence": [_evidence_to_json(e) for e in statement.evidence],
    }


def _evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    shared: dict[str, Any] = {"refutes": evidence.refutes, **dict(evidence.qualifiers)}
    match evidence:
        case TextEvidence():
            return {
                "kind": "text",
                "document": evidence.document_id,
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
                "section": evidence.section,
                "extractor": evidence.extractor,
                "probability": round(evidence.probability, _DIGITS),
                **shared,
            }
        case CuratedEvidence():
            return {
                "kind": "record",
                "source": evidence.source,
                "version": evidence.version,
                "record_id": evidence.record_id,
                "how": evidence.how.value,
                "address": evidence.address,
                **shared,
            }
        case DerivedEvidence():
            return {
                "kind": "derivation",
                "rule": evidence.rule,
                "premises": [_statement_to_json(p) for p in evidence.premises],
                **shared,
            }


def report_to_text(report: InteractionReport) -> str:
    """For a terminal: the gravest first, and "not checked" clearly apart from "none known"."""
    lines = ["Drugs", *(f"  {line}" for line in _drug_lines(report))]
    ranked = sorted(
        report.interactions, key=lambda i: (_GRAVEST_FIRST.index(i.severity), i.names, i.drugs)
    )
    lines += ["", f"Interactions: {len(ranked)}"]
    for interaction in ranked:
        lines += ["", *_danger_lines(interaction, " + ".join(interaction.names))]
    lines += [
        "",
        f"None known: {len(report.none_known)} (both drugs are covered; nothing was found)",
    ]
    lines += [f"  {a} + {b}" for a, b in (pair.drugs for pair in report.none_known)]
    for compared in sorted({pair.compared for pair in report.none_known}):
        lines.append(f"  compared: {', '.join(compared)}")
    lines += ["", f"NOT CHECKED: {len(report.not_checked)} (nothing can be said about these)"]
    for unsaid in report.not_checked:
        lines += [f"  {unsaid.drugs[0]} + {unsaid.drugs[1]}", f"      {unsaid.why}"]
    if report.combinations:
        lines += ["", f"Together, three drugs or more: {len(report.combinations)}"]
        for combination in report.combinations:
            head = f"{' + '.join(combination.names)}: {combination.rule}"
            lines += ["", *(f"  {line}" for line in _danger_lines(combination, head))]
    if report.patient is not None:
        lines += ["", *_patient_lines(report.patient, {d.input.casefold() for d in report.drugs})]
    if report.alternatives:
        lines += ["", f"Alternatives: {len(report.alternatives)}"]
        lines += [f"  instead of {a.instead_of.name}: {a.reason}" for a in report.alternatives]
    return "\n".join(map(printable, lines))


def _drug_lines(report: InteractionReport) -> Iterator[str]:
    for drug in report.drugs:
        taken = f"{drug.name} ({drug.id})" if drug.id else "NOT CHECKED"
        if drug.ingredients:
            taken = ", ".join(f"{one.name} ({one.id})" for one in drug.ingredients)
            told = f"a product, by {drug.contents}" if drug.contents else "several names in one"
            taken += f" [{told}]"
        if drug.own_name:
            taken = f"{drug.own_name}, checked as {taken}"
        if drug.form:
            taken += (
                f"; the form ({drug.form}) lowers a grade only where little_absorbed.tsv says that "
                "little reaches the blood: other grades are those of the drug in the whole body"
            )
        if drug.why and not drug.correction:
            taken += f", {drug.why}"
        if drug.correction:
            taken += f"; did you mean {drug.correction.name}? ({drug.correction.id}, not taken)"
        yield f"{drug.input}: {taken}"


def _patient_lines(answer: PatientAnswer, checked: Container[str]) -> Iterator[str]:
    """:param checked: names of what was checked, folded."""
    yield f"Patient: {len(answer.warnings)} warnings"
    for status in (DrugStatus.STOPPED, DrugStatus.PLANNED):
        names = answer.record.of_status(status)
        how = " (--planned checks them, too)" if status is DrugStatus.PLANNED else ""
        if apart := [name for name in names if name.casefold() not in checked]:
            yield f"  {status}, not checked: {', '.join(apart)}{how}"
        if among := [name for name in names if name.casefold() in checked]:
            yield f"  {status}, checked with the others: {', '.join(among)}"
    for warning in answer.warnings:
        yield ""
        head = f"{warning.name}: {warning.kind}, {warning.about}"
        yield from (f"  {line}" for line in _danger_lines(warning, head))
    told: dict[str, list[str]] = {}
    for unknown in answer.not_understood:
        what, _, why = unknown.rpartition(": ")
        told.setdefault(why, []).append(what)
    for why, unknowns in told.items():
        yield f"  NOT CHECKED, {why}: {'; '.join(unknowns)}"


def _danger_lines(found: Interaction | Combination | PatientWarning, head: str) -> Iterator[str]:
    shown = ">0.99" if found.belief > 0.99 else f"{found.belief:.2f}"
    yield f"{found.severity.upper()}  {head}   belief {shown}"
    grades = _grades(found) if isinstance(found, Interaction) else []
    if len({grade for _, grade in grades}) > 1:
        yield f"  graded: {'; '.join(f'{grade} ({by})' for by, grade in grades)}"
    mechanism = "" if isinstance(found, PatientWarning) else found.mechanism
    onset = found.onset if isinstance(found, Interaction) else ""
    for label, text in (
        ("mechanism", mechanism),
        ("effect", found.effect),
        ("onset", onset),
        ("management", found.management),
    ):
        if text:
            yield f"  {label}: {text}"
    yield "  because:"
    for statement in found.because:
        for evidence in sorted(statement.evidence, key=_gravity):
            yield from _evidence_lines(evidence, "    ")


def _gravity(evidence: Evidence) -> int:
    """Places the gravest evidence first; what carries no grade of ours comes last."""
    grade = dict(evidence.qualifiers).get("severity", "")
    return _GRAVEST_FIRST.index(Severity(grade)) if grade in set(Severity) else len(_GRAVEST_FIRST)


def _evidence_lines(evidence: Evidence, indent: str) -> Iterator[str]:
    sign = "AGAINST: " if evidence.refutes else ""
    match evidence:
        case TextEvidence():
            span = f"{evidence.span.start}-{evidence.span.end}"
            where = f"{evidence.document_id} [{span}]"
            yield f'{indent}- {sign}"{evidence.quote}" {where}, read by {evidence.extractor}'
        case CuratedEvidence():
            yield f"{indent}- {sign}{_record(evidence)}"
        case DerivedEvidence():
            grade = dict(evidence.qualifiers).get("severity", "")
            reason = dict(evidence.qualifiers).get("reason", "")
            yield f"{indent}- {sign}{evidence.rule} -> {grade}{': ' if reason else ''}{reason}"
            for premise in evidence.premises:
                yield f"{indent}    {premise.triple}"
                yield from _premise_lines(premise.evidence, f"{indent}      ")


def _premise_lines(evidence: Iterable[Evidence], indent: str) -> Iterator[str]:
    """What a premise rests on: what was looked up goes first, and of many a few stand for all."""
    ordered = sorted(evidence, key=_is_recalled)
    for item in ordered[:_SHOWN]:
        yield from _evidence_lines(item, indent)
    if len(ordered) > _SHOWN:
        yield f"{indent}- and {len(ordered) - _SHOWN} more (--json tells all)"


def _is_recalled(evidence: Evidence) -> bool:
    return isinstance(evidence, CuratedEvidence) and evidence.how is How.RECALLED


def _record(evidence: CuratedEvidence) -> str:
    version = f" ({evidence.version})" if evidence.version else ""
    address = f" <{evidence.address}>" if evidence.address else ""
    mark = " RECALLED, NOT LOOKED UP" if evidence.how is How.RECALLED else ""
    grade = dict(evidence.qualifiers).get("severity", "")
    said = f" says {grade}" if grade else ""
    return f"{evidence.source}{version}: {evidence.record_id}{said}{address}{mark}"
