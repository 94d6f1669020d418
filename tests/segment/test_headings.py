"""Which lines open a section, and of what kind."""

from __future__ import annotations

import pytest

from kgbuilder.model import Document, Section, Span
from kgbuilder.segment.clinical import ClinicalSegmenter


@pytest.fixture(scope="module")
def segmenter() -> ClinicalSegmenter:
    return ClinicalSegmenter()


def _sections(
    segmenter: ClinicalSegmenter, text: str, *, kind: str = "note"
) -> list[tuple[str, str, str]]:
    document = Document("d", text, "test", kind=kind)
    return [(s.title, s.kind, s.span.of(text)) for s in segmenter.sections(document)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Past Medical History: gout", "past_medical_history"),
        ("PMH: gout", "past_medical_history"),
        ("pmh: gout", "past_medical_history"),
        ("PAST MEDICAL HISTORY\ngout", "past_medical_history"),
        ("FAMILY HISTORY\n\nFather: gout", "family_history"),
        ("FH: gout", "family_history"),
        ("Allergies: penicillin.", "allergies"),
        ("ALLERGIES  NKDA", "allergies"),
        ("**Allergies:** penicillin", "allergies"),
        ("**Allergies**: penicillin", "allergies"),
        ("## Medications on admission\naspirin", "medications"),
        ("Current Medications (per daughter):\naspirin", "medications"),
        ("- Medications: aspirin", "medications"),
        ("3. Medications: aspirin", "medications"),
        ("Discharge Medications:\naspirin", "discharge_medications"),
        ("HPI: cough", "history_of_present_illness"),
        ("Assessment and Plan:\ncough", "assessment_and_plan"),
        ("Assessment & Plan:\ncough", "assessment_and_plan"),
        ("A/P: cough", "assessment_and_plan"),
        ("Assessment/Plan\ncough", "assessment_and_plan"),
        ("IMPRESSION:\ncough", "assessment"),
        ("Review of Systems\nnegative", "review_of_systems"),
        ("ROS: negative", "review_of_systems"),
        ("Physical Exam: well", "physical_exam"),
        ("Neurologic Examination: intact", "physical_exam"),
        ("Social History\nfarmer", "social_history"),
        ("Labs: Na 140", "labs"),
        ("Plan\nrest", "plan"),
        ("Plan - rest", "plan"),
        ("P: rest", "plan"),
        ("Discharge instructions:\nrest", "discharge_instructions"),
        ("Travel history: none", "social_history"),
        ("Dental history: none", "other_history"),
        ("LINES AND DRAINS: none", "other"),
        ("## Something Else\ntext", "other"),
    ],
)
def test_a_heading_opens_its_kind(segmenter: ClinicalSegmenter, text: str, kind: str) -> None:
    assert [found for _, found, _ in _sections(segmenter, text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "The plan is to rest.",
        "We discussed the Plan with her.",
        "She takes no medications at home.",
        "History of asthma.",
        "Her medications\nwere not changed.",
        "We spoke about her\nMedications\nand diet.",
        "Heart: regular.",
        "Mother: gout.",
        "P: 88",
        "Brain MRI: two lesions.",
        "1. Allergies\n2. Asthma",
        "At 10:30 he fell.",
        "ratio 1:20",
        ":",
        "",
        "   \n\n  ",
    ],
)
def test_other_lines_open_none(segmenter: ClinicalSegmenter, text: str) -> None:
    assert _sections(segmenter, text) == []


def test_headings_within_a_line(segmenter: ClinicalSegmenter) -> None:
    text = "PMH: gout. Medications: aspirin 81 mg. She is well. Plan: rest at home."
    assert _sections(segmenter, text) == [
        ("PMH", "past_medical_history", "gout."),
        ("Medications", "medications", "aspirin 81 mg. She is well."),
        ("Plan", "plan", "rest at home."),
    ]


def test_capitals_within_a_line_need_no_full_stop(segmenter: ClinicalSegmenter) -> None:
    text = "He has no fever PAST MEDICAL HISTORY: gout"
    assert _sections(segmenter, text) == [("PAST MEDICAL HISTORY", "past_medical_history", "gout")]


def test_labels_of_a_structured_abstract(segmenter: ClinicalSegmenter) -> None:
    text = "OBJECTIVE: To test it. METHODS: We did. RESULTS: It works. CONCLUSIONS: Good."
    kinds = ["objective", "methods", "results", "conclusions"]
    assert [kind for _, kind, _ in _sections(segmenter, text)] == kinds
    assert [kind for _, kind, _ in _sections(segmenter, text, kind="paper")] == kinds


