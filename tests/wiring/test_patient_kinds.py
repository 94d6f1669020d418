"""A patient file of any kind, asked about drugs or about diseases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kgbuilder import api
from kgbuilder.cli import main
from kgbuilder.model import DrugStatus, Patient, PatientRecord, TakenDrug
from kgbuilder.patient_kinds import patient_of, record_of
from kgbuilder.read.fhir import record_of_bundle
from kgbuilder.read.phenopacket import record_of_phenopacket


def observation(code: str, **value: Any) -> dict[str, Any]:
    coding = {"system": "http://loinc.org", "code": code}
    return {"resourceType": "Observation", "code": {"coding": [coding]}, **value}


def medicine(name: str, status: str = "active") -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": status,
        "medicationCodeableConcept": {"text": name},
    }


BUNDLE = {
    "resourceType": "Bundle",
    "entry": [
        {"resource": resource}
        for resource in (
            {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-01"},
            {"resourceType": "Condition", "recordedDate": "2020-06-01", "code": {"text": "Asthma"}},
            observation("29463-7", valueQuantity={"value": 150, "unit": "[lb_av]"}),
            observation("33914-3", valueQuantity={"value": 28, "unit": "mL/min/{1.73_m2}"}),
            observation("2823-3", valueQuantity={"value": 4.1, "unit": "mmol/L"}),
            observation("82810-3", valueCodeableConcept={"text": "Pregnant"}),
            medicine("Warfarin Sodium 5 MG Oral Tablet"),
            medicine("Propranolol"),
            medicine("Simvastatin", "stopped"),
            {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin"}},
        )
    ],
}
PACKET = {
    "id": "case",
    "subject": {"sex": "MALE"},
    "phenotypicFeatures": [{"type": {"id": "HP:0002099", "label": "Asthma"}}],
    "diseases": [{"term": {"id": "OMIM:300908", "label": "G6PD deficiency"}}],
    "medicalActions": [{"treatment": {"agent": {"id": "x", "label": "propranolol"}}}],
}


def test_a_bundle_fills_the_record_for_drugs() -> None:
    patient = patient_of(record_of_bundle(BUNDLE))
    assert (patient.age, patient.sex, patient.egfr, patient.pregnant) == (
        "P30Y",
        "FEMALE",
        28,
        True,
    )
    assert patient.weight_kg == pytest.approx(68.04, abs=0.01)
    assert patient.conditions == ("Asthma",)
    assert patient.allergies == ("Penicillin",)
    assert patient.of_status(DrugStatus.STOPPED) == ("Simvastatin",)
    assert "1 measured values" in patient.not_read[-1]


def test_a_packet_fills_the_record_for_drugs_with_its_diseases() -> None:
    patient = patient_of(record_of_phenopacket(PACKET))
    assert patient.drugs == (TakenDrug("propranolol"),)
    assert patient.conditions == ("Asthma [HP:0002099]", "G6PD deficiency [OMIM:300908]")


def test_our_own_record_is_one_to_rank_diseases_by() -> None:
    patient = Patient(
        age="P74Y",
        egfr=28,
        drugs=(TakenDrug("warfarin"),),
        conditions=("Fever [HP:0001945]", "rash"),
    )
    record = record_of(patient)
    assert [str(code) for f in record.findings for code in f.thing.codes] == ["HP:0001945"]
    assert [f.thing.text for f in record.findings] == ["Fever", "rash"]
    assert (record.age, record.values[0].number) == ("P74Y", 28)


@pytest.mark.parametrize("known", [Patient(id="x"), PatientRecord("x")])
def test_what_is_of_the_kind_stays_as_it_is(known: Patient | PatientRecord) -> None:
    keep = patient_of if isinstance(known, Patient) else record_of
    assert keep(known) is known


@pytest.mark.parametrize("value", [BUNDLE, PACKET], ids=["bundle", "packet"])
def test_any_kind_of_file_is_asked_about_drugs(value: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(value))
    report = api.check_interactions([], patient=path)
    assert report.patient is not None
    warned = {(w.name, w.kind) for w in report.patient.warnings}
    assert ("propranolol", "condition") in warned


def test_a_bundles_drugs_are_understood_as_they_are_dispensed(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(BUNDLE))
    report = api.check_interactions([], patient=path)
    assert [drug.name for drug in report.drugs] == ["warfarin", "propranolol"]
    assert report.patient is not None
    assert any("measured values" in told for told in report.patient.not_understood)


@pytest.mark.parametrize(
    ("option", "name"), [("--patient", "note.txt"), ("--note", "patient.json")]
)
def test_a_patient_is_a_json_and_a_note_a_text(
    option: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["interactions", "warfarin", option, name]) == 2
    other = "--note" if option == "--patient" else "--patient"
    assert other in capsys.readouterr().err
