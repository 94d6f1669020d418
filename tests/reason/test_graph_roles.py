"""What a graph's statements about drugs and genes mean to the rules, and what follows at one target."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgbuilder as kg
from kgbuilder.model import (
    PREDICATES,
    Concept,
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    EntityType,
    Evidence,
    Interaction,
    Severity,
    Statement,
    TextEvidence,
    Triple,
    belief,
    predicate_of,
)
from kgbuilder.reason.drug_facts import Role, TargetRole
from kgbuilder.reason.graph_roles import GraphRoles
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import (
    FewStatements,
    drug,
    interacts,
    lexicon_of,
    record,
    sentence,
    write_tables,
)

METFORMIN, AMOXICILLIN = drug("DB00331"), drug("DB01060")
"""Two covered drugs that the tables let stand beside each other."""
PAIR = ["metformin", "amoxicillin"]
GENE = Curie("NCBIGENE", "154")
NAMED = Concept(GENE, "ADRB2", EntityType.GENE)


@pytest.fixture(scope="module")
def checker() -> InteractionChecker:
    knowledge = DrugKnowledge.shipped()
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


def says(
    detail: str, *, refutes: bool = False, probability: float = 0.9, document: str = "PMID:1"
) -> TextEvidence:
    quote = sentence()
    qualifiers = (("detail", detail),) if detail else ()
    return TextEvidence(
        document, quote.span, quote.quote, "test/1", probability, refutes, qualifiers=qualifiers
    )


def does(subject: Curie, predicate: str, *evidence: Evidence, gene: Curie = GENE) -> Statement:
    return Statement(Triple(subject, predicate_of(predicate), gene), evidence)


def found(checker: InteractionChecker, *statements: Statement) -> list[Interaction]:
    return list(checker.check(PAIR, graph=FewStatements(statements, [NAMED])).interactions)


def derived(interaction: Interaction) -> list[DerivedEvidence]:
    (statement,) = interaction.because
    return [e for e in statement.evidence if isinstance(e, DerivedEvidence)]


BLOCKS = does(AMOXICILLIN, "TARGETS", says("antagonist", document="PMID:2"))


def test_the_table_speaks_of_every_predicate_between_drug_and_gene() -> None:
    rows = list(DrugKnowledge.shipped().rules("graph_roles"))
    joins = {name for name, p in PREDICATES.items() if "Drug" in p.domain and "Gene" in p.range}
    assert {row["predicate"] for row in rows} == joins - {"IS_A", "SAME_AS"}
    assert all(row["reason"] for row in rows if row["role"] == "none" or row["detail"] == "*")


def test_a_role_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ligand"):
        GraphRoles(DrugKnowledge(write_tables(tmp_path, graph_roles="TARGETS|*|ligand|binds")))


@pytest.mark.parametrize(
    ("predicate", "detail", "words"),
    [
        ("TARGETS", "agonist", "metformin is an agonist of ADRB2, amoxicillin an antagonist"),
        ("ACTIVATES", "agonist", "metformin is an agonist of ADRB2, amoxicillin an antagonist"),
        ("ACTIVATES", "partial agonist", "metformin is a partial agonist of ADRB2, amoxicillin an"),
        ("ACTIVATES", "", "metformin activates ADRB2, amoxicillin is an antagonist of it"),
    ],
)
def test_what_drives_a_target_and_what_blocks_it_oppose_each_other(
    checker: InteractionChecker, predicate: str, detail: str, words: str
) -> None:
    drives = does(METFORMIN, predicate, says(detail))
    (one,) = found(checker, drives, BLOCKS)
    assert words in one.mechanism
    assert one.effect == "amoxicillin opposes what metformin does by way of ADRB2"
    assert (one.severity, one.management, one.onset) == (Severity.UNKNOWN, "", "")
    (evidence,) = derived(one)
    assert evidence.premises == (drives, BLOCKS)
    assert one.belief == pytest.approx(0.9 * 0.9)


@pytest.mark.parametrize("detail", ["antagonist", "inverse agonist"])
def test_an_imported_antagonist_blocks_too(checker: InteractionChecker, detail: str) -> None:
    row = CuratedEvidence("DrugBank", "5", "r", qualifiers=(("detail", detail),))
    blocks = does(AMOXICILLIN, "INHIBITS", row)
    (one,) = found(checker, does(METFORMIN, "TARGETS", says("agonist")), blocks)
    assert one.belief == pytest.approx(0.9 * 0.95)


@pytest.mark.parametrize(
    ("predicate", "detail"),
    [
        ("TARGETS", ""),  # it binds, no more
        ("TARGETS", "agonist-inhibitor"),
        ("INHIBITS", ""),  # of an enzyme: no word of a receptor
        ("ASSOCIATED_WITH", ""),
        ("TARGETS", "antagonist"),  # two antagonists do not oppose each other
    ],
)
def test_what_does_not_say_which_way_tells_nothing(
    checker: InteractionChecker, predicate: str, detail: str
) -> None:
    graph = FewStatements([does(METFORMIN, predicate, says(detail)), BLOCKS], [NAMED])
    report = checker.check(PAIR, graph=graph)
    assert report.interactions == ()
    assert "the graph that was given" in report.none_known[0].compared


def test_more_activity_of_an_enzyme_is_no_induction(checker: InteractionChecker) -> None:
    enzyme = Curie("HGNC", "2637")
    for predicate, told in (("INDUCES", True), ("ACTIVATES", False)):
        graph = FewStatements([does(drug("DB99990"), predicate, says(""), gene=enzyme)])
        report = checker.check(["uncoveredine", "felodipine"], graph=graph)
        assert bool(report.interactions) is told
        assert bool(report.not_checked) is not told


def test_a_partial_agonist_may_take_the_place_of_an_agonist(checker: InteractionChecker) -> None:
    partial = does(METFORMIN, "ACTIVATES", says("partial agonist"))
    agonist = does(AMOXICILLIN, "TARGETS", says("agonist", document="PMID:2"))
    (one,) = found(checker, partial, agonist)
    assert one.effect == "metformin may take the place of amoxicillin at ADRB2 and do less"
    other = does(AMOXICILLIN, "ACTIVATES", says("partial agonist", document="PMID:2"))
    assert found(checker, partial, other) == []


def test_of_a_drug_that_is_stated_to_be_both_the_side_believed_more_counts(
    checker: InteractionChecker,
) -> None:
    """One edge holds both; a slip in one paper does not make an agonist of an antagonist."""
    both = does(
        METFORMIN,
        "TARGETS",
        says("agonist", probability=0.8),
        says("antagonist", document="PMID:3"),
        says("antagonist", document="PMID:4"),
    )
    assert found(checker, both, BLOCKS) == []
    agonist = does(AMOXICILLIN, "TARGETS", says("agonist", document="PMID:2"))
    (one,) = found(checker, both, agonist)
    (evidence,) = derived(one)
    assert "believed less state the opposite of metformin" in dict(evidence.qualifiers)["reason"]
    told = [dict(e.qualifiers)["detail"] for premise in evidence.premises for e in premise.evidence]
    assert sorted(told) == ["agonist", "antagonist", "antagonist"]


def test_where_both_are_believed_alike_nothing_follows(checker: InteractionChecker) -> None:
    both = does(METFORMIN, "TARGETS", says("agonist"), says("antagonist", document="PMID:3"))
    agonist = does(AMOXICILLIN, "TARGETS", says("agonist", document="PMID:2"))
    assert found(checker, both, BLOCKS) == []
    assert found(checker, both, agonist) == []


def test_a_drug_does_not_oppose_itself(checker: InteractionChecker) -> None:
    warfarin = drug("DB00682")
    graph = FewStatements(
        [
            does(warfarin, "TARGETS", says("agonist")),
            does(warfarin, "INHIBITS", says("antagonist", probability=0.4)),
        ]
    )
    (one,) = checker.check(["warfarin", "Coumadin"], graph=graph).interactions
    assert [e.rule for e in derived(one)] == ["same substance"]


def test_what_is_denied_is_no_premise_or_is_believed_less(checker: InteractionChecker) -> None:
    denied = does(METFORMIN, "TARGETS", says("agonist", refutes=True))
    assert found(checker, denied, BLOCKS) == []
    for detail, less in (("", True), ("agonist", True), ("antagonist", False)):
        doubted = does(
            METFORMIN, "TARGETS", says("agonist"), says(detail, refutes=True, document="PMID:5")
        )
        (one,) = found(checker, doubted, BLOCKS)
        assert (one.belief < 0.2) is less


def test_an_answer_is_never_believed_more_than_its_premises(checker: InteractionChecker) -> None:
    weak = does(METFORMIN, "TARGETS", says("agonist", probability=0.05))
    (one,) = found(checker, weak, BLOCKS)
    assert one.belief <= belief(weak) == pytest.approx(0.05)
    assert one.severity is Severity.UNKNOWN


def test_a_grade_that_a_source_states_stands(checker: InteractionChecker) -> None:
    drives = does(METFORMIN, "TARGETS", says("agonist"))
    stated = interacts("DB00331", "DB01060", record("moderate"))
    (one,) = found(checker, drives, BLOCKS, stated)
    assert one.severity is Severity.MODERATE
    assert len(one.because[0].evidence) == 2


def test_a_name_without_an_identifier_may_be_a_family(checker: InteractionChecker) -> None:
    family = Curie("TEXT", "Gene/receptor")
    drives = does(METFORMIN, "TARGETS", says("agonist"), gene=family)
    blocks = does(AMOXICILLIN, "TARGETS", says("antagonist", document="PMID:2"), gene=family)
    assert found(checker, drives, blocks) == []
    other = does(METFORMIN, "TARGETS", says("agonist"), gene=Curie("NCBIGENE", "153"))
    assert found(checker, other, BLOCKS) == []


def test_two_identifiers_of_one_target_are_joined_by_a_stated_mapping(
    checker: InteractionChecker,
) -> None:
    protein = Curie("UNIPROT", "P07550")
    drives = does(METFORMIN, "ACTIVATES", says("agonist"), gene=protein)
    assert found(checker, drives, BLOCKS) == []
    same = Statement(Triple.of(protein, predicate_of("SAME_AS"), GENE), (says(""),))
    (one,) = found(checker, drives, BLOCKS, same)
    (evidence,) = derived(one)
    assert evidence.premises == (drives, BLOCKS, same)
    refuted = Statement(same.triple, (says("", refutes=True),))
    assert found(checker, drives, BLOCKS, refuted) == []


def test_the_order_of_the_drugs_changes_nothing(checker: InteractionChecker) -> None:
    graph = FewStatements([does(METFORMIN, "TARGETS", says("agonist")), BLOCKS], [NAMED])
    (one,) = checker.check(PAIR, graph=graph).interactions
    (other,) = checker.check(PAIR[::-1], graph=graph).interactions
    assert one == other


def test_every_rule_is_of_roles_that_the_graph_table_gives() -> None:
    knowledge = DrugKnowledge.shipped()
    given = {row["role"] for row in knowledge.rules("graph_roles")}
    assert given == {*TargetRole, *Role} - {Role.PRODRUG}
    for (one, other), row in knowledge.target_rules.items():
        assert one is not other
        assert (other, one) not in knowledge.target_rules, "which of the two is {a} must be plain"
        filled = [row[key].format(a="A", b="B", gene="G") for key in ("mechanism", "effect")]
        assert all({"A", "B", "G"} <= set(text.replace(",", "").split()) for text in filled)


def test_from_two_texts_to_the_mechanism(tmp_path: Path) -> None:
    """As the shipped weights read them; the tables know the pairs, too, and keep their grade."""
    texts = {
        "one": "Salbutamol is an agonist of ADRB2. Morphine is an agonist of OPRM1.",
        "two": "Propranolol is an antagonist of ADRB2.",
        "three": "Naloxone is a competitive antagonist of OPRM1.",
        "four": "Propranolol is not an antagonist of OPRM1.",
        "five": "Pioglitazone activates PPARG.",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    graph = kg.build([str(tmp_path)], into=None)
    listed = ["salbutamol", "propranolol", "morphine", "naloxone", "pioglitazone"]
    plain = {i.names: i for i in kg.check_interactions(listed).interactions}
    asked = {i.names: i for i in kg.check_interactions(listed, graph=graph).interactions}
    assert asked.keys() == plain.keys() == {("morphine", "naloxone"), ("propranolol", "salbutamol")}
    for names, gene in (
        (("morphine", "naloxone"), "OPRM1"),
        (("propranolol", "salbutamol"), "ADRB2"),
    ):
        one = asked[names]
        assert one.severity is plain[names].severity is Severity.MAJOR
        assert one.mechanism.startswith(plain[names].mechanism)
        (of_texts,) = (e for e in derived(one) if e.rule == f"agonist x antagonist: {gene}")
        quotes = [
            e.quote for p in of_texts.premises for e in p.evidence if isinstance(e, TextEvidence)
        ]
        assert len(quotes) == 2
        assert all(any(quote in text for text in texts.values()) for quote in quotes)
