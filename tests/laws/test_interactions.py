"""Laws of the interaction checker, over the shipped tables."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.model import Interaction, InteractionReport, Patient, PatientWarning
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import FewStatements, interacts, lexicon_of, sentence

KNOWLEDGE = DrugKnowledge.shipped()
CHECKER = InteractionChecker(KNOWLEDGE, lexicon_of(KNOWLEDGE.names))
COVERED = [KNOWLEDGE.names[id] for id in KNOWLEDGE.covered()]
ODD = ["qwertymab", "uncoveredine", "twinname", "", "DB99999", "Coumadin"]
names = st.sampled_from(COVERED) | st.sampled_from(ODD)
lists = st.lists(names, max_size=8)
pairs = st.tuples(st.sampled_from(COVERED), st.sampled_from(COVERED))


patients = st.builds(
    Patient,
    age=st.none() | st.integers(0, 110).map(lambda years: f"P{years}Y"),
    egfr=st.none() | st.floats(1, 150),
    weight_kg=st.none() | st.floats(1, 200),
    child_pugh=st.sampled_from([None, "A", "B", "C"]),
    pregnant=st.sampled_from([None, True, False]),
    pregnancy_weeks=st.none() | st.floats(1, 42),
    breastfeeding=st.sampled_from([None, True, False]),
    allergies=st.lists(st.sampled_from(["penicillin", "sulfa", "nonsense", *COVERED[:40]])).map(
        tuple
    ),
    conditions=st.lists(
        st.sampled_from(sorted({r["condition"] for _, r in KNOWLEDGE.rows("conditions")}))
    ).map(tuple),
    substances=st.lists(st.sampled_from(["grapefruit", "smoking", "dairy", "moonshine"])).map(
        tuple
    ),
)


def warnings(drugs: list[str], patient: Patient) -> set[PatientWarning]:
    answer = CHECKER.check(drugs, patient=patient).patient
    assert answer is not None
    return set(answer.warnings)


def reasons(report: InteractionReport) -> set[Interaction]:
    return set(report.interactions)


@given(lists)
def test_every_unordered_pair_is_in_exactly_one_list(drugs: list[str]) -> None:
    report = CHECKER.check(drugs)
    n = len(report.interactions) + len(report.none_known) + len(report.not_checked)
    assert n == len(list(combinations(drugs, 2)))


@given(lists, names)
def test_adding_a_drug_never_removes_an_interaction(drugs: list[str], another: str) -> None:
    assert reasons(CHECKER.check(drugs)) <= reasons(CHECKER.check([*drugs, another]))


@given(lists)
def test_the_order_of_the_list_changes_nothing(drugs: list[str]) -> None:
    assert reasons(CHECKER.check(drugs)) == reasons(CHECKER.check(drugs[::-1]))


@given(pairs)
def test_symmetric_in_the_drugs(pair: tuple[str, str]) -> None:
    one, two = CHECKER.check(pair), CHECKER.check(pair[::-1])
    assert one.interactions == two.interactions
    assert len(one.none_known) == len(two.none_known)
    assert len(one.not_checked) == len(two.not_checked)


@given(lists)
def test_an_uncovered_or_unknown_drug_never_yields_none_known(drugs: list[str]) -> None:
    report = CHECKER.check(drugs)
    fine = {d.input for d in report.drugs if d.id is not None and not KNOWLEDGE.uncovered(d.id)}
    assert all(set(pair.drugs) <= fine for pair in report.none_known)


@given(pairs, st.floats(0.01, 1))
def test_more_support_never_lowers_belief_and_a_denial_never_raises_it(
    pair: tuple[str, str], probability: float
) -> None:
    ids = [d.id.local_id for d in CHECKER.check(pair).drugs if d.id]
    before = {i.drugs: i.belief for i in CHECKER.check(pair).interactions}
    if ids[0] == ids[1]:
        return
    supported = FewStatements([interacts(*ids, sentence(probability=probability))])
    (after,) = CHECKER.check(pair, graph=supported).interactions
    assert after.belief >= before.get(after.drugs, 0.0) - 1e-12
    denied = FewStatements([interacts(*ids, sentence(refutes=True, probability=probability))])
    for found in CHECKER.check(pair, graph=denied).interactions:
        assert found.belief <= before[found.drugs] + 1e-12


@given(lists)
def test_belief_is_a_probability_and_every_interaction_has_a_reason(drugs: list[str]) -> None:
    for found in CHECKER.check(drugs).interactions:
        assert found.because
        assert 0 < found.belief <= 1


@given(lists)
def test_asking_twice_gives_the_same_answer(drugs: list[str]) -> None:
    assert CHECKER.check(drugs) == CHECKER.check(drugs)


@given(lists, names)
def test_adding_a_drug_never_removes_a_combination(drugs: list[str], another: str) -> None:
    before = {(c.rule, frozenset(c.drugs)) for c in CHECKER.check(drugs).combinations}
    after = CHECKER.check([*drugs, another]).combinations
    assert before <= {(c.rule, frozenset(c.drugs)) for c in after}


@given(lists, names, patients)
def test_adding_a_drug_never_removes_a_patients_warning(
    drugs: list[str], another: str, patient: Patient
) -> None:
    assert warnings(drugs, patient) <= warnings([*drugs, another], patient)


@given(lists, patients)
def test_a_patient_changes_nothing_about_pairs(drugs: list[str], patient: Patient) -> None:
    with_patient, without = CHECKER.check(drugs, patient=patient), CHECKER.check(drugs)
    assert with_patient.interactions == without.interactions
    assert with_patient.none_known == without.none_known
    assert with_patient.not_checked == without.not_checked


@given(lists, patients, st.sampled_from(["asthma", "heart failure", "peptic ulcer"]))
def test_one_more_condition_never_removes_a_warning(
    drugs: list[str], patient: Patient, condition: str
) -> None:
    more = replace(patient, conditions=(*patient.conditions, condition))
    assert warnings(drugs, patient) <= warnings(drugs, more)


PRODUCTS = [
    "Paxlovid",
    "Augmentin",
    "Percocet",
    "Symtuza",
    "Exforge HCT",
    "Juluca",
    "warfarin/aspirin",
]
WITH_PRODUCTS = InteractionChecker(KNOWLEDGE, drug_lexicon())
mixed = st.lists(st.sampled_from([*COVERED[::7], *PRODUCTS, "qwertymab"]), max_size=6)


@settings(max_examples=50)
@given(mixed, st.sampled_from(PRODUCTS))
def test_adding_a_product_never_removes_an_interaction(drugs: list[str], product: str) -> None:
    assert reasons(WITH_PRODUCTS.check(drugs)) <= reasons(WITH_PRODUCTS.check([*drugs, product]))


@settings(max_examples=50)
@given(mixed, st.sampled_from(PRODUCTS))
def test_a_product_interacts_as_its_ingredients_do(drugs: list[str], product: str) -> None:
    """But for what they do to each other, which is what the product is for."""
    (answer,) = WITH_PRODUCTS.check([product]).drugs
    names = [drug.name for drug in answer.ingredients]
    own = reasons(WITH_PRODUCTS.check(names)) if answer.contents else set()
    asked = reasons(WITH_PRODUCTS.check([*drugs, product]))
    apart = reasons(WITH_PRODUCTS.check([*drugs, *names]))
    assert {i.drugs for i in asked} >= {i.drugs for i in apart - own}
    assert {i.drugs for i in asked} <= {i.drugs for i in apart}


@settings(max_examples=50)
@given(mixed)
def test_with_products_none_known_is_only_said_of_covered_drugs(drugs: list[str]) -> None:
    report = WITH_PRODUCTS.check(drugs)
    fine = {
        label
        for drug in report.drugs
        for label, id in (
            (drug.input, drug.id),
            *((f"{one.name} ({drug.input})", one.id) for one in drug.ingredients),
        )
        if id is not None and not KNOWLEDGE.uncovered(id)
    }
    assert all(set(pair.drugs) <= fine for pair in report.none_known)
