"""Building in several processes, in any order of versions, killed and gone on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

import kgbuilder as kg
from kgbuilder import api
from kgbuilder.config import parse_recipe
from kgbuilder.errors import ConfigError, InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document, Section, Span
from kgbuilder.read.sources import iter_documents
from kgbuilder.shards import ReadHere, Shard, ShardReading, build_graph
from kgbuilder.store.exporting import export
from kgbuilder.store.memory import MemoryStore
from kgbuilder.workers import Workers, started
from tests.wiring.test_build import LEXICON, PAPER, PIPELINE, READER, edges

FAST = parse_recipe('[recognize]\nmethod = "dictionary"\n[relate]\nmethod = "none"\n')
DRUGS = sorted(
    {n.text for n in LEXICON.names() if n.text.isalpha() and n.text.islower() and len(n.text) > 6}
)[:400]


def notes(n: int) -> list[Document]:
    dice = random.Random(5)
    return [
        Document(f"n{k}", f"She takes {' and '.join(dice.sample(DRUGS, 3))}.", f"n{k}.txt")
        for k in range(n)
    ]


def exported(store: MemoryStore, path: Path) -> bytes:
    export(store, "jsonl", str(path), issues=Issues())
    return path.read_bytes()


def test_workers_give_the_graph_of_one_process_byte_for_byte(tmp_path: Path) -> None:
    documents = [*notes(150), DeletedDocument("n3", "s")]
    one, two = MemoryStore(), MemoryStore()
    first = api.build_into(one, documents, issues=Issues(), recipe=FAST)
    second = api.build_into(two, documents, issues=Issues(), recipe=FAST, workers=2)
    assert first == second
    assert first.n_read == 150
    assert exported(one, tmp_path / "1") == exported(two, tmp_path / "2")
    again = api.build_into(two, documents, issues=Issues(), recipe=FAST, workers=2)
    assert (again.n_read, again.n_skipped, again.n_superseded) == (0, 149, 1)
    assert exported(one, tmp_path / "1") == exported(two, tmp_path / "2")


def test_shards_come_back_in_order_and_few_are_taken_ahead() -> None:
    taken = []

    def shards() -> Iterator[Shard]:
        for n, note in enumerate(notes(40)):
            taken.append(n)
            yield Shard((note,))

    with started(2, FAST) as workers:
        for n, (shard, reading) in enumerate(workers.read(shards())):
            assert shard.documents[0].id == f"n{n}"
            assert reading.batch.documents == shard.documents
            assert len(taken) - n <= 5
    assert len(taken) == 40


def test_a_worker_that_dies_is_told_and_what_was_merged_stays(tmp_path: Path) -> None:
    store = MemoryStore()
    with started(2, FAST) as workers, pytest.raises(InputError, match="worker process ended"):
        build_graph(_and_then_dies(workers), reader=workers, store=store, issues=Issues())
    assert 0 < len(list(store.documents())) < 300
    report = api.build_into(store, notes(300), issues=Issues(), recipe=FAST)
    assert report.n_read + report.n_skipped == 300
    assert report.n_skipped > 0
    whole = MemoryStore()
    api.build_into(whole, notes(300), issues=Issues(), recipe=FAST)
    assert exported(store, tmp_path / "1") == exported(whole, tmp_path / "2")


def _and_then_dies(workers: Workers) -> Iterator[Document]:
    for n, note in enumerate(notes(300)):
        if n == 200:
            workers.workers[0].process.kill()
            workers.workers[0].process.join()
        yield note


def test_a_wrong_recipe_is_told_as_without_workers() -> None:
    wrong = parse_recipe('[relate]\nmethod = "magic"\n')
    with pytest.raises(ConfigError, match="magic"), started(2, wrong):
        pass


def test_a_build_needs_a_worker() -> None:
    with pytest.raises(UsageError, match="0 workers"):
        kg.build(["data/notes"], workers=0)


class Killed(BaseException):
    """As a signal: caught by nobody."""


class KilledStore(MemoryStore):
    """Ends the process, so to speak, before the n-th merge, or after it."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.left = n

    def merge(self, *given, **named):  # type: ignore[no-untyped-def]
        self.left -= 1
        if self.left == 0:
            raise Killed
        return super().merge(*given, **named)


