"""Variants by their form: each row's example, what is left alone, what gives way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.variants import VariantForm, VariantRecognizer, variant_forms


class Fixed:
    """Finds the given stretches of each sentence."""

    name = "fixed"

    def __init__(self, *found: tuple[str, EntityType]) -> None:
        self._found = found

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        rows = []
        for sentence in sentences:
            row = []
            for text, type in self._found:
                at = sentence.text.find(text)
                if at >= 0:
                    span = Span(sentence.span.start + at, sentence.span.start + at + len(text))
                    row.append(Mention(sentence.document_id, span, text, type, 0.95))
            rows.append(tuple(row))
        return rows


def found(text: str, *others: tuple[str, EntityType]) -> list[tuple[str, str]]:
    sentence = Sentence("d", Span(7, 7 + len(text)), text)
    (row,) = VariantRecognizer(Fixed(*others)).recognize([sentence])
    assert all(text[m.span.start - 7 : m.span.end - 7] == m.text for m in row)
    return [(m.text, m.type.value) for m in row]


@pytest.mark.parametrize("form", variant_forms(), ids=lambda form: form.name)
def test_each_form_finds_its_example_whole(form: VariantForm) -> None:
    assert found(f"The variant {form.example}, a polymorphism.") == [(form.example, "Variant")]


@pytest.mark.parametrize(
    "text",
    [
        "p. Pro184ArgfsX19",
        "p.Q12fs",
        "c.1482+1G>A",
        "c. 2097insT",
        "c.310 G>T",
        "m.3243A>G",
        "-141Cins>del",
        "549delC",
        "IVS9+459, A/G",
        "C677T",
        "Val66Met",
        "E873stop",
        "-924, A/G",
    ],
)
def test_ways_of_writing(text: str) -> None:
    assert found(f"carriers of the mutation ({text})") == [(text, "Variant")]


@pytest.mark.parametrize(
    "text", ["Give D50W now.", "IL-2, CD4 and H2O were measured.", "T47D cells", "S100A8", "rs12"]
)
def test_other_codes_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_what_a_reader_called_otherwise_stays_where_the_form_is_in_doubt() -> None:
    text = "He carries the V600E mutation and was given D50W."
    assert found(text) == [("V600E", "Variant")]
    text = text.replace("D50W", "R788K")
    assert found(text, ("R788K", EntityType.DRUG)) == [("V600E", "Variant"), ("R788K", "Drug")]
    assert found(text, ("V600E", EntityType.GENE), ("R788K", EntityType.DRUG))[0][1] == "Variant"


def test_parts_give_way_and_longer_mentions_stay() -> None:
    text = "the mutation -3170G>A and a threonine to alanine p.Thr12Ala change"
    part, whole = ("3170G>A", EntityType.VARIANT), (text[26:59], EntityType.VARIANT)
    assert found(text, part, whole) == [("-3170G>A", "Variant"), (text[26:59], "Variant")]
