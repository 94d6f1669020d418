"""A misspelt drug name: what is proposed, and that nothing is taken."""

from __future__ import annotations

from collections import Counter

import pytest

from kgbuilder.evaluate.interaction_pairs import read_names
from kgbuilder.model import Curie
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.interaction_report import report_to_json, report_to_text
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.spelling import Speller

KNOWLEDGE = DrugKnowledge.shipped()
LEXICON = drug_lexicon()
ONE, TWO, THREE = (Curie("DRUGBANK", f"DB0000{n}") for n in (1, 2, 3))


def speller(*names: tuple[str, Curie]) -> Speller:
    return Speller(names, {ONE, TWO})


@pytest.mark.parametrize(
    "given", ["warfrin", "warfairn", "worfarin", "warfarinn", "Warferin", " warfaryn "]
)
def test_an_edit_or_a_sound_away(given: str) -> None:
    found = speller(("Warfarin", ONE), ("Fluconazole", TWO)).correction(given)
    assert found is not None
    assert (found.name, found.drug) == ("warfarin", ONE)


def test_between_two_drugs_as_near_a_person_must_choose() -> None:
    both = speller(("hydralazine", ONE), ("hydroxyzine", TWO))
    assert both.correction("hydralyzine") is not None
    twins = speller(("prednisona", ONE), ("prednisono", TWO))
    assert twins.correction("prednison") is None
    assert {p.drug for p in twins.near("prednison")} == {ONE, TWO}


def test_two_names_of_one_drug_do_not_stand_in_each_others_way() -> None:
    found = speller(("rifampicin", ONE), ("rifampycin", ONE)).correction("rifampocin")
    assert found is not None
    assert found.drug == ONE


@pytest.mark.parametrize(
    "given", ["", "abc", "zorvaquinol", "w" * 5000, "Ω", "x') DETACH DELETE n"]
)
def test_what_is_like_no_name_is_proposed_nothing(given: str) -> None:
    assert speller(("warfarin", ONE)).correction(given) is None


def test_a_drug_that_nothing_is_known_of_is_not_proposed() -> None:
    assert speller(("zorvaquine", THREE)).correction("zorvaquin") is None


def test_a_correction_is_shown_and_never_taken() -> None:
    report = InteractionChecker(KNOWLEDGE, LEXICON).check(["warfrin", "fluconazole"])
    assert (report.drugs[0].id, report.drugs[0].name) == (None, None)
    assert report.interactions == ()
    assert report.none_known == ()
    assert "did you mean warfarin" in report.not_checked[0].why
    told = report_to_json(report)["drugs"]
    assert told[0]["correction"] == {"name": "warfarin", "id": "DRUGBANK:DB00682"}
    assert "correction" not in told[1]
    assert "did you mean warfarin? (DRUGBANK:DB00682, not taken)" in report_to_text(report)


def test_names_as_people_write_them() -> None:
    """Our own set: no misspelling is taken for a drug, and no name for a wrong one."""
    resolver, counted = DrugResolver(LEXICON, KNOWLEDGE), Counter[str]()
    for name in read_names():
        answer = resolver.resolve(name.text, None).answer
        if name.kind == "misspelling":
            assert answer.id is None, name
            shown = answer.correction.id if answer.correction else None
        else:
            shown = answer.id
        counted["refused" if shown is None else "right" if str(shown) == name.id else "wrong"] += 1
    assert counted.total() >= 500
    assert counted["wrong"] == 0
    assert counted["right"] / counted.total() > 0.98
