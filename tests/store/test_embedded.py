"""A graph on disk: reopens exactly, survives being killed, refuses what is no graph, in clear words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, Document, EntityType, Span, TextEvidence, belief
from kgbuilder.protocols import Batch
from kgbuilder.store.arcade import java_class
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.open import open_store
from tests.store import graphs as g

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.kg"


@pytest.fixture
def filled(path: Path) -> Path:
    g.copy_empty_graph(path)
    with EmbeddedStore(path) as store:
        store.merge(g.SAMPLE, ledger={"paper-1": "v1"})
    return path


def content(store: EmbeddedStore) -> tuple[list[object], list[object], list[object]]:
    return list(store.concepts()), list(store.statements()), list(store.documents())


@contextmanager
def elsewhere(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs ``code`` on the graph ``sys.argv[1]``, once it has printed a line."""
    head = "import sys\nfrom kgbuilder.store.embedded import EmbeddedStore\n"
    process = subprocess.Popen(
        [sys.executable, "-c", head + code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_it_reopens_exactly(filled: Path) -> None:
    with EmbeddedStore(filled) as store:
        before = content(store)
        assert store.recorded("paper-1") == "v1"
    assert before[1] == sorted(g.SAMPLE.statements, key=lambda s: s.triple.id)
    with EmbeddedStore(filled, read_only=True) as store:
        assert content(store) == before


def test_a_copy_of_a_closed_graph_is_a_graph(filled: Path, tmp_path: Path) -> None:
    moved = filled.rename(tmp_path / "elsewhere.kg")
    with EmbeddedStore(moved) as store:
        assert len(list(store.statements())) == 7


def test_edges_cache_what_their_evidence_says(filled: Path) -> None:
    with EmbeddedStore(filled) as store:
        store.merge(Batch(deleted=("note-1",)))
        beliefs = {s.triple.id: belief(s) for s in store.statements()}
        rows = store.query(
            "MATCH ()-[r:CAUSES|INTERACTS_WITH]->() RETURN r.id AS id, r.belief AS b"
        )
        assert {row["id"]: row["b"] for row in rows} == beliefs


KILLED = """
from kgbuilder.model import *
from kgbuilder.protocols import Batch
from tests.store import graphs as g
store = EmbeddedStore(sys.argv[1])
start = len(list(store.documents()))
for n in range(start, 100_000):
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
    g.copy_empty_graph(path)
    for n_lines, delay, sent in (
        (1, 0.0, signal.SIGKILL),
        (1, 0.05, signal.SIGTERM),
        (3, 0.11, signal.SIGKILL),
    ):
        with elsewhere(KILLED, path) as process:
            assert process.stdout is not None
            reported = [line_of(process) for _ in range(n_lines)]
            time.sleep(delay)
            os.kill(process.pid, sent)
            reported += process.stdout.read().split()
            assert process.wait() == -sent
        with EmbeddedStore(path, create=False) as store:
            held = {d.id for d in store.documents()}
            assert set(filter(None, reported)) <= held
            (statement,) = store.statements()
            quoted = [e.document_id for e in statement.evidence if isinstance(e, TextEvidence)]
            assert {id: quoted.count(id) for id in held} == dict.fromkeys(held, 33)
            assert all(store.recorded(id) == "v" for id in held)
            assert store.stats().n_evidence == 33 * len(held)


def test_an_interrupted_merge_is_taken_back(filled: Path) -> None:
    class Stop(BaseException):
        pass

    class Breaking(tuple):
        def __iter__(self):  # type: ignore[no-untyped-def]
            if self:
                return super().__iter__()
            raise Stop

    broken = Concept(g.FEVER, "Pyrexia", EntityType.PHENOTYPE, Breaking())
    with EmbeddedStore(filled) as store:
        before = content(store)
        with pytest.raises(Stop):
            store.merge(Batch(concepts=(broken,), deleted=("paper-1",)))
        assert content(store) == before
        assert store.merge(Batch(deleted=("paper-1",))).n_removed_documents == 1


WRITER = (
    "store = EmbeddedStore(sys.argv[1]); print('open', flush=True); sys.stdin.read(); store.close()"
)
READER = WRITER.replace("sys.argv[1]", "sys.argv[1], create=False")


def test_a_second_writer_is_told_and_loses_nothing(filled: Path) -> None:
    with elsewhere(WRITER, filled) as holder:
        assert line_of(holder) == "open"
        for options in ({}, {"create": False}, {"read_only": True}):
            with pytest.raises(GraphError, match=f"{holder.pid} has this graph open") as caught:
                EmbeddedStore(filled, timeout_s=0.05, **options)
            assert "close it there" in caught.value.hint
    with EmbeddedStore(filled) as store:
        assert len(list(store.documents())) == 3


def test_a_second_writer_waits_its_turn(filled: Path) -> None:
    with elsewhere(WRITER, filled) as holder:
        assert line_of(holder) == "open"
        assert holder.stdin is not None
        holder.stdin.close()
        with EmbeddedStore(filled, timeout_s=60) as store:
            assert store.merge(Batch(deleted=("paper-1",))).n_removed_documents == 1


def test_readers_share_a_graph_and_the_writer_has_it_alone(filled: Path) -> None:
    with elsewhere(READER, filled) as reader, EmbeddedStore(filled, create=False) as store:
        assert line_of(reader) == "open"
        assert len(list(store.statements())) == 7
        store._timeout_s = 0.05
        with pytest.raises(GraphError, match="another process has this graph open"):
            store.merge(Batch(deleted=("paper-1",)))
        assert len(list(store.documents())) == 3, "reading goes on"


def test_stores_of_one_process_share_what_is_open(filled: Path) -> None:
    reader, writer = EmbeddedStore(filled, create=False), EmbeddedStore(filled, create=False)
    with reader, writer:
        pages = reader.documents()
        next(pages)
        writer.merge(Batch(deleted=("paper-2",)))
        assert len(list(pages)) == 2, "a page that was read stays"
        assert [d.id for d in reader.documents()] == ["note-1", "paper-1"]
        writer.close()
        assert len(list(reader.concepts())) == 4


def test_a_graph_is_not_closed_while_it_is_read(filled: Path) -> None:
    assert len(list(EmbeddedStore(filled).documents())) == 3


def test_a_graph_that_is_forgotten_is_closed(filled: Path) -> None:
    EmbeddedStore(filled)
    with elsewhere(WRITER, filled) as other:
        assert line_of(other) == "open"


def test_a_process_may_end_without_closing(filled: Path) -> None:
    code = (
        "import sys, tempfile; kept = tempfile.TemporaryDirectory()\n"
        "from kgbuilder.store.embedded import EmbeddedStore\n"
        "from tests.store import graphs as g\n"
        "store = EmbeddedStore(sys.argv[1]); store.merge(g.SAMPLE)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(filled)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert not (filled / "arcadedb/database.lck").exists(), "nothing to recover"


def test_no_index_is_compacted_whole(filled: Path) -> None:
    """It would hold all records of the commonest word at once; ArcadeDB must know the setting."""
    with EmbeddedStore(filled):
        settings = java_class("com.arcadedb.GlobalConfiguration")
        assert settings.INDEX_COMPACTION_FULL_SERIES.getValueAsInteger() == 0


def test_merging_while_reading(filled: Path) -> None:
    more = [Document(f"d{n}", "text", "x") for n in range(1200)]
    with EmbeddedStore(filled) as store:
        store.merge(Batch(documents=tuple(more)))
        seen = 0
        for document in store.documents():
            seen += 1
            store.merge(Batch(deleted=(document.id,)), ledger={}) if seen < 4 else None
        assert seen == 1203


def test_read_only_cannot_be_merged_into(filled: Path) -> None:
    with EmbeddedStore(filled, read_only=True) as store:
        with pytest.raises(GraphError, match="opened for reading"):
            store.merge(g.SAMPLE)
        assert len(list(store.statements())) == 7


def test_nothing_is_made_where_only_reading_was_meant(path: Path) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(GraphError, match="there is no graph") as caught:
            EmbeddedStore(path, **options)
        assert "kgbuilder build" in caught.value.hint
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["empty.kg", "note.kg", "folder.kg"])
def test_what_is_no_graph_is_left_alone(path: Path, name: str) -> None:
    bad = path.with_name(name)
    match name:
        case "folder.kg":
            bad.mkdir()
            bad.joinpath("file").touch()
        case _:
            bad.write_text("The patient has a fever. " * 20 * (name == "note.kg"))
    before = sorted(p.name for p in path.parent.rglob("*"))
    with pytest.raises(GraphError, match="is not a graph") as caught:
        EmbeddedStore(bad)
    assert str(bad) in str(caught.value)
    assert "kgbuilder build" in caught.value.hint
    assert sorted(p.name for p in path.parent.rglob("*")) == before


def test_damage_is_told(filled: Path) -> None:
    for file in (filled / "arcadedb").glob("Evidence_0.*"):
        file.write_bytes(b"\xa5" * 100)
    with pytest.raises(GraphError), EmbeddedStore(filled) as store:
        list(store.statements())


def test_a_later_format_is_refused(filled: Path) -> None:
    filled.joinpath("kgbuilder.json").write_text('{"format": 3}')
    with pytest.raises(GraphError, match="format version 3"):
        EmbeddedStore(filled)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="folder is not there"):
        EmbeddedStore(tmp_path / "no" / "graph.kg")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    with pytest.raises(GraphError, match="cannot open the graph: Not a directory"):
        EmbeddedStore(tmp_path / "file" / "graph.kg")


def test_a_closed_graph_says_so(filled: Path) -> None:
    store = EmbeddedStore(filled)
    store.close()
    with pytest.raises(GraphError, match="closed"):
        list(store.concepts())


def test_names_of_graphs(tmp_path: Path) -> None:
    assert isinstance(open_store(None), MemoryStore)
    odd = tmp_path / "q?ü %41#.kg"
    store = open_store(odd)
    assert isinstance(store, EmbeddedStore)
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == [odd.name]


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
    g.copy_empty_graph(path)
    with EmbeddedStore(path) as store:
        store.merge(Batch((), statements, (document,)))
        found = list(store.statements(subject=g.WARFARIN))
    assert found == sorted(statements, key=lambda s: s.triple.id)