def versions() -> list[Document | DeletedDocument]:
    """Notes of which every fifth is revised and every seventh withdrawn, one before it ever comes."""
    first = [replace(note, version="1 2001-01-01") for note in notes(120)]
    revised = [
        replace(note, text=f"No drug but {DRUGS[0]}.", version="1 2002-03-04")
        for note in first[::5]
    ]
    withdrawn = [DeletedDocument(note.id, "s") for note in first[::7]]
    return [DeletedDocument("n1", "s"), *first, *revised, *withdrawn]


@pytest.mark.parametrize("moment", [1, 2, 3, 5, 8])
def test_killed_and_started_again_a_build_ends_in_the_same_graph(
    moment: int, tmp_path: Path
) -> None:
    reader = ReadHere(api.pipeline(FAST))
    whole = MemoryStore()
    build_graph(versions(), reader=reader, store=whole, issues=Issues())
    store = KilledStore(moment)
    with pytest.raises(Killed):
        build_graph(versions(), reader=reader, store=store, issues=Issues())
    report = build_graph(versions(), reader=reader, store=store, issues=Issues())
    assert exported(store, tmp_path / "1") == exported(whole, tmp_path / "2")
    assert report.n_read <= 120 + 24
    again = build_graph(versions(), reader=reader, store=store, issues=Issues())
    assert (again.n_read, again.n_deleted, again.n_new_statements) == (0, 0, 0)


def test_the_order_of_versions_and_withdrawals_changes_nothing() -> None:
    reader = ReadHere(api.pipeline(FAST))
    contents = []
    for seed in range(5):
        shuffled = versions()
        random.Random(seed).shuffle(shuffled)
        store = MemoryStore()
        build_graph(shuffled, reader=reader, store=store, issues=Issues())
        contents.append((list(store.statements()), list(store.documents())))
    assert all(content == contents[0] for content in contents)


A_2019, A_2021 = (replace(PAPER, version=f"1 {year}-01-02", date=year) for year in ("2019", "2021"))
B_2020 = replace(PAPER, text="Warfarin interacts with amiodarone.", version="1 2020-01-02")


@pytest.mark.parametrize("order", list(permutations((A_2019, A_2021, B_2020))))
@pytest.mark.parametrize("at_once", [True, False])
def test_the_newest_version_stays_also_where_its_text_is_an_older_ones(
    order: tuple[Document, ...], at_once: bool
) -> None:
    store = MemoryStore()
    for documents in [order] if at_once else [[document] for document in order]:
        build_graph(documents, reader=READER, store=store, issues=Issues())
    assert list(store.documents()) == [A_2021]
    fresh = MemoryStore()
    build_graph([A_2021], reader=READER, store=fresh, issues=Issues())
    assert edges(store) == edges(fresh)
    again = build_graph(order, reader=READER, store=store, issues=Issues())
    assert (again.n_read, again.n_skipped, again.n_superseded) == (0, 2, 1)


@pytest.mark.parametrize("order", list(permutations((PAPER, A_2019, A_2021))))
def test_a_version_is_newer_than_none(order: tuple[Document, ...]) -> None:
    store = MemoryStore()
    build_graph(order, reader=READER, store=store, issues=Issues())
    assert list(store.documents()) == [A_2021]


def test_another_paper_or_section_of_the_same_text_is_read_again() -> None:
    stated = replace(A_2021, identifiers=(Curie("PMID", "7"),))
    parted = replace(A_2021, sections=(Section(Span(0, 5), "RESULTS", "results"),))
    for revised in (stated, parted):
        store = MemoryStore()
        build_graph([A_2019], reader=READER, store=store, issues=Issues())
        assert build_graph([revised], reader=READER, store=store, issues=Issues()).n_read == 1
        fresh = MemoryStore()
        build_graph([revised], reader=READER, store=fresh, issues=Issues())
        assert list(store.statements()) == list(fresh.statements())


