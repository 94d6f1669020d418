"""The checker: what it finds, how it grades, and what it refuses to say."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    EntityType,
    How,
    InteractionReport,
    Severity,
    Statement,
    Triple,
    belief,
    predicate_of,
)
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


@pytest.fixture(scope="module")
def checker() -> InteractionChecker:
    knowledge = DrugKnowledge.shipped()
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


def severity_of(report: InteractionReport) -> Severity | None:
    return report.interactions[0].severity if report.interactions else None


@pytest.mark.parametrize(
    ("a", "b", "word"),
    [
        ("warfarin", "fluconazole", "CYP2C9"),
        ("warfarin", "amiodarone", "CYP2C9"),
        ("simvastatin", "clarithromycin", "CYP3A4"),
        ("simvastatin", "itraconazole", "CYP3A4"),
        ("tacrolimus", "ketoconazole", "CYP3A4"),
        ("cyclosporine", "rifampicin", "CYP3A4"),
        ("digoxin", "verapamil", "ABCB1"),
        ("azathioprine", "allopurinol", "XDH"),
        ("tizanidine", "ciprofloxacin", "CYP1A2"),
        ("repaglinide", "gemfibrozil", "CYP2C8"),
        ("warfarin", "ibuprofen", "slows clotting"),
        ("fluoxetine", "phenelzine", "serotonin"),
        ("oxycodone", "diazepam", "breathing"),
        ("spironolactone", "lisinopril", "potassium"),
        ("lithium", "naproxen", "lithium"),
        ("methotrexate", "trimethoprim", "folate"),
        ("amiodarone", "sotalol", "QT"),
    ],
)
def test_what_every_pharmacist_knows(
    checker: InteractionChecker, a: str, b: str, word: str
) -> None:
    report = checker.check([a, b])
    (found,) = report.interactions
    assert found.severity in (Severity.MAJOR, Severity.CONTRAINDICATED)
    assert word in found.mechanism + found.effect
    assert found.because
    assert found.belief == pytest.approx(belief(found.because[0]))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("metformin", "amoxicillin"),
        ("levothyroxine", "cetirizine"),
        ("acetaminophen", "lisinopril"),
    ],
)
def test_what_does_not_interact_is_none_known_with_the_tables_compared(
    checker: InteractionChecker, a: str, b: str
) -> None:
    report = checker.check([a, b])
    assert report.interactions == ()
    (pair,) = report.none_known
    assert pair.drugs == (a, b)
    assert any("enzymes.tsv @" in source for source in pair.compared)


def test_the_perpetrator_stands_first(checker: InteractionChecker) -> None:
    for order in (["warfarin", "fluconazole"], ["fluconazole", "warfarin"]):
        (found,) = checker.check(order).interactions
        assert found.names == ("fluconazole", "warfarin")
        assert found.drugs == (drug("DB00196"), drug("DB00682"))


def test_a_prodrug_turns_the_effect_round(checker: InteractionChecker) -> None:
    (found,) = checker.check(["codeine", "paroxetine"]).interactions
    assert "less of the active form of codeine" in found.effect
    assert "weaker pain relief" in found.effect
    (found,) = checker.check(["clopidogrel", "fluvoxamine"]).interactions
    assert "less of the active form of clopidogrel" in found.effect


def test_an_inducer_lowers_the_level(checker: InteractionChecker) -> None:
    (found,) = checker.check(["rifampicin", "tacrolimus"]).interactions
    assert "lower level of tacrolimus" in found.effect
    assert "rejection" in found.effect


def test_look_alikes_stay_apart(checker: InteractionChecker) -> None:
    """Quinidine blocks CYP2D6; a rule about CYP2C19 must not touch a substrate of CYP2C9."""
    (one,) = checker.check(["quinidine", "codeine"]).interactions
    assert "CYP2D6" in one.mechanism
    report = checker.check(["omeprazole", "glipizide"])
    assert not any("CYP2C9" in i.mechanism for i in report.interactions)


def test_brands_and_ids_are_taken_and_shown(checker: InteractionChecker) -> None:
    report = checker.check(["Coumadin", "DB00196", "DRUGBANK:DB00641", " db00945 "])
    assert [d.name for d in report.drugs] == ["warfarin", "fluconazole", "simvastatin", "aspirin"]
    assert report.drugs[0].input == "Coumadin"
    assert report.not_checked == ()


@pytest.mark.parametrize(
    "name",
    [
        "warfarine",
        "qwertymab",
        "",
        "   ",
        "DB99999",
        "MATCH (n) DETACH DELETE n",
        "x" * 10_000,
        "\x00",
    ],
)
def test_an_unknown_name_is_not_checked_and_never_taken(
    checker: InteractionChecker, name: str
) -> None:
    report = checker.check([name, "warfarin", "fluconazole"])
    assert report.drugs[0].id is None
    assert report.drugs[0].input == name
    assert len(report.interactions) == 1
    assert len(report.not_checked) == 2
    assert all(pair.which == (name,) for pair in report.not_checked)


def test_near_names_are_told_not_taken(checker: InteractionChecker) -> None:
    (pair,) = checker.check(["warfarine", "fluconazole"]).not_checked
    assert "no vocabulary holds this name" in pair.why
    assert "warfarin" in pair.why
    assert "not taken" in pair.why


def test_a_name_of_two_substances_is_not_guessed(checker: InteractionChecker) -> None:
    (pair,) = checker.check(["twinname", "warfarin"]).not_checked
    assert "several substances" in pair.why
    assert "first twin" in pair.why


def test_an_uncovered_drug_never_yields_none_known(checker: InteractionChecker) -> None:
    report = checker.check(["uncoveredine", "warfarin"])
    assert report.none_known == ()
    (pair,) = report.not_checked
    assert pair.which == ("uncoveredine",)
    assert "metabolism and transport" in pair.why
    assert "therapeutic index" in pair.why


def test_an_uncovered_drug_still_shows_what_is_stated_of_it(checker: InteractionChecker) -> None:
    graph = FewStatements([interacts("DB99990", "DB00682", sentence())])
    report = checker.check(["uncoveredine", "warfarin"], graph=graph)
    assert len(report.interactions) == 1
    assert report.not_checked == ()


def test_one_substance_under_two_names(checker: InteractionChecker) -> None:
    report = checker.check(["warfarin", "Coumadin"])
    (found,) = report.interactions
    assert found.drugs == (drug("DB00682"), drug("DB00682"))
    assert "Coumadin and warfarin name the same substance" in found.mechanism
    assert found.severity is Severity.MAJOR
    (evidence,) = found.because[0].evidence
    assert isinstance(evidence, DerivedEvidence)
    assert evidence.rule == "same substance"


def test_a_salt_is_answered_as_its_drug_and_its_name_kept(checker: InteractionChecker) -> None:
    report = checker.check(["DB14509", "naproxen"])
    assert report.drugs[0].input == "DB14509"
    assert report.drugs[0].id == drug("DB01356")
    assert "lithium" in report.interactions[0].mechanism
    (same,) = checker.check(["DB14509", "lithium"]).interactions
    assert "same substance" in same.mechanism


def test_no_or_one_drug_has_no_pairs(checker: InteractionChecker) -> None:
    for drugs in ([], ["warfarin"]):
        report = checker.check(drugs)
        assert (report.interactions, report.none_known, report.not_checked) == ((), (), ())


def test_one_string_is_a_mistake_in_the_call(checker: InteractionChecker) -> None:
    with pytest.raises(UsageError, match="Hint: "):
        checker.check("warfarin")


def test_sentences_of_the_graph_count_either_way_round(checker: InteractionChecker) -> None:
    graph = FewStatements([interacts("DB00331", "DB01060", sentence("Metformin met amoxicillin."))])
    for order in (["metformin", "amoxicillin"], ["amoxicillin", "metformin"]):
        (found,) = checker.check(order, graph=graph).interactions
        assert found.severity is Severity.UNKNOWN
        assert found.mechanism == ""
        assert found.because[0].evidence[0].quote == "Metformin met amoxicillin."  # type: ignore[union-attr]


def test_a_denying_sentence_lowers_belief_and_alone_is_no_interaction(
    checker: InteractionChecker,
) -> None:
    pair = ["warfarin", "fluconazole"]
    plain = checker.check(pair).interactions[0].belief
    denied = FewStatements([interacts("DB00196", "DB00682", sentence(refutes=True))])
    assert checker.check(pair, graph=denied).interactions[0].belief < plain
    alone = FewStatements([interacts("DB00331", "DB01060", sentence(refutes=True))])
    report = checker.check(["metformin", "amoxicillin"], graph=alone)
    assert report.interactions == ()
    assert "the graph that was given" in report.none_known[0].compared
    uncovered = FewStatements([interacts("DB99990", "DB00682", sentence(refutes=True))])
    (unsaid,) = checker.check(["uncoveredine", "warfarin"], graph=uncovered).not_checked
    assert "denies an interaction" in unsaid.why


def test_sources_grade_side_by_side_and_ours_is_the_worst(checker: InteractionChecker) -> None:
    graph = FewStatements(
        [
            interacts(
                "DB00331", "DB01060", record("PE", source="one"), record("Critical", source="two")
            )
        ]
    )
    (found,) = checker.check(["metformin", "amoxicillin"], graph=graph).interactions
    assert found.severity is Severity.MAJOR
    kept = {dict(e.qualifiers)["severity"] for e in found.because[0].evidence}
    assert kept == {"PE", "Critical"}


def test_words_of_severity_that_the_table_lacks_stay_unknown(checker: InteractionChecker) -> None:
    graph = FewStatements([interacts("DB00331", "DB01060", record("rather bad"))])
    (found,) = checker.check(["metformin", "amoxicillin"], graph=graph).interactions
    assert found.severity is Severity.UNKNOWN


@pytest.mark.parametrize("by", ["id", "name", "text"])
def test_imported_enzyme_facts_are_premises(checker: InteractionChecker, by: str) -> None:
    """Whether the import names the gene by HGNC, by another id with a name, or by text alone."""
    gene = {
        "id": Curie("HGNC", "2637"),
        "name": Curie("BE", "0002638"),
        "text": Curie("TEXT", "Gene/cyp3a4"),
    }[by]
    concepts = [Concept(gene, "CYP3A4", EntityType.GENE)] if by == "name" else []
    claim = Statement(
        Triple(drug("DB99990"), predicate_of("INHIBITS"), gene),
        (CuratedEvidence("imported", "1", "r1", qualifiers=(("strength", "strong"),)),),
    )
    graph = FewStatements([claim], concepts)
    (found,) = checker.check(["uncoveredine", "felodipine"], graph=graph).interactions
    assert found.severity is Severity.MAJOR
    assert found.names[0] == "uncoveredine"
    (evidence,) = (
        e
        for e in found.because[0].evidence
        if isinstance(e, DerivedEvidence) and "CYP3A4" in e.rule
    )
    assert claim in evidence.premises


def test_a_gene_that_no_table_names_is_no_premise(checker: InteractionChecker) -> None:
    gene = Curie("HGNC", "5")
    claim = Statement(
        Triple(drug("DB99990"), predicate_of("INHIBITS"), gene), (CuratedEvidence("t", "1", "r"),)
    )
    report = checker.check(["uncoveredine", "simvastatin"], graph=FewStatements([claim]))
    assert report.interactions == ()


SOURCES = """
recalled|kgbuilder, general knowledge|||
label|A label|An authority|2020|https://example.org/label
"""
RULES = "nit||pde5||contraindicated|{a} meets {b}|low pressure|do not|both widen vessels"


def small(folder: Path, how: tuple[str, str]) -> InteractionChecker:
    sources = ["label" if h == "read" else "recalled" for h in how]
    knowledge = DrugKnowledge(
        write_tables(
            folder,
            sources=SOURCES,
            effects=f"alpha|DB90001|nit||{sources[0]}||{how[0]}\n"
            f"beta|DB90002|pde5||{sources[1]}||{how[1]}",
            pd_rules=RULES,
            grades="contraindicated|contraindicated|ours\nmajor|major|ours",
        )
    )
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


@pytest.mark.parametrize("how", [("read", "read"), ("read", "recalled"), ("recalled", "recalled")])
def test_our_rules_never_alone_contraindicate(tmp_path: Path, how: tuple[str, str]) -> None:
    (found,) = small(tmp_path, how).check(["alpha", "beta"]).interactions
    assert found.severity is Severity.MAJOR
    assert "held at major" in dict(found.because[0].evidence[0].qualifiers)["reason"]


@pytest.mark.parametrize(
    ("how", "severity"), [("read", Severity.CONTRAINDICATED), ("recalled", Severity.MAJOR)]
)
def test_a_recalled_record_never_alone_contraindicates(
    tmp_path: Path, how: str, severity: Severity
) -> None:
    source = "label" if how == "read" else "recalled"
    knowledge = DrugKnowledge(
        write_tables(
            tmp_path,
            sources=SOURCES,
            direct=f"alpha|DB90001|beta|DB90002|contraindicated|m|e|x|{source}||{how}",
            grades="contraindicated|contraindicated|ours",
        )
    )
    checker = InteractionChecker(knowledge, lexicon_of(knowledge.names))
    (found,) = checker.check(["alpha", "beta"]).interactions
    assert found.severity is severity


def test_a_rule_that_contraindicates_stands_when_a_record_says_so_too(tmp_path: Path) -> None:
    graph = FewStatements([interacts("DB90001", "DB90002", record("CI"))])
    checker = small(tmp_path, ("recalled", "recalled"))
    (found,) = checker.check(["alpha", "beta"], graph=graph).interactions
    assert found.severity is Severity.MAJOR, "the small grade table does not know CI"
    graph = FewStatements([interacts("DB90001", "DB90002", record("contraindicated"))])
    (found,) = checker.check(["alpha", "beta"], graph=graph).interactions
    assert found.severity is Severity.CONTRAINDICATED


def test_direct_records_are_found_either_way_round(tmp_path: Path) -> None:
    knowledge = DrugKnowledge(
        write_tables(
            tmp_path,
            sources=SOURCES,
            direct="beta|DB90002|alpha|DB90001|contraindicated|why|what|how|label|4|read",
            grades="contraindicated|contraindicated|ours",
        )
    )
    checker = InteractionChecker(knowledge, lexicon_of(knowledge.names))
    (found,) = checker.check(["alpha", "beta"]).interactions
    assert found.severity is Severity.CONTRAINDICATED
    assert (found.mechanism, found.effect, found.management) == ("why", "what", "how")
    (evidence,) = found.because[0].evidence
    assert isinstance(evidence, CuratedEvidence)
    assert evidence.how is How.READ
    assert evidence.address == "https://example.org/label"


def test_a_recalled_premise_is_believed_less_than_a_read_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    read = small(tmp_path / "one", ("read", "read")).check(["alpha", "beta"]).interactions[0]
    recalled = small(tmp_path / "two", ("read", "recalled")).check(["alpha", "beta"])
    assert recalled.interactions[0].belief < read.belief


def test_fifty_drugs_are_answered_at_once(checker: InteractionChecker) -> None:
    names = [checker.knowledge.names[id] for id in checker.knowledge.covered()[:50]]
    started = time.perf_counter()
    report = checker.check(names)
    seconds = time.perf_counter() - started
    n_pairs = len(report.interactions) + len(report.none_known) + len(report.not_checked)
    assert n_pairs == 50 * 49 // 2
    assert seconds / n_pairs < 0.01


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'pandas', 'networkx', 'spacy', 'torch', 'numpy', 'onnxruntime'}"
    code = (
        "import sys; from kgbuilder.reason import interactions, interaction_report; "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_interaction_says_when_it_begins_and_ends(checker: InteractionChecker) -> None:
    (found,) = checker.check(["rifampicin", "warfarin"]).interactions
    assert "within one to two weeks" in found.onset
    (found,) = checker.check(["fluoxetine", "phenelzine"]).interactions
    assert "five weeks after fluoxetine" in found.onset
    assert "two weeks after phenelzine" in found.onset


def test_identifiers_of_other_spaces_lead_to_the_drug_by_stated_mappings(
    checker: InteractionChecker,
) -> None:
    same = predicate_of("SAME_AS")
    rxcui, atc = Curie("RXCUI", "11289"), Curie("ATC", "B01AA03")
    source = CuratedEvidence("RxNorm", "2025", "row 1")
    graph = FewStatements(
        [
            Statement(Triple.of(rxcui, same, drug("DB00682")), (source,)),
            Statement(Triple.of(rxcui, same, atc), (source,)),
        ],
        [Concept(rxcui, "warfarin", EntityType.DRUG), Concept(atc, "warfarin", EntityType.DRUG)],
    )
    for given in ("RXCUI:11289", "ATC:B01AA03"):
        report = checker.check([given, "fluconazole"], graph=graph)
        assert report.drugs[0].id == drug("DB00682")
        assert report.interactions[0].severity is Severity.MAJOR


def test_a_mapping_to_two_drugs_is_not_followed(checker: InteractionChecker) -> None:
    rxcui, source = Curie("RXCUI", "1"), CuratedEvidence("RxNorm", "2025", "row 1")
    graph = FewStatements(
        [
            Statement(Triple.of(rxcui, predicate_of("SAME_AS"), drug(id)), (source,))
            for id in ("DB00682", "DB00196")
        ],
        [Concept(rxcui, "both", EntityType.DRUG)],
    )
    report = checker.check(["RXCUI:1", "metformin"], graph=graph)
    assert report.drugs[0].id == rxcui
    assert report.none_known == ()