def test_objective_of_a_note_is_the_examination(segmenter: ClinicalSegmenter) -> None:
    text = "Subjective: cough.\nObjective: clear lungs."
    kinds = [kind for _, kind, _ in _sections(segmenter, text)]
    assert kinds == ["history_of_present_illness", "physical_exam"]


def test_the_familys_section_ends_at_a_blank_line(segmenter: ClinicalSegmenter) -> None:
    text = "Family history: mother had gout.\n\nShe came with cough."
    assert _sections(segmenter, text) == [("Family history", "family_history", "mother had gout.")]
    listed = "Family history: mother had gout.\n\n- father well\n\nShe came with cough."
    assert _sections(segmenter, listed)[0][2] == "mother had gout.\n\n- father well"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("PMH: HTN, DM.\nSince Monday she has had chest pain.", "HTN, DM."),
        ("FH: mother gout.\nO/E swollen toe, red and hot today.", "mother gout."),
        ("PMH: HTN.\nStroke 2018.\nGout.", "HTN.\nStroke 2018.\nGout."),
        ("PMH: HTN, DM,\nchronic kidney disease and a long list.", None),
        ("PMH: HTN\n  chronic kidney disease of stage three", None),
        ("PMH: HTN\nAppendectomy in May 1990 without any trouble", None),
        (
            "PMH: hypertension, diabetes, gout, migraine, asthma, eczema, reflux and a\n"
            "Heller myotomy of the oesophagus that was done abroad.",
            None,
        ),
    ],
    ids=["a line", "an examination", "items", "a comma", "indented", "a year", "wrapped"],
)
def test_a_section_on_one_line_ends_with_it(
    segmenter: ClinicalSegmenter, text: str, body: str | None
) -> None:
    (first, *_) = _sections(segmenter, text)
    assert first[2] == (body if body is not None else text.partition(": ")[2])


def test_the_familys_section_ends_at_a_title_we_do_not_know(segmenter: ClinicalSegmenter) -> None:
    text = (
        "Family history\nA sister has gout.\n\nTreatment to date\n"
        "Sertraline was given for two months without success."
    )
    assert [(kind, body[:10]) for _, kind, body in _sections(segmenter, text)] == [
        ("family_history", "A sister h"),
        ("other", "Sertraline"),
    ]


def test_a_heading_without_body_opens_no_section(segmenter: ClinicalSegmenter) -> None:
    text = "Medications:\nAllergies:\nnone"
    assert _sections(segmenter, text) == [("Allergies", "allergies", "none")]
    document = Document("d", text, "test")
    assert [s.text for s in segmenter.sentences(document)] == ["Medications:", "Allergies:", "none"]


def test_a_document_keeps_its_own_sections(segmenter: ClinicalSegmenter) -> None:
    text = "A title\nMETHODS: not a heading here. Second."
    own = (Section(Span(0, 7), "", "title"), Section(Span(8, len(text)), "", "abstract"))
    document = Document("d", text, "test", kind="paper", sections=own)
    assert segmenter.sections(document) == own
    assert [(s.text, s.section) for s in segmenter.sentences(document)] == [
        ("A title", "title"),
        ("METHODS: not a heading here.", "abstract"),
        ("Second.", "abstract"),
    ]


def test_own_sections_may_nest_overlap_and_overrun(segmenter: ClinicalSegmenter) -> None:
    text = "One two three four."
    own = (
        Section(Span(0, 400), "", "outer"),
        Section(Span(4, 7), "", "inner"),
        Section(Span(300, 310), "", "beyond"),
    )
    document = Document("d", text, "test", sections=own)
    assert [(s.text, s.section) for s in segmenter.sentences(document)] == [
        ("One", "outer"),
        ("two", "inner"),
        ("three four.", "outer"),
    ]


def test_a_title_between_own_sections_belongs_to_the_next(segmenter: ClinicalSegmenter) -> None:
    text = "Intro text.\n\nMethods\n\nWe did."
    own = (
        Section(Span(0, 11), "", "introduction"),
        Section(Span(22, len(text)), "Methods", "methods"),
    )
    document = Document("d", text, "test", kind="paper", sections=own)
    assert [(s.text, s.section) for s in segmenter.sentences(document)] == [
        ("Intro text.", "introduction"),
        ("Methods", "methods"),
        ("We did.", "methods"),
    ]


def test_the_kinds_can_be_listed(segmenter: ClinicalSegmenter) -> None:
    kinds = segmenter.kinds()
    assert {"past_medical_history", "family_history", "plan", "methods", "other"} <= kinds
    assert "-" not in kinds
