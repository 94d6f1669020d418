"""What imports, large merges and queries cost: seconds, memory, size on disk.

    python pipelines/bench_store.py import MAP PATH [GRAPH]    a shipped map at full size
    python pipelines/bench_store.py merge N_DOCUMENTS [GRAPH]  synthetic documents, 20 statements each:
                                                               250000 are 5 million
    python pipelines/bench_store.py hub N_DOCUMENTS [GRAPH]    all of which say the same; then one by one
    python pipelines/bench_store.py load N_NODES [GRAPH]       five edges a node, one record each, beside
                                                               ArcadeDB's own bulk loader; an export
                                                               loaded whole; then queries
    python pipelines/bench_store.py ask N_NODES GRAPH          the queries alone, on what ``load`` left:
                                                               of a fresh process, then once more

Prints one JSON object. GRAPH is a graph to write (made new); without it, a temporary one.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.map_file import load_map
from kgbuilder.curate.tables import import_table
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    Document,
    EntityType,
    Span,
    Statement,
    TextEvidence,
    Triple,
    belief,
    predicate_of,
)
from kgbuilder.protocols import Batch
from kgbuilder.store.arcade import Arcade, create_database
from kgbuilder.store.arcade_schema import SCHEMA
from kgbuilder.store.arcade_search import named_properties
from kgbuilder.store.cypher import edge_properties, evidence_properties
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.first_load import load_whole
from kgbuilder.store.jsonl import iter_jsonl_batches, write_jsonl
from kgbuilder.store.tally import Tally

N_CONCEPTS = 50_000
STATEMENTS_A_DOCUMENT = 20
DOCUMENTS_A_MERGE = 50


def rss_mib() -> float:
    """Peak resident memory of this process so far, in MiB (Linux counts KiB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def resident_mib() -> float:
    """Resident memory of this process now, Java's with it, in MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def measure_import(store: EmbeddedStore, map: str, path: str) -> dict[str, object]:
    """Import one table twice: the second time must change nothing."""
    issues = Issues()
    intake = Intake(issues)
    table = load_map(map)
    start = time.perf_counter()
    totals = [0, 0, 0]
    for batch in import_table(path, table, intake=intake):
        report = store.merge(batch)
        totals[0] += report.n_new_concepts
        totals[1] += report.n_new_statements
        totals[2] += report.n_new_evidence
    seconds = time.perf_counter() - start
    again = [store.merge(batch) for batch in import_table(path, table, intake=Intake(Issues()))]
    assert not any(r.n_new_concepts or r.n_new_statements or r.n_new_evidence for r in again)
    return {
        "map": map,
        "n_rows": intake.n_rows,
        "n_taken": intake.n_taken,
        "n_concepts": totals[0],
        "n_statements": totals[1],
        "n_evidence": totals[2],
        "issues": issues.counts(),
        "seconds": round(seconds, 2),
    }


def synthetic(n: int) -> Batch:
    """Document number ``n``: sentences "a causes b", each a statement."""
    drug, disease, causes = EntityType.DRUG, EntityType.DISEASE, predicate_of("CAUSES")
    sentences, statements, concepts = [], [], []
    id, start = f"doc-{n}", 0
    for k in range(STATEMENTS_A_DOCUMENT):
        a, b = (n * 7919 + k * 104729) % N_CONCEPTS, (n * 15485863 + k) % N_CONCEPTS
        text = f"Drug {a} was followed by condition {b} in this series of patients."
        one, two = Curie("X", f"D{a}"), Curie("X", f"C{b}")
        concepts += [Concept(one, f"drug {a}", drug), Concept(two, f"condition {b}", disease)]
        span = Span(start, start + len(text))
        evidence = TextEvidence(id, span, text, "bench", 0.5 + k / 100)
        statements.append(Statement(Triple.of(one, causes, two), (evidence,)))
        sentences.append(text)
        start += len(text) + 1
    document = Document(id, " ".join(sentences), "bench", kind="paper")
    return Batch(tuple(concepts), tuple(statements), (document,))


def measure_merge(store: EmbeddedStore, n_documents: int) -> dict[str, object]:
    """Fifty documents a transaction; resident memory after each tenth: flat is what it should be."""
    start, cpu = time.perf_counter(), time.process_time()
    memory: list[float] = []
    n_statements = 0
    for first in range(0, n_documents, DOCUMENTS_A_MERGE):
        last = min(first + DOCUMENTS_A_MERGE, n_documents)
        parts = [synthetic(n) for n in range(first, last)]
        batch = Batch(
            tuple(concept for part in parts for concept in part.concepts),
            tuple(statement for part in parts for statement in part.statements),
            tuple(document for part in parts for document in part.documents),
        )
        ledger = {document.id: "v1" for document in batch.documents}
        n_statements += store.merge(batch, ledger=ledger).n_new_statements
        if last * 10 >= n_documents * (len(memory) + 1):
            memory.append(resident_mib())
            print(f"{last} documents, {memory[-1]} MiB", file=sys.stderr, flush=True)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    stats = store.stats()
    return {
        "n_documents": n_documents,
        "n_new_statements": n_statements,
        "n_edges": stats.n_edges,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "documents_a_second": round(n_documents / seconds, 1),
        "rss_mib_each_tenth": memory,
        "stats_seconds": round(time.perf_counter() - start, 2),
    }


def paper_of_a_hub(n: int) -> tuple[Document, TextEvidence]:
    """Document number ``n`` and what it says of the one edge of the graph."""
    text = f"Drug 1 was followed by condition 1 in series {n} of patients."
    evidence = TextEvidence(f"doc-{n}", Span(0, len(text)), text, "bench", 0.5 + n % 40 / 100)
    return Document(f"doc-{n}", text, "bench", kind="paper"), evidence


def measure_hub(store: EmbeddedStore, n_documents: int, n_times: int = 200) -> dict[str, object]:
    """One more document onto an edge that ``n_documents`` speak of: the median of the last half of
    ``n_times``, in milliseconds of the clock and of the processor.
    """
    drug, disease = Curie("X", "D1"), Curie("X", "C1")
    triple = Triple.of(drug, predicate_of("CAUSES"), disease)
    concepts = (
        Concept(drug, "drug 1", EntityType.DRUG),
        Concept(disease, "condition 1", EntityType.DISEASE),
    )

    def merge(numbers: range) -> None:
        documents, evidence = zip(*map(paper_of_a_hub, numbers), strict=True)
        batch = Batch(concepts, (Statement(triple, evidence),), documents)
        store.merge(batch, ledger={document.id: "v1" for document in documents})

    for start in range(0, n_documents, 1000):
        merge(range(start, min(start + 1000, n_documents)))
    taken = []
    for n in range(n_documents, n_documents + n_times):
        watch = Stopwatch()
        with watch.running():
            merge(range(n, n + 1))
        taken.append(watch)
    warm = taken[n_times // 2 :]
    (statement,) = store.statements()
    shown = store.query(
        "MATCH (:Entity)-[r]->(:Entity) RETURN r.belief AS belief, r.n_support AS n"
    )
    assert shown == [{"belief": belief(statement), "n": n_documents + n_times}]
    return {
        "n_documents": n_documents,
        "ms": round(sorted(w.wall for w in warm)[len(warm) // 2] * 1000, 1),
        "cpu_ms": round(sorted(w.cpu for w in warm)[len(warm) // 2] * 1000, 1),
    }


PREDICATES = ("CAUSES", "TREATS", "CONTRAINDICATED_IN", "ASSOCIATED_WITH")
EDGES_A_NODE = 5


def graph_of(n_nodes: int) -> Iterator[Batch]:
    """A table's graph in batches of 5,000 statements: half drugs, half diseases, skewed degrees."""
    draw = random.Random(7)  # noqa: S311
    drug, disease = EntityType.DRUG, EntityType.DISEASE
    half = n_nodes // 2
    for start in range(0, half, 5_000):
        numbers = range(start, min(start + 5_000, half))
        drugs = [
            Concept(Curie("D", f"{n:07}"), f"drug {n}", drug, (f"brand {n}",)) for n in numbers
        ]
        ills = [Concept(Curie("C", f"{n:07}"), f"condition {n}", disease) for n in numbers]
        yield Batch((*drugs, *ills))
    for start in range(0, n_nodes * EDGES_A_NODE, 5_000):
        statements = []
        for n in range(start, start + 5_000):
            a, b = draw.randrange(half), int(half * draw.random() ** 3)
            predicate = predicate_of(PREDICATES[n % len(PREDICATES)])
            triple = Triple.of(Curie("D", f"{a:07}"), predicate, Curie("C", f"{b:07}"))
            qualifiers = (("detail", "as listed"), ("severity", "major"))
            record = CuratedEvidence("bench", "1", f"row {n}", qualifiers=qualifiers)
            statements.append(Statement(triple, (record,)))
        yield Batch(statements=tuple(statements))


@dataclass(slots=True)
class Stopwatch:
    """Seconds of the clock, and of the processor with all its threads, which a busy machine spares."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what is done inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


def load_by_arcadedb(folder: Path, n_nodes: int, *, use_wal: bool) -> Stopwatch:
    """The time that ArcadeDB's own bulk loader takes for the same records, made ready beforehand.

    :param use_wal: with its write-ahead log, as beside a merge: a load that a crash may lose is less.
    """
    import arcadedb_embedded

    create_database(folder, SCHEMA)
    arcade = Arcade(folder, read_only=False)
    for kind, names, parent in (
        ("VERTEX", ("Drug", "Disease"), "Entity"),
        ("EDGE", PREDICATES, "Statement"),
    ):
        for name in names:
            arcade.add_type(kind, name, parent)
    arcade.close()
    database = arcadedb_embedded.open_database(str(folder))
    places: dict[str, str] = {}
    watch = Stopwatch()
    with ExitStack() as stack:
        loader = stack.enter_context(database.graph_batch(use_wal=use_wal))
        for batch in graph_of(n_nodes):
            nodes = {"Drug": [], "Disease": []}  # type: ignore[var-annotated]
            for concept in batch.concepts:
                nodes[concept.type.value].append(named_properties(concept))
            edges: dict[str, list[Statement]] = {name: [] for name in PREDICATES}
            for statement in batch.statements:
                edges[statement.triple.predicate.name].append(statement)
            rows = {
                name: [edge_properties(s.triple, Tally.of(s)) for s in group]
                for name, group in edges.items()
            }
            evidence = [
                evidence_properties(s.triple, e) for s in batch.statements for e in s.evidence
            ]
            with watch.running():
                for label, group in nodes.items():
                    made = loader.create_vertices(label, group) if group else []
                    places |= {row["id"]: place for row, place in zip(group, made, strict=True)}
                for name, group in edges.items():
                    loader.new_edges(
                        [places[str(s.triple.subject)] for s in group],
                        name,
                        [places[str(s.triple.object)] for s in group],
                        rows[name],
                    )
                if evidence:
                    loader.create_vertices("Evidence", evidence)
        with watch.running():
            stack.close()
    database.close()
    return watch


QUESTIONS = {
    "1-hop": "MATCH (a:Entity {id: $id})-[r]-(b:Entity) RETURN type(r), r.belief, b.name",
    "2-hop": "MATCH (a:Entity {id: $id})--(b:Entity)-[r]-(c:Entity) RETURN c.name, r.belief LIMIT 1000",
    "evidence": "MATCH (a:Entity {id: $id})-[r]-(b:Entity) WITH r LIMIT 20 "
    "MATCH (e:Evidence) WHERE e.statement_id = r.id RETURN e.source, e.record_id",
    "shortest path": "MATCH p = shortestPath((a:Entity {id: $id})-[*..6]-(b:Entity {id: $other})) "
    "RETURN length(p) AS n",
}


def ask(store: EmbeddedStore, n_nodes: int, n_times: int = 200) -> dict[str, list[float]]:
    """Milliseconds of the clock and of the processor, 95th percentile over random nodes, after 50 that
    are not counted.
    """
    draw = random.Random(11)  # noqa: S311
    answer = {}
    for name, cypher in QUESTIONS.items():
        taken = []
        for _ in range(n_times + 50):
            ids = [f"{draw.choice('DC')}:{draw.randrange(n_nodes // 2):07}" for _ in range(2)]
            watch = Stopwatch()
            with watch.running():
                store.query(cypher, {"id": ids[0], "other": ids[1]})
            taken.append(watch)
        at = int(n_times * 0.95)
        answer[name] = [
            round(sorted(times[50:])[at] * 1000, 2)
            for times in ([w.wall for w in taken], [w.cpu for w in taken])
        ]
    return answer


def measure_load(store: EmbeddedStore, n_nodes: int, folder: Path) -> dict[str, object]:
    """Merge a new graph, load the same records by ArcadeDB's own means, ask the first."""
    ours, n_merged = Stopwatch(), 0
    memory: list[float] = []
    for batch in graph_of(n_nodes):
        with ours.running():
            store.merge(batch)
        n_merged += len(batch.statements)
        if n_merged >= 100_000 * (len(memory) + 1):
            memory.append(resident_mib())
    theirs = load_by_arcadedb(folder / "loader", n_nodes, use_wal=True)
    unlogged = load_by_arcadedb(folder / "unlogged", n_nodes, use_wal=False)
    stats = store.stats()
    export, whole = Stopwatch(), Stopwatch()
    with export.running():
        write_jsonl(store, folder / "graph.jsonl")
    with whole.running():
        load_whole(folder / "whole.kg", iter_jsonl_batches(folder / "graph.jsonl"))
    return {
        "n_nodes": stats.n_nodes,
        "n_edges": stats.n_edges,
        "n_evidence": stats.n_evidence,
        "seconds": round(ours.wall, 1),
        "edges_a_second": round(stats.n_edges / ours.wall),
        "times_the_loader": round(ours.wall / theirs.wall, 2),
        "cpu_seconds": round(ours.cpu, 1),
        "rss_mib_each_100k": memory,
        "times_the_loader_cpu": round(ours.cpu / theirs.cpu, 2),
        "whole": {
            "export_seconds": round(export.wall, 1),
            "load_seconds": round(whole.wall, 1),
            "times_the_loader": round(whole.wall / unlogged.wall, 2),
            "times_the_loader_cpu": round(whole.cpu / unlogged.cpu, 2),
            "times_the_loader_cpu_with_export": round((export.cpu + whole.cpu) / unlogged.cpu, 2),
        },
        "p95_ms": ask(store, n_nodes),
    }


def main() -> None:
    """Run one measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    what = parser.add_subparsers(dest="what", required=True)
    table = what.add_parser("import")
    table.add_argument("map")
    table.add_argument("path")
    table.add_argument("graph", nargs="?")
    for name, size in (("merge", "n_documents"), ("hub", "n_documents"), ("load", "n_nodes")):
        sized = what.add_parser(name)
        sized.add_argument(size, type=int)
        sized.add_argument("graph", nargs="?")
    sized = what.add_parser("ask")
    sized.add_argument("n_nodes", type=int)
    sized.add_argument("graph")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(arguments.graph or Path(folder) / "bench.kg")
        with EmbeddedStore(path) as store:
            if arguments.what == "import":
                answer = measure_import(store, arguments.map, arguments.path)
            elif arguments.what == "load":
                answer = measure_load(store, arguments.n_nodes, Path(folder))
            elif arguments.what == "ask":
                passes = ("fresh", "warm")
                answer = {f"p95_ms_{name}": ask(store, arguments.n_nodes) for name in passes}
            else:
                measure = measure_hub if arguments.what == "hub" else measure_merge
                answer = measure(store, arguments.n_documents)
        answer["rss_mib"] = rss_mib()
        answer["disk_mib"] = round(sum(f.stat().st_size for f in path.rglob("*")) / 2**20, 1)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
