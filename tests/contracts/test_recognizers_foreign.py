"""What every recognizer promises, on those that wrap models of others."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.protocols import Recognizer
from kgbuilder.recognize.huggingface import HuggingFaceRecognizer
from tests.recognize.tiny_models import save_tiny_bert, tiny_spacy

TEXTS = [
    "No warfarin for heart failure.",
    "Aspirin,warfarin;aspirin",
    "",
    "  \n\t ",
    "Ménière 😀😀 (aspirin) \u200b warfarin\u0301 e\u0301 CHF",
    "warfarin " * 300,
    "x" * 3000 + " aspirin",
    "华法林 и варфарин; ﷺ ﷽ ǆ İ ß aspirin",
]


def spacy_recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    from kgbuilder.recognize.spacy import SpacyRecognizer  # the environment with torch has no spaCy

    return SpacyRecognizer(tiny_spacy(), max_chars=2000)


def bert_recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    folder: Path = tmp_path_factory.mktemp("contract") / "tiny"
    return HuggingFaceRecognizer(save_tiny_bert(folder))


@pytest.fixture(
    scope="module",
    params=[spacy_recognizer, pytest.param(bert_recognizer, marks=pytest.mark.extra)],
    ids=["spacy", "huggingface"],
)
def recognizer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Recognizer:
    make: Callable[[pytest.TempPathFactory], Recognizer] = request.param
    return make(tmp_path_factory)


def sentences(texts: list[str], start: int = 11) -> list[Sentence]:
    made = []
    for text in texts:
        if text:
            made.append(Sentence("doc", Span(start, start + len(text)), text))
            start += len(text) + 1
    return made


def check(row: tuple[Mention, ...], sentence: Sentence) -> None:
    end = sentence.span.start
    for mention in row:
        assert end <= mention.span.start < mention.span.end <= sentence.span.end
        base = sentence.span.start
        assert mention.text == sentence.text[mention.span.start - base : mention.span.end - base]
        assert mention.text == mention.text.strip() != ""
        assert isinstance(mention.type, EntityType)
        assert 0 <= mention.score <= 1
        assert mention.document_id == sentence.document_id
        end = mention.span.end


def test_rows_are_aligned_sorted_and_exact(recognizer: Recognizer) -> None:
    given_sentences = sentences(TEXTS)
    rows = recognizer.recognize(given_sentences)
    assert len(rows) == len(given_sentences)
    for row, sentence in zip(rows, given_sentences, strict=True):
        check(row, sentence)
    assert sum(map(len, rows)) >= 300
    assert recognizer.recognize([]) == []
    assert recognizer.name


def test_neighbours_change_nothing(recognizer: Recognizer) -> None:
    given_sentences = sentences(TEXTS)
    together = recognizer.recognize(given_sentences)
    alone = [recognizer.recognize([sentence])[0] for sentence in given_sentences]
    backwards = recognizer.recognize(given_sentences[::-1])[::-1]
    assert together == alone == backwards


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_law_no_text_breaks_it(recognizer: Recognizer, text: str) -> None:
    (sentence,) = sentences([text + " aspirin"])
    (row,) = recognizer.recognize([sentence])
    check(row, sentence)
