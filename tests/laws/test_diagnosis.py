"""What must hold of every ranking, whatever the findings."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.model import Curie, Differential
from kgbuilder.reason.diagnosis import PhenotypeRanker
from tests.reason.diagnosis_samples import FINDABLE, HPOA, row, small_hpo

RANKER = PhenotypeRanker(small_hpo())
terms = st.sampled_from([Curie.parse(id) for id in FINDABLE])
findings = st.lists(terms, min_size=1, max_size=6, unique=True)


def weights(answer: Differential) -> dict[Curie, float]:
    return {d.disease: d.log_weight for d in answer}


def ask(observed: list[Curie], excluded: list[Curie], ranker: PhenotypeRanker = RANKER):  # type: ignore[no-untyped-def]
    return ranker.diagnose(observed=observed, excluded=excluded, top=1000)


@given(findings, findings, st.randoms(use_true_random=False))
def test_order_changes_nothing(
    observed: list[Curie], excluded: list[Curie], rng: random.Random
) -> None:
    before = ask(observed, excluded)
    rng.shuffle(observed)
    rng.shuffle(excluded)
    assert ask(observed, excluded) == before


@given(findings, findings)
def test_repeats_change_nothing(observed: list[Curie], excluded: list[Curie]) -> None:
    assert ask(observed * 2, excluded * 3) == ask(observed, excluded)


@given(findings, findings)
def test_posteriors_of_all_candidates_sum_to_one(
    observed: list[Curie], excluded: list[Curie]
) -> None:
    answer = ask(observed, excluded)
    if answer:
        assert math.fsum(d.posterior for d in answer) + answer.none_of_these == pytest.approx(1)


@given(findings, findings)
def test_weights_are_prior_and_contributions(observed: list[Curie], excluded: list[Curie]) -> None:
    answer = ask(observed, excluded)
    for d in answer:
        assert d.log_weight == math.log(d.prior) + math.fsum(c.log_ratio for c in d.contributions)
        assert len(d.contributions) == len(set(observed) ^ set(excluded))
    none = RANKER.parameters.none_prior
    total = math.log(math.fsum(math.exp(d.log_weight) for d in answer) + none) if answer else 0.0
    for d in answer:
        assert d.log_total == pytest.approx(total, abs=1e-9)


@given(findings, findings)
def test_ranks_follow_weights_and_ties_share_the_worst(
    observed: list[Curie], excluded: list[Curie]
) -> None:
    answer = ask(observed, excluded)
    for d in answer:
        assert d.rank == sum(other.log_weight >= d.log_weight - 1e-9 for other in answer)
    assert [d.rank for d in answer] == sorted(d.rank for d in answer)


@given(findings, findings, st.integers(1, 30))
@settings(max_examples=60)
def test_an_absent_finding_that_a_disease_always_has_never_raises_it(
    observed: list[Curie], excluded: list[Curie], n: int
) -> None:
    """Whatever the size of the study, however common the finding."""
    extra = "".join(
        row("OMIM:777", "Always", str(term.local_id), frequency=f"{n}/{n}") + "\n"
        for term in excluded
    )
    ranker = PhenotypeRanker(small_hpo(HPOA + extra))
    absent = [term for term in excluded if term not in observed]
    for count in range(len(absent)):
        before = weights(ask(observed, absent[:count], ranker))[Curie("OMIM", "777")]
        after = weights(ask(observed, absent[: count + 1], ranker))[Curie("OMIM", "777")]
        assert after <= before + 1e-9


@given(terms)
def test_an_exact_finding_never_helps_less_than_its_ancestor(term: Curie) -> None:
    """For a disease with this one annotation, the more telling the finding the better."""
    hpoa = HPOA + row("OMIM:778", "Single", term.local_id, frequency="5/5") + "\n"
    hpo = small_hpo(hpoa)
    ranker = PhenotypeRanker(hpo)
    prior = {d.disease: d.prior for d in ask([term], [], ranker)}
    exact = weights(ask([term], [], ranker))[Curie("OMIM", "778")]
    for above in hpo.hierarchy.ancestors_of(term):
        answer = weights(ask([above], [], ranker))
        if answer:
            assert answer[Curie("OMIM", "778")] <= exact + 1e-9
    assert prior


@given(findings, st.sampled_from(["PMID:11", "PMID:12", "PMID:15", "PMID:99"]))
def test_leaving_out_a_paper_never_changes_another_question(
    observed: list[Curie], pmid: str
) -> None:
    before = ask(observed, [])
    RANKER.diagnose(observed=observed, leave_out_pmid=pmid)
    assert ask(observed, []) == before


@given(terms)
def test_without_other_children_a_term_never_helps_less_than_its_parent(term: Curie) -> None:
    """For a disease with the term and no other child of its parent, whatever else it has."""
    hpo = small_hpo(HPOA)
    hierarchy = hpo.hierarchy
    siblings = {
        id
        for parent in hierarchy.parents[hierarchy.rows[term]].tolist()
        for id in hierarchy.descendants_of(hierarchy.ids[parent])
    }
    own = {term, *hierarchy.ancestors_of(term), *siblings}
    others = [id for id in map(Curie.parse, FINDABLE) if id not in own]
    rows = [row("OMIM:779", "Alone", term.local_id, frequency="3/5")]
    rows += [row("OMIM:779", "Alone", id.local_id, frequency="2/5") for id in others]
    ranker = PhenotypeRanker(small_hpo(HPOA + "\n".join(rows) + "\n"))
    helped = weights(ask([term], [], ranker))[Curie("OMIM", "779")]
    for parent in hierarchy.parents[hierarchy.rows[term]].tolist():
        answer = weights(ask([hierarchy.ids[parent]], [], ranker))
        if answer:
            assert answer[Curie("OMIM", "779")] <= helped + 1e-9


@given(findings)
@settings(max_examples=40)
def test_a_disease_that_shares_nothing_leaves_the_odds_of_others(observed: list[Curie]) -> None:
    """Added with the background table fixed."""
    unused = "Deep voice"
    hpoa = HPOA + row("OMIM:780", unused, "5000001", frequency="5/5") + "\n"
    hpo = small_hpo(hpoa, extra_terms=(("5000001", unused),))
    background = PhenotypeRanker(hpo).background
    with_it = PhenotypeRanker(hpo, background=background)
    without = PhenotypeRanker(
        small_hpo(HPOA, extra_terms=(("5000001", unused),)), background=background
    )
    before, after = weights(ask(observed, [], without)), weights(ask(observed, [], with_it))
    assert Curie("OMIM", "780") in after
    first, *rest = sorted(before)
    for other in rest:
        odds = before[first] - before[other]
        assert after[first] - after[other] == pytest.approx(odds, abs=1e-9)
