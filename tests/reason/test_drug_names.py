"""What a given name is taken for."""

from __future__ import annotations

import pytest

from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.knowledge import DrugKnowledge

RESOLVER = DrugResolver(drug_lexicon(), DrugKnowledge.shipped())


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ("warfarin", "DRUGBANK:DB00682"),
        ("Coumadin", "DRUGBANK:DB00682"),
        ("DB00682", "DRUGBANK:DB00682"),
        (" paracetamol ", "DRUGBANK:DB00316"),
        ("lithium", "DRUGBANK:DB01356"),
    ],
)
def test_a_name_a_brand_or_an_identifier(given: str, id: str) -> None:
    answer = RESOLVER.resolve(given, None).answer
    assert str(answer.id) == id
    assert answer.input == given


@pytest.mark.parametrize("given", ["", "zorvaquinol", "DB99999", "x') DETACH DELETE n //"])
def test_what_no_vocabulary_holds_is_not_taken_for_anything(given: str) -> None:
    found = RESOLVER.resolve(given, None)
    assert found.answer.id is None
    assert found.answer.name is None


def test_a_combination_names_its_ingredients_to_ask_for() -> None:
    found = RESOLVER.resolve("Percocet", None)
    assert found.answer.id is None
    assert "ask for each ingredient" in str(found)
