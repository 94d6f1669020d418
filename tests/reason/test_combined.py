"""Three drugs and more, and drugs that may stand in."""

from __future__ import annotations

import pytest

from kgbuilder.model import Combination, Severity
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.interaction_report import report_to_json, report_to_text
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge

CHECKER = InteractionChecker(DrugKnowledge.shipped(), drug_lexicon())


def rules(*drugs: str) -> dict[str, Combination]:
    return {c.rule: c for c in CHECKER.check(drugs).combinations}


@pytest.mark.parametrize(
    ("rule", "drugs"),
    [
        ("triple whammy", ("ibuprofen", "furosemide", "lisinopril")),
        ("triple whammy", ("candesartan", "naproxen", "hydrochlorothiazide")),
        ("serotonin stack", ("sertraline", "venlafaxine", "amitriptyline")),
        ("sedation stack", ("oxycodone", "diazepam", "gabapentin")),
        ("hyperkalaemia stack", ("ramipril", "spironolactone", "ibuprofen")),
        ("bleeding stack", ("warfarin", "clopidogrel", "ibuprofen")),
        ("bradycardia stack", ("metoprolol", "verapamil", "digoxin")),
    ],
)
def test_a_rule_of_the_table(rule: str, drugs: tuple[str, ...]) -> None:
    found = rules(*drugs)[rule]
    assert found.severity is Severity.MAJOR
    assert set(found.names) == {CHECKER.check([d]).drugs[0].name for d in drugs}
    assert 0 < found.belief <= 1
    assert "{" not in found.mechanism


def test_each_part_is_played_by_another_drug() -> None:
    assert rules("ibuprofen", "lisinopril") == {}
    assert rules("ibuprofen", "naproxen", "diclofenac").keys() & {"triple whammy"} == set()
    assert rules("lisinopril", "lisinopril", "ibuprofen").keys() & {"triple whammy"} == set()


def test_a_set_of_drugs_is_told_once_whatever_its_order() -> None:
    drugs = ["lisinopril", "furosemide", "ibuprofen", "naproxen"]
    one = CHECKER.check(drugs).combinations
    assert one == CHECKER.check(drugs[::-1]).combinations
    told = [(c.rule, frozenset(c.drugs)) for c in one]
    assert len(told) == len(set(told))
    assert sum(rule == "triple whammy" for rule, _ in told) == 2


def test_several_perpetrators_add_up() -> None:
    found = CHECKER.check(["fluconazole", "verapamil", "cyclosporine"]).combinations
    (twice,) = [c for c in found if c.rule == "one route blocked twice"]
    assert twice.names[0] == "cyclosporine"
    assert "CYP3A4" in twice.mechanism
    assert twice.severity is Severity.MAJOR


def test_fifty_drugs_are_answered() -> None:
    names = [r["drug"] for _, r in CHECKER.knowledge.rows("classes")][:50]
    report = CHECKER.check(names)
    assert len(report.combinations) <= 200


def test_an_alternative_is_of_the_class_and_less_grave() -> None:
    report = CHECKER.check(["simvastatin", "clarithromycin"], alternatives=True)
    assert report.alternatives
    for one in report.alternatives:
        pair = [one.use.name, one.against.name]
        left = CHECKER.check(pair).interactions
        assert all(i.severity in (Severity.MINOR, Severity.UNKNOWN) for i in left)
        assert not CHECKER.knowledge.uncovered(one.use.id)
        assert one.reason.startswith(one.use.name)
    assert "instead of simvastatin: " in report_to_text(report)
    told = report_to_json(report)["alternatives"][0]
    assert set(told) == {"instead_of", "against", "use", "class", "reason"}


def test_an_alternative_is_held_against_the_whole_list() -> None:
    drugs = ["simvastatin", "clarithromycin", "gemfibrozil"]
    for one in CHECKER.check(drugs, alternatives=True).alternatives:
        for other in drugs:
            if other != one.instead_of.name:
                graded = [i.severity for i in CHECKER.check([one.use.name, other]).interactions]
                assert not {Severity.MAJOR, Severity.CONTRAINDICATED} & set(graded)


def test_none_are_looked_for_unless_asked() -> None:
    assert CHECKER.check(["simvastatin", "clarithromycin"]).alternatives == ()


def test_two_of_a_class_are_told() -> None:
    (found,) = CHECKER.check(["omeprazole", "pantoprazole"]).interactions
    assert "proton pump inhibitors" in found.mechanism
