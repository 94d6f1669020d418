"""Model and dictionary together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.joined import JoinedRecognizer

TEXT = (
    "Axillary freckling and chest pain; SQ heparin gtt, ASA 81, Tylenol 3, insulin 70/30, "
    "germ resistant to oxacillin and cefazolin; nil murmurs, stroke '19, Cosopt bd nocte, ASA 3, "
    "simva 40 -> rosuva 10, National Cancer Institute, Prothrombin time, "
    "CVA tenderness, Positive joint pain, Vitamin D3"
)


class Fixed:
    """Finds what it is told to."""

    def __init__(self, name: str, *found: tuple[str, EntityType]) -> None:
        self.name = name
        self._found = found

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        return [tuple(self._mention(text, type) for text, type in self._found) for _ in sentences]

    def _mention(self, text: str, type: EntityType) -> Mention:
        start = TEXT.index(text)
        return Mention("d", Span(start, start + len(text)), text, type, 0.8)


D, P, A = EntityType.DISEASE, EntityType.PHENOTYPE, EntityType.ANATOMY
DRUG, GENE = EntityType.DRUG, EntityType.GENE


@pytest.mark.parametrize(
    ("model", "dictionary", "expected"),
    [
        ([], [("chest pain", P)], [("chest pain", P)]),
        ([("chest pain", D)], [("chest pain", P)], [("chest pain", D)]),
        (
            [("Axillary", A), ("freckling", P)],
            [("Axillary freckling", D)],
            [("Axillary freckling", P)],
        ),
        ([("chest pain", EntityType.DRUG)], [("chest pain", P)], [("chest pain", P)]),
        ([("chest pain", A)], [("chest pain", P)], [("chest pain", A)]),
        ([("and chest", A)], [("chest pain", P)], [("and chest", A)]),
        ([("Axillary freckling", P)], [("freckling", P)], [("Axillary freckling", P)]),
        ([("SQ heparin gtt", DRUG)], [("heparin", DRUG)], [("heparin", DRUG)]),
        ([("ASA 81", DRUG)], [("ASA", DRUG)], [("ASA", DRUG)]),
        ([("Tylenol 3", DRUG)], [("Tylenol", DRUG)], [("Tylenol 3", DRUG)]),
        ([("SQ heparin", P)], [("heparin", DRUG)], [("heparin", DRUG)]),
        ([("insulin", GENE)], [("insulin", DRUG)], [("insulin", DRUG)]),
        (
            [("resistant to oxacillin and cefazolin", P)],
            [("oxacillin", DRUG), ("cefazolin", DRUG)],
            [("oxacillin", DRUG), ("cefazolin", DRUG)],
        ),
        ([("resistant to oxacillin", P)], [], [("resistant to oxacillin", P)]),
        ([("nil murmurs", P)], [], [("murmurs", P)]),
        ([("stroke '19", D)], [], [("stroke", D)]),
        ([("Cosopt bd nocte", DRUG)], [], [("Cosopt", DRUG)]),
        ([("ASA 3", DRUG)], [], []),
        (
            [("simva 40 -> rosuva", DRUG)],
            [("simva", DRUG), ("rosuva", DRUG)],
            [("simva", DRUG), ("rosuva", DRUG)],
        ),
        ([("Cancer", D)], [], []),
        ([("Prothrombin", GENE)], [], []),
        ([("CVA", D)], [("CVA", D)], []),
        ([("Vitamin D3", DRUG)], [], [("Vitamin D3", DRUG)]),
        ([("Positive joint pain", P)], [("joint pain", D)], [("joint pain", P)]),
    ],
    ids=[
        "fills",
        "the model's type stays",
        "pieces make way",
        "a condition is no drug",
        "other types stay",
        "half outside stays",
        "longer stays",
        "an order holds a drug",
        "and a strength",
        "but a single digit may be of the name",
        "whatever it was taken for",
        "a note's insulin is a drug",
        "what a germ is resistant to",
        "unless nobody knows it",
        "a sign before it is cut off",
        "and a time behind it",
        "and an order",
        "physical status is no aspirin",
        "an arrow parts two drugs",
        "an institute is no cancer",
        "a clotting time is no gene",
        "an angle of the back is no stroke",
        "a vitamin is no third day",
        "what is endorsed is the name",
    ],
)
def test_who_wins(
    model: list[tuple[str, EntityType]],
    dictionary: list[tuple[str, EntityType]],
    expected: list[tuple[str, EntityType]],
) -> None:
    joined = JoinedRecognizer(Fixed("m", *model), Fixed("d", *dictionary))
    (row,) = joined.recognize([Sentence("d", Span(0, len(TEXT)), TEXT)])
    assert [(mention.text, mention.type) for mention in row] == expected
    assert joined.name == "m + d"


def test_in_a_paper_the_dictionary_mends_and_does_not_fill() -> None:
    joined = JoinedRecognizer(
        Fixed("m", ("Axillary", A), ("freckling", P)),
        Fixed("d", ("Axillary freckling", D), ("chest pain", P)),
    )
    (row,) = joined.recognize([Sentence("d", Span(0, len(TEXT)), TEXT, kind="paper")])
    assert [mention.text for mention in row] == ["Axillary freckling"]


@pytest.mark.parametrize(
    ("section", "type"), [("medications", DRUG), ("labs", EntityType.LAB_TEST)]
)
def test_what_is_given_and_measured_is_a_drug_in_a_list_of_medicines(
    section: str, type: EntityType
) -> None:
    sentence = Sentence("d", Span(0, len(TEXT)), TEXT, section=section, kind="note")
    model = Fixed("model", ("insulin", EntityType.LAB_TEST))
    (found,) = JoinedRecognizer(model, Fixed("dictionary")).recognize([sentence])
    assert [(m.text, m.type) for m in found] == [("insulin", type)]
