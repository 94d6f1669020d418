"""The patient that a note's text describes, through every stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder import api
from kgbuilder.model import DrugStatus, Patient
from kgbuilder.note_patient import patient_of_reading

NOTES = Path(__file__).parents[2] / "data" / "notes"


def read(text: str) -> Patient:
    return patient_of_reading(api.extract(text))


def names(patient: Patient, status: DrugStatus) -> set[str]:
    return {name.casefold() for name in patient.of_status(status)}


def test_the_clinic_note_of_the_demo() -> None:
    patient = api.patient_at(NOTES / "anticoagulation_clinic.txt")
    assert (patient.age, patient.sex) == ("P74Y", "FEMALE")
    assert patient.allergies == ("Penicillin",)
    current = {
        d.name: (d.dose, d.route, d.frequency) for d in patient.drugs if d.status == "current"
    }
    assert current["Warfarin"] == ("4 mg", "by mouth", "every evening")
    assert names(patient, DrugStatus.CURRENT) >= {
        "warfarin", "fluconazole", "amiodarone", "simvastatin", "metformin", "lanoxin", "paracetamol",
    }  # fmt: skip
    assert names(patient, DrugStatus.STOPPED) == {"dronedarone"}
    assert names(patient, DrugStatus.PLANNED) == {"rosuvastatin"}, "an order is no drug"
    assert not names(patient, DrugStatus.CURRENT) & {"aspirin", "rivaroxaban"}


@pytest.mark.parametrize(
    "order", ["Omit", "Hold", "Avoid", "Stop", "Continue", "Resume", "Skip", "Wean"]
)
def test_an_order_is_no_drug(order: str) -> None:
    patient = read(f"Plan:\n- {order} warfarin tonight.\n- {order} metformin.\n")
    assert not {d.name.casefold() for d in patient.drugs} - {"warfarin", "metformin"}


@pytest.mark.parametrize(
    "plan",
    [
        "Continue lisinopril 20 mg once daily.",
        "Continue taking lisinopril 20 mg daily.",
        "Increase lisinopril to 40 mg daily.",
        "We will increase her lisinopril to 40 mg daily and initiate Lasix 20 mg daily.",
        "Lisinopril continues.",
    ],
)
def test_what_a_plan_continues_or_changes_is_taken(plan: str) -> None:
    patient = read(f"PLAN\n\n{plan}\n")
    assert "lisinopril" in names(patient, DrugStatus.CURRENT)
    assert "lasix" not in names(patient, DrugStatus.CURRENT)


def test_what_a_plan_leaves_for_another_is_still_taken() -> None:
    patient = read("We will switch from warfarin to apixaban.")
    assert names(patient, DrugStatus.CURRENT) == {"warfarin"}
    assert names(patient, DrugStatus.PLANNED) == {"apixaban"}


@pytest.mark.parametrize(
    "text",
    [
        "She has never taken warfarin.",
        "He never took warfarin.",
        "Past medications: warfarin, digoxin.\nCurrent medications: simvastatin.",
    ],
)
def test_what_was_never_or_is_no_longer_taken_is_not_current(text: str) -> None:
    assert "warfarin" not in names(read(text), DrugStatus.CURRENT)


def test_what_a_plan_begins_is_planned() -> None:
    patient = read(
        "PLAN\n\nStart meloxicam 15 mg once daily. We will initiate Lasix 40 mg daily.\n"
    )
    assert names(patient, DrugStatus.CURRENT) == set()
    assert names(patient, DrugStatus.PLANNED) == {"meloxicam", "lasix"}


@pytest.mark.parametrize(
    ("text", "allergen"),
    [
        ("Allergies on file: erythromycin, nausea only.", "erythromycin"),
        ("Allergies band checked: codeine (itching).", "codeine"),
        ("He was given clarithromycin because he reacts to penicillins.", "penicillins"),
        ("ALLERGIES: Augmentin (hives).", "Augmentin"),
        ("She is allergic to sulfa drugs.", "sulfa drugs"),
    ],
)
def test_allergies_wherever_they_are_told(text: str, allergen: str) -> None:
    patient = read(text)
    assert allergen in patient.allergies
    assert allergen not in patient.of_status(DrugStatus.CURRENT)


@pytest.mark.parametrize(
    "text", ["No known drug allergies.", "She denies any allergy to penicillin."]
)
def test_no_allergy_is_made_of_a_denial(text: str) -> None:
    assert read(text).allergies == ()


@pytest.mark.parametrize(
    ("text", "pregnant", "weeks"),
    [
        ("G2P1 at 33+4 weeks with headache.", True, 33),
        ("She is 20 weeks pregnant.", True, 20),
        ("Intrauterine pregnancy at 12 weeks.", True, 12),
        ("Presents in her second trimester.", True, None),
        ("Pregnancy test was positive.", True, None),
        ("LMP 2 wks ago, hCG neg.", False, None),
        ("She is not pregnant.", False, None),
        ("Born at 34 weeks gestation to a healthy mother.", None, None),
        ("Previous delivery at 39 weeks gestation.", None, None),
        ("G2P2, seen 6 weeks postpartum.", None, None),
        ("Follow-up in 12 weeks.", None, None),
    ],
)
def test_pregnancy(text: str, pregnant: bool | None, weeks: float | None) -> None:
    patient = read(text)
    assert (patient.pregnant, patient.pregnancy_weeks) == (pregnant, weeks)


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("Mrs. Jocasta Bellwether, 70 y (invented).", "P70Y", "FEMALE"),
        ("Mr. Casimir Thorne, 58.", "P58Y", "MALE"),
        ("Patient: Barnaby Okonkwo-Steen, 63 (invented).", "P63Y", None),
        ("Child: Ottoline, girl, 6 years 4 months.", "P6Y", "FEMALE"),
        ("Dr. Hale gave metoprolol, 50 mg.", None, None),
    ],
)
def test_age_and_sex_beside_a_name(text: str, age: str | None, sex: str | None) -> None:
    patient = read(text)
    assert (patient.age, patient.sex) == (age, sex)


def test_laboratory_values_and_habits_are_no_drugs() -> None:
    patient = read(
        "Labs: potassium reached 6.3, sodium 138, creatinine 1.4. Occasional EtOH. "
        "Dalteparin 5,000 units given. Vasopressin 0.03 units/min."
    )
    assert names(patient, DrugStatus.CURRENT) == {"dalteparin", "vasopressin"}
    assert patient.substances == ()


def test_a_substance_that_is_given_is_a_drug() -> None:
    patient = read("Medications: potassium chloride 20 mEq daily, magnesium 400 mg twice daily.")
    assert names(patient, DrugStatus.CURRENT) == {"potassium chloride", "magnesium"}


def test_a_drug_stands_once_with_its_dose() -> None:
    patient = read(
        "She is on Lipitor. Medications: atorvastatin 40 mg at night, "
        "ibuprofen 600 mg three times daily."
    )
    taken = [(d.name, d.dose, d.frequency) for d in patient.drugs]
    assert taken == [
        ("atorvastatin", "40 mg", "at night"),
        ("ibuprofen", "600 mg", "three times daily"),
    ]


def test_a_product_written_by_its_ingredients_is_one_drug() -> None:
    patient = read("Medications: buprenorphine-naloxone 8 mg daily, aspirin/clopidogrel.")
    current = names(patient, DrugStatus.CURRENT)
    assert current == {"buprenorphine-naloxone", "aspirin", "clopidogrel"}


@pytest.mark.parametrize(
    ("text", "substances"),
    [
        ("No current alcohol use.", ()),
        ("Remote alcohol use.", ()),
        ("Daily alcohol use.", ("alcohol",)),
    ],
)
def test_alcohol_that_is_not_drunk(text: str, substances: tuple[str, ...]) -> None:
    assert read(text).substances == substances


def test_what_was_taken_until_a_date_is_not_taken() -> None:
    patient = read("She was on fingolimod until March, and takes modafinil.")
    assert names(patient, DrugStatus.CURRENT) == {"modafinil"}
    assert names(patient, DrugStatus.STOPPED) == {"fingolimod"}


def test_what_a_urine_screen_looks_for_is_no_medicine() -> None:
    patient = read("Utox +benzo, neg opiates, cocaine, amphetamines. Takes warfarin.")
    assert {d.name for d in patient.drugs} == {"warfarin"}


def test_a_list_of_what_is_stopped_goes_on_behind_a_bracket() -> None:
    patient = read("STOP: ibuprofen, lisinopril (AKI, resolved; PCP to readdress), trazodone")
    assert names(patient, DrugStatus.STOPPED) == {"ibuprofen", "lisinopril", "trazodone"}
    assert not names(patient, DrugStatus.CURRENT)


def test_intolerances_are_no_medicines() -> None:
    patient = read("Meds: warfarin.\nIntolerances: amiodarone (thyrotoxicosis), trimethoprim.\n")
    assert names(patient, DrugStatus.CURRENT) == {"warfarin"}
    assert set(patient.allergies) == {"amiodarone", "trimethoprim"}


def test_the_statin_is_the_one_that_is_named() -> None:
    patient = read("Takes simvastatin, mesalazine (5-ASA) and ASA. The statin dose is too high.")
    current = names(patient, DrugStatus.CURRENT)
    assert "simvastatin" in current
    assert "statin" not in current
    assert "asa" in current
    assert names(read("She takes a statin."), DrugStatus.CURRENT) == {"statin"}
