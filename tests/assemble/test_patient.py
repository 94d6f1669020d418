"""Drugs of a patient: whose dose it is, and what is an allergy. A slip here could hurt."""

from __future__ import annotations

import pytest

from kgbuilder.assemble.statements import statements_of
from kgbuilder.model import Assertion, EntityType, Polarity
from tests.assemble.notes import Note, told

T = EntityType
KINDS = {
    "aspirin": T.DRUG, "warfarin": T.DRUG, "lisinopril": T.DRUG, "penicillin": T.DRUG,
    "Penicillin": T.DRUG, "Warfarin": T.DRUG, "sulfa": T.DRUG,
    "5 mg": T.DOSE, "10 mg": T.DOSE, "81 mg": T.DOSE, "2.5 mg": T.DOSE,
    "daily": T.FREQUENCY, "BID": T.FREQUENCY, "oral": T.ROUTE, "IV": T.ROUTE, "PO": T.ROUTE,
    "for 2 weeks": T.DURATION, "since May": T.DATE, "2020-01-03": T.DATE,
    "severe": T.SEVERITY, "Severe": T.SEVERITY,
    "headache": T.PHENOTYPE, "rash": T.PHENOTYPE, "hives": T.PHENOTYPE, "fever": T.PHENOTYPE,
    "asthma": T.DISEASE, "appendectomy": T.PROCEDURE,
}  # fmt: skip


