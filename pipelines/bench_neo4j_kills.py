"""Kill client or server of a load into Neo4j at random moments, resume, count what is lost or doubled.

    python pipelines/bench_neo4j_kills.py --home /tmp/kills --moments 20 --way load

Starts a server of ``deploy/neo4j`` on ``--home``, which needs Java and Maven. Three times the client,
then once the server gets SIGKILL while the load runs; the server is started again on its ports, where a
client that lives finds it, and one that does not is run again until it ends. DELETES all nodes before
each moment. The ways: ``merge`` merges made-up documents one by one with a ledger, ``load`` the same
statements many at a time, side by side (``Neo4jStore.merge_all``); ``build`` is ``kgbuilder build`` of
``data/notes`` and ``data/pubmed``, killed between its first merge and its end, by its processor time.

Prints one JSON object a moment, then the sums. ``lost_reported``: documents, or pieces of evidence,
whose merge was reported done (of ``build``: documents that were seen on the server) and which are not
there after the kill; ``lost`` and ``doubled``: nodes, documents with their entry of the ledger,
relationships and what they show of their evidence, evidence and ties after the resumed load, against
the same load into memory (of ``build``: against one that was left alone).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import ModuleType

from kgbuilder.errors import GraphError
from kgbuilder.model import (
    Concept,
    Curie,
    Document,
    EntityType,
    Span,
    Statement,
    TextEvidence,
    Triple,
    evidence_key,
    predicate_of,
)
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.merging import documents_of
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.tally import Tally

N_DOCUMENTS = 50
N_DRUGS = 20
SEED = 7
MAX_RUNS = 5
"""Of a client that goes on where it was: then what it lacks is told as lost."""
SOURCES = ("data/notes", "data/pubmed")
HELD = {
    "entity": "MATCH (n:Entity) RETURN n.id + ' ' + n.name AS id",
    "document": "MATCH (d:Document) RETURN d.id AS id",
    "ledger": "MATCH (d:Document) RETURN d.id + ' ' + d.digest AS id",
    "relationship": "MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id",
    "evidence": "MATCH (e:Evidence) RETURN e.statement_id + ' ' + e.key AS id",
    "shown": "MATCH (:Entity)-[r]->(:Entity) RETURN "
    "r.id + ' ' + r.n_support + ' ' + r.belief + ' ' + r.tally + ' ' + r.quote AS id",
    "tie": "MATCH (e:Evidence)-[:FROM]->(d) RETURN e.statement_id + ' ' + e.key + ' ' + d.id AS id",
}


def shards() -> Iterator[tuple[str, Batch]]:
    """Batches of one document each, whose relationships other documents support, too."""
    chance = random.Random(SEED)  # noqa: S311
    drugs = [Concept(Curie("X", f"D{n}"), f"Drug {n}", EntityType.DRUG) for n in range(N_DRUGS)]
    for n in range(N_DOCUMENTS):
        id, text = f"d{n}", ""
        statements: list[Statement] = []
        for _ in range(10):
            one, other = chance.sample(drugs, 2)
            quote = f"{one.name} raised the level of {other.name}. "
            span = Span(len(text), len(text) + len(quote))
            evidence = TextEvidence(id, span, quote, "bench", 0.5)
            triple = Triple.of(one.id, predicate_of("INTERACTS_WITH"), other.id)
            text += quote
            statements.append(Statement(triple, (evidence,)))
        yield id, Batch(tuple(drugs), tuple(statements), (Document(id, text, "bench"),))


def merge(store: Neo4jStore) -> Iterator[list[str]]:
    """Merge what the ledger does not hold; give each document that is done."""
    for id, batch in shards():
        if store.recorded(id) is None:
            store.merge(batch, ledger={id: "1"})
        yield [id]


def load(store: Neo4jStore) -> Iterator[list[str]]:
    """Merge all, the statements side by side; give a word for each new piece of evidence."""
    whole = [batch for _, batch in shards()]
    for n, batch in enumerate(whole):
        ledger = {d.id: "1" for d in batch.documents}
        if n == 0 or any(store.recorded(id) is None for id in ledger):
            store.merge(Batch(batch.concepts, (), batch.documents), ledger=ledger)
    for report in store.merge_all(Batch(statements=batch.statements) for batch in whole):
        yield ["evidence"] * report.n_new_evidence


WAYS = {"merge": merge, "load": load}


def become_build(address: str) -> None:
    """The program that users run, in place of this process."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(Path(__file__).parents[1])
    words = ["-m", "kgbuilder", "build", *SOURCES, "--into", address]
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606  words of ours


