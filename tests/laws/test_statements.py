"""The laws of triples and statements: content is identity."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.model import (
    Curie,
    EntityType,
    Evidence,
    Statement,
    Triple,
    content_hash,
    evidence_key,
    predicate_of,
    unlinked_id,
)
from kgbuilder.model.statement import join_evidence
from tests.store import graphs as g

curies = st.builds(Curie, st.text(min_size=1).filter(lambda p: ":" not in p), st.text(min_size=1))


@given(curies, curies)
def test_a_symmetric_triple_is_the_same_either_way(one: Curie, other: Curie) -> None:
    interacts, causes = predicate_of("INTERACTS_WITH"), predicate_of("CAUSES")
    assert Triple.of(one, interacts, other) == Triple.of(other, interacts, one)
    forward, back = Triple.of(one, causes, other), Triple.of(other, causes, one)
    assert (forward.id == back.id) == (one == other)


@given(g.triples, g.triples)
def test_ids_are_equal_only_for_equal_content(one: Triple, other: Triple) -> None:
    assert (one.id == other.id) == (one == other)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_a_hash_tells_apart_where_parts_end(one: list[str], other: list[str]) -> None:
    assert (content_hash(*one) == content_hash(*other)) == (one == other)


@given(g.statements, g.statements)
def test_equal_evidence_makes_equal_statements(one: Statement, other: Statement) -> None:
    triple = one.triple
    there = Statement(triple, (*one.evidence, *other.evidence))
    back = Statement(triple, (*other.evidence, *one.evidence))
    assert there == back
    assert hash(there) == hash(back)
    assert there.with_evidence(one.evidence) == there
    keys = [evidence_key(e) for e in there.evidence]
    assert keys == sorted(set(keys))


@given(st.lists(g.any_evidence, min_size=3, max_size=3))
def test_joining_is_free_of_order_and_grouping(evidence: list[Evidence]) -> None:
    a, b, c = (e for e in evidence)
    if len({evidence_key(e) for e in evidence}) > 1:
        b = c = a
    assert join_evidence(a, a) == a
    assert join_evidence(a, b) == join_evidence(b, a)
    assert join_evidence(join_evidence(a, b), c) == join_evidence(a, join_evidence(b, c))


@given(st.text().filter(lambda s: s.strip()))
def test_an_unlinked_id_folds_case_and_white_space_only(name: str) -> None:
    id = unlinked_id(EntityType.DISEASE, name)
    assert unlinked_id(EntityType.DISEASE, f" {name}  ") == id
    assert unlinked_id(EntityType.DRUG, name) != id
    assert unlinked_id(EntityType.DISEASE, name + "x") != id
