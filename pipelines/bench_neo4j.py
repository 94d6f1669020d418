"""How fast a graph goes into a running Neo4j, beside plain writers, on the same server in the same run.

    python deploy/neo4j/server.py start --home /tmp/bench --heap 2g --page-cache 1g
    python pipelines/bench_neo4j.py ADDRESS --nodes 200000 --edges 1000000 --rounds 3 --home /tmp/bench

DELETES all nodes of that database before each way; with ``--home`` of a server of this machine that
server is stopped, its data are thrown away and it is started again before each, since a store with the
gaps of what was deleted is written more slowly. The ways, each in a process of its own:

- ``plain``: the driver in pure Python, 5,000 rows a batch, MERGE of labelled nodes and typed
  relationships, uniqueness constraint present;
- ``rows``: the same nodes and relationships as our store writes them, which knows them to be new, in
  the order in which ``import jsonl`` brings them (``store/by_subject.py``), two transactions at a time;
- ``plain-whole``: as ``plain``, all that our graph holds: Evidence too, and all indexes present. Its
  rows are made before the clock runs;
- ``merge``: ``Neo4jStore.merge_all`` of the same as statements in that order, with a look at what is
  there and all rows made on the way; then once more, all known.

Prints one JSON object a way and round, after one small round that warms the server up. The first two
and the last two must leave equal graphs: a digest over every node and every relationship with all its
properties is compared, and told after each round. With ``--home`` the seconds of CPU that
client and server took are told, too: beside other programs only these compare.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    EntityType,
    Statement,
    Triple,
    content_hash,
    predicate_of,
)
from kgbuilder.protocols import Batch

ROWS = 5000
PREDICATES = ("TREATS", "CAUSES", "INTERACTS_WITH", "ASSOCIATED_WITH", "TARGETS")
EVERYTHING = {
    "nodes": "MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties",
    "edges": "MATCH (a)-[r]->(b) RETURN type(r) AS type, properties(r) AS properties,"
    " coalesce(a.id, a.key + a.statement_id) AS start, coalesce(b.id, b.key + b.statement_id) AS end",
}


def drug(n: int) -> dict[str, Any]:
    """The properties of node ``n``."""
    return {
        "id": f"X:D{n}",
        "name": f"Drug number {n}",
        "linked": True,
        "n": n,
        "synonyms": [f"D-{n}"],
    }


def edges(n_nodes: int, n_edges: int) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """Type, start, end and properties; no two alike, degrees skewed (the square of a uniform number)."""
    chance = random.Random(7)  # noqa: S311
    seen: set[tuple[str, int, int]] = set()
    while len(seen) < n_edges:
        one, other = (int(n_nodes * chance.random() ** 2) for _ in range(2))
        edge = (chance.choice(PREDICATES), *sorted((one, other)))
        if edge not in seen:
            seen.add(edge)
            quote = f"Drug {one} was followed by condition {other} in this series of patients."
            belief = round(chance.random(), 3)
            id = content_hash(*map(str, edge))
            yield (
                *edge,
                {"id": id, "belief": belief, "n_support": 1, "n_refute": 0, "quote": quote},
            )


def chunks(items: Iterable[Any], n: int) -> Iterator[list[Any]]:
    """Lists of at most ``n`` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, n)):
        yield chunk


def wipe(address: str) -> None:
    """Empty the database; leave the one constraint."""
    import neo4j

    with neo4j.GraphDatabase.driver(address) as driver, driver.session() as session:
        # Relationships first: those of a few hubs in one transaction would not fit into memory.
        for what in ("()-[x]->()", "(x)"):
            session.run(
                f"MATCH {what} CALL (x) {{ DELETE x }} IN TRANSACTIONS OF 20000 ROWS"
            ).consume()
        for row in session.run("SHOW INDEXES YIELD name, owningConstraint, type").data():
            if row["type"] != "LOOKUP" and row["owningConstraint"] is None:
                session.run(f"DROP INDEX {row['name']}").consume()
        session.run(
            "CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE"
        ).consume()


def use_pure_python() -> None:
    """Leave the fast part of the driver out; before it is first imported."""
    sys.modules["neo4j._rust"] = None  # type: ignore[assignment]


def plain(address: str, n_nodes: int, n_edges: int) -> dict[str, float]:
    """The way ``plain``."""
    use_pure_python()
    nodes = [drug(n) for n in range(n_nodes)]
    rows = [
        (name, {"start": nodes[one]["id"], "end": nodes[other]["id"], "p": properties})
        for name, one, other, properties in edges(n_nodes, n_edges)
    ]
    return write_plainly(address, nodes, rows, [])


