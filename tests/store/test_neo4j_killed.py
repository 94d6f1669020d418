"""Killed at any moment, client or server: what was reported done is there, once; the rest follows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Document, Span, TextEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from tests.contracts.test_neo4j_store import assert_it_shows
from tests.contracts.test_stores import NOTHING_NEW, content
from tests.store import graphs as g
from tests.store.neo4j_server import deploy, in_neo4j, skip_without, told_until_killed

pytestmark = pytest.mark.extra
N = 60

LOAD = """
import sys
from kgbuilder.store.neo4j import Neo4jStore
from tests.store.test_neo4j_killed import N, batch
with Neo4jStore(sys.argv[1]) as store:
    for n in range(N):
        store.merge(batch(n), ledger={f"d{n}": "v"})
        print(n, flush=True)
"""


def batch(n: int) -> Batch:
    text = "Warfarin was followed by bleeding."
    quotes = tuple(
        TextEvidence(f"d{n}", Span(0, end), text[:end], "x", 0.5) for end in range(1, len(text), 6)
    )
    edges = [g.edge(g.WARFARIN, "CAUSES", end, *quotes) for end in (g.BLEEDING, g.FEVER)]
    return Batch(g.CONCEPTS, tuple(edges), (Document(f"d{n}", text, "x"),))


def whole() -> MemoryStore:
    memory = MemoryStore()
    for n in range(N):
        memory.merge(batch(n), ledger={f"d{n}": "v"})
    return memory


def assert_resumed(store: Neo4jStore, acknowledged: int) -> None:
    held = {document.id for document in store.documents()}
    assert {f"d{n}" for n in range(acknowledged)} <= held
    assert len(held) <= acknowledged + 1, "at most the one that was not reported"
    for n in range(N):
        if store.recorded(f"d{n}") is None:
            store.merge(batch(n), ledger={f"d{n}": "v"})
    assert content(store) == content(whole())
    assert_it_shows(store, whole())
    assert store.merge(batch(0), ledger={"d0": "v"}) == NOTHING_NEW


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_client_loses_nothing_it_reported(seed: int) -> None:
    with in_neo4j() as store:
        lines = told_until_killed(LOAD, N - 10, seed=seed)
        assert_resumed(store, len(lines))


def test_a_killed_server_loses_nothing_it_reported(tmp_path: Path) -> None:
    skip_without("java", "mvn")
    first = deploy().start(tmp_path)
    try:
        done = 0
        with Neo4jStore(first.address) as store:
            client = subprocess.Popen(
                [sys.executable, "-c", LOAD, first.address], stdout=subprocess.PIPE, text=True,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            assert client.stdout is not None
            for _ in range(20):
                client.stdout.readline()
                done += 1
            deploy().stop(tmp_path, kill=True)
            done += len(client.stdout.readlines())
            assert client.wait() != 0
            with pytest.raises(GraphError, match="does not answer"):
                store.stats()
        second = deploy().start(tmp_path, bolt=first.bolt, http=first.http)
        with Neo4jStore(second.address) as store:
            assert_resumed(store, done)
    finally:
        deploy().stop(tmp_path)
