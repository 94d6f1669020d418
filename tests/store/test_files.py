"""The file format: reopens exactly, survives being killed, refuses what is no graph, in clear words."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Document, Span, TextEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.files import FileStore
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.open import open_store
from tests.store import graphs as g


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.kg"


@pytest.fixture
def filled(path: Path) -> Path:
    with FileStore(path) as store:
        store.merge(g.SAMPLE, ledger={"paper-1": "v1"})
    return path


def content(store: FileStore) -> tuple[list[object], list[object], list[object]]:
    return list(store.concepts()), list(store.statements()), list(store.documents())


def test_it_reopens_exactly(filled: Path) -> None:
    with FileStore(filled) as store:
        before = content(store)
        assert store.recorded("paper-1") == "v1"
    assert before[1] == sorted(g.SAMPLE.statements, key=lambda s: s.triple.id)
    with FileStore(filled, read_only=True) as store:
        assert content(store) == before


def test_it_is_one_file(filled: Path) -> None:
    assert [p.name for p in filled.parent.iterdir()] == ["graph.kg"]


def test_a_copy_of_an_open_graph_holds_what_was_merged(path: Path, tmp_path: Path) -> None:
    with FileStore(path) as store:
        store.merge(g.SAMPLE)
        copy = tmp_path / "copy.kg"
        copy.write_bytes(path.read_bytes())
        with FileStore(copy) as other:
            assert content(other) == content(store)


KILLED = """
import sys
from pathlib import Path
from kgbuilder.model import *
from kgbuilder.protocols import Batch
from kgbuilder.store.files import FileStore
from tests.store import graphs as g
store = FileStore(sys.argv[1])
for n in range(100_000):
    id = f"d{n}"
    text = "Warfarin was followed by bleeding."
    evidence = tuple(
        TextEvidence(id, Span(0, end), text[:end], "x", 0.5) for end in range(1, len(text))
    )
    statement = Statement(g.CAUSES.triple, evidence)
    store.merge(Batch(g.CONCEPTS, (statement,), (Document(id, text, "x"),)), ledger={id: "v"})
    print(id, flush=True)
