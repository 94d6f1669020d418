"""A build that has nothing to do needs no database; after whatever happened to the graph it does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kgbuilder import api
from kgbuilder.config import Recipe, RecognizeRecipe, RelateRecipe
from kgbuilder.errors import GraphError
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, Curie, DeletedDocument, Document, EntityType
from kgbuilder.protocols import Batch
from kgbuilder.shards import BuildReport
from kgbuilder.store import as_built
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.jsonl import write_jsonl
from tests.store import graphs as g

ROOT = Path(__file__).parents[2]
RECIPE = Recipe(recognize=RecognizeRecipe(method="dictionary"), relate=RelateRecipe(method="none"))
NOTES = (
    Document("n1", "She takes warfarin. She does not take aspirin.", "n1"),
    Document("n2", "He has a fever.", "n2"),
    Document("n3", "Withdrawn.", "n3"),
    DeletedDocument("n3", "n3"),
)


def build(path: Path, notes: tuple[Document | DeletedDocument, ...] = NOTES) -> BuildReport:
    with EmbeddedStore(path) as store:
        return api.build_into(store, notes, recipe=RECIPE, issues=Issues())


def needs_no_database(path: Path) -> bool:
    with EmbeddedStore(path) as store:
        return store.is_as_built()


def export_of(path: Path, to: Path) -> bytes:
    with EmbeddedStore(path, create=False) as store:
        write_jsonl(store, to)
    return to.read_bytes()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    path = tmp_path / "graph.kg"
    g.copy_empty_graph(path)
    assert build(path).n_read == 3
    return path


def test_a_second_build_opens_nothing_and_says_what_it_would(built: Path, tmp_path: Path) -> None:
    before = export_of(built, tmp_path / "one.jsonl")
    with EmbeddedStore(built) as store:
        quick = api.build_into(store, NOTES, recipe=RECIPE, issues=Issues())
        assert store._graph._arcade is None
        assert store.recorded("n3") == "withdrawn"
        assert store.recorded("other") is None
        assert len(list(store.documents())) == 2, "opened when it is needed"
    (built / "built.json").unlink()
    assert build(built) == quick
    assert (quick.n_read, quick.n_skipped, quick.n_superseded) == (0, 2, 1)
    assert needs_no_database(built), "left anew by the build that needed one"
    assert export_of(built, tmp_path / "two.jsonl") == before


def test_what_is_refused_again_opens_nothing(built: Path) -> None:
    german = Document("n5", "Der Patient hat seit gestern Fieber und nimmt kein Aspirin ein.", "n5")
    for _ in range(2):
        issues = Issues()
        with EmbeddedStore(built) as store:
            api.build_into(store, (*NOTES, german), recipe=RECIPE, issues=issues)
            assert store._graph._arcade is None
        assert issues.counts() == {"not-english": 1}


def test_what_is_new_is_read(built: Path) -> None:
    more = Document("n4", "He takes aspirin.", "n4")
    report = build(built, (*NOTES, more))
    assert (report.n_read, report.n_skipped) == (1, 2)
    assert (report := build(built, (*NOTES, more))).n_skipped == 3
    assert report.n_read == 0


def test_reading_and_moving_the_graph_change_nothing(built: Path, tmp_path: Path) -> None:
    for options in ({"create": False}, {}):
        with EmbeddedStore(built, **options) as store:
            assert store.query("MATCH (n:Drug) RETURN count(n) AS n") == [{"n": 2}]
    assert needs_no_database(built.rename(tmp_path / "moved.kg"))


def merge(path: Path) -> None:
    with EmbeddedStore(path, create=False) as store:
        store.merge(Batch(deleted=("n2",)))


def merge_nothing_new(path: Path) -> None:
    with EmbeddedStore(path) as store:
        store.merge(Batch(), ledger={"n2": "otherwise"})


def merge_and_be_killed(path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from kgbuilder.protocols import Batch\n"
        "from kgbuilder.store.embedded import EmbeddedStore\n"
        "EmbeddedStore(sys.argv[1]).merge(Batch(deleted=('n2',)))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL


def merge_after_a_build(path: Path) -> None:
    with EmbeddedStore(path) as store:
        api.build_into(store, (NOTES[0],), recipe=RECIPE, issues=Issues())
        store.merge(Batch(deleted=("n2",)))


def import_a_name(path: Path) -> None:
    with EmbeddedStore(path) as store:
        store.merge(Batch((Concept(Curie("X", "1"), "zebrastatin", EntityType.DRUG),)))


def damage_the_note(path: Path) -> None:
    note = path / "built.json"
    note.write_text(note.read_text()[:-9])


def touch_a_file(path: Path) -> None:
    os.utime(next((path / "arcadedb").glob("Ledger_0.*.bucket")))


def put_an_older_database_in_place(path: Path) -> None:
    g.copy_empty_graph(path.with_name("empty.kg"))
    shutil.rmtree(path / "arcadedb")
    shutil.copytree(path.with_name("empty.kg") / "arcadedb", path / "arcadedb")


@pytest.mark.parametrize(
    "change",
    [
        merge,
        merge_nothing_new,
        merge_and_be_killed,
        merge_after_a_build,
        import_a_name,
        damage_the_note,
        touch_a_file,
        put_an_older_database_in_place,
    ],
)
def test_whatever_changed_is_seen(built: Path, change: Callable[[Path], None]) -> None:
    change(built)
    assert not needs_no_database(built)


def test_another_program_looks_itself(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_built, "PROGRAM", ("kgbuilder",))
    assert not needs_no_database(built)


def test_a_graph_with_names_of_its_own_is_looked_at(built: Path) -> None:
    import_a_name(built)
    assert build(built).n_read == 2
    assert build(built).n_read == 0
    assert not needs_no_database(built)


def test_where_two_stores_of_a_process_may_write_nothing_is_left(built: Path) -> None:
    (built / "built.json").unlink()
    with EmbeddedStore(built):
        build(built)
    assert not (built / "built.json").exists()


def test_of_a_large_graph_nothing_is_left(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgbuilder.store.embedded.MAX_DOCUMENTS", 2)
    (built / "built.json").unlink()
    build(built)
    assert not (built / "built.json").exists()


def test_a_folder_that_cannot_be_written_is_no_error(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise GraphError("the disk is full", where=str(path))

    (built / "built.json").unlink()
    monkeypatch.setattr(as_built, "written_whole", full)
    assert build(built).n_read == 0
