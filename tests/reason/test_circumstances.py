"""What a note tells beside findings, and what it does to the ranking."""

from __future__ import annotations

import math

import pytest

from kgbuilder.api import diagnoser
from kgbuilder.diagnosing import Diagnoser
from kgbuilder.reason.circumstances import STRENGTHS, circumstances_among
from kgbuilder.reason.common_diseases import common_diseases
from kgbuilder.reason.shipped_tables import shipped_rows

COLUMNS = (
    "what", "pattern", "whose", "disease", "disease_name", "strength", "red_flag", "source", "how",
)  # fmt: skip


@pytest.fixture(scope="module")
def one() -> Diagnoser:
    return diagnoser()


def test_every_row_names_a_ranked_disease_and_a_strength() -> None:
    names = {str(d.id): d.names[0] for d in common_diseases()}
    for number, row in shipped_rows("circumstances", COLUMNS):
        where = f"circumstances.tsv, line {number}"
        assert names[row["disease"]] == row["disease_name"], where
        assert row["strength"] in STRENGTHS, where
        assert row["whose"] in ("", "anyone"), where


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Found with needle marks.", "needle marks"),
        ("He injects heroin.", "heroin or other street opioids"),
        ("She feels better outdoors.", "better away from the house"),
        ("It goes away when I leave the house.", "better away from the house"),
        ("They use a kerosene heater.", "fuel burnt indoors or exhaust"),
        ("My wife and the dog are ill, too.", "others in the house ill, too"),
        ("She took 30 tablets of amitriptyline.", "a tricyclic antidepressant in overdose"),
        ("Empty bottles of aspirin were found.", "salicylate in overdose"),
        ("Tearing pain in the chest.", "tearing pain in the chest or back"),
        ("The weakness spread upwards.", "weakness that ascends"),
    ],
)
def test_told(one: Diagnoser, text: str, told: str) -> None:
    assert told in one.question_of(text).circumstances


@pytest.mark.parametrize(
    "text",
    [
        "No needle marks.",
        "He has never used heroin.",
        "His brother uses cocaine.",
        "She took paracetamol 500 mg for the fever.",
        "Aspirin 100 mg daily and iron tablets.",
        "The eyes are tearing.",
        "She lives with her family.",
    ],
)
def test_not_told(one: Diagnoser, text: str) -> None:
    assert one.question_of(text).circumstances == ()


def test_a_family_that_is_ill_together_is_the_patient(one: Diagnoser) -> None:
    asked = one.question_of("A family of four with headache and nausea.")
    assert {str(id) for id in asked.observed} >= {"HP:0002315", "HP:0002018"}
    assert one.question_of("Her family has migraine.").observed == ()


@pytest.mark.parametrize(
    ("text", "disease"),
    [
        (
            "24-year-old man found unresponsive with pinpoint pupils, respiratory rate 4, needle marks.",
            "Opioid overdose",
        ),
        (
            "41-year-old woman with episodic headache, sweating, palpitations, BP 220/120, pallor.",
            "Pheochromocytoma",
        ),
        (
            "40-year-old man, two weeks after diarrhea, ascending weakness, absent reflexes, "
            "paresthesia in feet, no fever.",
            "Guillain-Barré syndrome",
        ),
        (
            "65-year-old man with sudden tearing chest pain radiating to the back, BP 190/110 right "
            "arm and 140/80 left arm.",
            "Aortic dissection",
        ),
        (
            "A family of four with headache, nausea, dizziness, all better outdoors, using a gas "
            "heater in winter.",
            "Carbon monoxide poisoning",
        ),
        (
            "52-year-old man, progressive hand weakness, slurred speech, fasciculations, tongue "
            "wasting, brisk reflexes.",
            "Amyotrophic lateral sclerosis",
        ),
        (
            "5-week-old boy with projectile nonbilious vomiting after every feed, an olive-shaped "
            "mass and visible peristalsis.",
            "Pyloric stenosis",
        ),
        (
            "33-year-old farmer after spraying his orchard: drooling, sweating, pinpoint pupils, HR 44.",
            "Organophosphate poisoning",
        ),
    ],
)
def test_a_classic_picture_is_first(one: Diagnoser, text: str, disease: str) -> None:
    assert one.diagnose(text)[0].name == disease


def test_what_is_told_is_a_reason_with_its_row_and_a_red_flag(one: Diagnoser) -> None:
    answer = one.diagnose("A man with needle marks.")
    first = answer[0]
    reason = next(c for c in first.contributions if c.name == "needle marks")
    assert reason.log_ratio == pytest.approx(math.log(STRENGTHS["strong"]))
    assert reason.evidence
    assert ("Opioid overdose", ("needle marks",)) in [(f.name, f.because) for f in answer.red_flags]


def test_what_is_told_adds_up_to_a_limit() -> None:
    told = [
        "fuel burnt indoors or exhaust", "alarm for carbon monoxide", "others in the house ill, too",
        "better away from the house",
    ]  # fmt: skip
    found = circumstances_among(told, known={"ICD10CM:T58": 1}, n_diseases=2)
    assert found is not None
    assert found.log_ratios.tolist() == pytest.approx([0.0, math.log(100.0)])
    parts = [c.log_ratio for c in found.contributions(1)]
    assert sum(parts) == pytest.approx(math.log(100.0))
    assert found.contributions(0) == ()
    assert circumstances_among(["unheard of"], known={}, n_diseases=2) is None