def run_client(way: str, address: str, done: Connection) -> None:
    """The client's process: tell what is done; a build's documents are looked for on the server."""
    if way == "build":
        become_build(address)
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    try:
        with Neo4jStore(address) as store:
            for told in WAYS[way](store):
                done.send(told)
    except GraphError:
        raise SystemExit(1) from None


def held(store: Neo4jStore) -> dict[str, Counter[str]]:
    """What the graph holds, by the kinds of :data:`HELD`."""
    return {
        kind: Counter(str(row["id"]) for row in store.query(text)) for kind, text in HELD.items()
    }


def left_alone(address: str) -> tuple[dict[str, set[str]], tuple[float, float]]:
    """What a build leaves that nobody kills; its seconds of the processor when the first document was
    there, and at its end.
    """
    wipe(address)
    process, told = client("build", address)
    first = last = 0.0
    for words in told:
        last = max(last, cpu_of(process))
        first = first or (last if words else 0.0)
    process.join()
    with Neo4jStore(address, read_only=True) as store:
        return {kind: set(found) for kind, found in held(store).items()}, (first, last)


def cpu_of(process: ForkProcess) -> float:
    """Seconds of the processor so far; 0 for one that has ended (Linux)."""
    with suppress(OSError):
        stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def expected() -> dict[str, set[str]]:
    """What an unbroken load leaves, by the kinds of :data:`HELD`."""
    memory = MemoryStore()
    for id, batch in shards():
        memory.merge(batch, ledger={id: "1"})
    evidence = [(s.triple.id, item) for s in memory.statements() for item in s.evidence]
    tallies = {s.triple.id: Tally.of(s) for s in memory.statements()}
    return {
        "entity": {f"{c.id} {c.name}" for c in memory.concepts()},
        "ledger": {f"{d.id} 1" for d in memory.documents()},
        "document": {d.id for d in memory.documents()},
        "relationship": {s.triple.id for s in memory.statements()},
        "evidence": {f"{id} {evidence_key(item)}" for id, item in evidence},
        "shown": {
            f"{id} {t.n_support} {t.belief} {t.line()} {t.shown()['quote']}"
            for id, t in tallies.items()
        },
        "tie": {f"{id} {evidence_key(e)} {d}" for id, e in evidence for d in documents_of(e)},
    }