def plain_whole(address: str, n_nodes: int, n_edges: int) -> dict[str, float]:
    """The way ``plain-whole``."""
    use_pure_python()
    from kgbuilder.store import cypher
    from kgbuilder.store.keys import key_of
    from kgbuilder.store.neo4j import Neo4jStore
    from kgbuilder.store.tally import Tally

    with Neo4jStore(address) as store:
        store.merge(Batch())
    nodes = [cypher.concept_properties(concept(n)) for n in range(n_nodes)]
    rows: list[tuple[str, dict[str, Any]]] = []
    evidence: list[dict[str, Any]] = []
    for s in map(statement, edges(n_nodes, n_edges)):
        ends = {"start": key_of(s.triple.subject), "end": key_of(s.triple.object)}
        rows.append(
            (s.triple.predicate.name, {**ends, "p": cypher.edge_properties(s.triple, Tally.of(s))})
        )
        evidence += [cypher.evidence_properties(s.triple, item) for item in s.evidence]
    return write_plainly(address, nodes, rows, evidence)


def write_plainly(
    address: str,
    nodes: list[dict[str, Any]],
    edges: list[tuple[str, dict[str, Any]]],
    evidence: list[dict[str, Any]],
) -> dict[str, float]:
    """What everybody writes first: one MERGE a row."""
    import neo4j

    by_type: dict[str, list[dict[str, Any]]] = {name: [] for name in PREDICATES}
    for name, row in edges:
        by_type[name].append(row)
    with neo4j.GraphDatabase.driver(address, notifications_min_severity="OFF") as driver:

        def write(text: str, rows: list[dict[str, Any]]) -> None:
            for chunk in chunks(rows, ROWS):
                driver.execute_query(f"UNWIND $rows AS row {text}", rows=chunk)

        clock = Clock()
        write("MERGE (n:Entity:Drug {id: row.id}) SET n += row", nodes)
        clock.lap("nodes")
        ends = "MATCH (a:Entity {id: row.start}) MATCH (b:Entity {id: row.end})"
        for name, group in by_type.items():
            write(f"{ends} MERGE (a)-[r:{name} {{id: row.p.id}}]->(b) SET r += row.p", group)
        write(
            "MERGE (e:Evidence {statement_id: row.statement_id, key: row.key}) SET e += row",
            evidence,
        )
        clock.lap("edges")
        return clock.rates(len(nodes), len(edges))


def rows(address: str, n_nodes: int, n_edges: int) -> dict[str, float]:
    """The way ``rows``."""
    from kgbuilder.store import neo4j_cypher as cypher
    from kgbuilder.store.neo4j_load import N_SESSIONS
    from kgbuilder.store.neo4j_server import Server
    from kgbuilder.store.neo4j_write import by_start, write_rows

    nodes = [drug(n) for n in range(n_nodes)]
    made = [
        (nodes[one]["id"], [nodes[other]["id"], name, properties])
        for name, one, other, properties in edges(n_nodes, n_edges)
    ]
    made.sort(key=lambda row: str(row[0]))
    server = Server(address)
    clock = Clock()
    for chunk in chunks(nodes, ROWS):
        server.write(lambda tx, c=chunk: write_rows(tx, cypher.ADD_ENTITIES, c, label="Drug"))
    clock.lap("nodes")

    def write(group: list[tuple[str, list[Any]]]) -> None:
        server.write(lambda tx: write_rows(tx, cypher.ADD_EDGES, by_start(group)))

    with ThreadPoolExecutor(N_SESSIONS) as pool:
        list(pool.map(write, chunks(made, ROWS)))
    clock.lap("edges")
    server.close()
    return clock.rates(n_nodes, n_edges)


def merge(address: str, n_nodes: int, n_edges: int) -> dict[str, float]:
    """The way ``merge``, and again."""
    from kgbuilder.store.neo4j import Neo4jStore

    def load(store: Neo4jStore, statements: Iterable[Statement]) -> dict[str, float]:
        clock = Clock()
        nodes = chunks(range(n_nodes), ROWS)
        for _ in store.merge_all(Batch(concepts=tuple(map(concept, some))) for some in nodes):
            continue
        clock.lap("nodes")
        rest = chunks(statements, ROWS)
        for _ in store.merge_all(Batch(statements=tuple(some)) for some in rest):
            continue
        clock.lap("edges")
        return clock.rates(n_nodes, n_edges)

    statements = sorted(
        map(statement, edges(n_nodes, n_edges)), key=lambda s: str(s.triple.subject)
    )
    with Neo4jStore(address) as store:
        store.merge(Batch())
        measured = load(store, statements)
        again = load(store, statements)
        assert store.stats().n_evidence == n_edges
        return {**measured, "edges_again_s": again["edges_s"]}


def concept(n: int) -> Concept:
    """Node ``n`` as a concept."""
    return Concept(Curie("X", f"D{n}"), f"Drug number {n}", EntityType.DRUG, (f"D-{n}",))


