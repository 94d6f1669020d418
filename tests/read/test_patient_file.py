from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import (
    Coded,
    CodedFinding,
    CodedValue,
    Curie,
    DrugStatus,
    Patient,
    TakenDrug,
)
from kgbuilder.read.fhir import record_of_bundle
from kgbuilder.read.patient_file import read_patient
from kgbuilder.read.phenopacket import record_of_phenopacket

PACKET: dict[str, Any] = {
    "id": "case-1",
    "subject": {
        "id": "p",
        "sex": "FEMALE",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P3Y"}},
    },
    "phenotypicFeatures": [
        {"type": {"id": "HP:0001250", "label": "Seizure"}},
        {"type": {"id": "HP:0001945", "label": "Fever"}, "excluded": True},
        {"type": {}},
    ],
    "measurements": [
        {
            "assay": {"id": "LOINC:2951-2", "label": "Sodium"},
            "value": {"quantity": {"unit": {"id": "UCUM:mmol/L"}, "value": 118}},
        }
    ],
    "medicalActions": [{"treatment": {"agent": {"id": "x", "label": "valproic acid"}}}],
    "diseases": [{"term": {"id": "OMIM:1", "label": "the answer"}}],
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}


PATIENT = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1950-05-02"}


def test_a_phenopacket() -> None:
    record = record_of_phenopacket(PACKET)
    assert (record.id, record.age, record.sex) == ("case-1", "P3Y", "FEMALE")
    assert record.findings == (
        CodedFinding(Coded((Curie("HP", "0001250"),), "Seizure"), True),
        CodedFinding(Coded((Curie("HP", "0001945"),), "Fever"), False),
    )
    sodium = Coded((Curie("LOINC", "2951-2"),), "Sodium")
    assert record.values == (CodedValue(sodium, 118.0, "mmol/L"),)
    assert [m.thing.text for m in record.medicines] == ["valproic acid"]


def test_the_answer_in_a_packet_is_left_aside_and_that_is_said() -> None:
    record = record_of_phenopacket(PACKET)
    assert "the answer" not in repr(record.findings)
    assert [d.text for d in record.diseases] == ["the answer"]


def test_version_1_of_a_phenopacket() -> None:
    packet = {
        "subject": {"id": "old", "sex": "MALE", "ageAtCollection": {"age": "P14Y"}},
        "phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "negated": True}],
        "genes": [{"id": "HGNC:1", "symbol": "FBN1"}],
    }
    record = record_of_phenopacket(packet)
    assert (record.id, record.age, record.genes) == ("old", "P14Y", ("FBN1",))
    assert not record.findings[0].present


def test_a_bundle() -> None:
    record = record_of_bundle(
        bundle(
            PATIENT,
            {
                "resourceType": "Condition",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84229001"}]},
                "recordedDate": "2020-05-01",
            },
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "Blood pressure"},
                "component": [
                    {
                        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
                        "valueQuantity": {"value": 82, "unit": "mmHg"},
                    }
                ],
            },
            {
                "resourceType": "MedicationStatement",
                "status": "active",
                "medicationCodeableConcept": {"text": "Metformin"},
            },
            {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin"}},
            {"resourceType": "Encounter"},
        )
    )
    assert (record.age, record.sex) == ("P69Y", "MALE"), (
        "at the latest date, a day too young for 70"
    )
    assert record.findings[0].thing.codes == (Curie("SNOMEDCT", "84229001"),)
    assert (record.values[0].number, record.values[0].thing.codes) == (
        82.0,
        (Curie("LOINC", "8480-6"),),
    )
    assert [m.thing.text for m in record.medicines] == ["Metformin"]
    assert [a.text for a in record.allergies] == ["Penicillin"]
    assert any("Encounter" in told for told in record.not_read)


def condition(status: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": {"text": "Cough"},
        "verificationStatus": {"coding": [{"code": status}]},
    }


@pytest.mark.parametrize(
    ("status", "present"), [("confirmed", [True]), ("refuted", [False]), ("provisional", [])]
)
def test_how_sure_a_condition_is(status: str, present: list[bool]) -> None:
    record = record_of_bundle(bundle(PATIENT, condition(status)))
    assert [f.present for f in record.findings] == present