def deploy() -> ModuleType:
    """``deploy/neo4j/server.py``, which is a script and no package."""
    path = Path(__file__).parents[1] / "deploy/neo4j/server.py"
    spec = importlib.util.spec_from_file_location("neo4j_deploy", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def wipe(address: str) -> None:
    """Delete all nodes; the schema stays."""
    import neo4j

    with neo4j.GraphDatabase.driver(address) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()


def client(way: str, address: str) -> tuple[ForkProcess, Iterator[list[str]]]:
    """The load in a process of its own, and what it says is done, until it ends or dies; of a build the
    documents as they come to be on the server, and nothing from time to time.
    """
    mine, theirs = Pipe(duplex=False)
    process = get_context("fork").Process(target=run_client, args=(way, address, theirs))
    process.start()
    theirs.close()

    def told() -> Iterator[list[str]]:
        with mine, suppress(EOFError):
            while True:
                yield mine.recv()

    def seen() -> Iterator[list[str]]:
        known: set[str] = set()
        while process.is_alive():
            with suppress(GraphError), Neo4jStore(address, read_only=True) as store:
                while process.is_alive():
                    found = {str(row["id"]) for row in store.query(HELD["document"])}
                    found.discard("None")  # of one that is taken out while it is read
                    yield from ([id] for id in sorted(found - known))
                    known |= found
                    yield []
                    time.sleep(0.05)

    return process, seen() if way == "build" else told()


def reach_moment(
    process: ForkProcess,
    told: Iterator[list[str]],
    chance: random.Random,
    merging_s: tuple[float, float] | None,
) -> list[list[str]]:
    """Wait for a random moment. :returns: what was told until then.

    :param merging_s: seconds of the processor between which a build merges; None for what tells each
        merge.
    """
    if merging_s is not None:
        moment, done = chance.uniform(merging_s[0] * 0.98, merging_s[1]), []
        for words in told:
            done.append(words)
            if cpu_of(process) >= moment:
                break
        return done
    begun = time.perf_counter()
    done = list(islice(told, chance.randrange(1, N_DOCUMENTS - 1)))
    # Anywhere within the next merge or two, not always as one ends.
    time.sleep(chance.random() * 2 * (time.perf_counter() - begun) / len(done))
    return done


def kill_once(
    home: Path,
    way: str,
    chance: random.Random,
    *,
    server: bool,
    wanted: dict[str, set[str]],
    merging_s: tuple[float, float] | None,
) -> dict[str, object]:
    """One moment: load, kill, look, resume, count."""
    module = deploy()
    running = module.find_running(home)
    wipe(running.address)
    process, told_done = client(way, running.address)
    done = reach_moment(process, told_done, chance, merging_s)
    if server:
        module.stop(home, kill=True)
        module.start(home, bolt=running.bolt, http=running.http)
    else:
        process.kill()
    done += told_done
    process.join()
    survived = process.exitcode == 0
    reported = Counter(word for words in done for word in words)
    with Neo4jStore(running.address, read_only=True) as store:
        there = held(store)["document"]
        there["evidence"] = store.stats().n_evidence
    n_runs = 0
    while not survived and n_runs < MAX_RUNS:
        n_runs += 1
        again, all_done = client(way, running.address)
        list(all_done)
        again.join()
        survived = again.exitcode == 0
    told: Counter[str] = Counter(lost_reported=(reported - there).total())
    with Neo4jStore(running.address, read_only=True) as store:
        for kind, found in held(store).items():
            told["lost"] += len(wanted[kind] - found.keys())
            told["doubled"] += found.total() - len(found) + len(found.keys() - wanted[kind])
    counts = {name: told[name] for name in ("lost_reported", "lost", "doubled")}
    killed = "server" if server else "client"
    named = {"unseen": sorted(reported - there)} if reported - there else {}
    return {"killed": killed, "after": sum(map(bool, done)), "resumed": n_runs, **counts, **named}


def main(argv: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Kill loads into Neo4j and count what is lost.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the server")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--way", choices=[*WAYS, "build"], default="merge")
    given = parser.parse_args(argv)
    chance = random.Random(SEED)  # noqa: S311
    sums: Counter[str] = Counter()
    running = deploy().find_running(given.home) or deploy().start(given.home)
    try:
        is_build = given.way == "build"
        wanted, seconds = left_alone(running.address) if is_build else (expected(), None)
        print(json.dumps({kind: len(ids) for kind, ids in wanted.items()}), flush=True)
        for n in range(given.moments):
            told = kill_once(
                given.home,
                given.way,
                chance,
                server=n % 4 == 3,
                wanted=wanted,
                merging_s=seconds,
            )
            print(json.dumps(told), flush=True)
            sums.update({name: told[name] for name in ("lost_reported", "lost", "doubled")})
    finally:
        deploy().stop(given.home)
    print(json.dumps({"moments": given.moments, **sums}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
