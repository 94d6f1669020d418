"""What stands beside the ranking: dangers, questions, medicines, "none of these", the drawing."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    Differential,
    EntityType,
    How,
    Match,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.ontology.hpo import load_hpo
from kgbuilder.protocols import Batch
from kgbuilder.reason.common_diseases import common_diseases
from kgbuilder.reason.diagnosis import PhenotypeRanker
from kgbuilder.store.memory import MemoryStore

CHEST_PAIN, DYSPNEA, FEVER, CATARACT = (
    Curie("HP", id) for id in ("0100749", "0002094", "0001945", "0000518")
)
METFORMIN, WARFARIN = Curie("DRUGBANK", "DB00331"), Curie("DRUGBANK", "DB00682")


@pytest.fixture(scope="module")
def ranker() -> PhenotypeRanker:
    return PhenotypeRanker(load_hpo(), common=common_diseases())


@pytest.fixture(scope="module")
def answer(ranker: PhenotypeRanker) -> Differential:
    return ranker.diagnose(observed=[CHEST_PAIN, DYSPNEA], age="P70Y", sex="MALE")


def test_common_diseases_are_ranked_beside_rare_ones(answer: Differential) -> None:
    assert {d.disease.prefix for d in answer} >= {"ICD10CM"}
    assert answer.n_ranked > 8_500


def test_every_emergency_that_is_pointed_to_is_shown(answer: Differential) -> None:
    shown = {flag.name: flag for flag in answer.red_flags}
    for name in (
        "Myocardial infarction",
        "Pulmonary embolism",
        "Aortic dissection",
        "Pneumothorax",
    ):
        assert shown[name].danger == "emergency"
        assert shown[name].because
    ranks = [flag.danger for flag in answer.red_flags]
    assert ranks == sorted(ranks), "emergencies first"


def test_dangers_of_the_other_sex_and_what_is_excluded_are_not_shown(
    ranker: PhenotypeRanker,
) -> None:
    pain = Curie("HP", "0034267")
    fever = ranker.diagnose(observed=[FEVER, pain], sex="MALE")
    assert "Ectopic pregnancy" not in {flag.name for flag in fever.red_flags}
    pneumothorax = Curie("HP", "0002107")
    without = ranker.diagnose(observed=[CHEST_PAIN, DYSPNEA], excluded=[pneumothorax])
    assert "Pneumothorax" not in {flag.name for flag in without.red_flags}


def test_dangers_are_shown_though_they_are_no_candidates(ranker: PhenotypeRanker) -> None:
    answer = ranker.diagnose(observed=[CHEST_PAIN], candidates=["Gastritis", "GERD"])
    assert "Myocardial infarction" in {flag.name for flag in answer.red_flags}
    assert len(answer) == 2


def test_what_to_ask_next_is_new_and_worth_most_first(
    ranker: PhenotypeRanker, answer: Differential
) -> None:
    gains = [n.expected_information for n in answer.next_findings]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0
    assert not {n.finding for n in answer.next_findings} & {CHEST_PAIN, DYSPNEA}
    first = answer.next_findings[0].finding
    asked = ranker.diagnose(observed=[CHEST_PAIN, DYSPNEA, first], age="P70Y", sex="MALE")
    assert first not in {n.finding for n in asked.next_findings}


def test_none_of_these_is_likelier_where_nothing_fits(ranker: PhenotypeRanker) -> None:
    fitting = ranker.diagnose(observed=[CHEST_PAIN], candidates=["Stable angina"])
    strange = ranker.diagnose(observed=[CHEST_PAIN], candidates=["Cataract"])
    assert strange.none_of_these > 0.5 > fitting.none_of_these


def test_age_and_sex_change_the_prior(ranker: PhenotypeRanker) -> None:
    def prior(age: str) -> float:
        found = ranker.diagnose(observed=[DYSPNEA], age=age, candidates=["bronchiolitis", "COPD"])
        return next(d.prior for d in found if d.name == "Acute bronchiolitis")

    assert prior("P1Y") > prior("P70Y")


def test_unexplained_findings(ranker: PhenotypeRanker) -> None:
    (diagnosis,) = ranker.diagnose(observed=[CHEST_PAIN, CATARACT], candidates=["Stable angina"])
    assert [c.finding for c in diagnosis.unexplained] == [CATARACT]
    assert "not explained" in diagnosis.explain()


def test_a_medicine_speaks_for_what_it_treats(ranker: PhenotypeRanker) -> None:
    fatigue = Curie("HP", "0012378")
    pair = ["diabetes", "Fibromyalgia"]
    before = ranker.diagnose(observed=[fatigue], candidates=pair)
    after = ranker.diagnose(observed=[fatigue], candidates=pair, medicines={METFORMIN: "metformin"})
    assert before[0].name == "Fibromyalgia"
    assert after[0].name == "Type 2 diabetes mellitus"
    (part,) = [c for c in after[0].contributions if c.finding == METFORMIN]
    assert part.log_ratio > 0
    assert part.evidence[0].triple.predicate.name == "TREATS"


def test_what_a_medicine_causes_is_a_candidate_through_the_graph() -> None:
    epistaxis = Curie("HP", "0000421")
    evidence = CuratedEvidence("test", "1", "row 1", How.IMPORTED)
    causes = Statement(Triple.of(WARFARIN, predicate_of("CAUSES"), epistaxis), (evidence,))
    store = MemoryStore()
    concepts = (
        Concept(WARFARIN, "Warfarin", EntityType.DRUG),
        Concept(epistaxis, "Epistaxis", EntityType.PHENOTYPE),
    )
    store.merge(Batch(concepts=concepts, statements=(causes,)))
    ranker = PhenotypeRanker(load_hpo(), common=common_diseases(), graph=store)
    taken = ranker.diagnose(observed=[epistaxis], medicines={WARFARIN: "warfarin"}, top=5)
    (effect,) = [d for d in taken if d.disease == WARFARIN]
    assert effect.name == "adverse effect of Warfarin"
    assert effect.contributions[0].match is Match.EXACT
    assert effect.contributions[0].evidence[0].triple == causes.triple
    untaken = ranker.diagnose(observed=[epistaxis], top=50)
    assert WARFARIN not in {d.disease for d in untaken}


def test_the_waterfall_is_svg_and_ends_at_the_weight(answer: Differential) -> None:
    drawn = ElementTree.fromstring(answer[0].waterfall())
    texts = [element.text for element in drawn.iter() if element.text]
    assert f"{answer[0].log_weight:+.2f}" in texts
    assert any("Chest pain" in text for text in texts)


def test_among_common_diseases_the_commoner_goes_first_where_the_findings_are_alike(
    ranker: PhenotypeRanker,
) -> None:
    asked = {"observed": [FEVER], "candidates": ["Influenza", "Ebola virus disease"]}
    prior = {d.name: d.prior for d in ranker.diagnose(**asked)}  # type: ignore[arg-type]
    p = ranker.parameters
    band = {d.names[0]: d.prevalence for d in common_diseases()}
    ratio = band["Influenza"] / band["Ebola virus disease"]
    assert prior["Influenza"] / prior["Ebola virus disease"] == pytest.approx(ratio**p.common_power)


def test_what_another_finding_implies_is_not_told_as_unexplained(ranker: PhenotypeRanker) -> None:
    deficiency, anemia = Curie("HP", "0001891"), Curie("HP", "0001903")
    (answer,) = ranker.diagnose(observed=[deficiency, anemia], candidates=["Chickenpox"])
    assert [c.finding for c in answer.unexplained] == [deficiency]


def test_without_a_finding_the_answer_says_that_the_order_means_little(
    ranker: PhenotypeRanker,
) -> None:
    assert "No finding is there" in ranker.diagnose(observed=[], excluded=[FEVER]).explain()
    assert "No finding is there" not in ranker.diagnose(observed=[FEVER]).explain()


def test_stated_mappings_stand_beside_a_diagnosis(ranker: PhenotypeRanker) -> None:
    (answer,) = ranker.diagnose(observed=[FEVER], candidates=["OMIM:200100"])
    assert answer.same_as == (Curie("MESH", "D000012"),)
    assert "same as MESH:D000012" in answer.explain()


@pytest.mark.parametrize(
    ("finding", "not_for"),
    [
        (FEVER, {"Ebola virus disease", "Rabies", "Heat stroke", "Serotonin syndrome"}),
        (DYSPNEA, {"Sickle cell crisis", "Guillain-Barré syndrome", "Angioedema"}),
    ],
)
def test_a_red_flag_is_a_finding_that_alone_suffices(
    ranker: PhenotypeRanker, finding: Curie, not_for: set[str]
) -> None:
    flags = {flag.name for flag in ranker.diagnose(observed=[finding]).red_flags}
    assert flags
    assert flags.isdisjoint(not_for)
