"""The laws of belief: bounded, monotone, no chain stronger than its weakest premise, free of order.

Sums and products of floats are rounded, so what may never fall may fall by ``TINY``.
"""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.model import (
    CuratedEvidence,
    DerivedEvidence,
    Evidence,
    How,
    Span,
    Statement,
    TextEvidence,
    belief,
    evidence_key,
)
from kgbuilder.model.belief import CURATED_RELIABILITY, evidence_probability
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
    chain = statement([DerivedEvidence("rule", (two, two))])
    assert math.isclose(belief(chain), 0.64)
