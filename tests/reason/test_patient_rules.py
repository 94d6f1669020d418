"""A patient's facts against drugs: rules of the table, what is held at major, what is not understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgbuilder.api import interaction_checker
from kgbuilder.errors import InputError, UsageError
from kgbuilder.model import Curie, DrugStatus, Patient, PatientWarning, Severity, TakenDrug
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.read.patient_file import read_patient
from kgbuilder.read.patient_record import parse_patient
from kgbuilder.reason.interaction_report import patient_to_json, report_to_json, report_to_text
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge

KNOWLEDGE = DrugKnowledge.shipped()
CHECKER = InteractionChecker(KNOWLEDGE, drug_lexicon())


def warned(drug: str, patient: Patient, kind: str = "") -> list[PatientWarning]:
    answer = CHECKER.check([drug], patient=patient).patient
    assert answer is not None
    return [w for w in answer.warnings if kind in ("", w.kind)]


@pytest.mark.parametrize(
    ("drug", "patient", "kind", "severity"),
    [
        ("amoxicillin", Patient(allergies=("penicillin",)), "allergy", "contraindicated"),
        ("cephalexin", Patient(allergies=("PCN",)), "allergy", "moderate"),
        ("meropenem", Patient(allergies=("amoxicillin",)), "allergy", "minor"),
        ("ibuprofen", Patient(allergies=("aspirin",)), "allergy", "major"),
        ("warfarin", Patient(allergies=("Coumadin",)), "allergy", "major"),
        ("propranolol", Patient(conditions=("Asthma",)), "condition", "contraindicated"),
        ("propranolol", Patient(conditions=("MESH:D001249",)), "condition", "contraindicated"),
        (
            "propranolol",
            Patient(conditions=("Asthme [MESH:D001249]",)),
            "condition",
            "contraindicated",
        ),
        ("lisinopril", Patient(pregnant=True), "pregnancy", "contraindicated"),
        ("ibuprofen", Patient(pregnancy_weeks=32), "pregnancy", "major"),
        ("codeine", Patient(breastfeeding=True), "lactation", "major"),
        ("tramadol", Patient(age="P11Y"), "age", "contraindicated"),
        ("diphenhydramine", Patient(age="P80Y"), "age", "major"),
        ("prasugrel", Patient(weight_kg=55), "weight", "moderate"),
        ("metformin", Patient(egfr=29.9), "kidney", "contraindicated"),
        ("metformin", Patient(egfr=40), "kidney", "moderate"),
        ("rivaroxaban", Patient(child_pugh="B"), "liver", "major"),
        ("clopidogrel", Patient(genotype=(("CYP2C19", "Poor metabolizer"),)), "genotype", "major"),
        (
            "abacavir",
            Patient(genotype=(("HLA-B*57:01", "positive"),)),
            "genotype",
            "contraindicated",
        ),
        ("simvastatin", Patient(genotype=(("SLCO1B1", "poor function"),)), "genotype", "major"),
        ("simvastatin", Patient(substances=("Grapefruit",)), "substance", "major"),
        ("clozapine", Patient(substances=("smoking",)), "substance", "major"),
    ],
)
def test_a_rule_of_the_table(drug: str, patient: Patient, kind: str, severity: str) -> None:
    (found,) = warned(drug, patient, kind)
    assert found.severity.value == severity
    assert found.effect
    assert 0 < found.belief <= 1


@pytest.mark.parametrize(
    ("drug", "patient"),
    [
        ("metformin", Patient(egfr=45)),
        ("metformin", Patient(egfr=90)),
        ("tramadol", Patient(age="P40Y")),
        ("lisinopril", Patient(pregnant=False)),
        ("ibuprofen", Patient(pregnancy_weeks=8)),
        ("rivaroxaban", Patient(child_pugh="A")),
        ("warfarin", Patient(allergies=("penicillin",), conditions=("asthma",))),
        ("metformin", Patient()),
    ],
)
def test_where_no_rule_holds_nothing_is_told(drug: str, patient: Patient) -> None:
    assert warned(drug, patient) == []


def test_a_progestogen_alone_is_no_oestrogen() -> None:
    patient = Patient(conditions=("migraine with aura", "stroke"))
    assert warned("ethinylestradiol", patient)
    assert not warned("levonorgestrel", patient)


def test_only_what_was_read_makes_a_contraindication() -> None:
    for line, row in KNOWLEDGE.rows("patient_rules"):
        if row["severity"] == "contraindicated" and row["how"] == "recalled" and row["id"]:
            assert row["source"] == "recalled", line
    (read,) = warned("allopurinol", Patient(genotype=(("HLA-B*58:01", "positive"),)))
    assert read.severity is Severity.CONTRAINDICATED
    (recalled,) = warned("danazol", Patient(pregnant=True))
    assert recalled.severity is Severity.MAJOR


def test_what_no_table_knows_is_told() -> None:
    patient = Patient(
        allergies=("zorvaquinol",),
        conditions=("housemaid's knee",),
        genotype=(("CYP2D6", "enigmatic"),),
        substances=("moonshine", "alcohol"),
    )
    answer = CHECKER.check(["warfarin"], patient=patient).patient
    assert answer is not None
    assert len(answer.not_understood) == 4
    assert "no class and no drug of the tables: allergy zorvaquinol" in report_to_text(
        CHECKER.check(["warfarin"], patient=patient)
    )


def test_every_rule_can_be_met() -> None:
    """Kinds and conditions that rules name are those of the other tables."""
    classes = {row["class"] for _, row in KNOWLEDGE.rows("classes")}
    effects = {row["effect"] for _, row in KNOWLEDGE.rows("effects")}
    conditions = {row["condition"] for _, row in KNOWLEDGE.rows("conditions")}
    for line, row in KNOWLEDGE.rows("patient_rules"):
        assert row["severity"] in set(Severity), line
        if row["kind"] == "condition":
            assert row["when"] in conditions, line
        word, _, rest = row["drug"].partition(" ")
        if row["id"]:
            assert Curie("DRUGBANK", row["id"]) in KNOWLEDGE.names, line
        elif word == "class":
            assert rest in classes, line
        elif word == "effect":
            known = rest in effects or rest.rpartition(" ")[0] in effects
            assert known, line
        else:
            assert word in ("substrate", "the"), line


def test_a_record_round_trips() -> None:
    patient = Patient(
        id="7",
        age="P74Y",
        egfr=28.0,
        pregnant=False,
        drugs=(TakenDrug("warfarin", "5 mg", "oral", "daily", DrugStatus.STOPPED),),
        allergies=("penicillin",),
        genotype=(("CYP2C19", "poor metabolizer"),),
    )
    assert parse_patient(json.loads(json.dumps(patient_to_json(patient))), where="t") == patient


def test_stopped_and_planned_drugs_are_kept_apart() -> None:
    patient = parse_patient(
        {
            "drugs": [
                "warfarin",
                {"name": "fluconazole", "status": "planned"},
                {"name": "simvastatin", "status": "stopped"},
                {"name": "warfarin", "status": "stopped"},
            ],
            "substances": ["alcohol", "grapefruit"],
        },
        where="t",
    )
    assert patient.to_check() == ("warfarin", "alcohol")
    report = CHECKER.check((), patient=patient)
    text = report_to_text(report)
    assert "stopped, not checked: simvastatin\n" in text
    assert "planned, not checked: fluconazole" in text
    assert report_to_json(report)["patient"]["record"]["drugs"][1]["status"] == "planned"


def test_a_drug_that_is_asked_and_taken_is_checked_once() -> None:
    patient = parse_patient({"drugs": ["Coumadin", "ibuprofen", "zorvaquinol"]}, where="t")
    report = CHECKER.check(["warfarin"], patient=patient)
    assert [drug.input for drug in report.drugs] == ["warfarin", "ibuprofen", "zorvaquinol"]


@pytest.mark.parametrize(
    ("record", "error"),
    [
        ([], InputError),
        ({"drugs": "warfarin"}, InputError),
        ({"drugs": [7]}, InputError),
        ({"drugs": [{"dose": "5 mg"}]}, InputError),
        ({"drugs": [{"name": "warfarin", "status": "perhaps"}]}, InputError),
        ({"drugs": [{"name": "warfarin", "dose": 5}]}, InputError),
        ({"drugs": [{"name": "warfarin", "dosis": "5 mg"}]}, UsageError),
        ({"allergys": []}, UsageError),
        ({"egfr": "low"}, InputError),
        ({"egfr": True}, InputError),
        ({"egfr": float("nan")}, InputError),
        ({"weight_kg": -3}, InputError),
        ({"age": "74"}, InputError),
        ({"age": "P"}, InputError),
        ({"age": -5}, InputError),
        ({"age": 200}, InputError),
        ({"age": True}, InputError),
        ({"egfr": 900}, InputError),
        ({"weight_kg": 70000}, InputError),
        ({"pregnancy_weeks": 80}, InputError),
        ({"child_pugh": "D"}, InputError),
        ({"pregnant": "yes"}, InputError),
        ({"genotype": ["CYP2D6"]}, InputError),
        ({"conditions": [""]}, InputError),
    ],
)
def test_a_record_that_is_wrong_is_refused(record: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="Hint: "):
        parse_patient(record, where="t")


def test_an_age_may_be_years() -> None:
    assert parse_patient({"age": 74}, where="t").years == 74


def test_a_food_that_is_asked_as_a_drug_is_pointed_to_the_patient() -> None:
    (pair,) = CHECKER.check(["simvastatin", "grapefruit"]).not_checked
    assert "a patient's substances name it" in pair.why
    asked = CHECKER.check(["simvastatin"], patient=Patient(substances=("grapefruits",))).patient
    assert asked is not None
    assert "known are cranberry, dairy, grapefruit" in asked.not_understood[0]


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    for text in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        path.write_bytes(text)
        with pytest.raises(InputError):
            read_patient(path)
    with pytest.raises(InputError):
        read_patient(tmp_path / "none.json")


def test_a_condition_by_another_of_its_names_is_found_in_the_vocabularies() -> None:
    checker = interaction_checker()
    for name in ("COPD", "bronchial asthma", "zorvaquinosis"):
        answer = checker.check(["propranolol"], patient=Patient(conditions=(name,))).patient
        assert answer is not None
        assert bool(answer.warnings) is (name != "zorvaquinosis"), name
