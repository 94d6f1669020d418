"""The contract of ``test_stores`` on a real Neo4j server; hypothesis compares it with memory."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgbuilder.model import evidence_key
from kgbuilder.protocols import Batch
from kgbuilder.store.cypher import edge_properties
from kgbuilder.store.keys import key_of
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.merging import documents_of
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.network import node_rows
from kgbuilder.store.tally import Tally
from tests.contracts import test_stores
from tests.contracts.test_stores import (
    NOTHING_NEW,
    Maker,
    content,
    store,  # noqa: F401
    test_a_changed_text_takes_its_evidence_with_it,  # noqa: F401
    test_a_described_document_that_is_held_otherwise_is_left_out,  # noqa: F401
    test_a_document_without_an_id_is_refused,  # noqa: F401
    test_a_newer_version_of_a_known_text_keeps_what_was_read,  # noqa: F401
    test_a_predicate_of_others_is_refused,  # noqa: F401
    test_a_probability_that_is_no_number_is_refused,  # noqa: F401
    test_a_quote_that_is_not_there_is_refused,  # noqa: F401
    test_a_store_is_a_view,  # noqa: F401
    test_an_edge_without_named_ends_is_counted,  # noqa: F401
    test_an_unlinked_node_goes_with_the_text_that_named_it,  # noqa: F401
    test_another_reader_replaces_what_the_first_read,  # noqa: F401
    test_closing_twice_is_fine,  # noqa: F401
    test_deleting_what_is_not_there_is_fine,  # noqa: F401
    test_deleting_wins_within_a_batch,  # noqa: F401
    test_merging_twice_changes_nothing,  # noqa: F401
    test_names_are_data,  # noqa: F401
    test_search_finds_names_and_quotes,  # noqa: F401
    test_sources_that_name_a_thing_differently_are_joined,  # noqa: F401
    test_statements_are_found_by_every_part,  # noqa: F401
    test_stats_count,  # noqa: F401
    test_the_ledger_may_name_a_document_that_is_not_there,  # noqa: F401
    test_what_was_merged_is_there,  # noqa: F401
)
from tests.store import graphs as g
from tests.store.neo4j_server import in_neo4j

pytestmark = pytest.mark.extra
slowly = settings(max_examples=8, suppress_health_check=list(HealthCheck))


@pytest.fixture
def make() -> Maker:
    return in_neo4j


def assert_it_shows(neo4j: Neo4jStore, memory: MemoryStore) -> None:
    """A Cypher user sees what is in the graph: the label of each node, the belief of each edge, and
    each sentence tied to its document."""
    nodes = neo4j.query("MATCH (n:Entity) RETURN n.id AS id, labels(n) AS labels")
    labels = {n["id"]: set(n["labels"]) for n in nodes}  # type: ignore[call-overload]
    assert labels == {key_of(row["id"]): {row["label"], "Entity"} for _, row in node_rows(memory)}
    edges = neo4j.query(
        "MATCH (a:Entity)-[r]->(b:Entity) RETURN r.id AS id, a.id AS subject, type(r) AS predicate, "
        "b.id AS object, properties(r) AS shown"
    )
    expected = [
        {
            "id": s.triple.id,
            "subject": key_of(s.triple.subject),
            "predicate": s.triple.predicate.name,
            "object": key_of(s.triple.object),
            "shown": edge_properties(s.triple, Tally.of(s)),
        }
        for s in memory.statements()
    ]
    assert sorted(edges, key=lambda row: str(row["id"])) == expected
    ties = neo4j.query("MATCH (e:Evidence)-[:FROM]->(d) RETURN e.key AS key, d.id AS document")
    assert sorted((str(t["key"]), str(t["document"])) for t in ties) == sorted(
        (evidence_key(e), key_of(id))
        for s in memory.statements()
        for e in s.evidence
        for id in documents_of(e)
    )


@slowly
@given(batches=st.lists(g.batches, min_size=1, max_size=3), order=st.randoms())
def test_merging_is_idempotent_and_free_of_order(batches: list[Batch], order: object) -> None:
    shuffled = [*batches, *batches]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    memory = MemoryStore()
    for batch in batches:
        memory.merge(batch)
    with in_neo4j() as neo4j:
        for batch in shuffled:
            neo4j.merge(batch)
        assert content(neo4j) == content(memory)
        assert neo4j.stats() == memory.stats()
        assert all(neo4j.merge(batch) == NOTHING_NEW for batch in batches)


@slowly
@given(batch=g.batches, gone=st.sampled_from(sorted(g.DOCUMENTS)))
def test_a_deleted_document_leaves_no_evidence(batch: Batch, gone: str) -> None:
    memory = MemoryStore()
    with in_neo4j() as neo4j:
        for each in (memory, neo4j):
            each.merge(batch)
            each.merge(Batch(deleted=(gone,)))
        assert gone not in [d.id for d in neo4j.documents()]
        assert gone not in repr(list(neo4j.statements()))
        assert content(neo4j) == content(memory)


def test_the_whole_suite_is_here() -> None:
    suite = {name for name in vars(test_stores) if name.startswith("test_")}
    assert suite - set(globals()) == {"test_memory_and_disk_agree"}


@slowly
@given(
    batches=st.lists(g.batches, min_size=1, max_size=3),
    gone=st.lists(st.sampled_from(sorted(g.DOCUMENTS)), max_size=2),
    digest=st.sampled_from(["", "v1", "v2"]),
)
def test_memory_and_neo4j_agree(batches: list[Batch], gone: list[str], digest: str) -> None:
    memory = MemoryStore()
    with in_neo4j() as neo4j:
        for batch in [*batches, Batch(deleted=tuple(gone)), *batches[:1]]:
            ledger = {"paper-1": digest} if digest else None
            assert memory.merge(batch, ledger=ledger) == neo4j.merge(batch, ledger=ledger)
            digest = digest and digest + "+"
        assert content(memory) == content(neo4j)
        assert memory.stats() == neo4j.stats()
        assert memory.recorded("paper-1") == neo4j.recorded("paper-1")
        assert_it_shows(neo4j, memory)
