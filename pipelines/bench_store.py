"""What imports and large merges cost: seconds, memory, file size.

    python pipelines/bench_store.py import MAP PATH [GRAPH]    a shipped map at full size
    python pipelines/bench_store.py merge N_DOCUMENTS [GRAPH]  synthetic documents, 20 statements each

Prints one JSON object. GRAPH is a file to write (made new); without it, a temporary one.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.map_file import load_map
from kgbuilder.curate.tables import import_table
from kgbuilder.issues import Issues
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
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore

N_CONCEPTS = 50_000
STATEMENTS_A_DOCUMENT = 20


def rss_mib() -> float:
    """Peak resident memory of this process so far, in MiB (Linux counts KiB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


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
    drug, disease = EntityType.DRUG, EntityType.DISEASE
    causes = predicate_of("CAUSES")
    sentences, statements, concepts = [], [], []
    start = 0
    id = f"doc-{n}"
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
    """One transaction a document, as a build does it; memory after a tenth and at the end."""
    start = time.perf_counter()
    early = 0.0
    n_statements = 0
    for n in range(n_documents):
        n_statements += store.merge(synthetic(n), ledger={f"doc-{n}": "v1"}).n_new_statements
        if n == n_documents // 10:
            early = rss_mib()
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    stats = store.stats()
    return {
        "n_documents": n_documents,
        "n_new_statements": n_statements,
        "n_edges": stats.n_edges,
        "seconds": round(seconds, 1),
        "documents_a_second": round(n_documents / seconds, 1),
        "rss_mib_after_a_tenth": early,
        "stats_seconds": round(time.perf_counter() - start, 2),
    }


def main() -> None:
    """Run one measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    what = parser.add_subparsers(dest="what", required=True)
    table = what.add_parser("import")
    table.add_argument("map")
    table.add_argument("path")
    table.add_argument("graph", nargs="?")
    merge = what.add_parser("merge")
    merge.add_argument("n_documents", type=int)
    merge.add_argument("graph", nargs="?")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(arguments.graph or Path(folder) / "bench.kg")
        with EmbeddedStore(path) as store:
            if arguments.what == "import":
                answer = measure_import(store, arguments.map, arguments.path)
            else:
                answer = measure_merge(store, arguments.n_documents)
        answer["rss_mib"] = rss_mib()
        answer["file_mib"] = round(path.stat().st_size / 2**20, 1)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
