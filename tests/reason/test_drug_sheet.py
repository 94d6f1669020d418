"""The reviewer's view: every row about a drug, with where it was had."""

from __future__ import annotations

import json

import pytest

from kgbuilder.cli import main
from kgbuilder.errors import InputError
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.drug_sheet import sheet_to_json, sheet_to_text, sheets_of
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import lexicon_of


@pytest.fixture(scope="module")
def shipped() -> tuple[DrugKnowledge, DrugResolver]:
    knowledge = DrugKnowledge.shipped()
    return knowledge, DrugResolver(lexicon_of(knowledge.names), knowledge)


def test_no_row_about_the_drug_is_left_out(shipped: tuple[DrugKnowledge, DrugResolver]) -> None:
    knowledge, resolver = shipped
    (sheet,) = sheets_of("warfarin", knowledge, resolver)
    expected = sum(
        "DB00682" in (fields.get("id"), fields.get("id_a"), fields.get("id_b"))
        for table in (
            "enzymes",
            "effects",
            "therapeutic_index",
            "exposure",
            "onset",
            "warnings",
            "direct",
            "ndf_rt",
            "classes",
            "patient_rules",
        )
        for _, fields in knowledge.rows(table)
    )
    assert len(sheet.rows) == expected > 20
    assert sheet.lacks == ()


def test_a_brand_leads_to_the_same_sheet(shipped: tuple[DrugKnowledge, DrugResolver]) -> None:
    assert sheets_of("Coumadin", *shipped) == sheets_of("DB00682", *shipped)


def test_a_row_says_how_it_was_had(shipped: tuple[DrugKnowledge, DrugResolver]) -> None:
    text = sheet_to_text(*sheets_of("simvastatin", *shipped))
    read = [line for line in text.splitlines() if "[read: " in line]
    recalled = [line for line in text.splitlines() if "[recalled: " in line]
    assert read
    assert recalled
    assert all("http" in line for line in read)
    assert not any("http" in line for line in recalled)


def test_a_drug_without_rows_is_said_not_to_be_covered(
    shipped: tuple[DrugKnowledge, DrugResolver],
) -> None:
    text = sheet_to_text(*sheets_of("uncoveredine", *shipped))
    assert "not covered" in text
    assert "no row of any table is about it" in text


def test_json_has_the_drug_first_and_an_object_a_row(
    shipped: tuple[DrugKnowledge, DrugResolver],
) -> None:
    (sheet,) = sheets_of("warfarin", *shipped)
    first, *rows = sheet_to_json(sheet)
    assert first["rows"] == len(rows) == len(sheet.rows)
    assert first["covered"] is True
    for row in rows:
        assert {"table", "line", "how", "source"} <= set(row)
        json.dumps(row)


@pytest.mark.parametrize("name", ["zorvaquinol", "", "   ", "x" * 10_000])
def test_a_name_that_is_not_understood_is_an_error_with_a_hint(
    name: str, shipped: tuple[DrugKnowledge, DrugResolver]
) -> None:
    with pytest.raises(InputError, match="Hint: "):
        sheets_of(name, *shipped)


def test_the_command_prints_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "show", "Coumadin"]) == 0
    assert capsys.readouterr().out.startswith("warfarin (DRUGBANK:DB00682): covered")
    assert main(["knowledge", "show", "warfarin", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0])["drug"] == "warfarin"
    assert main(["knowledge", "show", "Paxlovid"]) == 0
    assert "ritonavir (DRUGBANK:DB00503): covered" in capsys.readouterr().out
    assert main(["knowledge", "show", "zorvaquinol"]) == 1
    assert "Hint: " in capsys.readouterr().err
