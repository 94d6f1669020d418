"""How long a first load of an empty Neo4j takes through import files, beside the importer alone.

    python pipelines/bench_neo4j_import.py --home /tmp/imported --nodes 20000 --edges 100000

Fills a graph on disk with the nodes and edges of ``bench_neo4j``, an Evidence each, exports it
(``kgbuilder export --to neo4j-csv``) and imports the files with ``neo4j-admin`` of ``deploy/neo4j`` into
``--home``, whose database is REPLACED. Prints one JSON object: seconds by the wall and of CPU for both,
and how many times the importer's time the whole takes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

from bench_neo4j import chunks, concept, edges, statement
from bench_neo4j_kills import deploy

from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.exporting import export
from kgbuilder.store.neo4j_csv import import_command

ROWS = 5000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the wall and of CPU, children's included."""

    def cpu() -> float:
        used = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
        return sum(u.ru_utime + u.ru_stime for u in used)

    begun = time.perf_counter(), cpu()
    work()
    return time.perf_counter() - begun[0], cpu() - begun[1]


def fill(store: EmbeddedStore, n_nodes: int, n_edges: int) -> None:
    """The graph of ``bench_neo4j``."""
    for numbers in chunks(range(n_nodes), ROWS):
        store.merge(Batch(concepts=tuple(map(concept, numbers))))
    for some in chunks(edges(n_nodes, n_edges), ROWS):
        store.merge(Batch(statements=tuple(map(statement, some))))


def main(argv: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A first load of Neo4j through files.")
    parser.add_argument(
        "--home", type=Path, required=True, help="folder of a server that is stopped"
    )
    parser.add_argument("--nodes", type=int, default=20_000)
    parser.add_argument("--edges", type=int, default=100_000)
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "csv")
        with EmbeddedStore(Path(folder, "graph.kg")) as store:
            fill(store, given.nodes, given.edges)
            exported = timed(lambda: export(store, "neo4j-csv", out))
        command = shlex.split(import_command(out))[1:]
        given.home.mkdir(exist_ok=True)
        imported = timed(lambda: deploy().admin(given.home, *command))
    told = {
        "nodes": given.nodes,
        "edges": given.edges,
        "export_s": round(exported[0], 1),
        "import_s": round(imported[0], 1),
        "export_cpu_s": round(exported[1], 1),
        "import_cpu_s": round(imported[1], 1),
        "times_import": round((exported[0] + imported[0]) / imported[0], 2),
        "times_import_cpu": round((exported[1] + imported[1]) / imported[1], 2),
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
