from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.ontology.abbreviations import find_abbreviations, match_long_form

DEFINITIONS = [
    ("Severe congestive heart failure (CHF) was seen.", "CHF", "congestive heart failure"),
    ("CHF (congestive heart failure) was seen.", "CHF", "congestive heart failure"),
    ("Patients with type 2 diabetes mellitus (T2DM) ate.", "T2DM", "type 2 diabetes mellitus"),
    ("a low-molecular-weight heparin (LMWH) was", "LMWH", "low-molecular-weight heparin"),
    ("given 5-fluorouracil (5-FU) daily", "5-FU", "5-fluorouracil"),
    ("Mitral stenosis (MS; moderate) was", "MS", "Mitral stenosis"),
    (
        "the serotonin [5-hydroxytryptamine] levels; heat shock factor [HSF]",
        "HSF",
        "heat shock factor",
    ),
    ("Behçet disease (BD) was", "BD", "Behçet disease"),
]


@pytest.mark.parametrize(("text", "short", "long"), DEFINITIONS)
def test_definitions(text: str, short: str, long: str) -> None:
    (found,) = find_abbreviations(text)
    assert (found.short_text, found.long_text) == (short, long)
    assert found.short.of(text) == short
    assert found.long.of(text) == long


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "()",
        "CHF",
        "Fever was seen. (CHF)",
        "The dose (5 mg) was low.",
        "renal colic (MI) was",
        "pain (see Table 2)",
        "a rise in potassium (and sodium)",
        "congestive heart\nfailure. (CHF)",
        "He was well (he said).",
        "warfarin (Coumadin) was",
        "type 1 diabetes mellitus (T2DM) was",
    ],
)
def test_what_defines_nothing(text: str) -> None:
    assert find_abbreviations(text) == ()


def test_a_short_form_may_be_defined_twice_and_both_are_told() -> None:
    text = "Multiple sclerosis (MS) and mitral stenosis (MS)."
    assert [a.long_text for a in find_abbreviations(text)] == [
        "Multiple sclerosis",
        "mitral stenosis",
    ]


@given(st.text(alphabet="abAB12 ().,;-[]\n", max_size=80))
def test_spans_hold_what_they_say(text: str) -> None:
    for found in find_abbreviations(text):
        assert found.short.of(text) == found.short_text
        assert found.long.of(text) == found.long_text
        assert not found.short.overlaps(found.long)
        assert match_long_form(found.short_text, found.long_text) == 0


def test_many_brackets_are_done_in_time() -> None:
    assert find_abbreviations("(AB " * 20_000) == ()
    assert len(find_abbreviations("alpha beta (AB) " * 5_000)) == 5_000


def test_first_letters_go_before_fewer_words() -> None:
    text = "Thrombosis with thrombocytopenia syndrome (TTS) and hereditary telangiectasia (HT)."
    assert [(a.short_text, a.long_text) for a in find_abbreviations(text)] == [
        ("TTS", "Thrombosis with thrombocytopenia syndrome"),
        ("HT", "hereditary telangiectasia"),
    ]
