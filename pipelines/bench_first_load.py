"""What a new graph costs merged, and by ArcadeDB's own bulk loader: each in a process of its own.

    python pipelines/bench_first_load.py N_NODES

In ``bench_store.py load`` both share a process, so what comes first pays for the Java machine's
compiling, and that is the merge. Prints one JSON object: seconds of the processor. Ours run from the
start of Java until the graph is closed; the loader's, once Java runs and its rows are ready.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from multiprocessing import get_context
from pathlib import Path

from bench_store import Stopwatch, graph_of, load_by_arcadedb

from kgbuilder.store.embedded import EmbeddedStore


def cpu_of_merge(folder: Path, n_nodes: int) -> float:
    """Seconds for ``EmbeddedStore.merge``, 5,000 statements at a time."""
    watch, batches = Stopwatch(), graph_of(n_nodes)
    with watch.running():
        store = EmbeddedStore(folder / "merged.kg")
    for batch in batches:
        with watch.running():
            store.merge(batch)
    with watch.running():
        store.close()
    return watch.cpu


def cpu_of_loader(folder: Path, n_nodes: int) -> float:
    """Seconds for the loader, with its log, as a merge has one."""
    return load_by_arcadedb(folder / "loaded", n_nodes, use_wal=True).cpu


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A new graph, merged and by the bulk loader.")
    parser.add_argument("n_nodes", type=int, help="five edges a node")
    given = parser.parse_args()
    took = []
    with tempfile.TemporaryDirectory() as folder:
        for way in (cpu_of_merge, cpu_of_loader):
            with get_context("spawn").Pool(1) as pool:
                took.append(pool.apply(way, (Path(folder), given.n_nodes)))
    ours, theirs = took
    answer = {
        "merged": round(ours, 1),
        "loader": round(theirs, 1),
        "times": round(ours / theirs, 2),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
