"""One contract for every Recognizer: aligned rows, exact spans, and no say of the neighbours."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kgbuilder.model import Curie, EntityType, Sentence, Span
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus
from kgbuilder.protocols import Recognizer
from kgbuilder.recognize.consistent import ConsistentRecognizer
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.recognize.joined import JoinedRecognizer
from kgbuilder.recognize.transformer import TransformerRecognizer
from tests.recognize.tiny_models import save_tiny_bert, tiny_spacy


def _dictionary() -> Recognizer:
    rows = [
        ("aspirin", EntityType.DRUG),
        ("warfarin", EntityType.DRUG),
        ("fever", EntityType.PHENOTYPE),
    ]
    status = NameStatus.PREFERRED
    names = [Name(text, Curie("X", text), text, type, status, "test", "1") for text, type in rows]
    return DictionaryRecognizer(Lexicon([Names(names)]))


def _spacy() -> Recognizer:
    from kgbuilder.recognize.spacy import SpacyRecognizer

    return SpacyRecognizer(tiny_spacy(), labels={"MYSTERY": "Phenotype"}, max_chars=2000)


def _huggingface() -> Recognizer:
    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    with TemporaryDirectory() as folder:
        return HuggingFaceRecognizer(
            save_tiny_bert(Path(folder) / "tiny"), labels={"Mystery": "Phenotype"}
        )


def _joined() -> Recognizer:
    return JoinedRecognizer(TransformerRecognizer(), _dictionary())


MAKERS: dict[str, Callable[[], Recognizer]] = {
    "transformer": TransformerRecognizer,
    "transformer in threads": lambda: TransformerRecognizer(n_threads=3),
    "dictionary": _dictionary,
    "joined": _joined,
    "consistent": lambda: ConsistentRecognizer(_joined()),
    "spacy": _spacy,
    "huggingface": _huggingface,
}
EXTRA = {"huggingface"}
"""Those that need an optional dependency."""


@pytest.fixture(
    params=[pytest.param(m, marks=[pytest.mark.extra] if m in EXTRA else []) for m in MAKERS],
    scope="module",
)
def recognizer(request: pytest.FixtureRequest) -> Recognizer:
    return MAKERS[request.param]()


TEXTS = [
    "Aspirin 100 mg daily was given for fever.",
    "WARFARIN WAS HELD; NO FEVER TODAY.",
    "",
    "   \n\t ",
    "42",
    "(aspirin)",
    "aspirin, warfarin, aspirin, warfarin and aspirin",
    "Ünïcödé ﬁne \U0001f600 aspirin — fever…",
    "阿司匹林用于发热。",
    "'); MATCH (n) DETACH DELETE n; //aspirin",
    "fever\x00\u200bfever",
    "a" * 5000,
    "aspirin and fever " * 400,
]


def sentences(texts: list[str], offset: int = 100) -> list[Sentence]:
    return [Sentence("d", Span(offset, offset + max(1, len(text))), text) for text in texts]


def test_one_row_a_sentence_and_every_span_is_its_text(recognizer: Recognizer) -> None:
    rows = recognizer.recognize(sentences(TEXTS))
    assert len(rows) == len(TEXTS)
    for text, row in zip(TEXTS, rows, strict=True):
        previous = 0
        for mention in row:
            start, end = mention.span.start - 100, mention.span.end - 100
            assert 0 <= previous <= start < end <= len(text)
            assert mention.text == text[start:end] == mention.text.strip()
            assert 0.0 <= mention.score <= 1.0
            assert mention.document_id == "d"
            previous = end


def test_it_finds_the_drug(recognizer: Recognizer) -> None:
    (row,) = recognizer.recognize(sentences([TEXTS[0]]))
    found = {(m.text.lower(), m.type) for m in row}
    assert ("aspirin", EntityType.DRUG) in found
    assert ("fever", EntityType.PHENOTYPE) in found


def test_nothing_in_gives_nothing(recognizer: Recognizer) -> None:
    assert recognizer.recognize([]) == []
    assert recognizer.recognize(sentences(["", "  "])) == [(), ()]


def test_neighbours_and_order_change_nothing(recognizer: Recognizer) -> None:
    batch = sentences(TEXTS)
    together = recognizer.recognize(batch)
    alone = [recognizer.recognize([sentence])[0] for sentence in batch]
    assert together == alone
    order = list(range(len(batch)))
    random.Random(5).shuffle(order)
    shuffled = recognizer.recognize([batch[i] for i in order])
    assert [shuffled[order.index(i)] for i in range(len(batch))] == together


def test_a_long_sentence_is_read_to_its_end(recognizer: Recognizer) -> None:
    text = "He was given aspirin because of fever and then he went home again, " * 60
    (row,) = recognizer.recognize(sentences([text]))
    assert sum(m.text == "aspirin" for m in row) >= 57
    assert row[-1].span.start > 100 + text.rindex("He")


def test_it_has_a_name_with_a_version(recognizer: Recognizer) -> None:
    assert any(c.isdigit() for c in recognizer.name)
