from __future__ import annotations

import pytest

from kgbuilder.ontology.combinations import find_product, names_joined
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.vocabularies import read_table


@pytest.mark.parametrize("name", ["Percocet", "PERCOCET", "tmp-smx", "TMP/SMX", "Ser-Ap-Es"])
def test_a_product_is_found_by_its_name_up_to_normalization(name: str) -> None:
    assert find_product(name) is not None


@pytest.mark.parametrize("name", ["warfarin", "Percoset", "", "/", "Percocet Percocet"])
def test_no_other_name_is_a_product(name: str) -> None:
    assert find_product(name) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("lisinopril/hydrochlorothiazide", ("lisinopril", "hydrochlorothiazide")),
        ("hydrocodone-acetaminophen 5-325 mg", ("hydrocodone", "acetaminophen 5-325 mg")),
        ("fluticasone/salmeterol 250/50", ("fluticasone", "salmeterol 250/50")),
        ("a, b and c", ("a", "b", "c")),
        ("heparin 5,000 units", ()),
        ("beta-2 agonist", ()),
        ("warfarin", ()),
        ("warfarin/", ()),
        ("/", ()),
        ("", ()),
        ("+".join("abcdefghijkl"), ()),
    ],
)
def test_names_that_a_text_joins(text: str, parts: tuple[str, ...]) -> None:
    assert names_joined(text) == parts


def test_rows_are_whole_and_say_how_they_were_had() -> None:
    codes = {row["code"]: row["address"] for row in read_table("sources")}
    rows = read_table("combinations")
    assert len({normalize(row["name"]) for row in rows}) == len(rows)
    for row in rows:
        ingredients = row["ingredients"].split("|")
        assert len(set(ingredients)) == len(ingredients) > 1, row
        assert row["source"] in codes, row
        assert row["how"] == ("recalled" if row["source"] == "kg" else "read"), row
        assert row["how"] == "recalled" or codes[row["source"]].startswith("https://"), row
