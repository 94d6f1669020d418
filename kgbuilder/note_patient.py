"""A note's patient: drugs with dose, route and frequency, allergies, conditions, and what words tell.

Drugs, allergies and conditions are the note's findings as :mod:`kgbuilder.assemble.patient` makes edges
of them, so that what is denied, supposed, past or somebody else's counts for nothing; the rest is the
table ``patient_values.tsv``. A drug whose dose a plan changes is taken; one that it begins is not yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from kgbuilder.assemble.statements import statements_of
from kgbuilder.assemble.table import table_rows
from kgbuilder.errors import ConfigError
from kgbuilder.model import (
    Certainty,
    Curie,
    DrugStatus,
    EntityType,
    Experiencer,
    Finding,
    Patient,
    Polarity,
    Span,
    Statement,
    TakenDrug,
    Temporality,
    TextEvidence,
    is_linked,
)
from kgbuilder.ontology.combinations import product_of
from kgbuilder.reason.patient import demographics_of
from kgbuilder.stages import Reading

__all__ = ["patient_of_reading"]

_KG_PER_POUND = 0.45359237
_SHORTEST_STEM = 5
"""Letters: "azole", "statin", "triptan"; but "5-ASA" says nothing of ASA."""
_NOT_THE_PATIENTS = frozenset(("family_history",))
_LISTS = frozenset(("medications", "discharge_medications", "home_medications"))
_HABITS = (
    "alcohol",
    "ethanol",
    "etoh",
    "grapefruit",
    "tobacco",
    "nicotine use",
    "smoking",
    "cigarette",
)
"""What a note names like a drug and a record holds among the substances."""
_STATUS = {
    Temporality.CURRENT: DrugStatus.CURRENT,
    Temporality.HISTORICAL: DrugStatus.STOPPED,
    Temporality.PLANNED: DrugStatus.PLANNED,
}
_CHANGED = re.compile(
    r"\b(?:increas|decreas|reduc|lower|rais|taper|wean|titrat|adjust|refill|renew)", re.IGNORECASE
)
"""A plan that does so speaks of what is taken already."""
_LEFT = re.compile(
    r"\b(?:switch|chang|convert|transition)\w*\s+(?:\w+\s+)?from\s+(?:\w+\s+)?$", re.IGNORECASE
)
"""So does a plan to leave it for another."""
_DOSE_AND_WHEN = re.compile(
    r"(?P<dose>[\d.,/]+\s*[^\W\d]+(?:/\w+)*)\s+(?P<when>(?:once|twice|thrice|three|four|daily|every|each|at|with"
    r"|in|per|a|weekly|nightly|q\w+|b\.?d|b\.?i\.?d|o\.?d|t\.?[di]\.?[ds])\b.*)",
    re.IGNORECASE,
)


def patient_of_reading(reading: Reading) -> Patient:
    """What one note says of its patient. A drug is told as the note writes it, a condition by its name
    with its identifier, where it has one.
    """
    edges = statements_of(
        reading.document, reading.findings, (), extractor="note", sentences=reading.sentences
    ).statements
    named = {f.concept: f for f in reversed(reading.findings)}
    values = dict(_values(reading.document.text))
    weight = values.get("weight_kg")
    if weight is None and (pounds := values.get("weight_lb")) is not None:
        weight = f"{float(pounds) * _KG_PER_POUND:.1f}"
    age, sex = demographics_of(reading.document.text)
    weeks = _number(values.get("pregnancy_weeks"))
    return Patient(
        id=reading.document.id,
        age=age,
        sex=sex,
        weight_kg=_number(weight),
        egfr=_number(values.get("egfr")),
        child_pugh=values["child_pugh"].upper() if "child_pugh" in values else None,
        pregnant=True if weeks else _truth(values.get("pregnant")),
        pregnancy_weeks=weeks,
        breastfeeding=_truth(values.get("breastfeeding")),
        drugs=_drugs(edges, reading),
        allergies=tuple(_objects(edges, "ALLERGIC_TO", named)),
        conditions=tuple(_conditions(reading.findings)),
        genotype=tuple(sorted((k, v) for k, v in values.items() if _is_gene(k))),
        substances=tuple(
            word for word in ("smoking", "alcohol", "grapefruit") if values.get(word) == "yes"
        ),
    )


def _drugs(edges: Iterable[Statement], reading: Reading) -> tuple[TakenDrug, ...]:
    """Each drug once for each status, with the dose, route and frequency first told of it so."""
    found: dict[tuple[Curie, DrugStatus], TakenDrug] = {}
    products = _products(reading)
    for statement in edges:
        triple, (evidence, *_) = statement.triple, statement.evidence
        meant = triple.assertion
        if (
            triple.predicate.name != "TAKES"
            or meant is None
            or not isinstance(evidence, TextEvidence)
        ):
            continue
        if (meant.polarity, meant.certainty, meant.experiencer) != (
            Polarity.AFFIRMED, Certainty.CERTAIN, Experiencer.PATIENT,
        ):  # fmt: skip
            continue
        finding = _finding_of(statement, evidence.span, reading.findings)
        if products.get(finding.mention.span) == "":
            continue  # told with the first of its product
        drug = _taken(finding, dict(evidence.qualifiers), reading.document.text)
        drug = replace(drug, name=products.get(finding.mention.span, drug.name))
        if not _is_given(drug, evidence.section):
            continue
        held = found.setdefault((triple.object, drug.status), drug)
        if not (held.dose or held.route or held.frequency):
            found[triple.object, drug.status] = drug
    drugs = tuple(found.values())
    return tuple(drug for drug in drugs if not any(_names_again(drug, other) for other in drugs))


def _names_again(drug: TakenDrug, other: TakenDrug) -> bool:
    """Whether "the statin" is the simvastatin that is taken, too: a class by what its names end with."""
    stem, name = drug.name.casefold().removesuffix("s"), other.name.casefold()
    if drug.status is not other.status or len(stem) < _SHORTEST_STEM or not name.endswith(stem):
        return False
    return name[: -len(stem)][-1:].isalpha()


def _products(reading: Reading) -> dict[Span, str]:
    """Place of the first ingredient of "buprenorphine-naloxone" -> the whole; of the others -> ""."""
    text = reading.document.text
    runs: list[list[Finding]] = []
    for finding in sorted(reading.findings, key=lambda f: f.mention.span):
        if finding.mention.type is not EntityType.DRUG:
            continue
        start = finding.mention.span.start
        if runs and text[runs[-1][-1].mention.span.end : start] == "-":
            runs[-1].append(finding)
        else:
            runs.append([finding])
    told: dict[Span, str] = {}
    for run in runs:
        whole = text[run[0].mention.span.start : run[-1].mention.span.end]
        if len(run) > 1 and product_of(whole, [f.name for f in run]) is not None:
            told |= {f.mention.span: "" for f in run[1:]} | {run[0].mention.span: whole}
    return told


def _finding_of(statement: Statement, sentence: Span, findings: Iterable[Finding]) -> Finding:
    """The finding that the patient's edge is about."""
    return next(
        f
        for f in findings
        if f.concept == statement.triple.object
        and f.assertion.without_cues() == statement.triple.assertion
        and sentence.start <= f.mention.span.start < sentence.end
    )


