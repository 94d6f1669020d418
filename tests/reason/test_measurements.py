from __future__ import annotations

import pytest

from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import load_hpo
from kgbuilder.reason.measurements import judged, values_in, worded_in


def names(ids: tuple[Curie, ...]) -> list[str]:
    return [load_hpo().term(id).name for id in ids]


def shown(text: str, *, sex: str | None = None, years: float | None = None) -> list[str]:
    measured, _ = judged(values_in(text), sex=sex, years=years)
    return [name for m in measured for name in names(m.present)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Na 118", ["Hyponatremia"]),
        ("Na: 118 mmol/L", ["Hyponatremia"]),
        ("sodium of 152 mEq/L", ["Hypernatremia"]),
        ("K 6.8, Cr 3.4", ["Hyperkalemia", "Elevated circulating creatinine concentration"]),
        ("creatinine was 310 umol/L", ["Elevated circulating creatinine concentration"]),
        ("BP 82/50", ["Hypotension"]),
        ("BP 120/80, HR 72, RR 16", []),
        ("T 39.2 C", ["Fever"]),
        ("Temp 101.5 F", ["Fever"]),
        ("SpO2 88%", ["Hypoxemia"]),
        ("platelets 45,000 /uL", ["Thrombocytopenia"]),
        ("glucose 500 mg/dL", ["Hyperglycemia"]),
        ("na 118 was written small", []),
        ("Mg 6g bolus, then Mg 2 g/hr", []),
        ("Mg 6", ["Hypermagnesemia"]),
        ("seen 3 days ago, K 2 days later", []),
        ("temp 34.1", ["Hypothermia"]),
        ("temp 39.5, plt 92", ["Fever", "Thrombocytopenia"]),
        ("procalcitonin 40", ["Increased circulating procalcitonin concentration"]),
        ("cortisol 1", ["Decreased circulating cortisol level"]),
        ("haptoglobin <10", ["Reduced haptoglobin level"]),
        ("PSA 200", ["Elevated prostate-specific antigen level"]),
        ("troponin 5000 ng/L", ["Increased circulating troponin I concentration"]),
        ("creatinine 60", ["Elevated circulating creatinine concentration"][:0]),
        ("bilirubin 40", ["Hyperbilirubinemia"]),
        ("RR 6", ["Bradypnea", "Hypoventilation"]),
        ("GCS 6/15", ["Reduced consciousness", "Coma"]),
        ("BP 220/100", ["Increased blood pressure", "Increased blood pressure", "Hypertensive crisis"]),
        ("190/110 in the right arm and 140/80 in the left arm",
         ["Asymmetric blood pressure between arms"]),
        ("right arm 165/95, left arm 128/80", ["Asymmetric blood pressure between arms"]),
        ("140/80 in the right arm and 136/78 in the left arm", []),
        ("", []),
    ],
)  # fmt: skip
def test_values(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


def test_a_value_within_its_range_denies_both_sides() -> None:
    ((measured,), unclear) = judged(values_in("Na 140"))
    assert measured.present == ()
    assert names(measured.absent) == ["Hyponatremia", "Hypernatremia"]
    assert unclear == ()


def test_a_value_possible_in_two_units_is_not_guessed() -> None:
    measured, (told,) = judged(values_in("glucose 25"))
    assert measured == ()
    assert "glucose 25" in told
    assert shown("glucose 25 mmol/L") == ["Hyperglycemia"]
    assert shown("glucose 25 mg/dL") == ["Hypoglycemia"]


def test_sex_and_age_choose_the_range() -> None:
    assert shown("Hb 12.5 g/dL", sex="MALE") == ["Anemia"]
    assert shown("Hb 12.5 g/dL", sex="FEMALE") == []
    assert shown("Hb 12.5 g/dL") == [], "not known: what calls least abnormal"
    assert shown("HR 140", years=0.5) == []
    assert shown("HR 140", years=40) == ["Tachycardia"]


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("TSH <0.01", ["Decreased thyroid-stimulating hormone level"], 1),
        ("CRP < 5 mg/L", [], 1),
        ("CRP >200 mg/L", ["Elevated circulating C-reactive protein concentration"], 0),
        ("SpO2 ≥ 96%", [], 1),
        ("SpO2 >85%", [], 0),
    ],
)
def test_a_bound_tells_what_it_tells_and_no_more(
    text: str, present: list[str], absent: int
) -> None:
    ((measured,), _) = judged(values_in(text))
    assert names(measured.present) == present
    assert len(measured.absent) == absent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raised troponin I", ["Increased circulating troponin I concentration"]),
        ("D-dimer was markedly elevated", ["Elevated circulating D-dimer concentration"]),
        ("low K and high Na", ["Hypokalemia", "Hypernatremia"]),
        ("low na", []),
        ("troponin was not elevated", []),
        ("a low potassium diet", []),
        ("high cholesterol intake", []),
        ("low INR", []),
    ],
)
def test_a_measure_called_high_or_low(text: str, expected: list[str]) -> None:
    assert names(tuple(finding for _, finding in worded_in(text))) == expected