def test_what_was_entered_in_error_is_nothing() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "entered-in-error",
        "code": {"text": "Sodium"},
        "valueQuantity": {"value": 118},
    }
    record = record_of_bundle(bundle(PATIENT, observation, condition("entered-in-error")))
    assert record.values == record.findings == ()


@pytest.mark.parametrize("status", ["stopped", "not-taken", "completed"])
def test_a_medicine_that_is_not_taken_is_told(status: str) -> None:
    medicine = {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": {"text": "Warfarin"},
    }
    (found,) = record_of_bundle(bundle(PATIENT, medicine)).medicines
    assert found.taken == TakenDrug("Warfarin", status=DrugStatus.STOPPED)


@pytest.mark.parametrize(
    ("place", "entry"),
    [
        ({"medicationReference": {"reference": "Medication/m1"}}, {"id": "m1"}),
        ({"medicationReference": {"reference": "urn:uuid:7"}}, {"fullUrl": "urn:uuid:7"}),
        ({"medication": {"reference": {"reference": "Medication/m1"}}}, {"id": "m1"}),
        ({"medication": {"concept": {"text": "Warfarin"}}}, {}),
        (
            {
                "medicationReference": {"reference": "#c"},
                "contained": [{"id": "c", "code": {"text": "Warfarin"}}],
            },
            {},
        ),
    ],
)
def test_a_request_names_its_medicine_in_many_ways(
    place: dict[str, Any], entry: dict[str, str]
) -> None:
    request = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        **place,
        "dosageInstruction": [
            {
                "text": "once daily",
                "route": {"text": "oral"},
                "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}],
            }
        ],
    }
    medication = {"resourceType": "Medication", "id": entry.get("id"), "code": {"text": "Warfarin"}}
    value = bundle(PATIENT, request, medication)
    value["entry"][2]["fullUrl"] = entry.get("fullUrl")
    (found,) = record_of_bundle(value).medicines
    assert found.taken == TakenDrug("Warfarin", "5 mg", "oral", "once daily", DrugStatus.CURRENT)


def test_a_proposal_is_planned_and_a_resolved_condition_is_over() -> None:
    proposal = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "proposal",
        "medicationCodeableConcept": {"text": "Warfarin"},
    }
    past = {**condition("confirmed"), "clinicalStatus": {"coding": [{"code": "resolved"}]}}
    record = record_of_bundle(bundle(PATIENT, proposal, past))
    assert record.medicines[0].taken.status is DrugStatus.PLANNED
    assert record.findings[0].is_over


def test_without_a_date_there_is_no_age() -> None:
    record = record_of_bundle(bundle(PATIENT))
    assert record.age is None
    assert any("birthDate" in told for told in record.not_read)


@pytest.mark.parametrize(
    "broken",
    [
        {"entry": None},
        {"entry": [None, 3, {"resource": []}]},
        bundle({"resourceType": "Observation", "code": 5, "valueQuantity": {"value": "x"}}),
        bundle({"resourceType": "Patient", "birthDate": "20-1"}),
    ],
)
def test_broken_parts_are_passed_over(broken: dict[str, Any]) -> None:
    assert record_of_bundle(broken).values == ()


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(PACKET), encoding="utf-8-sig")
    assert read_patient(path).id == "case-1"
    path.write_text(json.dumps(bundle(PATIENT)))
    assert read_patient(path).sex == "MALE"
    path.write_text('{"drugs": ["warfarin"]}')
    assert read_patient(path) == Patient(drugs=(TakenDrug("warfarin"),))
    for text in ("{", "", '{"resourceType": "Patient"}'):
        path.write_text(text)
        with pytest.raises(FormatError):
            read_patient(path)
    path.write_text("[1, 2]")
    with pytest.raises(InputError, match="Hint: "):
        read_patient(path)
    path.write_bytes('{"id": "Müller"}'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_patient(path)
    with pytest.raises(InputError):
        read_patient(tmp_path / "none.json")
