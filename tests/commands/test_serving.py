"""``kgbuilder serve``: who asks over Bolt or HTTP gets what the graph holds, and changes nothing."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j
import pytest

from kgbuilder.cli import main
from kgbuilder.errors import GraphError, UsageError
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.exporting import export
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.saved import saved_queries
from tests.contracts.test_stores import HOSTILE, content
from tests.store import graphs as g
from tests.store.hostile import about

ROOT = Path(__file__).parents[2]
PASSWORD = "not to be seen"
AUTH = ("neo4j", PASSWORD)

Addresses = dict[str, str]


@contextmanager
def served(path: Path, *, folder: Path) -> Iterator[tuple[subprocess.Popen[str], Addresses]]:
    """A process that serves the graph, and its temporary files in ``folder``."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "kgbuilder", "serve", str(path), "--json"),
            *("--bolt-port", "0", "--http-port", "0"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=os.environ | {"NEO4J_PASSWORD": PASSWORD, "TMPDIR": str(folder)},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("{"), line + process.stdout.read()
        yield process, json.loads(line)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def fill(path: Path) -> Path:
    g.copy_empty_graph(path)
    with EmbeddedStore(path) as store:
        for batch in (g.SAMPLE, *map(about, HOSTILE)):
            store.merge(batch)
    return path


@pytest.fixture(scope="module")
def graph() -> Iterator[tuple[Path, Addresses]]:
    with tempfile.TemporaryDirectory() as folder:
        path = fill(Path(folder) / "g.kg")
        with served(path, folder=Path(folder)) as (_, addresses):
            yield path, addresses


@pytest.fixture
def asked(graph: tuple[Path, Addresses], monkeypatch: pytest.MonkeyPatch) -> Iterator[Neo4jStore]:
    monkeypatch.setenv("NEO4J_PASSWORD", PASSWORD)
    with Neo4jStore(graph[1]["bolt"]) as store:
        yield store


@pytest.fixture(scope="module")
def here() -> Iterator[EmbeddedStore]:
    """The same graph, in this process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedStore(fill(Path(folder) / "same.kg"), create=False) as store,
    ):
        yield store


def by_content(rows: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("name", [query.name for query in saved_queries()])
def test_saved_queries_answer_as_they_do_here(
    name: str, asked: Neo4jStore, here: EmbeddedStore
) -> None:
    (query,) = (query for query in saved_queries() if query.name == name)
    ours = here.query(query.cypher, query.parameters)
    theirs = asked.query(query.cypher, query.parameters)
    for row in (*ours, *theirs):
        for value in row.values():
            if isinstance(value, dict) and "labels" in value:
                value["labels"].sort()
    assert by_content(theirs) == by_content(ours)


def test_it_is_read_as_a_graph(asked: Neo4jStore, here: EmbeddedStore, tmp_path: Path) -> None:
    assert content(asked) == content(here)
    assert asked.stats() == here.stats()
    assert [h.to_record() for h in asked.search("warf")] == [
        h.to_record() for h in here.search("warf")
    ]
    export(asked, "jsonl", tmp_path / "asked")
    export(here, "jsonl", tmp_path / "here")
    assert (tmp_path / "asked").read_bytes() == (tmp_path / "here").read_bytes()


def test_the_official_driver(graph: tuple[Path, Addresses]) -> None:
    cypher = "MATCH (d:Drug {name: $name})-[r]->(x) RETURN type(r) AS type ORDER BY type"
    for mode in (neo4j.RoutingControl.READ, neo4j.RoutingControl.WRITE):
        with neo4j.GraphDatabase.driver(graph[1]["bolt"], auth=AUTH) as driver:
            records, _, _ = driver.execute_query(cypher, name="Warfarin", routing_=mode)
            assert [r["type"] for r in records] == ["CAUSES", "CAUSES", "INTERACTS_WITH"]


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (n:Drug {id: 'x'})",
        "CREATE (n:NewLabel {id: 'x'})",
        "MERGE (n:Drug {id: 'x'})",
        "MATCH (n:Drug) SET n.name = 'x'",
        "MATCH (n:Drug) REMOVE n.name",
        "MATCH (n) DETACH DELETE n",
        "MATCH ()-[r:CAUSES]->() SET r.belief = 0.0",
        "MATCH ()-[r:CAUSES]->() DELETE r",
        "MATCH (a:Drug), (b:Drug) CREATE (a)-[:CAUSES]->(b)",
        "CREATE INDEX x FOR (n:Drug) ON (n.name)",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    ],
)
def test_nothing_is_written_over_bolt(
    cypher: str, graph: tuple[Path, Addresses], asked: Neo4jStore, here: EmbeddedStore
) -> None:
    with (
        neo4j.GraphDatabase.driver(graph[1]["bolt"], auth=AUTH) as driver,
        pytest.raises(neo4j.exceptions.Forbidden),
    ):
        driver.execute_query(cypher)
    with pytest.raises((UsageError, GraphError)):
        asked.query(cypher)
    assert content(asked) == content(here)


def post(url: str, body: object, *, password: str = PASSWORD) -> tuple[int, object]:
    token = base64.b64encode(f"neo4j:{password}".encode()).decode()
    head = {"Authorization": f"Basic {token}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), head)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_http(graph: tuple[Path, Addresses]) -> None:
    url = graph[1]["http"]
    asked = {"language": "opencypher", "command": "MATCH (d:Drug {id: $id}) RETURN d.name AS name"}
    status, answer = post(url, {**asked, "params": {"id": str(g.WARFARIN)}})
    assert (status, answer["result"]) == (200, [{"name": "Warfarin"}])  # type: ignore[index]
    assert post(url, asked, password="wrong")[0] in (401, 403)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("command/graph", {"language": "sql", "command": "INSERT INTO Ledger SET id = 'x'"}),
        ("command/graph", {"language": "sql", "command": "DROP TYPE CAUSES UNSAFE"}),
        ("command/graph", {"language": "sql", "command": "EXPORT DATABASE file:///tmp/x.tgz"}),
        ("command/graph", {"language": "sql", "command": "IMPORT DATABASE file:///etc/passwd"}),
        ("command/graph", {"language": "sqlscript", "command": "DELETE FROM Entity;"}),
        ("command/graph", {"language": "redis", "command": 'HSET Drug \'{"id":"x"}\''}),
        ("server", {"command": "shutdown"}),
        ("server", {"command": "drop database graph"}),
        ("server", {"command": "create database other"}),
    ],
    ids=lambda value: value.get("command") if isinstance(value, dict) else "",
)
def test_nothing_is_written_over_http(
    path: str,
    body: dict[str, str],
    graph: tuple[Path, Addresses],
    asked: Neo4jStore,
    here: EmbeddedStore,
) -> None:
    base = graph[1]["http"].removesuffix("query/graph")
    assert post(base + path, body)[0] in (400, 403)
    assert content(asked) == content(here)


def test_who_opens_its_path_is_told_where_to_ask(
    graph: tuple[Path, Addresses],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, addresses = graph
    assert main(["stats", str(path)]) == 1
    assert f"kgbuilder stats {addresses['bolt']}" in capsys.readouterr().err
    monkeypatch.setenv("NEO4J_PASSWORD", PASSWORD)
    assert main(["query", addresses["bolt"], "RETURN 1 AS one", "--format", "json"]) == 0
    assert capsys.readouterr().out == '{"one": 1}\n'
    assert main(["serve", str(path), "--bolt-port", "0", "--http-port", "0"]) == 1
    assert "serves this graph" in capsys.readouterr().err


def test_what_this_store_misreads_is_told(asked: Neo4jStore) -> None:
    with pytest.raises(UsageError, match="only a map in braces names the edge"):
        asked.query("MATCH ()-[r]->() MATCH (e:Evidence {statement_id: r.id}) RETURN e")


def test_who_may_not_write_is_told(asked: Neo4jStore) -> None:
    with pytest.raises(GraphError, match="may not do this"):
        asked.merge(Batch(concepts=g.CONCEPTS))


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_told_and_leaves_nothing(kind: signal.Signals, tmp_path: Path) -> None:
    path, folder = fill(tmp_path / "g.kg"), tmp_path / "tmp"
    folder.mkdir()
    before = sorted(p.name for p in path.iterdir())
    with served(path, folder=folder) as (process, _):
        assert list(folder.iterdir())
        process.send_signal(kind)
        assert process.wait(timeout=60) == 0
        assert process.stdout is not None
        assert PASSWORD not in process.stdout.read()
    assert list(folder.glob("kgbuilder*")) == []
    assert sorted(p.name for p in path.iterdir()) == before
    with EmbeddedStore(path) as store:
        assert store.merge(g.SAMPLE).n_new_statements == 0


def test_a_killed_server_leaves_a_graph_that_opens(tmp_path: Path) -> None:
    path = fill(tmp_path / "g.kg")
    with served(path, folder=tmp_path) as (process, _):
        process.kill()
        process.wait()
    with EmbeddedStore(path, create=False) as store:
        assert len(list(store.statements())) == len(g.SAMPLE.statements) + len(HOSTILE)


@pytest.mark.parametrize("password", ["", "short", "kgbuilder"])
def test_nobody_listens_to_strangers_without_a_password(
    password: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", password)
    for host in ("0.0.0.0", "::", "no-such-host.invalid"):  # noqa: S104
        assert main(["serve", str(tmp_path / "g.kg"), "--host", host]) == 2
        assert "needs a password" in capsys.readouterr().err


def test_what_cannot_be_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    for name, what in (("no.kg", "there is no graph"), ("file", "not a graph"), ("", "not a gr")):
        assert main(["serve", str(tmp_path / name)]) == 1
        assert what in capsys.readouterr().err
    assert main(["serve", "bolt://localhost"]) == 2
    monkeypatch.setenv("NEO4J_USERNAME", "root")
    assert main(["serve", str(tmp_path)]) == 2
    assert "the server's own" in capsys.readouterr().err


def test_a_port_that_is_taken(
    graph: tuple[Path, Addresses], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, port = fill(tmp_path / "g.kg"), graph[1]["bolt"].rpartition(":")[2]
    assert main(["serve", str(path), "--bolt-port", port]) == 1
    assert "--bolt-port" in capsys.readouterr().err
    with EmbeddedStore(path) as store:
        assert store.stats().n_edges
