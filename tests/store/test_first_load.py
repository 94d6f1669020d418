"""A graph loaded whole is the graph that merging makes; what is no export leaves nothing behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from kgbuilder.errors import GraphError
from kgbuilder.model import Curie, Document
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.first_load import NotInOrder, load_whole
from kgbuilder.store.jsonl import iter_jsonl_batches, write_jsonl
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.network import node_rows
from tests.store import graphs as g
from tests.store import hostile


def exported(batch: Batch, folder: Path) -> Path:
    store = MemoryStore()
    store.merge(batch)
    write_jsonl(store, folder / "graph.jsonl")
    return folder / "graph.jsonl"


def check_same(batch: Batch, folder: Path) -> None:
    """Through an export and a load: what is read, counted, labelled and found is the same."""
    memory = MemoryStore()
    memory.merge(batch)
    report = load_whole(folder / "g.kg", iter_jsonl_batches(exported(batch, folder)))
    assert report == MemoryStore().merge(batch)
    with EmbeddedStore(folder / "g.kg", create=False) as store:
        assert list(store.concepts()) == list(memory.concepts())
        assert list(store.documents()) == list(memory.documents())
        assert list(store.statements()) == list(memory.statements())
        assert [row for _, row in node_rows(store)] == [row for _, row in node_rows(memory)]
        assert store.stats() == memory.stats()
        for statement in memory.statements():
            triple = statement.triple
            near = [list(s.statements(subject=triple.subject)) for s in (store, memory)]
            assert near[0] == near[1]
        assert store.merge(batch) == memory.merge(batch)
        rows = store.query("MATCH (e:Evidence)-[:FROM]->(d:Document) RETURN count(*) AS n")
        labels = "MATCH (n:Entity) RETURN n.id AS id, labels(n) AS labels ORDER BY id"
        with g.on_disk() as merged:
            merged.merge(batch)
            assert rows == merged.query(
                "MATCH (e:Evidence)-[:FROM]->(d:Document) RETURN count(*) AS n"
            )
            assert store.query(labels) == merged.query(labels)


def test_the_sample(tmp_path: Path) -> None:
    check_same(g.SAMPLE, tmp_path)


def test_hostile_names(tmp_path: Path) -> None:
    check_same(hostile.batch(), tmp_path)


def test_nothing(tmp_path: Path) -> None:
    check_same(Batch(), tmp_path)


def test_nodes_that_no_concept_describes_have_the_label_of_all_their_edges(tmp_path: Path) -> None:
    check_same(replace(g.SAMPLE, concepts=()), tmp_path)
    thing = Curie("X", "1")
    first = g.edge(thing, "IS_A", Curie("X", "2"), g.TABLE)
    second = g.edge(thing, "CAUSES", Curie("X", "3"), g.TABLE)
    (tmp_path / "more").mkdir()
    check_same(Batch(statements=(first, second)), tmp_path / "more")


@settings(max_examples=10)
@given(g.batches)
def test_any_graph(batch: Batch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_same(batch, Path(folder))


def test_what_is_found_by_its_words(tmp_path: Path) -> None:
    load_whole(tmp_path / "g.kg", iter_jsonl_batches(exported(g.SAMPLE, tmp_path)))
    with EmbeddedStore(tmp_path / "g.kg") as store, g.on_disk() as merged:
        merged.merge(g.SAMPLE)
        for words in ("coumadin", "bleeding", "zebra"):
            assert store.search(words) == merged.search(words)
            assert store.search(words)


@pytest.mark.parametrize(
    "batches",
    [
        [Batch(concepts=(g.CONCEPTS[1], g.CONCEPTS[0]))],
        [Batch(concepts=g.CONCEPTS[:1]), Batch(concepts=g.CONCEPTS[:1])],
        [Batch(documents=(g.DOCUMENTS["paper-1"],)), Batch(concepts=g.CONCEPTS[:1])],
        [Batch(statements=(g.TAKES,), deleted=("paper-1",))],
    ],
)
def test_what_is_not_in_order_is_refused(batches: list[Batch], tmp_path: Path) -> None:
    with pytest.raises(NotInOrder):
        load_whole(tmp_path / "g.kg", batches)
    assert list(tmp_path.iterdir()) == []


def test_a_quote_that_its_document_does_not_say_is_refused(tmp_path: Path) -> None:
    other = Document("paper-1", "Something else.", "x")
    with pytest.raises(GraphError, match="does not stand"):
        load_whole(tmp_path / "g.kg", [Batch(statements=(g.CAUSES,), documents=(other,))])
    with pytest.raises(GraphError, match="does not hold"):
        load_whole(tmp_path / "g.kg", [Batch(statements=(g.CAUSES,))])
    assert list(tmp_path.iterdir()) == []


def test_documents_of_an_earlier_batch_are_known(tmp_path: Path) -> None:
    first = Batch(documents=(g.DOCUMENTS["paper-1"],))
    load_whole(tmp_path / "g.kg", [first, Batch(statements=(g.CAUSES,))])
    with EmbeddedStore(tmp_path / "g.kg") as store:
        assert list(store.statements()) == [g.CAUSES]


def test_what_stands_there_is_left_alone(tmp_path: Path) -> None:
    def batches() -> Iterator[Batch]:
        (tmp_path / "g.kg").mkdir()
        (tmp_path / "g.kg" / "mine").touch()
        yield Batch()

    with pytest.raises(GraphError, match="meanwhile"):
        load_whole(tmp_path / "g.kg", batches())
    assert [path.name for path in tmp_path.iterdir()] == ["g.kg"]


def test_an_error_of_the_source_leaves_nothing(tmp_path: Path) -> None:
    def batches() -> Iterator[Batch]:
        yield g.SAMPLE and Batch(concepts=g.CONCEPTS[:1])
        raise GraphError("cut off", where="line 2")

    with pytest.raises(GraphError, match="cut off"):
        load_whole(tmp_path / "g.kg", batches())
    assert list(tmp_path.iterdir()) == []
