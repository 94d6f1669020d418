"""The report as JSON that other programs read, and as text that people read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgbuilder.model import InteractionReport
from kgbuilder.reason.interaction_report import report_to_json, report_to_text
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import FewStatements, interacts, lexicon_of, sentence


@pytest.fixture(scope="module")
def report() -> InteractionReport:
    knowledge = DrugKnowledge.shipped()
    checker = InteractionChecker(knowledge, lexicon_of(knowledge.names))
    graph = FewStatements(
        [interacts("DB00682", "DB00196", sentence("Fluconazole raised the INR."))]
    )
    drugs = ["Coumadin", "fluconazole", "metformin", "qwertymab", "uncoveredine"]
    return checker.check(drugs, graph=graph)


def test_the_fields_are_those_of_the_house_plan(report: InteractionReport) -> None:
    answer = report_to_json(report)
    assert set(answer) == {
        "drugs", "interactions", "none_known", "not_checked", "combinations", "alternatives",
    }  # fmt: skip
    assert answer["drugs"][0] == {
        "input": "Coumadin",
        "name": "warfarin",
        "id": "DRUGBANK:DB00682",
    }
    assert answer["drugs"][3] == {
        "input": "qwertymab",
        "name": None,
        "id": None,
        "why": "no vocabulary holds this name",
    }
    for found in answer["interactions"]:
        assert {
            "drugs", "severity", "mechanism", "effect", "management", "belief", "because",
        } <= set(found)  # fmt: skip
    for pair in answer["none_known"]:
        assert set(pair) == {"drugs", "compared"}
    for pair in answer["not_checked"]:
        assert set(pair) == {"drugs", "which", "why"}


def test_json_is_plain_and_round_trips(report: InteractionReport) -> None:
    answer = report_to_json(report)
    assert json.loads(json.dumps(answer)) == answer


def test_every_piece_of_evidence_is_spelled_out(report: InteractionReport) -> None:
    (found,) = report_to_json(report)["interactions"]
    assert found["severity"] == "major"
    (statement,) = found["because"]
    assert statement["predicate"] == "INTERACTS_WITH"
    by_kind = {e["kind"]: e for e in statement["evidence"]}
    text = by_kind["text"]
    assert (text["document"], text["start"], text["end"]) == ("PMID:1", 0, 27)
    assert text["quote"] == "Fluconazole raised the INR."
    derived = next(
        e for e in statement["evidence"] if e.get("rule") == "inhibitor x substrate: CYP2C9"
    )
    assert derived["severity"] == "major"
    assert len(derived["premises"]) == 2
    for premise in derived["premises"]:
        for record in premise["evidence"]:
            assert {"source", "version", "record_id", "how", "address"} <= set(record)
            assert record["how"] in ("read", "recalled")


def test_every_pair_is_named_once(report: InteractionReport) -> None:
    answer = report_to_json(report)
    n = sum(len(answer[key]) for key in ("interactions", "none_known", "not_checked"))
    assert n == 5 * 4 // 2


def test_text_puts_severity_first_and_not_checked_apart(report: InteractionReport) -> None:
    text = report_to_text(report)
    assert "MAJOR  fluconazole + warfarin" in text
    assert text.index("Interactions:") < text.index("None known:") < text.index("NOT CHECKED:")
    not_checked = text[text.index("NOT CHECKED:") :]
    assert "qwertymab" in not_checked
    assert "uncoveredine" in not_checked
    assert "qwertymab" not in text[text.index("None known:") : text.index("NOT CHECKED:")]


def test_text_shows_the_sentence_and_marks_what_was_recalled(report: InteractionReport) -> None:
    text = report_to_text(report)
    assert '"Fluconazole raised the INR." PMID:1 [0-27]' in text
    assert "RECALLED, NOT LOOKED UP" in text


def test_text_of_an_empty_report_says_so() -> None:
    text = report_to_text(InteractionReport((), (), (), ()))
    assert "Interactions: 0" in text
    assert "NOT CHECKED: 0" in text


def test_a_hostile_name_is_only_text(tmp_path: Path) -> None:
    knowledge = DrugKnowledge.shipped()
    checker = InteractionChecker(knowledge, lexicon_of(knowledge.names))
    name = 'x") DETACH DELETE n //\n\x1b[31m'
    answer = report_to_json(checker.check([name, "warfarin"]))
    assert answer["not_checked"][0]["drugs"] == [name, "warfarin"]
    assert "\x1b" not in report_to_text(checker.check([name, "warfarin"]))


def test_sources_that_disagree_stand_side_by_side() -> None:
    checker = InteractionChecker(DrugKnowledge.shipped(), lexicon_of(DrugKnowledge.shipped().names))
    report = checker.check(["ketorolac", "probenecid"])
    grades = report_to_json(report)["interactions"][0]["grades"]
    assert {"contraindicated", "Critical"} <= {g["severity"] for g in grades}
    assert len({(g["by"], g["severity"]) for g in grades}) == len(grades)
    text = report_to_text(report)
    assert "graded: contraindicated (" in text
    assert "Critical (NDF-RT drug interactions" in text


def test_the_list_of_drugs_says_why_one_is_not_checked() -> None:
    """A note's "a steroid inhaler was introduced" names a class, which is more than "not understood"."""
    knowledge = DrugKnowledge.shipped()
    checker = InteractionChecker(knowledge, lexicon_of(knowledge.names))
    text = report_to_text(checker.check(["warfarin", "steroid", "qwertymab"]))
    assert "steroid: NOT CHECKED, a class of drugs: name the drug, such as prednisolone" in text
    assert "qwertymab: NOT CHECKED, no vocabulary holds this name" in text