def test_a_newer_version_of_a_known_text_is_not_read_again() -> None:
    store = MemoryStore()
    build_graph([A_2019], reader=READER, store=store, issues=Issues())
    report = build_graph([A_2021], reader=READER, store=store, issues=Issues())
    assert (report.n_read, report.n_skipped) == (0, 1)
    assert list(store.documents()) == [A_2021]
    assert str(store.recorded(PAPER.id)).endswith(f" {A_2021.version}")


def test_a_newer_version_of_a_text_that_failed_is_tried_again() -> None:
    store, picky = MemoryStore(), ReadHere(replace(PIPELINE, relater=Picky()))
    bad = replace(PAPER, id="bad", version="1 2019-01-02")
    issues = Issues()
    report = build_graph(
        [bad, replace(bad, version="1 2020-01-02")], reader=picky, store=store, issues=issues
    )
    assert (report.n_read, report.n_skipped, issues.n_refused) == (0, 0, 2)
    assert store.recorded("bad") is None
    assert list(store.documents()) == []
    report = build_graph(
        [bad, replace(bad, version="1 2020-01-02")], reader=READER, store=store, issues=issues
    )
    assert (report.n_read, report.n_skipped, issues.n_refused) == (1, 1, 2)


def test_revised_and_withdrawn_documents_leave_what_the_rest_alone_would() -> None:
    reader = ReadHere(api.pipeline(FAST))
    store, fresh = MemoryStore(), MemoryStore()
    build_graph(versions(), reader=reader, store=store, issues=Issues())
    last = {item.id: item for item in versions()}
    kept = [d for d in last.values() if isinstance(d, Document) and d.id != "n1"]
    build_graph(kept, reader=reader, store=fresh, issues=Issues())
    assert list(store.statements()) == list(fresh.statements())
    assert list(store.documents()) == list(fresh.documents())


def test_an_older_version_does_not_replace_a_newer() -> None:
    new = replace(PAPER, version="1 2020-01-10")
    old = replace(PAPER, text="Warfarin interacts with amiodarone.", version="1 2019-12-02")
    store = MemoryStore()
    build_graph([new], reader=READER, store=store, issues=Issues())
    before = edges(store)
    report = build_graph([old, new], reader=READER, store=store, issues=Issues())
    assert (report.n_superseded, report.n_skipped, report.n_read) == (1, 1, 0)
    assert edges(store) == before
    unnumbered = replace(old, version=None)
    assert build_graph([unnumbered], reader=READER, store=store, issues=Issues()).n_read == 1


class Picky:
    """Fails on one document."""

    name = "picky"

    def relate(self, document, sentences, findings):  # type: ignore[no-untyped-def]
        if document.id == "bad":
            raise RuntimeError("a stage that fails")
        return ()


def test_a_document_on_which_a_stage_fails_is_told_and_the_rest_is_read() -> None:
    store, issues = MemoryStore(), Issues()
    documents = [replace(PAPER, id=id) for id in ("a", "bad", "c")]
    picky = ReadHere(replace(PIPELINE, relater=Picky()))
    report = build_graph(documents, reader=picky, store=store, issues=issues)
    assert report.n_read == 2
    assert [issue.kind for issue in issues] == ["document-failed"]
    assert "a stage that fails" in str(next(iter(issues)))
    assert store.recorded("bad") is None


def test_a_shard_is_read_alike_whatever_stands_beside_it() -> None:
    documents = notes(20)

    def told(shards: list[Shard]) -> dict[str, object]:
        readings: list[ShardReading] = [r for _, r in READER.read(iter(shards))]
        return {s.triple.id: s.evidence for reading in readings for s in reading.batch.statements}

    assert told([Shard(tuple(documents))]) == told([Shard((d,)) for d in reversed(documents)])


def test_bytes_of_sources_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Fever. " * 10_000)
    heard: list[int] = []
    list(iter_documents([tmp_path], issues=Issues(), told=heard.append))
    assert sum(heard) == (tmp_path / "a.txt").stat().st_size