def read(text: str, section: str | None = None, **meant: Assertion) -> dict[str, dict[str, str]]:
    note = Note(text)
    findings = [
        note.find(words, type, section=section, meant=meant.get(words))
        for words, type in KINDS.items()
        if words in text
    ]
    return told(statements_of(note.document, findings, [], extractor="x").statements)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "warfarin 5 mg PO daily",
            {"TAKES warfarin": {"dose": "5 mg", "route": "PO", "frequency": "daily"}},
        ),
        (
            "Takes 5 mg warfarin and 10 mg lisinopril.",
            {"TAKES warfarin": {"dose": "5 mg"}, "TAKES lisinopril": {"dose": "10 mg"}},
        ),
        (
            "Takes 5 mg of warfarin, 10 mg oral lisinopril daily.",
            {
                "TAKES warfarin": {"dose": "5 mg"},
                "TAKES lisinopril": {"dose": "10 mg", "route": "oral", "frequency": "daily"},
            },
        ),
        (
            "warfarin 5 mg lisinopril 10 mg",
            {"TAKES warfarin": {"dose": "5 mg"}, "TAKES lisinopril": {"dose": "10 mg"}},
        ),
        (
            "warfarin, lisinopril 10 mg",
            {"TAKES warfarin": {}, "TAKES lisinopril": {"dose": "10 mg"}},
        ),
        (
            "warfarin for asthma, 5 mg daily",
            {"TAKES warfarin": {"dose": "5 mg", "frequency": "daily"}, "HAS_FINDING asthma": {}},
        ),
        (
            "aspirin, 10 mg lisinopril",
            {"TAKES aspirin": {}, "TAKES lisinopril": {"dose": "10 mg"}},
        ),
        (
            "warfarin - 5 mg lisinopril - 10 mg",
            {"TAKES warfarin": {"dose": "5 mg"}, "TAKES lisinopril": {"dose": "10 mg"}},
        ),
        (
            "aspirin 81 mg daily, warfarin (5 mg PO)",
            {
                "TAKES aspirin": {"dose": "81 mg", "frequency": "daily"},
                "TAKES warfarin": {"dose": "5 mg", "route": "PO"},
            },
        ),
        (
            "asthma, severe headache",
            {"HAS_FINDING asthma": {}, "HAS_FINDING headache": {"severity": "severe"}},
        ),
        ("warfarin was stopped. Now 10 mg.", {"TAKES warfarin": {}}),
        ("warfarin\n10 mg lisinopril", {"TAKES warfarin": {}, "TAKES lisinopril": {"dose": "10 mg"}}),
        ("warfarin 5 mg, later 10 mg", {"TAKES warfarin": {"dose": "5 mg"}}),
        ("headache 10 mg", {"HAS_FINDING headache": {}}),
        (
            "severe headache since May",
            {"HAS_FINDING headache": {"severity": "severe", "date": "since May"}},
        ),
        (
            "fever, headache for 2 weeks",
            {"HAS_FINDING fever": {}, "HAS_FINDING headache": {"duration": "for 2 weeks"}},
        ),
        ("appendectomy on 2020-01-03", {"UNDERWENT appendectomy": {"date": "2020-01-03"}}),
    ],
)  # fmt: skip
def test_whose_dose_it_is(text: str, expected: dict[str, dict[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "She is allergic to penicillin.",
        "Allergies: sulfa, penicillin.",
        "Allergies to sulfa and penicillin.",
        "Has a penicillin allergy.",
        "Is penicillin-allergic.",
        "Anaphylaxis to penicillin in childhood.",
        "Hypersensitivity to penicillin.",
        "penicillin intolerance",
        "penicillin = rash",
        "No known drug allergies other than penicillin.",
        "NKDA except penicillin (hives).",
        "penicillin -> rash",
        "ADR: penicillin.",
        "Previous reaction to penicillin.",
        "Anaphylaxis after penicillin.",
    ],
)
def test_words_that_make_an_allergy(text: str) -> None:
    edges = read(text)
    assert "ALLERGIC_TO penicillin" in edges
    assert not any(edge.startswith("TAKES") for edge in edges)


@pytest.mark.parametrize(
    "text",
    [
        "Allergic to sulfa but takes warfarin.",
        "Allergic to sulfa; warfarin 5 mg daily.",
        "Allergies: sulfa. Medications: warfarin.",
        "Allergies: sulfa, medications: warfarin",
        "Allergic to sulfa and was started on warfarin.",
        "No known drug allergies. Takes warfarin.",
        "Takes warfarin; no allergies.",
    ],
)
def test_what_is_taken_is_no_allergy(text: str) -> None:
    edges = read(text)
    assert "TAKES warfarin" in edges
    assert "ALLERGIC_TO warfarin" not in edges
    assert ("ALLERGIC_TO sulfa" in edges) == ("sulfa" in text)


def test_what_stands_under_allergies_is_not_taken() -> None:
    assert read("Penicillin (rash, hives), sulfa", section="allergies") == {
        "ALLERGIC_TO penicillin": {"reaction": "rash, hives"},
        "ALLERGIC_TO sulfa": {},
    }


def test_a_sentence_under_allergies_may_say_what_is_taken() -> None:
    edges = read("Currently takes penicillin.", section="allergies")
    assert set(edges) == {"TAKES penicillin"}


def test_an_allergy_that_is_denied_is_an_edge_that_says_so() -> None:
    note = Note("Not allergic to penicillin.")
    finding = note.find("penicillin", T.DRUG, meant=Assertion(Polarity.NEGATED))
    (edge,) = statements_of(note.document, [finding], [], extractor="x").statements
    assert edge.triple.predicate.name == "ALLERGIC_TO"
    assert edge.triple.assertion == Assertion(Polarity.NEGATED)


@pytest.mark.parametrize(
    "text",
    [
        "Allergic to penicillin, presents with fever.",
        "Allergic to penicillin. fever today.",
        "Allergies: penicillin; fever since May",
    ],
)
def test_what_brings_the_patient_is_no_reaction(text: str) -> None:
    edges = read(text)
    assert "HAS_FINDING fever" in edges
    assert "reaction" not in edges["ALLERGIC_TO penicillin"]


def test_a_reaction_is_not_what_the_patient_has_now() -> None:
    assert read("Allergic to penicillin (severe rash).") == {
        "ALLERGIC_TO penicillin": {"reaction": "severe rash"}
    }
    assert read("Allergic to penicillin which caused hives.") == {
        "ALLERGIC_TO penicillin": {"reaction": "hives"}
    }


def test_a_reaction_that_is_denied_stays_a_denied_finding() -> None:
    edges = read("Allergic to penicillin, rash", rash=Assertion(Polarity.NEGATED))
    assert edges == {"ALLERGIC_TO penicillin": {}, "HAS_FINDING rash": {}}


def test_a_drug_named_twice_keeps_both_doses() -> None:
    note = Note("warfarin 5 mg. Later warfarin 2.5 mg.")
    findings = [
        note.find("warfarin", T.DRUG),
        note.find("5 mg", T.DOSE),
        note.find("warfarin", T.DRUG, nth=1),
        note.find("2.5 mg", T.DOSE),
    ]
    statements = statements_of(note.document, findings, [], extractor="x").statements
    doses = [dict(s.evidence[0].qualifiers)["dose"] for s in statements]
    assert doses == ["5 mg", "2.5 mg"]
    assert len({s.triple for s in statements}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "UDS + fentanyl; neg warfarin",
        "E. coli: S mero, R cipro/warfarin",
        "Ps. aeruginosa sens: ceftaz, warfarin",
        "warfarin nl, CK nl",
    ],
)
def test_what_is_only_tested_is_not_taken(text: str) -> None:
    assert "TAKES warfarin" not in read(text)


def test_a_level_in_a_list_of_drugs_is_taken() -> None:
    assert "TAKES warfarin" in read("Senna, warfarin (level 2.3)")
