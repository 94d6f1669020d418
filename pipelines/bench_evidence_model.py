"""What it costs to keep evidence beside the edges, against keeping it on them; on disk, in ArcadeDB.

    python pipelines/bench_evidence_model.py --nodes 20000 --edges 100000 --evidence 200000

The same graph by the same bulk loader, rows made before the clock runs; each edge has a sentence, and
the rest are spread so that few edges have many. ``nodes``: as our stores keep it, found by an index,
quotes by a full-text index; ``nodes, no words``: without the latter, as the others;
``list``: an edge holds its evidence as a list of JSON texts; ``parallel``: an edge for each piece.

Prints one JSON object a model: seconds to load, MiB on disk, milliseconds from an edge to its sentences
and the titles of their documents; of the picture of one node, its edges and neighbours: milliseconds,
relationships and kB of properties. Seconds are of the clock and of the processor; of 200 edges or nodes
drawn at random, after 50 that are not counted, the 95th percentile is told.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kgbuilder.model import (
    Concept,
    Curie,
    Document,
    EntityType,
    Span,
    Statement,
    TextEvidence,
    Triple,
    predicate_of,
)
from kgbuilder.store import cypher
from kgbuilder.store.arcade import Arcade, create_database
from kgbuilder.store.arcade_query import query_rows
from kgbuilder.store.arcade_schema import SCHEMA
from kgbuilder.store.arcade_search import named_properties
from kgbuilder.store.tally import Tally

MODELS = ("nodes", "nodes, no words", "list", "parallel")
PREDICATES = ("CAUSES", "TREATS", "CONTRAINDICATED_IN", "ASSOCIATED_WITH")
SENTENCES = 10
"""Of a document."""
BESIDE = (
    "MATCH (e:Evidence)-[:FROM]->(d:Document) WHERE e.statement_id = $id RETURN e.quote, d.title"
)
EDGE = "MATCH (a:Entity {id: $start})-[r]->(b:Entity {id: $end})"
TITLES = "MATCH (d:Document) WHERE d.id IN $ids RETURN d.id, d.title"
PICTURE = "MATCH (a:Entity {id: $start})-[r]-(b:Entity) RETURN r, b.name"

Row = dict[str, Any]
Graph = tuple[list[Concept], list[Document], list[Statement]]


def graph_of(n_nodes: int, n_edges: int, n_evidence: int) -> Graph:
    """Half drugs, half conditions; few of either have many edges, and few edges much evidence."""
    chance, half = random.Random(7), n_nodes // 2  # noqa: S311
    drugs = [Concept(Curie("D", f"{n}"), f"drug {n}", EntityType.DRUG) for n in range(half)]
    ills = [Concept(Curie("C", f"{n}"), f"condition {n}", EntityType.DISEASE) for n in range(half)]
    triples: dict[Triple, list[TextEvidence]] = {}
    while len(triples) < n_edges:
        one, other = (int(half * chance.random() ** 2) for _ in range(2))
        predicate = predicate_of(PREDICATES[len(triples) % len(PREDICATES)])
        triples.setdefault(Triple.of(drugs[one].id, predicate, ills[other].id), [])
    named = list(triples)
    documents = []
    for first in range(0, n_evidence, SENTENCES):
        id, text = f"doc-{first}", ""
        for n in range(first, min(first + SENTENCES, n_evidence)):
            triple = named[n if n < n_edges else int(n_edges * chance.random() ** 3)]
            quote = f"In series {n} {triple.subject} was often followed by {triple.object}. "
            span = Span(len(text), len(text) + len(quote))
            triples[triple].append(TextEvidence(id, span, quote, "bench", chance.random()))
            text += quote
        documents.append(Document(id, text, "bench", kind="paper", title=f"Series {first}"))
    statements = [Statement(triple, tuple(items)) for triple, items in triples.items()]
    return [*drugs, *ills], documents, statements


def rows_of(model: str, s: Statement) -> tuple[list[Row], list[Row]]:
    """The edges of one statement, and the nodes of its evidence."""
    shown: Row = cypher.edge_properties(s.triple, Tally.of(s))
    items: list[Row] = [cypher.evidence_properties(s.triple, item) for item in s.evidence]
    if model == "list":
        return [{**shown, "evidence": [item["record"] for item in items]}], []
    if model == "parallel":
        return [{**item, "belief": shown["belief"], "id": item["key"]} for item in items], []
    return [shown], items


def load(model: str, graph: Graph, folder: Path) -> list[float]:
    """Make the graph. :returns: seconds of the clock and of the processor."""
    schema = [text for text in SCHEMA if model == "nodes" or "Evidence (quote)" not in text]
    create_database(folder, schema)
    arcade = Arcade(folder, read_only=False)
    for kind, names, parent in (
        ("VERTEX", ("Drug", "Disease"), "Entity"),
        ("EDGE", PREDICATES, "Statement"),
    ):
        for name in names:
            arcade.add_type(kind, name, parent)
    concepts, documents, statements = graph
    nodes: dict[str, list[Row]] = {"Drug": [], "Disease": []}
    for c in concepts:
        nodes[c.type.value].append(named_properties(c))
    nodes["Document"] = [cypher.document_properties(document) for document in documents]
    edges: dict[str, list[tuple[Row, Triple]]] = {name: [] for name in PREDICATES}
    evidence: list[Row] = []
    for s in statements:
        own, beside = rows_of(model, s)
        edges[s.triple.predicate.name] += [(row, s.triple) for row in own]
        evidence += beside
    wall, cpu = time.perf_counter(), time.process_time()
    with arcade.bulk_loader() as loader:
        places: dict[str, str] = {}
        for label, rows in nodes.items():
            made = loader.add_vertices(label, rows)
            places |= {row["id"]: place for row, place in zip(rows, made, strict=True)}
        for name, pairs in edges.items():
            for row, triple in pairs:
                row["_src"], row["_dst"] = places[str(triple.subject)], places[str(triple.object)]
            loader.add_edges(name, [row for row, _ in pairs])
        if evidence:
            ties = zip(loader.add_vertices("Evidence", evidence), evidence, strict=True)
            to = [{"_src": place, "_dst": places[row["document"]]} for place, row in ties]
            loader.add_edges("FROM", to)
        loader.close()
    arcade.close()
    return [round(time.perf_counter() - wall, 1), round(time.process_time() - cpu, 1)]


def evidence_of(ask: Callable[[str, Row], list[Row]], model: str, edge: Row) -> list[Row]:
    """From an edge to its sentences and the titles: two questions where they are on the edge."""
    if model.startswith("nodes"):
        return ask(BESIDE, edge)
    if model == "list":
        found = ask(f"{EDGE} WHERE r.id = $id RETURN r.evidence AS all", edge)
        items = [json.loads(item) for row in found for item in row["all"]]
    else:
        items = ask(
            f"{EDGE} WHERE r.statement_id = $id RETURN r.quote, r.document AS document", edge
        )
    return ask(TITLES, {"ids": [item["document"] for item in items]})


def p95(values: Sequence[float]) -> float:
    """The 95th percentile, after 50."""
    counted = sorted(values[50:])
    return round(counted[int(len(counted) * 0.95)], 2)


def measure(model: str, graph: Graph, folder: Path, n_times: int = 250) -> Row:
    """One model."""
    seconds = load(model, graph, folder)
    arcade, chance = Arcade(folder, read_only=True), random.Random(11)  # noqa: S311
    taken: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], list[Row]]) -> list[Row]:
        wall, cpu = time.perf_counter(), time.process_time()
        rows = work()
        for unit, spent in (("", time.perf_counter() - wall), ("_cpu", time.process_time() - cpu)):
            taken.setdefault(f"{name}{unit}_ms", []).append(spent * 1000)
        return rows

    def ask(text: str, parameters: Row) -> list[Row]:
        return query_rows(arcade, text, parameters)

    for s in chance.choices(graph[2], k=n_times):
        edge = {"id": s.triple.id, "start": str(s.triple.subject), "end": str(s.triple.object)}
        timed("evidence", lambda edge=edge: evidence_of(ask, model, edge))
        rows = timed("picture", lambda edge=edge: ask(PICTURE, edge))
        taken.setdefault("picture_relationships", []).append(len(rows))
        taken.setdefault("picture_kb", []).append(len(json.dumps(rows)) / 1000)
    arcade.close()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    measured = {name: p95(values) for name, values in taken.items()}
    return {"model": model, "load_s": seconds, "disk_mib": round(size / 2**20, 1), **measured}


def main(argv: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="What ways to keep evidence cost.")
    for name, n in (("nodes", 20_000), ("edges", 100_000), ("evidence", 200_000)):
        parser.add_argument(f"--{name}", type=int, default=n)
    given = parser.parse_args(argv)
    graph = graph_of(given.nodes, given.edges, given.evidence)
    for model in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(model, graph, Path(folder) / "graph")), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
