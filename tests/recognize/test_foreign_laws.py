"""Whatever the text, a foreign model's mentions are exact, sorted and within their sentence."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgbuilder.model import EntityType, Sentence, Span
from kgbuilder.protocols import Recognizer
from kgbuilder.recognize.huggingface import HuggingFaceRecognizer
from tests.recognize.tiny_models import save_tiny_bert, tiny_spacy


def spacy_recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    from kgbuilder.recognize.spacy import SpacyRecognizer

    return SpacyRecognizer(tiny_spacy(), max_chars=50)


def bert_recognizer(tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return HuggingFaceRecognizer(save_tiny_bert(tmp_path_factory.mktemp("laws") / "tiny"))


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


@settings(max_examples=60)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
@example(text="Ménière 😀😀 (aspirin) \u200b warfarin\u0301 e\u0301 CHF")
@example(text="华法林 и варфарин; ﷺ ﷽ ǆ İ ß")
@example(text="x" * 300)
@example(text="﷽" * 100)
def test_law_mentions_are_exact(recognizer: Recognizer, text: str) -> None:
    text += " aspirin"
    (row,) = recognizer.recognize([Sentence("doc", Span(11, 11 + len(text)), text)])
    assert row
    end = 11
    for mention in row:
        assert end <= mention.span.start < mention.span.end <= 11 + len(text)
        assert mention.text == text[mention.span.start - 11 : mention.span.end - 11]
        assert mention.text == mention.text.strip() != ""
        assert isinstance(mention.type, EntityType)
        assert 0 <= mention.score <= 1
        end = mention.span.end