def _taken(finding: Finding, told: Mapping[str, str], text: str) -> TakenDrug:
    status = _STATUS[finding.assertion.temporality]
    start = finding.mention.span.start
    if status is DrugStatus.PLANNED and (
        any(_CHANGED.search(cue.of(text)) for cue in finding.assertion.cues)
        or _LEFT.search(text[max(0, start - 40) : start])
    ):
        status = DrugStatus.CURRENT
    dose, when = told.get("dose", ""), told.get("frequency", "")
    if not when and (both := _DOSE_AND_WHEN.fullmatch(dose)):
        dose, when = both.groups()
    return TakenDrug(finding.mention.text, dose, told.get("route", ""), when, status)


def _is_given(drug: TakenDrug, section: str | None) -> bool:
    """Whether the note names it as a medicine: no habit, no laboratory value, nobody else's."""
    name = drug.name.casefold()
    if section in _NOT_THE_PATIENTS or name.startswith(_HABITS):
        return False
    measured = name in {row["name"] for row in table_rows("measured_substances.tsv")}
    return not measured or section in _LISTS or bool(drug.dose or drug.route or drug.frequency)


def _objects(
    edges: Iterable[Statement], predicate: str, named: dict[Curie, Finding]
) -> Iterator[str]:
    for statement in edges:
        triple = statement.triple
        meant = triple.assertion
        if triple.predicate.name == predicate and (
            meant is None
            or (meant.polarity is Polarity.AFFIRMED and meant.experiencer is Experiencer.PATIENT)
        ):
            yield named[triple.object].mention.text


def _conditions(findings: Iterable[Finding]) -> Iterator[str]:
    """Affirmed, certain conditions of the patient, each once: what was and is chronic counts, too."""
    told: dict[str, None] = {}
    for finding in findings:
        meant = finding.assertion
        if (
            finding.mention.type in (EntityType.DISEASE, EntityType.PHENOTYPE)
            and meant.polarity is Polarity.AFFIRMED
            and meant.certainty is Certainty.CERTAIN
            and meant.experiencer is Experiencer.PATIENT
            and meant.temporality is not Temporality.PLANNED
            and finding.section not in {*_NOT_THE_PATIENTS, "allergies"}
        ):
            id = f" [{finding.concept}]" if is_linked(finding.concept) else ""
            told[f"{finding.name}{id}" if id else finding.mention.text] = None
    yield from told


def _values(text: str) -> Iterator[tuple[str, str]]:
    """Key and value of the first match of each key; a genotype under its gene."""
    seen: set[str] = set()
    for rule in _rules():
        for match in rule.pattern.finditer(text):
            if rule.unless and rule.unless.search(text[max(0, match.start() - 40) : match.start()]):
                continue
            value = rule.value or match["value"]
            key = rule.key
            if key == "genotype":
                key, value = match["gene"].upper(), _phenotype(match["gene"], value)
            if key not in seen:
                seen.add(key)
                yield key, value
            break


def _phenotype(gene: str, value: str) -> str:
    word = value.lower().replace("-", "")
    if gene.upper() == "SLCO1B1":
        return f"{word} function"
    return word if gene.upper().startswith("HLA") else f"{word} metabolizer"


def _is_gene(key: str) -> bool:
    return key.isupper() or key.startswith("HLA-")


def _number(value: str | None) -> float | None:
    return float(value) if value and float(value) > 0 else None


def _truth(value: str | None) -> bool | None:
    return None if value is None else value == "yes"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of the table: ``value`` is what the key becomes, "" for what the pattern's group holds; a
    match is passed over where ``unless`` ends right before it.
    """

    key: str
    pattern: re.Pattern[str]
    value: str
    unless: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    for row in table_rows("patient_values.tsv"):
        try:
            unless = re.compile(row["unless"], re.IGNORECASE) if row["unless"] else None
            pattern = re.compile(row["pattern"], re.IGNORECASE)
        except re.error as error:
            raise ConfigError(f"bad pattern: {error}", where="patient_values.tsv") from error
        rules.append(_Rule(row["key"], pattern, row["value"], unless))
    return tuple(rules)
