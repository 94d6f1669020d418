"""What a source says of a whole kind of drugs reaches every drug of that kind, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import FormatError
from kgbuilder.model import CuratedEvidence, DerivedEvidence, Evidence, How, Interaction, Severity
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import drug, lexicon_of, write_tables

TEMPLATES = """
mechanism warning inhibitor|{perpetrator} inhibits {of}; warned of {victim}
mechanism warning inducer|{perpetrator} induces {of}; warned of {victim}
mechanism warning effect|{perpetrator}: {of}; warned of {victim}
mechanism recalled inhibitor|{perpetrator} inhibits {of}; not looked up
mechanism recalled inducer|{perpetrator} induces {of}; not looked up
mechanism recalled effect|{perpetrator}: {of}; not looked up
onset inhibitor|soon
onset inducer|late
mechanism inhibitor substrate|{perpetrator} {strength}{gene} {victim}
effect substrate more|more {victim}
"""
SOURCES = """
recalled|kgbuilder, general knowledge|||
label|A label|An authority|2020-01-01|https://example.org/label
"""
GENES = """
CYP3A4|HGNC:2637|1576|P08684|enzyme|
ABCB1|HGNC:40|5243|P08183|transporter|P-gp
"""
ENZYMES = """
strongine|DB90001|CYP3A4|inhibitor|strong|label||read
guessine|DB90002|CYP3A4|inhibitor|strong|recalled||recalled
mildine|DB90003|CYP3A4|inhibitor|moderate|label||read
bothine|DB90004|CYP3A4|inhibitor|strong|label||read
bothine|DB90004|ABCB1|inhibitor|stated|label||read
inducine|DB90005|CYP3A4|inducer|strong|label||read
victimine|DB90009||none||label||read
pumpine|DB90008||none||label||read
longine|DB90006||none||label||read
"""
EFFECTS = """
longine|DB90006|QT prolongation|moderate|recalled||recalled
longine|DB90006|QT prolongation||label||read
shortine|DB90007|QT prolongation|low|recalled||recalled
victimine|DB90009|none||label||read
"""
WARNINGS = """
victimine|DB90009|inhibitor CYP3A4|strong|contraindicated|harm|do not use together||label|4|read
victimine|DB90009|effect QT prolongation|moderate|contraindicated|torsade|avoid||label|4|read
pumpine|DB90008|inhibitor CYP3A4 + ABCB1|strong|major|bleeding|avoid||label|7|read
"""


def checker_of(folder: Path, **changed: str) -> InteractionChecker:
    tables = {
        "sources": SOURCES,
        "genes": GENES,
        "enzymes": ENZYMES,
        "effects": EFFECTS,
        "warnings": WARNINGS,
        "templates": TEMPLATES,
        "grades": "contraindicated|contraindicated|ours\nmajor|major|ours\nmoderate|moderate|ours",
        **changed,
    }
    knowledge = DrugKnowledge(write_tables(folder, **tables))
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


def between(checker: InteractionChecker, a: str, b: str) -> Interaction | None:
    found = checker.check([a, b]).interactions
    return found[0] if found else None


def test_a_drug_of_the_kind_is_contraindicated_when_both_facts_were_read(tmp_path: Path) -> None:
    found = between(checker_of(tmp_path), "victimine", "strongine")
    assert found is not None
    assert found.severity is Severity.CONTRAINDICATED
    assert "inhibits CYP3A4" in found.mechanism
    assert found.management == "do not use together"
    assert found.drugs[0] == drug("DB90001")  # the perpetrator comes first
    (evidence,) = found.because[0].evidence
    assert isinstance(evidence, DerivedEvidence)
    assert len(evidence.premises) == 2


def test_a_drug_only_recalled_to_be_of_the_kind_is_held_at_major(tmp_path: Path) -> None:
    found = between(checker_of(tmp_path), "victimine", "guessine")
    assert found is not None
    assert found.severity is Severity.MAJOR


def test_a_warning_that_is_only_recalled_is_held_at_major(tmp_path: Path) -> None:
    recalled = WARNINGS.replace("label|4|read", "recalled||recalled")
    found = between(checker_of(tmp_path, warnings=recalled), "victimine", "strongine")
    assert found is not None
    assert found.severity is Severity.MAJOR


def test_a_warning_of_one_use_alone_is_held_at_moderate_and_says_why(tmp_path: Path) -> None:
    limited = WARNINGS.replace("do not use together||label", "do not use together|high doses|label")
    found = between(checker_of(tmp_path, warnings=limited), "victimine", "strongine")
    assert found is not None
    assert found.severity is Severity.MODERATE
    (evidence,) = found.because[0].evidence
    assert isinstance(evidence, DerivedEvidence)
    assert "only of high doses; the use is not known" in str(evidence.qualifiers)


@pytest.mark.parametrize("other", ["mildine", "inducine"])
def test_a_weaker_or_opposite_drug_is_not_meant(tmp_path: Path, other: str) -> None:
    assert between(checker_of(tmp_path), "victimine", other) is None


def test_both_genes_must_be_met_and_transporters_need_no_grade(tmp_path: Path) -> None:
    checker = checker_of(tmp_path)
    assert between(checker, "pumpine", "strongine") is None
    found = between(checker, "pumpine", "bothine")
    assert found is not None
    assert found.severity is Severity.MAJOR


def test_an_effect_counts_from_its_grade_and_only_when_read(tmp_path: Path) -> None:
    checker = checker_of(tmp_path)
    found = between(checker, "longine", "victimine")
    assert found is not None
    assert found.severity is Severity.CONTRAINDICATED
    assert between(checker, "shortine", "victimine") is None
    unread = EFFECTS.replace("longine|DB90006|QT prolongation||label||read\n", "")
    found = between(checker_of(tmp_path, effects=unread), "longine", "victimine")
    assert found is not None
    assert found.severity is Severity.MAJOR


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("inhibitor CYP3A4", "eater CYP3A4"),
        ("inhibitor CYP3A4", "inhibitor CYP9Z9"),
        ("|strong|", "|enormous|"),
    ],
)
def test_a_wrong_warning_is_refused(tmp_path: Path, column: str, wrong: str) -> None:
    row = "victimine|DB90009|inhibitor CYP3A4|strong|major|harm|avoid||label|4|read"
    folder = write_tables(
        tmp_path, sources=SOURCES, genes=GENES, warnings=row.replace(column, wrong)
    )
    with pytest.raises(FormatError, match=r"tables/warnings\.tsv, line 2"):
        DrugKnowledge(folder).check()


# Laws on what ships.


@pytest.fixture(scope="module")
def shipped() -> InteractionChecker:
    knowledge = DrugKnowledge.shipped()
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


def was_looked_up(evidence: Evidence) -> bool:
    """Not general knowledge: a record that was read or imported, or a derivation of such alone."""
    if isinstance(evidence, DerivedEvidence):
        return all(any(was_looked_up(e) for e in p.evidence) for p in evidence.premises)
    return not (isinstance(evidence, CuratedEvidence) and evidence.how is How.RECALLED)


def says_contraindicated(evidence: Evidence) -> bool:
    return ("severity", "contraindicated") in evidence.qualifiers


def test_contraindicated_never_rests_on_recalled_rows_alone(shipped: InteractionChecker) -> None:
    knowledge = shipped.knowledge
    covered = [str(id) for id in knowledge.covered()][::9]
    warned = sorted({r["id"] for _, r in knowledge.rows("warnings")})
    pairs = [(a, b) for a in warned[::3] for b in covered]
    pairs += [(r["id_a"], r["id_b"]) for _, r in list(knowledge.rows("direct"))[::5]]
    n = 0
    for pair in pairs:
        for found in shipped.check(pair).interactions:
            if found.severity is Severity.CONTRAINDICATED:
                n += 1
                saying = [e for e in found.because[0].evidence if says_contraindicated(e)]
                assert any(was_looked_up(e) for e in saying), pair
    assert n > 50


def test_which_drug_comes_first_changes_nothing(shipped: InteractionChecker) -> None:
    warned = sorted({r["id"] for _, r in shipped.knowledge.rows("warnings")})
    for a, b in zip(warned, warned[7:], strict=False):
        one, two = shipped.check([a, b]), shipped.check([b, a])
        assert [i.because for i in one.interactions] == [i.because for i in two.interactions]
        assert [i.severity for i in one.interactions] == [i.severity for i in two.interactions]


def test_adding_a_drug_never_removes_an_interaction(shipped: InteractionChecker) -> None:
    some = ["simvastatin", "clarithromycin", "warfarin", "phenelzine", "tramadol"]
    fewer = {(i.drugs, i.severity) for i in shipped.check(some).interactions}
    more = {(i.drugs, i.severity) for i in shipped.check([*some, "ritonavir"]).interactions}
    assert fewer < more


def test_a_label_that_names_a_kind_reaches_drugs_it_does_not_name(
    shipped: InteractionChecker,
) -> None:
    found = between(shipped, "simvastatin", "idelalisib")
    assert found is not None
    assert found.severity is Severity.CONTRAINDICATED
    assert any(isinstance(e, DerivedEvidence) for e in found.because[0].evidence)


def test_a_recalled_warning_says_that_it_was_not_looked_up_and_is_held_at_major(
    shipped: InteractionChecker,
) -> None:
    (found,) = shipped.check(["ataluren", "gentamicin"]).interactions
    assert found.severity is Severity.MAJOR
    assert "not looked up" in found.mechanism
    assert "a source on" not in found.mechanism


def test_a_warning_may_be_against_a_class(shipped: InteractionChecker) -> None:
    (found,) = shipped.check(["bisoprolol", "cibenzoline"]).interactions
    assert found.severity is Severity.MAJOR
    assert "class I antiarrhythmics; a source on bisoprolol warns" in found.mechanism


def test_hormones_of_the_menopause_are_not_graded_as_high_doses_against_cancer(
    shipped: InteractionChecker,
) -> None:
    (found,) = shipped.check(["estradiol", "medroxyprogesterone acetate"]).interactions
    assert found.severity is Severity.MODERATE
