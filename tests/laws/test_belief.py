"""The laws of belief: bounded, monotone, no chain stronger than its weakest premise, free of order; and
that it is what it says, a share of possible worlds.

Sums and products of floats are rounded, so what may never fall may fall by ``TINY``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Evidence,
    How,
    Span,
    Statement,
    TextEvidence,
    Triple,
    belief,
    evidence_key,
    predicate_of,
)
from kgbuilder.model.belief import (
    CURATED_RELIABILITY,
    belief_in_any,
    belief_of_weights,
    evidence_probability,
    source_of,
)
from tests.store import graphs as g

TINY = 1e-12

triple = g.CAUSES.triple
evidence_lists = st.lists(g.any_evidence, min_size=1, max_size=6)


def statement(evidence: list[Evidence]) -> Statement:
    return Statement(triple, tuple(evidence))


@given(evidence_lists)
def test_bounded(evidence: list[Evidence]) -> None:
    assert 0.0 <= belief(statement(evidence)) <= 1.0
    assert all(0.0 <= evidence_probability(e) <= 1.0 for e in evidence)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_bounded_whatever_a_model_says(probability: float) -> None:
    evidence = TextEvidence("d", Span(0, 1), "x", "x", probability)
    assert 0.0 <= belief(statement([evidence])) <= 1.0


@given(evidence_lists, g.any_evidence)
def test_support_never_lowers_and_refutation_never_raises(
    evidence: list[Evidence], more: Evidence
) -> None:
    if evidence_key(more) in map(evidence_key, evidence):
        return  # the same derivation told again may carry a refutation of its premise
    before, after = belief(statement(evidence)), belief(statement([*evidence, more]))
    if more.refutes:
        assert after <= before + TINY
    else:
        assert after >= before - TINY


@given(evidence_lists, g.text_evidence(), st.floats(0, 1))
def test_a_surer_reading_of_a_sentence_counts(
    evidence: list[Evidence], sentence: TextEvidence, surer: float
) -> None:
    again = TextEvidence(
        sentence.document_id,
        sentence.span,
        sentence.quote,
        sentence.extractor,
        max(sentence.probability, surer),
        sentence.refutes,
        sentence.section,
        sentence.qualifiers,
    )
    before = statement([*evidence, sentence])
    after = before.with_evidence([again])
    assert len(after.evidence) == len(before.evidence)
    if sentence.refutes:
        assert belief(after) <= belief(before) + TINY
    else:
        assert belief(after) >= belief(before) - TINY


@given(evidence_lists, st.randoms())
def test_order_changes_nothing(evidence: list[Evidence], random: object) -> None:
    shuffled = [*evidence, *evidence]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert statement(shuffled) == statement(evidence)
    assert belief(statement(shuffled)) == belief(statement(evidence)), "exactly, not nearly"


@given(st.lists(g.statements_with(g.plain_evidence), min_size=1, max_size=5), st.randoms())
def test_a_chain_is_no_stronger_than_its_weakest_premise(
    premises: list[Statement], random: object
) -> None:
    derived = belief(statement([DerivedEvidence("rule", tuple(premises))]))
    assert derived <= min(map(belief, premises)) + TINY
    random.shuffle(premises)  # type: ignore[attr-defined]
    assert belief(statement([DerivedEvidence("rule", tuple(premises))])) == derived


@given(st.lists(g.statements_with(g.plain_evidence), min_size=1, max_size=3))
def test_a_longer_chain_is_no_stronger(premises: list[Statement]) -> None:
    one = Statement(triple, (DerivedEvidence("rule", tuple(premises)),))
    two = Statement(triple, (DerivedEvidence("rule", (one, *premises)),))
    assert belief(two) <= belief(one) + TINY


@given(st.lists(g.probabilities, min_size=1, max_size=5))
def test_sentences_of_one_document_are_not_independent(values: list[float]) -> None:
    def sentence(document: str, n: int, p: float) -> TextEvidence:
        return TextEvidence(document, Span(n, n + 1), "x", "x", p)

    one_paper = statement([sentence("d", n, p) for n, p in enumerate(values)])
    many_papers = statement([sentence(f"d{n}", n, p) for n, p in enumerate(values)])
    strongest = max(evidence_probability(e) for e in one_paper.evidence)
    assert math.isclose(belief(one_paper), strongest, abs_tol=TINY)
    assert belief(many_papers) >= belief(one_paper) - TINY


def test_what_is_recalled_counts_less_than_what_was_read() -> None:
    assert CURATED_RELIABILITY[How.RECALLED] < CURATED_RELIABILITY[How.IMPORTED]
    read = CuratedEvidence("t", "1", "r", How.READ)
    recalled = CuratedEvidence("t", "1", "r", How.RECALLED)
    assert belief(statement([recalled])) < belief(statement([read]))


def test_by_hand() -> None:
    def sentence(document: str, p: float, *, refutes: bool = False) -> TextEvidence:
        return TextEvidence(document, Span(0, 1), "x", "x", p, refutes)

    two = statement([sentence("a", 0.5), sentence("b", 0.6)])
    assert math.isclose(belief(two), 1 - 0.5 * 0.4)
    denied = two.with_evidence([sentence("c", 0.25, refutes=True)])
    assert math.isclose(belief(denied), 0.8 * 0.75)
    other = replace(two, triple=g.TAKES.triple)
    chain = statement([DerivedEvidence("rule", (two, other))])
    assert math.isclose(belief(chain), 0.64)
    twice = statement([DerivedEvidence("rule", (two, two))])
    assert math.isclose(belief(twice), 0.8), "one doubt, not two"


def worlds(statements: list[Statement]) -> Iterator[tuple[dict[str, float], float]]:
    """Every kind of world that differs for ``statements``, with its share: brute force."""
    edges: dict[str, set[float]] = {}

    def gather(of: Statement) -> None:
        for e in of.evidence:
            if isinstance(e, DerivedEvidence):
                for premise in e.premises:
                    gather(premise)
            else:
                edges.setdefault(key(of, e), {0.0, 1.0}).add(evidence_probability(e))

    for of in statements:
        gather(of)
    names = sorted(edges)
    for intervals in product(*(pairwise(sorted(edges[name])) for name in names)):
        drawn = {name: low for name, (low, _) in zip(names, intervals, strict=True)}
        yield drawn, math.prod(high - low for low, high in intervals)


def key(of: Statement, e: Evidence) -> str:
    return f"{of.triple.id} {e.refutes} {source_of(e)}"


def is_true(of: Statement, world: dict[str, float]) -> bool:
    def holds(e: Evidence) -> bool:
        if isinstance(e, DerivedEvidence):
            return all(is_true(premise, world) for premise in e.premises)
        return world[key(of, e)] < evidence_probability(e)

    said = {e.refutes for e in of.evidence if holds(e)}
    return said == {False}


@given(st.lists(g.any_evidence, min_size=1, max_size=3))
def test_belief_is_the_share_of_worlds_in_which_it_holds(evidence: list[Evidence]) -> None:
    one = statement(evidence)
    share = sum(weight for world, weight in worlds([one]) if is_true(one, world))
    assert math.isclose(belief(one), share, abs_tol=1e-9)


@given(st.lists(g.statements_with(g.any_evidence), min_size=1, max_size=2))
def test_belief_in_any_is_the_share_of_worlds_in_which_one_holds(many: list[Statement]) -> None:
    share = sum(w for world, w in worlds(many) if any(is_true(s, world) for s in many))
    assert math.isclose(belief_in_any(many), share, abs_tol=1e-9)
    assert belief_in_any(many) >= max(map(belief, many)) - TINY
    assert belief_in_any([*many, *many]) == belief_in_any(many), "said twice is said once"


@given(evidence_lists)
def test_support_is_at_most_what_it_were_if_independent(evidence: list[Evidence]) -> None:
    support = [e for e in evidence if not e.refutes]
    if not support or any(
        premise_evidence.refutes
        for e in support
        if isinstance(e, DerivedEvidence)
        for premise in e.premises
        for premise_evidence in premise.evidence
    ):
        return
    independent = 1 - math.prod(1 - belief(statement([e])) for e in support)
    assert belief(statement(support)) <= independent + TINY


def recalled(name: str) -> Statement:
    triple = Triple.of(Curie("X", name), predicate_of("INHIBITS"), Curie("Y", name))
    return Statement(triple, (CuratedEvidence("our table", "1", name, How.RECALLED),))


def test_derivations_that_share_a_recalled_premise_are_no_independent_reasons() -> None:
    shared, one, other = map(recalled, ("shared", "one", "other"))
    derived = [DerivedEvidence(f"rule {s.triple.id}", (shared, s)) for s in (one, other)]
    p = CURATED_RELIABILITY[How.RECALLED]
    exact = p * (1 - (1 - p) ** 2)
    assert math.isclose(belief(statement(derived)), exact)
    assert exact < 1 - (1 - p * p) ** 2
    apart = [statement([item]) for item in derived]
    assert math.isclose(belief_in_any(apart), exact)


def test_many_rules_over_one_recalled_premise_never_exceed_it() -> None:
    shared = recalled("shared")
    rules = [DerivedEvidence(f"rule {n}", (shared, recalled(str(n)))) for n in range(40)]
    assert belief(statement(rules)) <= CURATED_RELIABILITY[How.RECALLED] + TINY
    assert belief(statement([DerivedEvidence(f"{n}", (shared,)) for n in range(40)])) == 0.7


def test_two_tables_that_were_recalled_are_one_memory() -> None:
    tables = [CuratedEvidence(name, "1", "r", How.RECALLED) for name in ("T1", "T2")]
    assert belief(statement(tables)) == belief(statement(tables[:1]))
    read = [CuratedEvidence(name, "1", "r", How.READ) for name in ("T1", "T2")]
    assert belief(statement(read)) > belief(statement(read[:1]))


def test_a_full_text_and_its_record_are_one_source() -> None:
    paper = (("paper", "PMID:123"),)
    record = TextEvidence("123", Span(0, 1), "x", "x", 0.8, qualifiers=paper)
    full_text = TextEvidence("PMC9", Span(5, 6), "x", "x", 0.6, qualifiers=paper)
    assert belief(statement([record, full_text])) == belief(statement([record]))
    another = replace(full_text, qualifiers=(("paper", "PMID:124"),))
    assert belief(statement([record, another])) > belief(statement([record]))


def test_no_belief_is_minus_nothing() -> None:
    assert str(belief_of_weights(0, 10)) == "0.0"
