"""Weights beside words: what no cue says."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import InputError
from kgbuilder.model import Assertion, EntityType, Mention, Sentence, Span
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.qualify.weighed import WeighedQualifier

PLAIN = Assertion()


@pytest.fixture(scope="module")
def qualifier() -> WeighedQualifier:
    return WeighedQualifier()


def row(
    text: str, words: str, type: EntityType = EntityType.DRUG, **more: str
) -> tuple[Sentence, tuple[Mention]]:
    at = text.index(words)
    sentence = Sentence("d", Span(0, len(text)), text, **more)
    return sentence, (Mention("d", Span(at, at + len(words)), words, type),)


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("Used to swear by naproxen.", "naproxen", "historical"),
        ("Bloods fine, so methotrexate goes in next Monday.", "methotrexate", "planned"),
        ("Her sister's metformin was in the same bag.", "metformin", "family"),
    ],
)
def test_what_no_cue_says(qualifier: WeighedQualifier, text: str, words: str, value: str) -> None:
    sentence, mentions = row(text, words)
    ((meant,),) = qualifier.qualify([sentence], [mentions])
    assert value in (meant.polarity, meant.certainty, meant.temporality, meant.experiencer)


@pytest.mark.parametrize(
    "text",
    [
        "Continue metoprolol 25 mg twice daily.",
        "He takes metoprolol every morning.",
        "Metoprolol 25 mg PO BID",
        "On metoprolol with good rate control.",
    ],
)
def test_what_is_plain_stays_plain(qualifier: WeighedQualifier, text: str) -> None:
    words = "etoprolol"
    sentence, mentions = row(text, words)
    assert qualifier.qualify([sentence], [mentions]) == [(PLAIN,)]


@pytest.mark.parametrize("text", ["No fever.", "Mother had gout.", "History of gout, no pain now."])
def test_a_cue_decides(qualifier: WeighedQualifier, text: str) -> None:
    for word in ("fever", "gout", "pain"):
        if word in text:
            sentence, mentions = row(text, word, EntityType.PHENOTYPE)
            by_words = ContextQualifier().qualify([sentence], [mentions])
            assert qualifier.qualify([sentence], [mentions]) == by_words
            assert by_words != [(PLAIN,)]


def test_papers_are_left_to_words(qualifier: WeighedQualifier) -> None:
    text = "Used to swear by amlodipine."
    sentence, mentions = row(text, "amlodipine", kind="paper")
    assert qualifier.qualify([sentence], [mentions]) == [(PLAIN,)]


def test_an_allergy_is_left_to_others(qualifier: WeighedQualifier) -> None:
    for more in ({"section": "allergies"}, {}):
        text = "amlodipine" if more else "Intolerances: used to swear by amlodipine."
        sentence, mentions = row(text, "amlodipine", **more)
        ((meant,),) = qualifier.qualify([sentence], [mentions])
        assert meant == PLAIN


def test_a_section_says_what_neither_did(qualifier: WeighedQualifier) -> None:
    text = "Gout."
    sentence, mentions = row(text, "Gout", EntityType.DISEASE, section="past_medical_history")
    by_words = ContextQualifier().qualify([sentence], [mentions])
    assert qualifier.qualify([sentence], [mentions]) == by_words


def test_an_attribute_is_not_qualified(qualifier: WeighedQualifier) -> None:
    sentence, mentions = row("Used to swear by 5 mg.", "5 mg", EntityType.DOSE)
    assert qualifier.qualify([sentence], [mentions]) == [(PLAIN,)]


def test_nobody_is_asked_twice_the_same(qualifier: WeighedQualifier) -> None:
    texts = ["Used to swear by naproxen.", "He takes naproxen.", "x " * 3000 + "naproxen"]
    rows = [row(text, "naproxen") for text in texts]
    rows.append((Sentence("d", Span(0, 5), "Fine."), ()))
    together = qualifier.qualify([s for s, _ in rows], [m for _, m in rows])
    alone = [qualifier.qualify([s], [m])[0] for s, m in rows]
    assert together == alone


def test_no_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        WeighedQualifier(tmp_path)
