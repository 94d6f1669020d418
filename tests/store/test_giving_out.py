"""networkx, pandas, explanations: plain values that say what the graph says."""

from __future__ import annotations

import pytest

from kgbuilder.errors import GraphError, UnknownName, UsageError
from kgbuilder.model import Assertion, Polarity, belief
from kgbuilder.protocols import Batch
from kgbuilder.store.explain import explain, explain_statement, explanation_text
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.merge(g.SAMPLE)
    return made


def test_nodes_of_networkx(store: MemoryStore) -> None:
    graph = store.to_networkx()
    assert graph.nodes[str(g.WARFARIN)] == {
        "id": "DRUGBANK:DB00682",
        "label": "Drug",
        "name": "Warfarin",
        "synonyms": ["Coumadin"],
        "linked": True,
    }
    assert graph.nodes[str(g.ZEBRA)]["linked"] is False
    assert graph.nodes["Patient:note-1"]["label"] == "Patient"


def test_edges_of_networkx(store: MemoryStore) -> None:
    graph = store.to_networkx()
    edge = graph.edges[str(g.WARFARIN), str(g.ASPIRIN), "INTERACTS_WITH"]
    assert edge == {
        "predicate": "INTERACTS_WITH",
        "id": g.INTERACTS.triple.id,
        "belief": belief(g.INTERACTS),
        "n_support": 2,
        "n_refute": 0,
        "quote": "Warfarin with aspirin caused bleeding.",
        "severity": "major",
        "mechanism": "additive",
    }
    denied = graph.edges[str(g.ASPIRIN), str(g.FEVER), "CAUSES"]
    assert (denied["n_support"], denied["n_refute"]) == (1, 1)
    assert denied["quote"] == "Aspirin did not cause fever."


def test_belief_of_an_edge_is_that_of_its_evidence(store: MemoryStore) -> None:
    by_id = {s.triple.id: s for s in store.statements()}
    for *_, edge in store.to_networkx().edges(data=True):
        assert edge["belief"] == belief(by_id[edge["id"]])


def test_fever_and_no_fever_are_two_edges(store: MemoryStore) -> None:
    text = "Takes warfarin 5 mg daily."
    plain = g.edge(
        g.PATIENT, "HAS_FINDING", g.FEVER, g.quoted("note-1", text), assertion=Assertion()
    )
    store.merge(Batch(statements=(plain,)))
    edges = store.to_networkx().get_edge_data(str(g.PATIENT), str(g.FEVER))
    assert set(edges) == {"HAS_FINDING", "HAS_FINDING/negated"}
    assert edges["HAS_FINDING/negated"]["polarity"] == "negated"
    assert edges["HAS_FINDING"]["experiencer"] == "patient"


def test_sources_that_disagree_are_both_shown(store: MemoryStore) -> None:
    other = g.CuratedEvidence("other", "1", "2", qualifiers=(("severity", "minor"),))
    denial = g.CuratedEvidence("x", "1", "2", refutes=True, qualifiers=(("severity", "none"),))
    store.merge(Batch(statements=(g.edge(g.ASPIRIN, "INTERACTS_WITH", g.WARFARIN, other, denial),)))
    edge = store.to_networkx().edges[str(g.WARFARIN), str(g.ASPIRIN), "INTERACTS_WITH"]
    assert edge["severity"] == "major | minor"


def test_pandas(store: MemoryStore) -> None:
    nodes, edges = store.to_pandas()
    assert list(nodes.columns) == ["id", "label", "name", "synonyms", "linked"]
    assert len(nodes) == 6
    assert set(edges["predicate"]) == {"CAUSES", "INTERACTS_WITH", "HAS_FINDING", "TAKES"}
    takes = edges.set_index("predicate").loc["TAKES"]
    assert (takes["dose"], takes["subject"]) == ("5 mg", "Patient:note-1")


def test_pandas_of_nothing_has_its_columns() -> None:
    nodes, edges = MemoryStore().to_pandas()
    assert "label" in nodes
    assert "belief" in edges


def test_an_explanation_goes_down_to_the_sentence(store: MemoryStore) -> None:
    (statement,) = explain(store, g.ASPIRIN, "causes", g.BLEEDING)
    record = explain_statement(statement, store)
    assert record["belief"] == belief(g.DERIVED)
    (derivation,) = record["evidence"]
    assert derivation["rule"] == "both bleed"
    premise = derivation["premises"][0]
    assert premise["subject_name"] == "Warfarin"
    (quote,) = premise["evidence"]
    text = g.DOCUMENTS[quote["document"]].text
    assert text[quote["start"] : quote["end"]] == quote["quote"]
    shown = explanation_text(record)
    assert '"Warfarin with aspirin caused bleeding."' in shown
    assert "document paper-1 [0, 38), read by reader 1" in shown
    assert "DDI table 7, record r1 (imported)" in shown
    assert "severity: major" in shown


def test_an_explanation_shows_what_speaks_against(store: MemoryStore) -> None:
    (statement,) = explain(store, g.ASPIRIN, "CAUSES", g.FEVER)
    shown = explanation_text(explain_statement(statement, store))
    support, refutation = shown.index("+ 0.70"), shown.index("- 0.70")
    assert support < refutation
    assert "1 for, 1 against" in shown
    assert "(recalled)" in shown


def test_a_symmetric_edge_is_explained_either_way(store: MemoryStore) -> None:
    one = explain(store, g.WARFARIN, "INTERACTS_WITH", g.ASPIRIN)
    assert one == explain(store, g.ASPIRIN, "INTERACTS_WITH", g.WARFARIN)


def test_a_patients_edge_says_how_it_is_meant(store: MemoryStore) -> None:
    (statement,) = explain(store, g.PATIENT, "HAS_FINDING", g.FEVER)
    record = explain_statement(statement, store)
    assert record["assertion"]["polarity"] == Polarity.NEGATED.value
    assert "[negated]" in explanation_text(record)


def test_no_such_edge(store: MemoryStore) -> None:
    with pytest.raises(UnknownName) as caught:
        explain(store, g.WARFARIN, "TREATS", g.BLEEDING)
    assert caught.value.hint == "between the two there is CAUSES"
    with pytest.raises(UnknownName) as caught:
        explain(store, g.Curie("X", "1"), "TREATS", g.BLEEDING)
    assert "X:1" in caught.value.hint
    with pytest.raises(UnknownName, match="unknown predicate"):
        explain(store, g.WARFARIN, "HEALS", g.BLEEDING)


def test_search_without_words(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="no words"):
        store.search("  ")


def test_a_graph_in_memory_is_asked_as_others_are_and_says_why_it_cannot(
    store: MemoryStore,
) -> None:
    for ask in (
        lambda: store.drugs(name="warfarin"),
        lambda: store.evidence("warfarin", "CAUSES", "fever"),
        lambda: store.paths("warfarin", "fever"),
    ):
        with pytest.raises(GraphError, match="in memory answers no Cypher"):
            ask()
