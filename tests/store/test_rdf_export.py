"""RDF: a foreign reader reads it, both forms say the same, and what is denied is never stated."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.model import Curie
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.iris import BASES, iri_of
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g
from tests.store import hostile

rdflib = pytest.importorskip("rdflib", reason="rdflib is not installed: pip install -e '.[dev]'")

OURS = "urn:kgbuilder:"


def written(batch: Batch, path: Path) -> object:
    store = MemoryStore()
    store.merge(batch)
    export(store, "rdf", path)
    data = rdflib.Dataset() if path.suffix == ".nq" else rdflib.Graph()
    data.parse(path, format="nquads" if path.suffix == ".nq" else "turtle")
    return data


def stated(graph: object) -> set[tuple[str, str, str]]:
    """The triples of our predicates, graph names left out."""
    return {
        (str(q[0]), str(q[1]).rpartition(":")[2], str(q[2]))
        for q in graph  # type: ignore[attr-defined]
        if str(q[1]).startswith(f"{OURS}predicate:")
    }


@pytest.mark.parametrize("name", ["g.ttl", "g.nq"])
def test_what_is_supported_is_stated_and_the_rest_described(name: str, tmp_path: Path) -> None:
    denied = g.edge(g.ASPIRIN, "TREATS", g.FEVER, g.quoted("paper-1", "Aspirin", refutes=True))
    batch = Batch(g.CONCEPTS, (*g.SAMPLE.statements, denied), g.SAMPLE.documents)
    graph = written(batch, tmp_path / name)
    warfarin, aspirin, bleeding, fever = (
        iri_of(i) for i in (g.WARFARIN, g.ASPIRIN, g.BLEEDING, g.FEVER)
    )
    assert stated(graph) == {
        (warfarin, "CAUSES", bleeding),
        (warfarin, "CAUSES", iri_of(g.ZEBRA)),
        (aspirin, "CAUSES", bleeding),
        (aspirin, "CAUSES", fever),
        (warfarin, "INTERACTS_WITH", aspirin),
        (iri_of(g.PATIENT), "TAKES", warfarin),
    }, "no fever, and what is only denied, are described alone"
    subject = rdflib.URIRef(f"{OURS}statement:{denied.triple.id}")
    said = {
        str(q[1]).rpartition("#")[2].rpartition(":")[2]: str(q[2]) for q in graph if q[0] == subject
    }
    assert said["predicate"] == f"{OURS}predicate:TREATS"
    assert float(said["belief"]) == 0.0


def test_a_triple_stands_in_the_graph_of_its_statement(tmp_path: Path) -> None:
    data = written(g.SAMPLE, tmp_path / "g.nq")
    found = {
        str(q[3])
        for q in data.quads((None, rdflib.URIRef(f"{OURS}predicate:INTERACTS_WITH"), None, None))  # type: ignore[attr-defined]
    }
    assert found == {f"{OURS}statement:{g.INTERACTS.triple.id}"}


def test_turtle_and_quads_say_the_same(tmp_path: Path) -> None:
    turtle = written(g.SAMPLE, tmp_path / "g.ttl")
    quads = written(g.SAMPLE, tmp_path / "g.nq")
    assert {q[:3] for q in quads} == set(turtle)  # type: ignore[attr-defined, call-overload]


@pytest.mark.parametrize("name", ["g.ttl", "g.nq"])
def test_hostile_names_are_literals(name: str, tmp_path: Path) -> None:
    graph = written(hostile.batch(), tmp_path / name)
    labels = {str(q[2]) for q in graph if str(q[1]).endswith("label")}  # type: ignore[attr-defined]
    assert labels == set(hostile.NAMES)
    assert len(stated(graph)) == len(hostile.NAMES) - 1


def test_two_ids_have_two_iris() -> None:
    ids = [
        Curie(p, i)
        for p in (*BASES, "TEXT", "x y")
        for i in ("1", "a:b", "a%3Ab", "\ud800", "\udfff")
    ]
    assert len({iri_of(id) for id in ids}) == len(ids)
