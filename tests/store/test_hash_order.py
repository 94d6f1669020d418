"""Rows by their hashes: as sorting them at once would give them, from memory or from files."""

from __future__ import annotations

import errno
import tempfile
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

Pair = tuple[str, str]


def first(row: Pair) -> str:
    return row[0]


hashes = st.text("0123456789abcdef", min_size=4, max_size=6)
rows = st.lists(st.tuples(hashes, st.text(st.characters(), max_size=3)))


@given(batches=st.lists(rows), n_parts=st.sampled_from([1, 2, 7, 4096]), waiting=st.integers(0, 9))
def test_it_sorts(batches: list[list[Pair]], n_parts: int, waiting: int) -> None:
    with pytest.MonkeyPatch.context() as patch, HashOrder(first, n_parts=n_parts) as order:
        patch.setattr(hash_order, "WAITING", waiting)
        for batch in batches:
            order.extend(batch)
        parts = list(order.parts())
    assert len(parts) == n_parts
    together = [row for part in parts for row in part]
    assert together == sorted((row for batch in batches for row in batch), key=first)


def test_rows_of_one_hash_are_in_the_same_part_of_two_orders() -> None:
    with HashOrder(first, n_parts=9) as one, HashOrder(first, n_parts=9) as other:
        one.extend([(f"{n:04x}", "") for n in range(0, 65536, 97)])
        other.extend([(f"{n:04x}ff", "") for n in range(0, 65536, 97)])
        for mine, theirs in zip(one.parts(), other.parts(), strict=True):
            assert [f"{hash}ff" for hash, _ in mine] == [hash for hash, _ in theirs]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the files for the time being are, of which there are many."""
    monkeypatch.setattr(hash_order, "WAITING", 1)
    monkeypatch.setattr(hash_order, "ROWS_A_PART", 1)
    folder = tmp_path / "for_the_time_being"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_no_file_stays(small: Path) -> None:
    with HashOrder(first, n_parts=3) as order:
        order.extend([("0000", "a"), ("ffff", "b")])
        assert len(list(small.glob("*/*"))) == 2
        assert list(order.parts()) == [[("0000", "a")], [], [("ffff", "b")]]
        assert not list(small.glob("*/*"))
    assert not list(small.iterdir())


def test_a_full_disk_is_told(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pickle.dump", full)
    with (
        HashOrder(first, n_parts=3) as order,
        pytest.raises(GraphError, match="No space") as raised,
    ):
        order.extend([("0000", "a"), ("ffff", "b")])
    assert "TMPDIR" in str(raised.value)
    assert not list(small.iterdir())


@pytest.mark.parametrize(("format", "name"), [("jsonl", "g.jsonl"), ("neo4j-csv", "g")])
def test_a_graph_larger_than_a_part_is_given_out_as_memory_gives_it(
    small: Path, tmp_path: Path, format: str, name: str
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
    assert not list(small.glob("kgbuilder-*"))


def test_a_merge_on_the_way_does_not_show(small: Path, tmp_path: Path) -> None:
    g.copy_empty_graph(tmp_path / "graph.kg")
    with EmbeddedStore(tmp_path / "graph.kg") as store:
        store.merge(about("before"))
        before = list(store.property_rows().statements())
        reading = store.property_rows().statements()
        found = [next(reading)]
        store.merge(g.SAMPLE)
        assert [*found, *reading] == before
        assert len(list(store.property_rows().statements())) > len(before)
