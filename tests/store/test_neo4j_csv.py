"""Files for neo4j-admin: what is in them, and that the real importer makes the same graph of them."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.errors import GraphError
from kgbuilder.model import Curie
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.neo4j_csv import import_command
from tests.contracts.test_neo4j_store import assert_it_shows
from tests.contracts.test_stores import HOSTILE, content
from tests.store import graphs as g
from tests.store.hostile import about
from tests.store.neo4j_server import deploy, skip_without


@pytest.fixture
def memory() -> MemoryStore:
    store = MemoryStore()
    for batch in (g.SAMPLE, *map(about, HOSTILE)):
        store.merge(batch)
    store.merge(
        Batch(statements=(g.edge(Curie("X", "bare"), "TARGETS", Curie("Y", "b"), g.TABLE),))
    )
    return store


def rows_of(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_there_once_and_has_its_ends(memory: MemoryStore, tmp_path: Path) -> None:
    out = tmp_path / "csv"
    export(memory, "neo4j-csv", out)
    entities = [row["id:ID(Entity)"] for row in rows_of(out / "entities.csv")]
    documents = [row["id:ID(Document)"] for row in rows_of(out / "documents.csv")]
    evidence = [row[":ID(Evidence)"] for row in rows_of(out / "evidence.csv")]
    assert len(entities) == memory.stats().n_nodes
    assert len(documents) == memory.stats().n_documents
    assert len(evidence) == memory.stats().n_evidence
    for ids in (entities, documents, evidence):
        assert len(set(ids)) == len(ids)
    statements = rows_of(out / "statements.csv")
    assert [row["id"] for row in statements] == [s.triple.id for s in memory.statements()]
    for row in statements:
        assert {row[":START_ID(Entity)"], row[":END_ID(Entity)"]} <= set(entities)
    for row in rows_of(out / "from.csv"):
        assert row[":START_ID(Evidence)"] in evidence
        assert row[":END_ID(Document)"] in documents


def test_equal_graphs_give_equal_files(memory: MemoryStore, tmp_path: Path) -> None:
    export(memory, "neo4j-csv", tmp_path / "one")
    export(memory, "neo4j-csv", tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_file_in_the_way_is_told(memory: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(GraphError, match="cannot be written"):
        export(memory, "neo4j-csv", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.extra
def test_the_real_importer_makes_the_same_graph(memory: MemoryStore, tmp_path: Path) -> None:
    skip_without("java", "mvn")
    import neo4j

    out, home = tmp_path / "csv", tmp_path / "home"
    export(memory, "neo4j-csv", out)
    home.mkdir()
    told = deploy().admin(home, *shlex.split(import_command(out))[1:])
    assert "IMPORT DONE" in told
    server = deploy().start(home)
    try:
        with Neo4jStore(server.address) as store:
            assert content(store) == content(memory)
            assert_it_shows(store, memory)
            with pytest.raises(GraphError, match=r"no full-text indexes.*\n.*schema\.cypher"):
                store.search("coumadin")
            with neo4j.GraphDatabase.driver(server.address) as driver:
                for made in (out / "schema.cypher").read_text("utf-8").split(";"):
                    if made.strip():
                        driver.execute_query(made)
                driver.execute_query("CALL db.awaitIndexes()")
            assert store.search("coumadin")
            # What was imported is known: merging it again changes nothing.
            report = store.merge(g.SAMPLE)
            assert (report.n_new_statements, report.n_new_evidence) == (0, 0)
    finally:
        deploy().stop(home)


def test_the_command_line_says_both_steps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    g.copy_empty_graph(tmp_path / "graph.kg")
    monkeypatch.setenv("NEO4J_DATABASE", "clinic")
    words = ["export", str(tmp_path / "graph.kg"), "--to", "neo4j-csv", str(tmp_path / "csv")]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "import full clinic --overwrite" in told
    assert f"cypher-shell -d clinic -f {tmp_path / 'csv' / 'schema.cypher'}" in told
    assert main([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["import"] in told
    assert record["index"] in told