def statement(edge: tuple[str, int, int, dict[str, Any]]) -> Statement:
    """An edge as a statement with one piece of evidence."""
    name, one, other, properties = edge
    ends = Curie("X", f"D{one}"), Curie("X", f"D{other}")
    evidence = CuratedEvidence("table", "1", properties["id"])
    return Statement(Triple.of(ends[0], predicate_of(name), ends[1]), (evidence,))


class Clock:
    """Seconds by the wall and of this process' CPU, lap by lap."""

    def __init__(self) -> None:
        self._laps: dict[str, tuple[float, float]] = {}
        self._last = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        """Name what was done since the last."""
        now = time.perf_counter(), time.process_time()
        self._laps[name] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now

    def rates(self, n_nodes: int, n_edges: int) -> dict[str, float]:
        """Nodes and edges a second, and seconds of CPU for both."""
        return {
            "nodes_s": round(n_nodes / self._laps["nodes"][0]),
            "edges_s": round(n_edges / self._laps["edges"][0]),
            "client_cpu_s": round(sum(cpu for _, cpu in self._laps.values()), 1),
        }


def server_cpu(home: Path | None) -> float:
    """Seconds of CPU of the server, but for its compiler's, of which a long load needs no more."""
    if home is None:
        return 0.0
    tasks = Path(f"/proc/{json.loads((home / 'server.json').read_text())['pid']}/task")
    ticks = 0
    for stat in tasks.glob("*/stat"):
        name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        if "CompilerThre" not in name:
            ticks += sum(map(int, rest.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


WAYS = {"plain": plain, "rows": rows, "plain-whole": plain_whole, "merge": merge}


def digest(address: str) -> dict[str, tuple[int, str]]:
    """How many nodes and edges there are, and the sum of 128-bit hashes of each with its labels or its
    type and ends, and all its properties: in whatever order, one twice, or one value other, changes it.
    """
    import neo4j

    found = {}
    with (
        neo4j.GraphDatabase.driver(address, notifications_min_severity="OFF") as driver,
        driver.session() as session,
    ):
        for what, text in EVERYTHING.items():
            n = total = 0
            for record in session.run(text):  # a thousand at a time
                row = record.data()
                row["labels"] = sorted(row.get("labels", ()))
                line = json.dumps(row, sort_keys=True).encode()
                total += int.from_bytes(hashlib.sha256(line).digest()[:16])
                n += 1
            found[what] = n, f"{total % 2**128:032x}"
    return found


def renew(home: Path) -> None:
    """Start the server of ``home`` again, as it was, with no data."""
    script = Path(__file__).parents[1] / "deploy/neo4j/server.py"
    before = json.loads((home / "server.json").read_text())
    subprocess.run([sys.executable, script, "stop", "--home", home], check=True)
    shutil.rmtree(home / "data")
    names = ("bolt", "http", "heap", "page_cache")
    same = [w for name in names for w in (f"--{name.replace('_', '-')}", str(before[name]))]
    command = [sys.executable, script, "start", "--home", home, *same]
    subprocess.run(command, check=True, stdout=sys.stderr)


def run(way: str, address: str, n_nodes: int, n_edges: int, home: Path | None) -> dict[str, object]:
    """One way in a process of its own, on an empty database."""
    wipe(address)
    command = [sys.executable, __file__, address, "--way", way]
    before = server_cpu(home)
    done = subprocess.run(
        [*command, "--nodes", str(n_nodes), "--edges", str(n_edges)],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    if home is not None:
        told["server_cpu_s"] = round(server_cpu(home) - before, 1)
    return {"way": way, **told}


def main(argv: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Load rates of a running Neo4j.")
    parser.add_argument("address")
    parser.add_argument("--nodes", type=int, default=200_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1, help="all ways in turn, so often")
    parser.add_argument("--home", type=Path, help="folder of the server, where it runs here")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--way", choices=WAYS, help="this one only, in this process")
    given = parser.parse_args(argv)
    if given.way:
        print(json.dumps(WAYS[given.way](given.address, given.nodes, given.edges)))
        return 0
    small = given.nodes // 20, given.edges // 20, None
    for way in given.ways if given.home is None else ():
        run(way, given.address, *small)
    for _ in range(given.rounds):
        left: dict[str, dict[str, tuple[int, str]]] = {}
        for way in given.ways:
            if given.home is not None:
                renew(given.home)
                run(way, given.address, *small)
            told = run(way, given.address, given.nodes, given.edges, given.home)
            print(json.dumps(told), flush=True)
            left[way] = digest(given.address)
        for one, other in (("plain", "rows"), ("plain-whole", "merge")):
            if one in left and other in left:
                assert left[one] == left[other], left
                print(json.dumps({"equal": [one, other], **left[one]}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
