"""The saved queries and the Python questions: the same text and rows on the embedded store and Neo4j."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import kgbuilder as kg
from kgbuilder.errors import UnknownName, UsageError
from kgbuilder.model import Concept, Curie, Document, EntityType, Span, TextEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.jsonl import read_jsonl, write_jsonl
from kgbuilder.store.neo4j import Neo4jStore
from kgbuilder.store.saved import find_saved, saved_queries
from tests.store import graphs as g
from tests.store.neo4j_server import ROOT, in_neo4j

MARFAN = Curie("OMIM", "154700")
PAPER = Document(
    "paper-3", "Marfan syndrome shows fever.", "p.xml", kind="paper", date="2024-02-01"
)
MORE = Batch(
    (Concept(MARFAN, "Marfan syndrome", EntityType.DISEASE, ("MFS",)),),
    (
        g.edge(
            MARFAN,
            "HAS_PHENOTYPE",
            g.FEVER,
            TextEvidence("paper-3", Span(0, 28), PAPER.text, "reader 1", 0.4),
        ),
    ),
    (PAPER,),
)
GIVEN = {
    "regimen": {"drugs": ["warfarin", "aspirin"]},
    "explanations": {"drug": "warfarin", "disease": "zebra sickness"},
    "patient": {"patient": "note-1"},
}
EXPECTED = {
    "neighbours": 4,  # two edges with one quote, one with a quote and a table
    "regimen": 1,
    "explanations": 1,
    "patient": 2,
    "diagnosis": 1,
    "contradictions": 2,
    "newest": 5,
    "to_curate": 2,
}


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.extra)])
def store(request: pytest.FixtureRequest) -> Iterator[EmbeddedStore | Neo4jStore]:
    with ExitStack() as stack:
        opened = stack.enter_context(g.on_disk() if request.param == "embedded" else in_neo4j())
        opened.merge(g.SAMPLE)
        opened.merge(MORE)
        yield opened


@pytest.mark.parametrize("name", EXPECTED)
def test_a_saved_query_finds_its_rows(store: EmbeddedStore | Neo4jStore, name: str) -> None:
    saved = find_saved(name)
    assert saved is not None
    rows = store.query(saved.cypher, {**saved.parameters, **GIVEN.get(name, {})})
    assert len(rows) == EXPECTED[name], rows


def test_every_saved_query_is_tested_and_says_what_it_is() -> None:
    assert {query.name for query in saved_queries()} == set(EXPECTED)
    for query in saved_queries():
        assert query.title
        assert "//" not in query.cypher
    assert find_saved("nothing") is None


def test_a_saved_query_takes_hostile_parameters_as_data(store: EmbeddedStore | Neo4jStore) -> None:
    saved = find_saved("neighbours")
    assert saved is not None
    for text in ('"}) DETACH DELETE n //', "' OR 1 = 1 //", "\u202e`x`", "x" * 100_000, ""):
        assert store.query(saved.cypher, {"drug": text}) == []
    assert store.stats().n_edges == 8


def test_drugs_are_found_by_name_and_by_what_they_do(store: EmbeddedStore | Neo4jStore) -> None:
    warfarin, aspirin = (store.concept(id) for id in (g.WARFARIN, g.ASPIRIN))
    assert list(store.drugs()) == [aspirin, warfarin]
    for name in ("warfarin", "COUMADIN", str(g.WARFARIN)):
        assert list(store.drugs(name=name)) == [warfarin]
    assert list(store.drugs(causes="abnormal bleeding")) == [aspirin, warfarin]
    assert list(store.drugs(causes="abnormal bleeding", min_belief=0.899)) == [warfarin]
    assert list(store.drugs(interacts_with="aspirin", causes="zebra sickness")) == [warfarin]
    assert list(store.drugs(treats="fever")) == []
    assert len(store.drugs(limit=1)) == 1
    hostile = store.drugs(name="' OR true //")
    assert not hostile
    assert "OR true" not in hostile.cypher


def test_the_cypher_shown_is_the_cypher_run(store: EmbeddedStore | Neo4jStore) -> None:
    answer = store.drugs(causes="fever")
    assert "CAUSES" in answer.cypher
    assert answer.parameters["causes"] == "fever"
    assert len(store.query(answer.cypher, answer.parameters)) == len(answer)


def test_evidence_of_an_edge(store: EmbeddedStore | Neo4jStore) -> None:
    assert list(store.evidence("aspirin", "interacts_with", "coumadin")) == [
        g.TABLE,
        g.BOTH_CAUSE_BLEEDING,
    ]
    denied = store.evidence("aspirin", "CAUSES", "fever")
    assert [item.refutes for item in denied] == [False, True]
    assert not store.evidence("aspirin", "TREATS", "fever")
    with pytest.raises(UnknownName):
        store.evidence("aspirin", "HEALS", "fever")


def test_paths(store: EmbeddedStore | Neo4jStore) -> None:
    found = store.paths("aspirin", "zebra sickness")
    assert [path.names for path in found] == [("Aspirin", "Warfarin", "Zebra sickness")]
    (path,) = found
    assert [step.predicate for step in path.steps] == ["INTERACTS_WITH", "CAUSES"]
    assert path.belief == pytest.approx(path.steps[0].belief * 0.8)
    assert str(path).startswith("Aspirin -[INTERACTS_WITH ")
    assert not store.paths("aspirin", "zebra sickness", max_length=1)
    assert not store.paths("aspirin", "aspirin")
    with pytest.raises(UsageError):
        store.paths("a", "b", max_length=9)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph of ``make demo``, as JSON lines."""
    out = tmp_path_factory.mktemp("demo") / "graph.jsonl"
    write_jsonl(kg.build([ROOT / "data/notes", ROOT / "data/pubmed"]), out)
    return out


@pytest.mark.extra
@pytest.mark.parametrize("kind", ["embedded", "neo4j"])
def test_every_saved_query_draws_five_nodes_of_the_demo(demo: Path, kind: str) -> None:
    with g.on_disk() if kind == "embedded" else in_neo4j() as store:
        read_jsonl(demo, store)
        for saved in saved_queries():
            rows = store.query(saved.cypher, saved.parameters)
            assert len(ids_of(rows)) >= 5, saved.name


def ids_of(value: object) -> set[str]:
    """The nodes in the rows of a query: the id of each, of evidence its text."""
    if isinstance(value, list):
        return set().union(*map(ids_of, value))
    if isinstance(value, dict) and "labels" in value:
        shown = value["properties"]
        return {str(shown.get("id", shown))}
    return set().union(*map(ids_of, value.values())) if isinstance(value, dict) else set()


def test_the_guide_holds_every_saved_query() -> None:
    guide = html.unescape((ROOT / "deploy/neo4j/guide.html").read_text("utf-8"))
    for query in saved_queries():
        assert query.title in guide
        assert query.example in guide, "run: python deploy/neo4j/guide.py"
