"""What every segmenter promises, whatever the text."""

from __future__ import annotations

import pytest

from kgbuilder.model import Document
from kgbuilder.protocols import Segmenter
from kgbuilder.segment.clinical import ClinicalSegmenter

SEGMENTERS = [ClinicalSegmenter]

TEXTS = [
    "",
    " \n\t ",
    "x",
    "One. Two! Three?",
    "PMH:\n1. gout\n2. asthma\n\nPlan: rest. Follow up.",
    "Family History: father with gout\r\n\r\nNo fever.\r\n",
    "a" * 10_000,
    "word " * 3_000,
    "\ufeffBOM first. Then text.",
    "Grüße aus Zürich. Ça va? Да. Нет. 発熱なし。咳あり。",
    "emoji 😀 here. 𝔸 astral. \ud800 lone surrogate.",
    "\x00 control \x1f characters. \u2028 line separator. \x85 next",
    "line\x0bvertical\x0cfeed. Next.",
    "'; MATCH (n) DETACH DELETE n; //. Next.",
]


@pytest.fixture(scope="module", params=SEGMENTERS, ids=lambda make: make.__name__)
def segmenter(request: pytest.FixtureRequest) -> Segmenter:
    made: Segmenter = request.param()
    return made


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("kind", ["note", "paper"])
def test_sentences_cover_the_text_exactly(segmenter: Segmenter, text: str, kind: str) -> None:
    document = Document("d", text, "test", kind=kind)
    at = 0
    for sentence in segmenter.sentences(document):
        assert sentence.document_id == "d"
        assert sentence.span.start >= at
        assert not text[at : sentence.span.start].strip()
        assert sentence.text == text[sentence.span.start : sentence.span.end]
        assert sentence.text == sentence.text.strip() != ""
        at = sentence.span.end
    assert not text[at:].strip()


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_sections_lie_in_the_text_in_order(segmenter: Segmenter, text: str) -> None:
    at = 0
    for section in segmenter.sections(Document("d", text, "test")):
        assert at <= section.span.start
        assert section.span.end <= len(text)
        assert section.kind
        at = section.span.end


def test_each_sentence_of_a_body_has_the_sections_kind(segmenter: Segmenter) -> None:
    text = "PMH: gout. Asthma.\nPlan: rest.\nAllergies: none."
    document = Document("d", text, "test")
    for section in segmenter.sections(document):
        kinds = {s.section for s in segmenter.sentences(document) if section.span.contains(s.span)}
        assert kinds == {section.kind}


def test_answers_do_not_depend_on_what_came_before(segmenter: Segmenter) -> None:
    document = Document("d", TEXTS[4], "test")
    first = segmenter.sentences(document)
    for text in TEXTS:
        segmenter.sentences(Document("other", text, "test"))
    assert segmenter.sentences(document) == first
