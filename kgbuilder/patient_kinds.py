"""One patient in two kinds of record: by names, as drugs are checked; by codes, as diseases are ranked.

Neither holds all of the other. What is left aside is told in ``not_read``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgbuilder.errors import UsageError
from kgbuilder.model import (
    Coded,
    CodedDrug,
    CodedFinding,
    CodedValue,
    Curie,
    Patient,
    PatientRecord,
)

__all__ = ["patient_of", "record_of"]

_EGFR = frozenset(
    f"LOINC:{code}" for code in ("33914-3", "48642-3", "62238-1", "77147-7", "98979-8")
)
_WEIGHT = frozenset(f"LOINC:{code}" for code in ("29463-7", "3141-9"))
_KG_OF = {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237, "lb": 0.45359237, "lbs": 0.45359237}
_PREGNANT = frozenset(
    ("pregnant", "pregnancy", "pregnancy status", "SNOMEDCT:77386006", "LOINC:82810-3")
)
_BREASTFEEDING = frozenset(
    ("breastfeeding", "breast feeding", "breastfeeding status", "lactating", "lactation")
)
_NAMED_ID = re.compile(r"(.*\S)\s*\[([^\[\]]+)\]\s*")


def patient_of(record: Patient | PatientRecord) -> Patient:
    """The record for checking drugs. A diagnosis that the record states is a condition."""
    if isinstance(record, Patient):
        return record
    now = [f for f in record.findings if not f.is_over]
    there = [f.thing for f in now if f.present]
    left_aside = [v for v in record.values if not _is(v.thing, _EGFR | _WEIGHT | {"egfr"})]
    told = [f"{len(left_aside)} measured values: no rule is about them"] if left_aside else []
    told += [f"{f.thing.text}: it is over" for f in record.findings if f.is_over and f.present]
    return Patient(
        id=record.id,
        age=record.age,
        sex=record.sex,
        weight_kg=_weight(record.values),
        egfr=next((v.number for v in record.values if _is(v.thing, _EGFR | {"egfr"})), None),
        pregnant=_whether(now, _PREGNANT),
        breastfeeding=_whether(now, _BREASTFEEDING),
        drugs=tuple(medicine.taken for medicine in record.medicines),
        allergies=tuple(thing.text for thing in record.allergies),
        conditions=tuple(
            _named(thing)
            for thing in (*there, *record.diseases)
            if not _is(thing, _PREGNANT | _BREASTFEEDING)
        ),
        not_read=(*record.not_read, *told),
    )


def record_of(patient: Patient | PatientRecord) -> PatientRecord:
    """The record for ranking diseases."""
    if isinstance(patient, PatientRecord):
        return patient
    egfr = [CodedValue(Coded((), "eGFR"), patient.egfr, "")] if patient.egfr is not None else []
    return PatientRecord(
        patient.id or "patient",
        tuple(CodedFinding(_coded(condition), True) for condition in patient.conditions),
        tuple(egfr),
        tuple(CodedDrug(Coded((), drug.name), drug) for drug in patient.drugs),
        tuple(Coded((), allergen) for allergen in patient.allergies),
        age=patient.age,
        sex=patient.sex,
        not_read=patient.not_read,
    )


def _is(thing: Coded, names: frozenset[str] | set[str]) -> bool:
    return thing.text.casefold() in names or any(str(code) in names for code in thing.codes)


def _whether(findings: Iterable[CodedFinding], names: frozenset[str]) -> bool | None:
    said = [f.present for f in findings if _is(f.thing, names)]
    return any(said) if said else None


def _weight(values: Iterable[CodedValue]) -> float | None:
    for value in values:
        per_unit = _KG_OF.get(value.unit.casefold())
        if per_unit and (_is(value.thing, _WEIGHT) or value.thing.text.casefold() == "body weight"):
            return value.number * per_unit
    return None


def _named(thing: Coded) -> str:
    return f"{thing.text} [{thing.codes[0]}]" if thing.codes else thing.text


def _coded(condition: str) -> Coded:
    """Of "Stroke [MESH:D020521]", of a bare identifier, or of a name."""
    match = _NAMED_ID.fullmatch(condition)
    text, ids = (match[1], [match[2]]) if match else (condition, [condition])
    return Coded(tuple(_curies(ids)), text)


def _curies(ids: Iterable[str]) -> Iterator[Curie]:
    for id in ids:
        try:
            yield Curie.parse(id)
        except UsageError:
            continue
