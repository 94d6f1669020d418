from __future__ import annotations

import pytest

from kgbuilder.ontology.combinations import find_ingredients
from kgbuilder.ontology.lexicon import Lexicon
from kgbuilder.ontology.vocabularies import drug_lexicon, read_table


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return drug_lexicon()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Percocet", ["Oxycodone", "Acetaminophen"]),
        ("TMP-SMX", ["Sulfamethoxazole", "Trimethoprim"]),
        ("lisinopril/hydrochlorothiazide", ["Lisinopril", "Hydrochlorothiazide"]),
        ("aspirin and clopidogrel", ["Acetylsalicylic acid", "Clopidogrel"]),
        ("warfarin", []),
        ("warfarin/zorbex", []),
        ("", []),
        ("/", []),
        ("warfarin/", []),
        ("zorbex", []),
    ],
)
def test_ingredients(lexicon: Lexicon, text: str, names: list[str]) -> None:
    assert [row.preferred for row in find_ingredients(text, lexicon)] == names


def test_every_row_of_the_table_is_understood_and_is_no_single_drug(lexicon: Lexicon) -> None:
    for row in read_table("combinations"):
        found = find_ingredients(row["name"], lexicon)
        assert len(found) == len(row["ingredients"].split("|")), row
