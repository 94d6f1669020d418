"""Phenopackets (GA4GH, version 2 and the older 1) as patient records.

Format: https://phenopacket-schema.readthedocs.io. What the packet says the patient's disease is, it says
after the fact: diseases are kept apart, and interpretations are left aside, which the record says.
"""

from __future__ import annotations

from typing import Any

from kgbuilder.model import Coded, CodedDrug, CodedFinding, CodedValue, PatientRecord, TakenDrug
from kgbuilder.read.json_parts import curie_in, items_in, number_in, object_in, text_in

__all__ = ["is_phenopacket", "record_of_phenopacket"]

Json = dict[str, Any]
_SEXES = frozenset({"MALE", "FEMALE"})


def is_phenopacket(value: Any) -> bool:
    """Whether this parsed JSON looks like one."""
    return isinstance(value, dict) and (
        "phenotypicFeatures" in value or {"subject", "metaData"} <= value.keys()
    )


def record_of_phenopacket(packet: Json) -> PatientRecord:
    """The patient of a packet. Never fails on content: what cannot be used is in ``not_read``."""
    subject = object_in(packet, "subject")
    findings, values, not_read = [], [], []
    for feature in items_in(packet, "phenotypicFeatures"):
        thing = _thing(object_in(feature, "type"))
        if thing is None:
            not_read.append("a phenotypic feature without a type")
            continue
        denied = feature.get("excluded") is True or feature.get("negated") is True
        findings.append(CodedFinding(thing, not denied))
    for measurement in items_in(packet, "measurements"):
        thing = _thing(object_in(measurement, "assay"))
        quantity = object_in(measurement, "value", "quantity")
        number = number_in(quantity, "value")
        if thing is None or number is None:
            not_read.append(
                f"measurement {thing.text if thing else ''}: no number".replace("  ", " ")
            )
            continue
        values.append(CodedValue(thing, number, _unit(object_in(quantity, "unit"))))
    medicines = []
    for action in items_in(packet, "medicalActions"):
        thing = _thing(object_in(action, "treatment", "agent"))
        if thing is not None:
            medicines.append(CodedDrug(thing, TakenDrug(thing.text)))
    diagnosed = [
        _thing(object_in(disease, "term"))
        for disease in items_in(packet, "diseases")
        if disease.get("excluded") is not True
    ]
    if items_in(packet, "interpretations"):
        not_read.append("its interpretations: the answer is not looked up in the question")
    genes = [text_in(gene, "symbol") for gene in items_in(packet, "genes")]
    sex = text_in(subject, "sex").upper()
    return PatientRecord(
        text_in(packet, "id") or text_in(subject, "id") or "phenopacket",
        tuple(findings),
        tuple(values),
        tuple(medicines),
        diseases=tuple(thing for thing in diagnosed if thing is not None),
        age=_age(subject),
        sex=sex if sex in _SEXES else None,
        genes=tuple(gene for gene in genes if gene),
        not_read=tuple(dict.fromkeys(not_read)),
    )


def _age(subject: Json) -> str | None:
    """ISO 8601: version 2 ``timeAtLastEncounter.age``, version 1 ``ageAtCollection``."""
    two = object_in(subject, "timeAtLastEncounter", "age")
    one = object_in(subject, "ageAtCollection")
    return (
        text_in(two, "iso8601duration")
        or text_in(one, "age")
        or text_in(object_in(one, "age"), "age")
        or None
    )


def _unit(unit: Json) -> str:
    """UCUM as ``UCUM:mmol/L``, without its prefix; else the label."""
    id = text_in(unit, "id")
    return id.partition(":")[2] if id.upper().startswith("UCUM:") else text_in(unit, "label") or id


def _thing(value: Json) -> Coded | None:
    id, label = text_in(value, "id"), text_in(value, "label")
    code = curie_in(id) if id else None
    if code is None and not label:
        return None
    return Coded((code,) if code else (), label or id)
