"""Where sentences end in clinical and scientific prose."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import spacy

from kgbuilder.model import Document
from kgbuilder.segment.boundaries import MAX_SENTENCE
from kgbuilder.segment.clinical import ClinicalSegmenter

NOTES = Path(__file__).parents[2] / "data" / "notes"


@pytest.fixture(scope="module")
def segmenter() -> ClinicalSegmenter:
    return ClinicalSegmenter()


def _texts(segmenter: ClinicalSegmenter, text: str) -> list[str]:
    return [s.text for s in segmenter.sentences(Document("d", text, "test"))]


@pytest.mark.parametrize(
    "sentences",
    [
        ["He is well.", "She is not."],
        ["Dr. Adler saw Mr. Brandt at St. Anne's."],
        ["Give drugs, e.g. aspirin, i.e. a salicylate, vs. placebo."],
        ["As Brandt et al. showed, Fig. 2 is right.", "It holds."],
        ["He took 0.5 mg b.i.d.", "Then 2.5 mg/kg p.o. q.d. was given."],
        ["Aspirin 81 mg p.o. daily."],
        ["Warfarin 5 mg p.o. QHS was kept."],
        ["Lasix 80 mg.", "ASA stopped."],
        ["Lisinopril 20 mg. PO BID."],
        ["E. coli and S. aureus grew in approx. 3 days."],
        ["She lacks vitamin D.", "The level was 9."],
        ["He has hepatitis B.", "His wife does not."],
        ["It cost 3.5 per dose.", "The INR was 2.4."],
        ["See No. 4 and p. 12."],
        ["Any pain?", "No.", "Cough present."],
        ["Wait ...", "Then go."],
        ["He slept ... then woke."],
        ["The level rose (P < 0.05).", "Both died."],
        ['She said "I am well."', "He left."],
        ["no fever.", "cough present.", "no chills."],
        ["abd. soft, neg. for pain, resp. rate 12."],
        ["? pneumonia on the left"],
        ["He lives in the U.S. and works."],
        ["The work-up is done.", "p53 was normal."],
        ["Sequencing of UBE3A.", "EEG was slow."],
        ["There was fever.", "Cough was absent."],
        ["No focal deficits.", "(Seen by neurology.)"],
        ["It was stopped (level low).", "α-blocker: none."],
        ["The trial ended on Jan. 5 in Ghent."],
        ["Kein Fieber.", "Der Husten blieb."],
        ["¿Tiene fiebre?", "No tiene."],
        ["患者发热。", "无咳嗽。"],
        ["Il va bien.", "Élise aussi."],
    ],
    ids=lambda sentences: sentences[0][:40],
)
def test_prose(segmenter: ClinicalSegmenter, sentences: list[str]) -> None:
    joiner = "" if "。" in sentences[0] else " "
    assert _texts(segmenter, joiner.join(sentences)) == sentences


def test_a_missing_space_after_a_full_stop(segmenter: ClinicalSegmenter) -> None:
    assert _texts(segmenter, "He has fever.Cough is absent.") == [
        "He has fever.",
        "Cough is absent.",
    ]
    assert _texts(segmenter, "See www.example.com today.") == ["See www.example.com today."]


def test_a_wrapped_paragraph_is_not_cut_at_its_lines(segmenter: ClinicalSegmenter) -> None:
    text = (
        "The patient was admitted with chest pain that had begun on the\n"
        "evening before. She denied fever, chills, and a cough, and said\n"
        "Monday was the last day without pain."
    )
    assert _texts(segmenter, text) == [
        "The patient was admitted with chest pain that had begun on the\nevening before.",
        "She denied fever, chills, and a cough, and said\nMonday was the last day without pain.",
    ]


def test_a_narrow_paragraph_is_not_cut_at_its_lines(segmenter: ClinicalSegmenter) -> None:
    text = "The patient was seen with\nchest pain and severe\nvomiting at night."
    assert _texts(segmenter, text) == [text]


@pytest.mark.parametrize(
    "lines",
    [
        ["- no fever", "- cough"],
        ["1. Sepsis", "2. Stroke"],
        ["* no rash", "* itching"],
        ["• no rash", "• itching"],
        ["a) no rash", "b) itching"],
        ["Na 138", "K 4.0", "Cr 1.1"],
        ["no fever", "cough present"],
        ["Aspirin 81 mg daily", "Metoprolol 25 mg twice daily", "Insulin"],
        ["Heart: no murmur", "Lungs: wheeze"],
    ],
    ids=lambda lines: lines[0],
)
def test_lines_of_a_list_are_apart(segmenter: ClinicalSegmenter, lines: list[str]) -> None:
    assert _texts(segmenter, "\n".join(lines)) == lines
    assert _texts(segmenter, "\r\n".join(lines)) == lines


def test_a_list_items_number_is_no_sentence(segmenter: ClinicalSegmenter) -> None:
    assert _texts(segmenter, "1. Sepsis. 2. Stroke.") == ["1. Sepsis.", "2. Stroke."]


def test_a_blank_line_cuts_whatever_stands_before_it(segmenter: ClinicalSegmenter) -> None:
    assert _texts(segmenter, "no sign of\n\nfever") == ["no sign of", "fever"]


def test_headings_are_sentences_of_the_section_they_open(segmenter: ClinicalSegmenter) -> None:
    text = "Seen today.\nFamily history: mother had gout.\nPlan\nrest"
    found = [(s.text, s.section) for s in segmenter.sentences(Document("d", text, "test"))]
    assert found == [
        ("Seen today.", None),
        ("Family history:", "family_history"),
        ("mother had gout.", "family_history"),
        ("Plan", "plan"),
        ("rest", "plan"),
    ]


def test_a_text_without_an_end_is_cut_at_white_space(segmenter: ClinicalSegmenter) -> None:
    pieces = _texts(segmenter, "word " * 2_000)
    assert len(pieces) > 1
    assert all(len(piece) <= MAX_SENTENCE for piece in pieces)
    assert all(set(piece.split()) == {"word"} for piece in pieces)


def test_a_text_without_white_space_is_cut_hard(segmenter: ClinicalSegmenter) -> None:
    assert [len(piece) for piece in _texts(segmenter, "A" * 4_500)] == [2_000, 2_000, 500]


def test_tokens_are_spacys_in_document_offsets(segmenter: ClinicalSegmenter) -> None:
    text = "Seen. Gave 2.5 mg/kg of aspirin."
    document = Document("d", text, "test")
    second = segmenter.sentences(document)[1]
    assert [token.of(text) for token in segmenter.tokens(second)] == [
        "Gave", "2.5", "mg", "/", "kg", "of", "aspirin", ".",
    ]  # fmt: skip


def test_a_stop_is_kept_where_spacy_keeps_it(segmenter: ClinicalSegmenter) -> None:
    tokenizer = spacy.blank("en").tokenizer
    notes = " ".join(path.read_text("utf-8", "replace") for path in NOTES.glob("*.txt"))
    words = set(re.findall(r"[A-Za-z]{1,12}", notes))
    words |= {known[:-1] for known in tokenizer.rules if re.fullmatch(r"[A-Za-z]{1,12}\.", known)}
    words |= {form for word in sorted(words) for form in (word.lower(), word.title(), word.upper())}
    wrong = []
    for word in sorted(words):
        last = tokenizer(f"{word}.")[-1]
        if segmenter._keeps_stop(f"{word}.") != (len(last) > 1 and last.text.endswith(".")):
            wrong.append(word)
    assert wrong == []


@pytest.mark.parametrize(
    "unit",
    [".", ". ", "a\n", "\n", ": ", "Plan: x. ", "FH: x\n\n", "ABC DEF ", "(((", "? a ", "b.i.d. ", "。",
     " ", "PLAN OF: ", "- ", "1. ", "A: "],
)  # fmt: skip
def test_time_is_linear(segmenter: ClinicalSegmenter, unit: str) -> None:
    def seconds(n: int) -> float:
        document = Document("d", unit * (n // len(unit)), "test")
        times: list[float] = []
        for _ in range(2):
            start = time.process_time()
            segmenter.sentences(document)
            times.append(time.process_time() - start)
        return min(times)

    # sixteen times the text: a square would cost 256 times as much
    assert seconds(160_000) < 64 * max(seconds(10_000), 0.005)
