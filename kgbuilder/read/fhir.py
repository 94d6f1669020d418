"""FHIR Bundles (R4, R5) as patient records: Patient, Condition, Observation, AllergyIntolerance, and
MedicationStatement and MedicationRequest with the Medication they refer to. Every other resource is
counted in ``not_read``.

Format: https://hl7.org/fhir/R4/. The age is that at the latest date of the bundle, never at today's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from kgbuilder.model import (
    Coded,
    CodedDrug,
    CodedFinding,
    CodedValue,
    Curie,
    DrugStatus,
    PatientRecord,
    TakenDrug,
)
from kgbuilder.read.json_parts import curie_in, items_in, number_in, object_in, text_in

__all__ = ["SYSTEMS", "is_fhir_bundle", "record_of_bundle"]

Json = dict[str, Any]

SYSTEMS: dict[str, str] = {
    "http://human-phenotype-ontology.org": "HP",
    "http://purl.obolibrary.org/obo/hp.owl": "HP",
    "http://snomed.info/sct": "SNOMEDCT",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://www.omim.org": "OMIM",
}
"""Address of a code system -> our prefix."""

_MEDICATION = ("MedicationStatement", "MedicationRequest")
_STATUS = {
    "stopped": DrugStatus.STOPPED,
    "completed": DrugStatus.STOPPED,
    "not-taken": DrugStatus.STOPPED,
    "ended": DrugStatus.STOPPED,
    "cancelled": DrugStatus.STOPPED,
    "on-hold": DrugStatus.STOPPED,
    "intended": DrugStatus.PLANNED,
    "draft": DrugStatus.PLANNED,
}
"""What is neither here nor in error is taken now."""
_NO_ORDER = frozenset({"plan", "proposal", "option"})
_OVER = frozenset({"resolved", "inactive", "remission"})
_UNSURE = frozenset({"provisional", "differential", "unconfirmed"})
_ABSENT = frozenset(
    {"absent", "negative", "not present", "not detected", "no", "false", "not pregnant"}
)
_PRESENT = frozenset({"present", "positive", "detected", "yes", "true", "pregnant"})


def is_fhir_bundle(value: Any) -> bool:
    """Whether this parsed JSON is one."""
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def record_of_bundle(bundle: Json) -> PatientRecord:
    """The patient of a bundle. Never fails on content: what cannot be used is in ``not_read``. Of
    several patients the first is meant, and what refers to another is left aside.
    """
    resources = [object_in(entry, "resource") for entry in items_in(bundle, "entry")]
    patients = [r for r in resources if r.get("resourceType") == "Patient"]
    patient = patients[0] if patients else {}
    not_read = [f"{len(patients)} patients: only the first is meant"] if len(patients) > 1 else []
    if not patients:
        not_read.append("no Patient resource")
    own = [r for r in resources if r is patient or not _is_of_another(r, patient, len(patients))]
    findings: list[CodedFinding] = []
    values: list[CodedValue] = []
    medicines: list[CodedDrug] = []
    allergies: list[Coded] = []
    others: Counter[str] = Counter()
    named = dict(_medications(bundle))
    for resource in own:
        match resource.get("resourceType"):
            case "Patient" | "Medication":
                pass
            case "Condition":
                findings += _condition(resource, not_read)
            case "Observation":
                found, measured = _observation(resource, not_read)
                findings += found
                values += measured
            case kind if kind in _MEDICATION:
                medicines += _medicine(resource, named, not_read)
            case "AllergyIntolerance":
                allergies += _allergy(resource, not_read)
            case other:
                others[str(other)] += 1
    not_read += [f"{n} resources of type {kind}" for kind, n in sorted(others.items())]
    not_read += [f"{len(resources) - len(own)} resources of another patient"] * (own != resources)
    age, why = _age(patient, resources)
    gender = text_in(patient, "gender").upper()
    return PatientRecord(
        text_in(patient, "id") or text_in(bundle, "id") or "bundle",
        tuple(findings),
        tuple(values),
        tuple(medicines),
        tuple(allergies),
        age=age,
        sex=gender if gender in ("MALE", "FEMALE") else None,
        not_read=tuple(dict.fromkeys([*not_read, *why])),
    )


def _is_of_another(resource: Json, patient: Json, n_patients: int) -> bool:
    said = text_in(object_in(resource, "subject"), "reference")
    said = said or text_in(object_in(resource, "patient"), "reference")
    if n_patients < 2 or not said:
        return False
    return said.rpartition("/")[2].removeprefix("urn:uuid:") != text_in(patient, "id")


def _condition(resource: Json, not_read: list[str]) -> list[CodedFinding]:
    thing = _thing(object_in(resource, "code"))
    status = _code(object_in(resource, "verificationStatus"))
    if thing is None or status == "entered-in-error":
        return []
    if status in _UNSURE:
        not_read.append(f"condition {thing.text}: {status}")
        return []
    is_over = _code(object_in(resource, "clinicalStatus")) in _OVER
    return [CodedFinding(thing, status != "refuted", is_over)]


def _observation(
    resource: Json, not_read: list[str]
) -> tuple[list[CodedFinding], list[CodedValue]]:
    if text_in(resource, "status") in ("entered-in-error", "cancelled"):
        return [], []
    findings, values = [], []
    for part in (resource, *items_in(resource, "component")):
        thing = _thing(object_in(part, "code"))
        quantity = object_in(part, "valueQuantity")
        number = number_in(quantity, "value")
        if thing is not None and number is not None:
            unit = text_in(quantity, "unit") or text_in(quantity, "code")
            values.append(CodedValue(thing, number, unit))
            continue
        there = _is_there(part)
        if thing is not None and there is not None:
            findings.append(CodedFinding(thing, there))
        elif thing is not None and not items_in(part, "component"):
            not_read.append(f"observation {thing.text}: no number, and neither present nor absent")
    return findings, values


def _is_there(part: Json) -> bool | None:
    """What an observation without a number says; None where it says neither."""
    said = part.get("valueBoolean")
    if isinstance(said, bool):
        return said
    words = [text_in(part, "valueString"), *_words(object_in(part, "valueCodeableConcept"))]
    for word in (word.casefold() for word in words if word):
        if word in _ABSENT or word in _PRESENT:
            return word in _PRESENT
    return None


def _medications(bundle: Json) -> Iterator[tuple[str, Json]]:
    """The code of every Medication, by each address that a prescription may give for it."""
    for entry in items_in(bundle, "entry"):
        resource = object_in(entry, "resource")
        if resource.get("resourceType") == "Medication":
            id = text_in(resource, "id")
            for address in (text_in(entry, "fullUrl"), f"Medication/{id}", id):
                yield address, object_in(resource, "code")


def _medicine(
    resource: Json, named: Mapping[str, Json], not_read: list[str]
) -> Iterator[CodedDrug]:
    contained = {
        f"#{text_in(part, 'id')}": object_in(part, "code")
        for part in items_in(resource, "contained")
    }
    five = object_in(resource, "medication")  # as R5 has it
    at = text_in(object_in(resource, "medicationReference"), "reference")
    at = at or text_in(object_in(five, "reference"), "reference")
    code = object_in(resource, "medicationCodeableConcept") or object_in(five, "concept")
    thing = _thing(code or {**named, **contained}.get(at, {}))
    status = text_in(resource, "status")
    if thing is None:
        not_read.append("a medication without a code or text")
        return
    if status == "entered-in-error":
        return
    meant = _STATUS.get(status, DrugStatus.CURRENT)
    if meant is DrugStatus.CURRENT and text_in(resource, "intent") in _NO_ORDER:
        meant = DrugStatus.PLANNED
    dosages = (*items_in(resource, "dosage"), *items_in(resource, "dosageInstruction"), {})
    yield CodedDrug(thing, _dosed(thing.text, dosages[0], meant))


def _dosed(name: str, dosage: Json, status: DrugStatus) -> TakenDrug:
    """Dose and route as they are coded; the frequency in the words of the dosage."""
    rate: Json = next(iter(items_in(dosage, "doseAndRate")), {})
    quantity = object_in(rate, "doseQuantity") or object_in(dosage, "doseQuantity")
    number = number_in(quantity, "value")
    unit = text_in(quantity, "unit") or text_in(quantity, "code")
    route = next(iter(_words(object_in(dosage, "route"))), "")
    when = next(iter(_words(object_in(dosage, "timing", "code"))), "") or text_in(dosage, "text")
    dose = "" if number is None else f"{number:g} {unit}".strip()
    return TakenDrug(name, dose, route, when, status)


def _allergy(resource: Json, not_read: list[str]) -> list[Coded]:
    thing = _thing(object_in(resource, "code"))
    status = _code(object_in(resource, "verificationStatus"))
    if thing is None or status in ("entered-in-error", "refuted"):
        return []
    if status in _UNSURE:
        not_read.append(f"allergy {thing.text}: {status}")
        return []
    return [thing]


def _age(patient: Json, resources: Iterable[Json]) -> tuple[str | None, list[str]]:
    """Age at the latest date that a resource bears, and why there is none."""
    born = _date(text_in(patient, "birthDate"))
    if born is None:
        return None, []
    keys = ("effectiveDateTime", "recordedDate", "onsetDateTime", "dateAsserted", "issued", "date")
    dates = [_date(text_in(resource, key)) for resource in resources for key in keys]
    known = [d for d in dates if d is not None and d >= born]
    if not known:
        return None, ["birthDate: no other date in the bundle to reckon the age at"]
    last = max(known)
    months = (last.year - born.year) * 12 + last.month - born.month - (last.day < born.day)
    return (f"P{months // 12}Y" if months >= 24 else f"P{max(months, 0)}M"), []


def _date(text: str) -> date | None:
    """Of ``2020-03-01T10:00:00Z`` the day; ``2020-03`` and ``2020`` their first."""
    parts = [*text[:10].split("-"), "1", "1"][:3] if text[:4].isdigit() else []
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def _thing(concept: Json) -> Coded | None:
    codes, words = list[Curie](), _words(concept)
    for coding in items_in(concept, "coding"):
        prefix, code = SYSTEMS.get(text_in(coding, "system")), text_in(coding, "code")
        if not prefix or not code:
            continue
        id = curie_in(code if code.upper().startswith(f"{prefix}:") else f"{prefix}:{code}")
        if id is not None:
            codes.append(id)
    if not codes and not words:
        return None
    return Coded(tuple(codes), words[0] if words else str(codes[0]))


def _words(concept: Json) -> list[str]:
    words = [text_in(concept, "text")]
    words += [text_in(coding, "display") for coding in items_in(concept, "coding")]
    return [word for word in words if word]


def _code(concept: Json) -> str:
    return next((text_in(coding, "code") for coding in items_in(concept, "coding")), "")
