"""Many batches, two at a time: the graph is that of one by one, whatever the batches have in common."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, CuratedEvidence, Curie, EntityType, Statement, TextEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.neo4j_server import Server, Transaction
from tests.contracts.test_neo4j_store import assert_it_shows
from tests.contracts.test_stores import content
from tests.store import graphs as g
from tests.store import hostile
from tests.store.neo4j_server import deploy, in_neo4j, server, skip_without, told_until_killed

pytestmark = pytest.mark.extra
N = 60
DRUGS = tuple(Concept(Curie("X", f"D{n}"), f"Drug {n}", EntityType.DRUG) for n in range(60))

LOAD = """
import sys
from kgbuilder.store.neo4j import Neo4jStore
from tests.store.test_neo4j_load import batches
with Neo4jStore(sys.argv[1]) as store:
    for report in store.merge_all(batches()):
        print(report.n_new_statements, flush=True)
"""


def stated(n: int, size: int = 8) -> Batch:
    """Batches share ends, and every third a statement with the one before, by other evidence."""
    chance = random.Random(n)
    edges: list[Statement] = []
    for k in range(size):
        one, other = chance.sample(DRUGS, 2)
        source = CuratedEvidence("table", "1", f"{n}-{k}")
        edges.append(g.edge(one.id, "INTERACTS_WITH", other.id, source))
    if n % 3 == 0 and n:
        edges.append(g.edge(DRUGS[0].id, "TREATS", g.FEVER, CuratedEvidence("t", "1", str(n))))
    return Batch(statements=tuple(edges))


def batches() -> Iterator[Batch]:
    yield Batch(concepts=(*DRUGS, *g.CONCEPTS))
    for n in range(N):
        yield stated(n)


def in_memory(several: Iterator[Batch]) -> MemoryStore:
    memory = MemoryStore()
    for batch in several:
        memory.merge(batch)
    return memory


def mixed() -> Iterator[Batch]:
    """What can go side by side between what cannot: documents, patients, things without a concept."""
    yield from (stated(n) for n in range(3))  # of things that are not described yet
    yield from batches()
    yield g.SAMPLE
    nowhere = [Curie("X", f"N{n}") for n in range(9)]
    for n, end in enumerate(nowhere):
        yield Batch(statements=(g.edge(nowhere[n - 1], "CAUSES", end, g.TABLE),))
        yield stated(N + n)
    yield hostile.batch()
    yield Batch(statements=g.SAMPLE.statements)


@pytest.mark.parametrize("several", [batches, mixed])
def test_the_graph_is_that_of_one_by_one(several: Callable[[], Iterator[Batch]]) -> None:
    with in_neo4j() as store:
        reports = list(store.merge_all(several()))
        assert content(store) == content(in_memory(several()))
        assert_it_shows(store, in_memory(several()))
        assert sum(r.n_new_evidence for r in reports) == store.stats().n_evidence
        assert sum(r.n_new_statements for r in reports) == store.stats().n_edges
        again = list(store.merge_all(several()))
        assert not any(r.n_new_concepts or r.n_new_statements or r.n_new_evidence for r in again)


def test_other_writers_wait_for_their_turn() -> None:
    address = server().address  # type: ignore[attr-defined]
    with in_neo4j() as store, Neo4jStore(address) as other, ThreadPoolExecutor(1) as pool:
        reports = store.merge_all(batches())
        for _ in range(5):
            next(reports)
        merged = pool.submit(other.merge, stated(N + 1))
        with pytest.raises(TimeoutError):
            merged.result(timeout=1)
        list(reports)
        assert merged.result(timeout=60).n_new_evidence > 0


def test_what_is_under_way_when_the_lock_is_lost_is_merged_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Server.holding
    n_rounds, n_asked = 0, 0

    @contextmanager
    def lost(self: Server, work: Callable[[Transaction], object]) -> Iterator[Callable[[], bool]]:
        nonlocal n_rounds
        n_rounds += 1
        with held(self, work) as is_held:

            def for_a_while() -> bool:
                nonlocal n_asked
                n_asked += 1
                return n_asked % 11 != 0 and is_held()

            yield for_a_while

    monkeypatch.setattr(Server, "holding", lost)
    with in_neo4j() as store:
        list(store.merge_all(batches()))
        assert n_rounds > 3
        assert content(store) == content(in_memory(batches()))
        assert_it_shows(store, in_memory(batches()))


def test_what_was_told_before_a_bad_batch_is_there() -> None:
    nothing = TextEvidence("no-such-paper", g.SAMPLE.statements[0].evidence[0].span, "x", "y", 0.5)  # type: ignore[union-attr]
    bad = Batch(statements=(g.edge(g.WARFARIN, "CAUSES", g.FEVER, nothing),))

    def broken() -> Iterator[Batch]:
        yield from batches()
        yield bad

    with in_neo4j() as store:
        told: list[int] = []
        with pytest.raises(GraphError, match="does not hold"):
            told.extend(report.n_new_evidence for report in store.merge_all(broken()))
        assert 0 < sum(told) <= store.stats().n_evidence
        list(store.merge_all(batches()))
        assert content(store) == content(in_memory(batches()))


def test_what_breaks_off_is_not_the_servers_fault() -> None:
    def broken() -> Iterator[Batch]:
        yield from batches()
        raise OSError("no space left")

    with in_neo4j() as store, pytest.raises(OSError, match="no space left"):
        list(store.merge_all(broken()))


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_client_loses_nothing_it_reported(seed: int) -> None:
    with in_neo4j() as store:
        lines = told_until_killed(LOAD, N - 10, seed=seed)
        assert store.stats().n_edges >= sum(int(line) for line in lines if line.endswith("\n"))
        list(store.merge_all(batches()))
        assert content(store) == content(in_memory(batches()))
        assert_it_shows(store, in_memory(batches()))


def test_a_client_outlives_its_server(tmp_path: Path) -> None:
    skip_without("java", "mvn")
    first = deploy().start(tmp_path)
    try:
        client = subprocess.Popen(
            [sys.executable, "-c", LOAD, first.address],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert client.stdout is not None
        for _ in range(10):
            client.stdout.readline()
        deploy().stop(tmp_path, kill=True)
        second = deploy().start(tmp_path, bolt=first.bolt, http=first.http)
        client.stdout.read()
        client.wait()
        with Neo4jStore(second.address) as store:
            list(store.merge_all(batches()))
            assert content(store) == content(in_memory(batches()))
            assert_it_shows(store, in_memory(batches()))
    finally:
        deploy().stop(tmp_path)
