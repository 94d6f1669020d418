"""A note's patient: drugs with dose, route and frequency, allergies, conditions, and what words tell.

Drugs, allergies and conditions are the note's findings as :mod:`kgbuilder.assemble.patient` makes edges
of them, so that what is denied, supposed, past or somebody else's counts for nothing; the rest is the
table ``patient_values.tsv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    Statement,
    TakenDrug,
    Temporality,
    is_linked,
)
from kgbuilder.reason.patient import demographics_of
from kgbuilder.stages import Reading

__all__ = ["patient_of_reading"]

_KG_PER_POUND = 0.45359237
_NOT_THE_PATIENTS = frozenset(("family_history",))
_SUBSTANCES = ("alcohol", "ethanol", "grapefruit", "tobacco", "nicotine use")
"""What a note names like a drug and a record holds among the substances."""
_STATUS = {
    Temporality.CURRENT: DrugStatus.CURRENT,
    Temporality.HISTORICAL: DrugStatus.STOPPED,
    Temporality.PLANNED: DrugStatus.PLANNED,
}


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
        drugs=tuple(_drugs(edges, named)),
        allergies=tuple(_objects(edges, "ALLERGIC_TO", named)),
        conditions=tuple(_conditions(reading.findings)),
        genotype=tuple(sorted((k, v) for k, v in values.items() if _is_gene(k))),
        substances=tuple(
            word for word in ("smoking", "alcohol", "grapefruit") if values.get(word) == "yes"
        ),
    )


def _drugs(edges: Iterable[Statement], named: dict[Curie, Finding]) -> Iterator[TakenDrug]:
    """Current before stopped before planned mentions of one drug: a drug that was stopped and is taken
    again is taken.
    """
    for statement in edges:
        triple = statement.triple
        meant = triple.assertion
        if triple.predicate.name != "TAKES" or meant is None:
            continue
        if (meant.polarity, meant.certainty, meant.experiencer) != (
            Polarity.AFFIRMED, Certainty.CERTAIN, Experiencer.PATIENT,
        ):  # fmt: skip
            continue
        for evidence in statement.evidence[:1]:
            told = dict(evidence.qualifiers)
            section = getattr(evidence, "section", None)
            if section in _NOT_THE_PATIENTS:
                continue
            status = _STATUS[meant.temporality]
            if section == "plan" and status is DrugStatus.CURRENT:
                status = DrugStatus.PLANNED
            name = named[triple.object].mention.text
            if name.casefold().startswith(_SUBSTANCES):
                continue
            yield TakenDrug(
                name, told.get("dose", ""), told.get("route", ""), told.get("frequency", ""), status
            )


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
