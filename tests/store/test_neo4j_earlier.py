"""A graph that an earlier version of kgbuilder left in Neo4j is read, and goes on, as one of today's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kgbuilder.protocols import Batch
from kgbuilder.store.cypher import edge_properties
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.tally import Tally
from tests.contracts.test_stores import NOTHING_NEW, content
from tests.store import graphs as g
from tests.store.neo4j_server import in_neo4j, server
from tests.store.test_tally import TRIPLE, paper

pytestmark = pytest.mark.extra

WITHOUT_TALLIES = (
    "MATCH (e:Evidence) REMOVE e.event",
    # Nor were beliefs kept to twelve digits.
    "MATCH (:Entity)-[r]->(:Entity) SET r.belief = r.belief + 1e-14 REMOVE r.tally",
    "DROP INDEX kg_event",
    # Somebody's own index, which begins as ours do.
    "CREATE INDEX kg_of_others IF NOT EXISTS FOR (n:Other) ON (n.id)",
)
TALLIES_IN_JSON = (
    "MATCH (:Entity)-[r]->(:Entity) WHERE r.tally <> '' WITH r, split(r.tally, ' ') AS kept "
    "SET r.tally = '[' + kept[0] + ', ' + kept[1] + CASE size(kept) WHEN 2 THEN '' "
    "ELSE ', ' + toString(kept[2] = '1') + ', ' + kept[3] END + ']'",
)
FIRST = [g.SAMPLE, *(paper(n) for n in range(5))]
MORE = [paper(2, probability=0.8), paper(9), paper(3, "Warfarin"), Batch(deleted=("hub-1",))]


def run_each(*texts: str) -> None:
    import neo4j

    address = server().address  # type: ignore[attr-defined]
    with neo4j.GraphDatabase.driver(address) as driver, driver.session() as session:
        for text in texts:
            session.run(text).consume()


@pytest.fixture(params=[WITHOUT_TALLIES, TALLIES_IN_JSON], ids=["without tallies", "in JSON"])
def earlier(request: pytest.FixtureRequest) -> Iterator[tuple[str, MemoryStore]]:
    """The address of a graph as it was written then, and what is in it."""
    memory = MemoryStore()
    with in_neo4j() as store:
        for batch in FIRST:
            ledger = {d.id: "then" for d in batch.documents}
            assert store.merge(batch, ledger=ledger) == memory.merge(batch, ledger=ledger)
    run_each(*request.param)
    yield server().address, memory  # type: ignore[attr-defined]
    run_each("DROP INDEX kg_of_others IF EXISTS")


def assert_it_shows(store: Neo4jStore, memory: MemoryStore) -> set[str]:
    """Edges show what their evidence comes to. :returns: ids of those that keep a tally of today's.

    Of such an edge all evidence tells its event: else a merge would not find what it has to see.
    """
    rows = store.query("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id, properties(r) AS shown")
    shown: dict[str, dict[str, object]] = {str(r["id"]): r["shown"] for r in rows}  # type: ignore[misc]
    expected = {s.triple.id: edge_properties(s.triple, Tally.of(s)) for s in memory.statements()}
    assert shown.keys() == expected.keys()
    kept = {id for id, row in shown.items() if row.get("tally", "[")[:1] != "["}  # type: ignore[index]
    assert {id: shown[id] for id in kept} == {id: expected[id] for id in kept}
    for id in shown.keys() - kept:
        for row in (shown[id], expected[id]):
            row.pop("tally", None)
        assert shown[id] == expected[id] | {"belief": pytest.approx(expected[id]["belief"])}
    without = store.query("MATCH (e:Evidence) WHERE e.event IS NULL RETURN e.statement_id AS id")
    assert kept.isdisjoint(row["id"] for row in without)
    return kept


def test_it_is_read(earlier: tuple[str, MemoryStore]) -> None:
    address, memory = earlier
    with Neo4jStore(address, read_only=True) as store:
        assert content(store) == content(memory)
        assert store.stats() == memory.stats()
        assert store.recorded("hub-3") == "then"
        assert store.search("warfarin")
        assert assert_it_shows(store, memory) <= {g.DERIVED.triple.id}


def test_it_goes_on(earlier: tuple[str, MemoryStore]) -> None:
    address, memory = earlier
    with Neo4jStore(address) as store:
        for batch in FIRST:
            assert store.merge(batch) == NOTHING_NEW
        for batch in (*MORE, *FIRST, *MORE):
            assert store.merge(batch) == memory.merge(batch)
            assert TRIPLE.id in assert_it_shows(store, memory)
        # Another reader: what the first read of this document goes.
        assert store.merge(paper(4, "Warfarin"), ledger={"hub-4": "now"}) == memory.merge(
            paper(4, "Warfarin"), ledger={"hub-4": "now"}
        )
        gone = Batch(deleted=tuple(sorted(g.DOCUMENTS)))
        assert store.merge(gone) == memory.merge(gone)
        assert TRIPLE.id in assert_it_shows(store, memory)
        assert content(store) == content(memory)
        assert store.stats() == memory.stats()
        assert store.recorded("hub-4") == memory.recorded("hub-4") == "now"
        held = store.query("SHOW INDEXES YIELD name, state WHERE name = 'kg_event' RETURN state")
        assert held == [{"state": "ONLINE"}]