"""


def test_being_killed_loses_nothing_that_was_reported(path: Path) -> None:
    root = Path(__file__).parents[2]
    for delay in (0.0, 0.05, 0.11):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        assert process.stdout is not None
        reported = [process.stdout.readline().strip()]
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        reported += process.stdout.read().split()
        process.wait()
        process.stdout.close()
        with FileStore(path) as store:
            held = {d.id for d in store.documents()}
            assert set(filter(None, reported)) <= held
            (statement,) = store.statements()
            quoted = [e.document_id for e in statement.evidence if isinstance(e, TextEvidence)]
            assert {id: quoted.count(id) for id in held} == dict.fromkeys(held, 33)
            assert all(store.recorded(id) == "v" for id in held)


def test_an_interrupted_merge_is_taken_back(filled: Path) -> None:
    class Stop(BaseException):
        pass

    class Breaking(tuple):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield g.CONCEPTS[0].__class__(g.PATIENT, "x", g.CONCEPTS[0].type)
            raise Stop

    with FileStore(filled) as store:
        before = content(store)
        with pytest.raises(Stop):
            store.merge(Batch(concepts=Breaking(), deleted=("paper-1",)))
        assert content(store) == before
        assert store.merge(Batch(deleted=("paper-1",))).n_removed_documents == 1


def test_a_second_writer_is_told_and_loses_nothing(filled: Path) -> None:
    holder = sqlite3.connect(filled, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with FileStore(filled, timeout_s=0.05) as store:
        with pytest.raises(GraphError, match="another process is writing") as caught:
            store.merge(Batch(deleted=("paper-1",)))
        assert "wait" in caught.value.hint
        assert len(list(store.documents())) == 3, "reading goes on"
        holder.execute("ROLLBACK")
        assert store.merge(Batch(deleted=("paper-1",))).n_removed_documents == 1
    holder.close()


def test_a_second_writer_waits_its_turn(filled: Path) -> None:
    holder = sqlite3.connect(filled, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, lambda: holder.execute("ROLLBACK"))
    timer.start()
    with FileStore(filled) as store:
        assert store.merge(Batch(deleted=("paper-1",))).n_removed_documents == 1
    timer.join()
    holder.close()


def test_merging_while_reading(filled: Path) -> None:
    more = [Document(f"d{n}", "text", "x") for n in range(1200)]
    with FileStore(filled) as store:
        store.merge(Batch(documents=tuple(more)))
        seen = 0
        for document in store.documents():
            seen += 1
            store.merge(Batch(deleted=(document.id,)), ledger={}) if seen < 4 else None
        assert seen == 1203


def test_read_only_cannot_be_merged_into(filled: Path) -> None:
    with FileStore(filled, read_only=True) as store:
        with pytest.raises(GraphError, match="opened for reading"):
            store.merge(g.SAMPLE)
        assert len(list(store.statements())) == 7


def test_nothing_is_made_where_only_reading_was_meant(path: Path) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(GraphError, match="there is no graph") as caught:
            FileStore(path, **options)
        assert "kgbuilder build" in caught.value.hint
    assert not path.exists()


def bad_files(path: Path) -> None:
    sqlite3.connect(path.with_name("other.kg")).executescript("CREATE TABLE t (a)").close()
    path.with_name("empty.kg").touch()
    path.with_name("short.kg").write_bytes(b"SQLite format 3\x00")
    path.with_name("note.kg").write_text("The patient has a fever. " * 20)
    path.with_name("folder.kg").mkdir()


@pytest.mark.parametrize("name", ["other", "empty", "short", "note", "folder"])
def test_what_is_no_graph_is_left_alone(path: Path, name: str) -> None:
    bad_files(path)
    bad = path.with_name(f"{name}.kg")
    before = None if bad.is_dir() else bad.read_bytes()
    with pytest.raises(GraphError, match="not a graph") as caught:
        FileStore(bad)
    assert str(bad) in str(caught.value)
    assert "kgbuilder build" in caught.value.hint
    assert before is None or bad.read_bytes() == before


def test_a_file_cut_off_is_refused(filled: Path) -> None:
    filled.write_bytes(filled.read_bytes()[:-5000])
    with pytest.raises(GraphError, match="cut off"):
        FileStore(filled)


def test_damage_within_is_told(filled: Path) -> None:
    raw = bytearray(filled.read_bytes())
    raw[4096:] = b"\xa5" * (len(raw) - 4096)
    filled.write_bytes(raw)
    store = FileStore(filled)
    with pytest.raises(GraphError, match="damaged"):
        list(store.statements())


def test_a_later_format_is_refused(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    with pytest.raises(GraphError, match="format version 2"):
        FileStore(filled)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="folder is not there"):
        FileStore(tmp_path / "no" / "graph.kg")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    with pytest.raises(GraphError, match="cannot open the graph: Not a directory"):
        FileStore(tmp_path / "file" / "graph.kg")


def test_a_closed_graph_says_so(filled: Path) -> None:
    store = FileStore(filled)
    store.close()
    with pytest.raises(GraphError, match="closed"):
        list(store.concepts())


def test_names_of_graphs(tmp_path: Path) -> None:
    assert isinstance(open_store(None), MemoryStore)
    odd = tmp_path / "q?ü %41#.kg"
    store = open_store(odd)
    assert isinstance(store, FileStore)
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == [odd.name]
    for address in ("neo4j://localhost", "bolt://h:7687", "neo4j+s://x"):
        with pytest.raises(GraphError, match="later version"):
            open_store(address)


def test_a_long_hub_is_read_in_pages(path: Path) -> None:
    text = "x" * 1300
    document = Document("d", text, "x")
    statements = tuple(
        g.edge(
            g.WARFARIN,
            "CAUSES",
            g.Curie("HP", str(n)),
            TextEvidence("d", Span(n, n + 1), "x", "x", 0.5),
        )
        for n in range(1300)
    )
    with FileStore(path) as store:
        store.merge(Batch((), statements, (document,)))
        found = list(store.statements(subject=g.WARFARIN))
    assert found == sorted(statements, key=lambda s: s.triple.id)
