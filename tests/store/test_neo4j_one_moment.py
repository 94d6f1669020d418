"""An export of a server's graph is of one moment: who writes waits, or that is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from kgbuilder.issues import Issues
from kgbuilder.model import Document
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store.exporting import export
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from tests.store import graphs as g
from tests.store.neo4j_server import in_neo4j, server

pytestmark = pytest.mark.extra


class Interrupted(Neo4jStore):
    """Another program merges when the documents are read, after the concepts."""

    def __init__(self, address: str, other: Neo4jStore, pool: ThreadPoolExecutor) -> None:
        super().__init__(address)
        self.other, self.pool = other, pool
        self.merging: Future[MergeReport] | None = None

    def documents(self) -> Iterator[Document]:
        if self.merging is None:
            batch = Batch(g.CONCEPTS, g.SAMPLE.statements, g.SAMPLE.documents)
            self.merging = self.pool.submit(self.other.merge, batch)
            with pytest.raises(TimeoutError):
                self.merging.result(timeout=1)
        yield from super().documents()


@pytest.mark.parametrize(("format", "name"), [("jsonl", "g.jsonl"), ("rdf", "g.nq")])
def test_who_writes_waits_until_an_export_is_done(format: str, name: str, tmp_path: Path) -> None:
    first = Batch(g.CONCEPTS[:2], (g.INTERACTS,), (g.DOCUMENTS["paper-1"],))
    memory, issues = MemoryStore(), Issues()
    memory.merge(first)
    export(memory, format, tmp_path / "wanted.nq")
    with in_neo4j() as other, ThreadPoolExecutor() as pool:
        other.merge(first)
        with Interrupted(server().address, other, pool) as store:  # type: ignore[attr-defined]
            export(store, format, tmp_path / name, issues=issues)
            assert store.merging is not None
            assert store.merging.result(timeout=60).n_new_statements == 6
    assert (tmp_path / name).read_bytes() == (tmp_path / "wanted.nq").read_bytes()
    assert not issues.counts()


def test_a_lock_that_was_lost_is_told(tmp_path: Path) -> None:
    import neo4j

    with in_neo4j() as store:
        store.merge(g.SAMPLE)
        issues = Issues()
        with store.unchanged(issues), neo4j.GraphDatabase.driver(server().address) as driver:  # type: ignore[attr-defined]
            driver.execute_query(
                "SHOW TRANSACTIONS YIELD transactionId AS id, currentQuery WHERE currentQuery = '' "
                "TERMINATE TRANSACTION id YIELD message RETURN message"
            )
        assert issues.counts() == {"not-one-moment": 1}
        issues = Issues()
        with store.unchanged(issues):
            pass
        assert not issues.counts()
