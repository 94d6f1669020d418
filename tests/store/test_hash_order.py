"""Rows by their hashes: as sorting them at once would give them, from memory or from files."""

from __future__ import annotations

import errno
import io
import tempfile
import threading
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import GraphError
from kgbuilder.store import hash_order
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.exporting import export
from kgbuilder.store.hash_order import HashOrder
from kgbuilder.store.memory import MemoryStore
from tests.contracts.test_stores import HOSTILE
from tests.store import graphs as g
from tests.store.hostile import about

Row = dict[str, str]


def sort(order: HashOrder, rows: list[Row]) -> list[Row]:
    order.extend(rows)
    return [row for part in order.parts() for row in part]


def of(hash: str, record: str = "x") -> Row:
    return {"id": hash, "record": record}


hashes = st.text("0123456789abcdef", min_size=4, max_size=6)
rows = st.lists(st.builds(of, hashes, st.text(st.characters(), max_size=3)))


@given(batches=st.lists(rows), n_parts=st.sampled_from([1, 2, 7, 4096]), waiting=st.integers(0, 9))
def test_it_sorts(batches: list[list[Row]], n_parts: int, waiting: int) -> None:
    with pytest.MonkeyPatch.context() as patch, HashOrder("id", n_parts=n_parts) as order:
        patch.setattr(hash_order, "WAITING", waiting)
        for batch in batches:
            order.extend(batch)
        parts = list(order.parts())
    assert len(parts) == n_parts
    together = [row for part in parts for row in part]
    assert together == sorted((row for batch in batches for row in batch), key=itemgetter("id"))


def test_rows_of_one_hash_are_in_the_same_part_of_two_orders() -> None:
    with HashOrder("id", n_parts=9) as one, HashOrder("id", n_parts=9) as other:
        one.extend([of(f"{n:04x}") for n in range(0, 65536, 97)])
        other.extend([of(f"{n:04x}ff") for n in range(0, 65536, 97)])
        for mine, theirs in zip(one.parts(), other.parts(), strict=True):
            assert [f"{row['id']}ff" for row in mine] == [row["id"] for row in theirs]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits in memory, and there are many parts."""
    monkeypatch.setattr(hash_order, "WAITING", 1)
    monkeypatch.setattr(hash_order, "ROWS_A_PART", 1)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("broken", ["pickle.dump", "pickle.load"])
def test_a_disk_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(broken, full)
    with (
        HashOrder("id", n_parts=3) as order,
        pytest.raises(GraphError, match="No space") as raised,
    ):
        sort(order, [of("0000"), of("ffff")])
    assert "TMPDIR" in str(raised.value)


class FullDisk(io.RawIOBase):
    """Takes no byte."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def tell(self) -> int:
        return 0


@pytest.mark.usefixtures("small")
def test_a_full_disk_is_told_once_the_file_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: io.BufferedWriter(FullDisk()))
    with pytest.raises(GraphError, match="No space"), HashOrder("id", n_parts=3) as order:
        sort(order, [of("0000", 3_000_000 * "x"), of("ffff")])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("format", "name"), [("jsonl", "g.jsonl"), ("neo4j-csv", "g")])
def test_a_graph_larger_than_a_part_is_given_out_as_memory_gives_it(
    tmp_path: Path, format: str, name: str
) -> None:
    memory, graph = MemoryStore(), tmp_path / "graph.kg"
    g.copy_empty_graph(graph)
    with EmbeddedStore(graph) as store:
        for text in HOSTILE:
            store.merge(about(text))
            memory.merge(about(text))
        for each in (store, memory):
            each.merge(g.SAMPLE)
        for folder, each in (("one", store), ("other", memory)):
            (tmp_path / folder).mkdir()
            export(each, format, tmp_path / folder / name)
    found = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*"))
    assert found
    for file in found:
        one, other = (tmp_path / folder / file for folder in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.usefixtures("small")
def test_a_merge_waits_while_edges_are_read_and_does_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    g.copy_empty_graph(tmp_path / "graph.kg")
    extend, merging = HashOrder.extend, threading.Event()

    def slowly(order: HashOrder, rows: list[Row]) -> None:
        if not merging.is_set():
            merging.set()
            assert not merged.wait(0.3), "merged while edges were read"
        extend(order, rows)

    with EmbeddedStore(tmp_path / "graph.kg") as store:
        merged = threading.Event()

        def merge() -> None:
            merging.wait(10)
            store.merge(g.SAMPLE)
            merged.set()

        store.merge(about("before"))
        before = list(store.property_rows().statements())
        thread = threading.Thread(target=merge)
        thread.start()
        monkeypatch.setattr(HashOrder, "extend", slowly)
        reading = store.property_rows().statements()
        found = [next(reading)]
        assert merged.wait(10), "a merge waits while rows are given out"
        assert [*found, *reading] == before
        thread.join()
        monkeypatch.undo()
        assert len(list(store.property_rows().statements())) > len(before)


@pytest.mark.usefixtures("small")
def test_an_export_that_is_given_up_leaves_the_graph_free(tmp_path: Path) -> None:
    g.copy_empty_graph(tmp_path / "graph.kg")
    with EmbeddedStore(tmp_path / "graph.kg") as store:
        store.merge(g.SAMPLE)
        reading = store.property_rows().statements()
        next(reading)
        reading.close()  # type: ignore[attr-defined]
        assert store.merge(about("after")).n_new_statements
