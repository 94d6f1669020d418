"""How fast a graph goes into a running Neo4j, beside a plain writer, on the same server in the same run.

    python pipelines/bench_neo4j.py ADDRESS --nodes 200000 --edges 1000000

DELETES all nodes of that database before each way. The ways, each in a process of its own:

- ``plain``: the driver in pure Python, 5,000 rows a batch, MERGE of labelled nodes and typed
  relationships, uniqueness constraint present;
- ``rows``: the same nodes and relationships as our store writes them;
- ``merge``: ``Neo4jStore.merge`` of the same as statements: with an Evidence each, all indexes, and a
  look at what is there; then once more, all known.

Prints one JSON object a way. ``plain`` and ``rows`` must leave equal graphs, which is checked.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
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
DIGEST = """
MATCH (a:Entity)-[r]->(b:Entity)
RETURN count(r) AS n, sum(a.n * 31 + b.n) AS ends, sum(toInteger(r.belief * 1e6)) AS beliefs"""


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
        session.run(
            "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 20000 ROWS"
        ).consume()
        for row in session.run("SHOW INDEXES YIELD name, owningConstraint, type").data():
            if row["type"] != "LOOKUP" and row["owningConstraint"] is None:
                session.run(f"DROP INDEX {row['name']}").consume()
        session.run(
            "CREATE CONSTRAINT kg_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE"
        ).consume()


def plain(address: str, n_nodes: int, n_edges: int) -> dict[str, object]:
    """The way ``plain``."""
    sys.modules["neo4j._rust"] = None  # type: ignore[assignment]  # the driver without its fast part
    import neo4j

    nodes = [drug(n) for n in range(n_nodes)]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in PREDICATES}
    for name, one, other, properties in edges(n_nodes, n_edges):
        rows[name].append({"start": nodes[one]["id"], "end": nodes[other]["id"], "p": properties})
    with neo4j.GraphDatabase.driver(address) as driver:
        begun = time.perf_counter()
        for chunk in chunks(nodes, ROWS):
            driver.execute_query(
                "UNWIND $rows AS row MERGE (n:Entity:Drug {id: row.id}) SET n += row", rows=chunk
            )
        between = time.perf_counter()
        for name, group in rows.items():
            for chunk in chunks(group, ROWS):
                driver.execute_query(
                    "UNWIND $rows AS row MATCH (a:Entity {id: row.start}) "
                    f"MATCH (b:Entity {{id: row.end}}) MERGE (a)-[r:{name}]->(b) SET r += row.p",
                    rows=chunk,
                )
        return rates(begun, between, n_nodes, n_edges)


def rows(address: str, n_nodes: int, n_edges: int) -> dict[str, object]:
    """The way ``rows``."""
    from kgbuilder.store import neo4j_cypher as cypher
    from kgbuilder.store.neo4j_server import Server
    from kgbuilder.store.neo4j_write import by_start, write_rows

    nodes = [drug(n) for n in range(n_nodes)]
    made: dict[str, list[tuple[str, str, dict[str, Any]]]] = {name: [] for name in PREDICATES}
    for name, one, other, properties in edges(n_nodes, n_edges):
        made[name].append((nodes[one]["id"], nodes[other]["id"], properties))
    server = Server(address)
    begun = time.perf_counter()
    for chunk in chunks(nodes, ROWS):
        server.write(lambda tx, c=chunk: write_rows(tx, cypher.ADD_ENTITIES, c, label="Drug"))
    between = time.perf_counter()
    for name, group in made.items():
        for chunk in chunks(group, ROWS):
            server.write(
                lambda tx, c=chunk, n=name: write_rows(tx, cypher.ADD_EDGES, by_start(c), label=n)
            )
    measured = rates(begun, between, n_nodes, n_edges)
    server.close()
    return measured


def merge(address: str, n_nodes: int, n_edges: int) -> dict[str, object]:
    """The way ``merge``, and again."""
    from kgbuilder.store.neo4j import Neo4jStore

    def concept(n: int) -> Concept:
        return Concept(Curie("X", f"D{n}"), f"Drug number {n}", EntityType.DRUG, (f"D-{n}",))

    def statement(edge: tuple[str, int, int, dict[str, Any]]) -> Statement:
        name, one, other, properties = edge
        ends = Curie("X", f"D{one}"), Curie("X", f"D{other}")
        evidence = CuratedEvidence("table", "1", properties["id"])
        return Statement(Triple.of(ends[0], predicate_of(name), ends[1]), (evidence,))

    def load(store: Neo4jStore) -> tuple[float, float]:
        begun = time.perf_counter()
        for chunk in chunks(range(n_nodes), ROWS):
            store.merge(Batch(concepts=tuple(map(concept, chunk))))
        between = time.perf_counter()
        for chunk in chunks(edges(n_nodes, n_edges), ROWS):
            store.merge(Batch(statements=tuple(map(statement, chunk))))
        return begun, between

    with Neo4jStore(address) as store:
        store.merge(Batch())
        measured = rates(*load(store), n_nodes, n_edges)
        again = rates(*load(store), n_nodes, n_edges)
        assert store.stats().n_evidence == n_edges
        return {**measured, "edges_again_s": again["edges_s"]}


def rates(begun: float, between: float, n_nodes: int, n_edges: int) -> dict[str, object]:
    """Nodes and edges a second."""
    now = time.perf_counter()
    return {
        "nodes_s": round(n_nodes / (between - begun)),
        "edges_s": round(n_edges / (now - between)),
    }


WAYS = {"plain": plain, "rows": rows, "merge": merge}


def digest(address: str) -> dict[str, object]:
    """Numbers that two equal graphs share."""
    import neo4j

    with neo4j.GraphDatabase.driver(address) as driver:
        return dict(driver.execute_query(DIGEST).records[0])


def main(argv: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Load rates of a running Neo4j.")
    parser.add_argument("address")
    parser.add_argument("--nodes", type=int, default=200_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--way", choices=WAYS, help="this one only, in this process")
    given = parser.parse_args(argv)
    if given.way:
        print(json.dumps(WAYS[given.way](given.address, given.nodes, given.edges)))
        return 0
    left: dict[str, dict[str, object]] = {}
    for way in WAYS:
        wipe(given.address)
        command = [sys.executable, __file__, *argv, "--way", way]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        left[way] = digest(given.address)
        print(json.dumps({"way": way, **json.loads(done.stdout.splitlines()[-1])}), flush=True)
    assert left["plain"] == left["rows"], left
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
