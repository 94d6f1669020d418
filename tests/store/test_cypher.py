"""Cypher on a graph on disk: what it sees, what it may not do, and where its dialect differs."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kgbuilder.store
from kgbuilder.errors import UsageError
from kgbuilder.model import Concept, Curie, Document, EntityType, Span, TextEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from tests.contracts.test_stores import HOSTILE
from tests.store import graphs as g


@pytest.fixture(scope="module")
def graph() -> Iterator[EmbeddedStore]:
    """The sample, which no test changes."""
    with g.on_disk() as store:
        store.merge(g.SAMPLE)
        yield store


def content(store: EmbeddedStore) -> tuple[list[object], list[object], list[object]]:
    return list(store.concepts()), list(store.statements()), list(store.documents())


def test_labels_relationships_and_properties_are_those_of_the_design(graph: EmbeddedStore) -> None:
    (row,) = graph.query(
        "MATCH (d:Drug {id: $id})-[r:CAUSES]->(p:Phenotype) RETURN d, r, p", {"id": str(g.WARFARIN)}
    )
    assert row["d"] == {
        "labels": ["Drug", "Entity"],
        "properties": {
            "id": "DRUGBANK:DB00682",
            "name": "Warfarin",
            "synonyms": ["Coumadin"],
            "linked": True,
        },
    }
    assert row["r"] == {
        "type": "CAUSES",
        "start": str(g.WARFARIN),
        "end": str(g.BLEEDING),
        "properties": {
            "id": g.CAUSES.triple.id,
            "belief": 0.9,
            "n_support": 1,
            "n_refute": 0,
            "quote": "Warfarin with aspirin caused bleeding.",
        },
    }


def test_from_an_edge_to_its_sentences_and_documents_in_one_hop(graph: EmbeddedStore) -> None:
    rows = graph.query(
        "MATCH (:Drug {name: 'Aspirin'})-[r:CAUSES]->(:Phenotype {name: 'Fever'}) "
        "MATCH (e:Evidence) WHERE e.statement_id = r.id OPTIONAL MATCH (e)-[:FROM]->(d:Document) "
        "RETURN e.kind AS kind, e.quote AS quote, e.source AS source, e.refutes AS refutes, "
        "d.title AS title, substring(d.text, e.start, e.end - e.start) AS cut ORDER BY kind"
    )
    quote = "Aspirin did not cause fever."
    assert [tuple(row.values()) for row in rows] == [
        ("curated", None, "old book", False, None, None),
        ("text", quote, None, True, "Two drugs", quote),
    ]


def test_a_derivation_is_from_the_documents_of_its_premises(graph: EmbeddedStore) -> None:
    (row,) = graph.query(
        "MATCH (e:Evidence {statement_id: $id})-[:FROM]->(d) RETURN e.rule AS rule, d.id AS id",
        {"id": g.DERIVED.triple.id},
    )
    assert row == {"rule": "both bleed", "id": "paper-1"}


def test_a_patients_finding_says_how_it_is_meant(graph: EmbeddedStore) -> None:
    (row,) = graph.query("MATCH (p:Patient)-[r:HAS_FINDING]->(f) RETURN p.name, r.polarity, f.name")
    assert row == {"p.name": "note-1", "r.polarity": "negated", "f.name": "Fever"}


def test_paths_and_collections_are_plain_values(graph: EmbeddedStore) -> None:
    (row,) = graph.query(
        "MATCH p = shortestPath((a:Drug {name: 'Warfarin'})-[*..3]-(b:Phenotype {name: 'Fever'})) "
        "RETURN p, [n IN nodes(p) | n.name] AS names, {a: a} AS map, date('2020-05-01') AS day"
    )
    path = row["p"]
    assert isinstance(path, dict)
    assert [n["properties"]["id"] for n in path["nodes"]][::2] == [str(g.WARFARIN), str(g.FEVER)]
    assert len(path["relationships"]) == 2
    assert row["day"] == "2020-05-01"
    assert row["map"]["a"]["labels"] == ["Drug", "Entity"]  # type: ignore[index]


WRITES = [
    "CREATE (n:Drug {id: 'x'})",
    "MERGE (n:Drug {id: 'x'}) RETURN n",
    "MATCH (n:Drug) SET n.name = 'x'",
    "MATCH (n:Drug) SET n:Gene RETURN n",
    "MATCH (n:Drug) REMOVE n.name",
    "MATCH (n) DETACH DELETE n",
    "MATCH ()-[r]->() DELETE r",
    "CALL { CREATE (n:Drug) } RETURN 1",
    "FOREACH (x IN [1] | CREATE (:Drug))",
    "UNWIND [1] AS x CALL (x) { CREATE (:Drug {id: x}) } IN TRANSACTIONS",
    "PROFILE CREATE (n:Drug)",
    "CREATE INDEX i FOR (n:Drug) ON (n.name)",
    "CREATE CONSTRAINT c FOR (n:Drug) REQUIRE n.id IS UNIQUE",
    "CALL apoc.create.node(['Drug'], {id: 'x'})",
]


@pytest.mark.parametrize("cypher", WRITES)
def test_a_query_may_only_read(graph: EmbeddedStore, cypher: str) -> None:
    before = content(graph)
    with pytest.raises(UsageError) as caught:
        graph.query(cypher)
    assert "com.arcadedb" not in str(caught.value)
    assert content(graph) == before
    assert graph.stats().n_nodes == 6


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_and_parameters_are_data(name: str) -> None:
    drug = Concept(Curie("X", "1"), name, EntityType.DRUG)
    document = Document("d", name, "x")
    evidence = TextEvidence("d", Span(0, len(name)), name, "x", 0.5)
    statement = g.edge(drug.id, "CAUSES", g.FEVER, evidence)
    with g.on_disk() as store:
        store.merge(g.SAMPLE)
        store.merge(Batch((drug,), (statement,), (document,)))
        n_nodes = store.stats().n_nodes
        find = "MATCH (n:Drug {name: $name})-[:CAUSES]->(f) RETURN n.id AS id, f.name AS f"
        if "\ud800" in name:
            with pytest.raises(UsageError, match="surrogate"):
                store.query(find, {"name": name})
            name = name.replace("\ud800", "\ufffd")
        assert store.query(find, {"name": name}) == [{"id": "X:1", "f": "Fever"}]
        assert store.query("RETURN $x AS x", {"x": [name, {"k": name}]}) == [
            {"x": [name, {"k": name}]}
        ]
        assert store.stats().n_nodes == n_nodes


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (a:Drug)-[r]->(b) MATCH (e:Evidence {statement_id: r.id}) RETURN e.kind",
        "MATCH (a)-[ r : CAUSES ]-() MATCH (e:Evidence { statement_id : r.id , kind: 'text'}) RETURN e",
        "MATCH (a)-[r*1..1]->() MATCH (e {x: 1, y: r.id}) RETURN 'r', e.r /* r */ // r",
    ],
)
def test_an_edge_that_only_a_map_names_is_told(graph: EmbeddedStore, cypher: str) -> None:
    with pytest.raises(UsageError, match="names the edge r") as caught:
        graph.query(cypher)
    assert "WHERE" in caught.value.hint


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (a:Drug)-[r]->(b) MATCH (e:Evidence {statement_id: r.id}) RETURN e.kind, r.id",
        "MATCH (a:Drug)-[r]->(b) MATCH (e:Evidence {statement_id: r.id}) RETURN type(r), e.kind",
        "MATCH (a:Drug)-[r]->(b) WITH r MATCH (e:Evidence {statement_id: r.id}) RETURN e.kind",
        "MATCH (a:Drug)-[r]->(b) MATCH (e:Evidence) WHERE e.statement_id = r.id RETURN e.kind",
        "MATCH p=(a:Drug)-[r]->(b) MATCH (e:Evidence {statement_id: r.id}) RETURN r, e.kind",
    ],
)
def test_an_edge_that_is_named_elsewhere_too_finds_its_evidence(
    graph: EmbeddedStore, cypher: str
) -> None:
    assert len(graph.query(cypher)) == 7


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (n) WHERE n:$($label) RETURN n",
        "MATCH (n) WHERE (n:$($label)) RETURN n",
        "MATCH (n) WHERE n:Entity&$($label) RETURN n",
        "MATCH (n) RETURN n:$($label)",
        "MATCH (a)<-[r]-(n :$( $label )) RETURN n",
        "MATCH ()-[r:$($label)]->() RETURN r",
        "MATCH (n:$any($labels)) RETURN n",
        "MATCH (a:Drug) WHERE EXISTS { (a)--(:$($label)) } RETURN a",
    ],
)
def test_a_label_that_would_not_be_heeded_is_told(graph: EmbeddedStore, cypher: str) -> None:
    with pytest.raises(UsageError, match="heeds a label") as caught:
        graph.query(cypher, {"label": "Drug", "labels": ["Drug"]})
    assert "labels(n)" in caught.value.hint


@pytest.mark.parametrize(
    ("cypher", "n"),
    [
        ("match (n:$($label)) RETURN count(n) AS n", 2),
        ("MATCH (n:Entity:$($label)) RETURN count(n) AS n", 2),
        ("MATCH (d:Disease), (:$($label))-->() RETURN count(*) AS n", 5),
        ("MATCH p = (n:Disease|$($label)) RETURN count(p) AS n", 3),
        ("MATCH p=shortestPath((a:$($label))-[*..3]-(b:Disease)) RETURN min(length(p)) AS n", 1),
        ("MATCH (n) WHERE $label IN labels(n) AND n.name <> '$($label)' RETURN count(n) AS n", 2),
    ],
)
def test_a_label_from_a_parameter_is_heeded(graph: EmbeddedStore, cypher: str, n: int) -> None:
    assert graph.query(cypher, {"label": "Drug"}) == [{"n": n}]


def test_a_node_that_gets_its_name_late_keeps_its_edges(graph: EmbeddedStore) -> None:
    loop = g.edge(g.WARFARIN, "IS_A", g.WARFARIN, g.TABLE)
    with g.on_disk() as store:
        store.merge(Batch(statements=(loop, *g.SAMPLE.statements), documents=g.SAMPLE.documents))
        before = list(store.statements())
        ends = "MATCH (a)-[r]->(b) RETURN r.id AS id, a.id AS a, b.id AS b ORDER BY id, a"
        edges = store.query(ends)
        store.merge(Batch(g.CONCEPTS))
        assert list(store.statements()) == before
        assert store.query(ends) == edges
        by_label = store.stats().by_label
        assert by_label == {"Drug": 2, "Phenotype": 2, "Disease": 1, "Patient": 1}


def dialect() -> list[dict[str, str]]:
    path = Path(kgbuilder.store.__file__).with_name("cypher_dialect.tsv")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader((x for x in file if x[0] != "#"), delimiter="\t"))


@pytest.mark.parametrize("row", dialect(), ids=lambda row: row["what"])
def test_the_table_of_differences_is_right(graph: EmbeddedStore, row: dict[str, str]) -> None:
    parameters = {"label": "Drug", "type": "CAUSES"}
    if row["embedded"] == "refused":
        with pytest.raises(UsageError):
            graph.query(row["query"], parameters)
    else:
        ((answer,),) = (tuple(r.values()) for r in graph.query(row["query"], parameters))
        expected = {"answers": "Warfarin", "1": 1, "true": True}
        assert answer == expected[row["embedded"].partition(":")[0]]
    if row["instead"]:
        assert graph.query(row["instead"], parameters)


def test_a_query_that_takes_too_much_is_told_and_the_graph_goes_on(tmp_path: Path) -> None:
    g.copy_empty_graph(tmp_path / "graph.kg")
    code = """
import sys
from kgbuilder.errors import KgError
from kgbuilder.store import arcade
arcade.JVM_OPTIONS = ("-Xmx48m", *arcade.JVM_OPTIONS[1:])
from kgbuilder.store.embedded import EmbeddedStore
with EmbeddedStore(sys.argv[1]) as graph:
    try:
        graph.query("UNWIND range(1, 900000) AS n RETURN collect('" + 99 * 'x' + "' + n) AS all")
    except KgError as error:
        print(error)
    print(graph.query("RETURN 7 AS n"))
"""
    command = [sys.executable, "-c", code, str(tmp_path / "graph.kg")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "more memory than" in told
    assert "a LIMIT" in told
    assert "[{'n': 7}]" in told
