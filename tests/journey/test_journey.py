"""The main job on the samples, as a user does it in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgbuilder as kg

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("journey") / "graph.kg"
    kg.build([DATA / "pubmed", DATA / "notes/anticoagulation_clinic.txt"], into=into).close()
    return into


def test_from_papers_to_an_interaction_with_its_sentence(path: Path) -> None:
    graph = kg.open_graph(path)
    report = kg.check_interactions(["warfarin", "fluconazole", "zorvaquinol"], graph=graph)
    (interaction,) = report.interactions
    quotes = [
        evidence.quote
        for statement in interaction.because
        for evidence in statement.evidence
        if hasattr(evidence, "quote")
    ]
    texts = {document.id: document.text for document in graph.documents()}
    assert quotes
    assert all(any(quote in text for text in texts.values()) for quote in quotes)
    assert interaction.mechanism
    assert 0 < interaction.belief <= 1
    assert len(report.not_checked) == 2


def test_every_quote_stands_in_its_document(path: Path) -> None:
    graph = kg.open_graph(path)
    texts = {document.id: document.text for document in graph.documents()}
    n_quotes = 0
    for statement in graph.statements():
        for evidence in statement.evidence:
            if hasattr(evidence, "quote"):
                n_quotes += 1
                assert evidence.span.of(texts[evidence.document_id]) == evidence.quote
    assert n_quotes > 50


def test_from_a_note_to_a_ranked_diagnosis() -> None:
    note = (DATA / "notes/genetics_clinic_marfan.txt").read_text("utf-8")
    ranked = kg.diagnose(note, top=5)
    assert ranked[0].name == "Marfan syndrome"
    assert {c.present for c in ranked[0].contributions} == {True, False}
    assert sum(d.posterior for d in ranked) <= 1
    assert "Ectopia lentis" in ranked[0].explain()


def test_the_graph_is_what_networkx_and_pandas_people_expect(path: Path) -> None:
    graph = kg.open_graph(path)
    network = graph.to_networkx()
    nodes, edges = graph.to_pandas()
    assert network.number_of_nodes() == len(nodes)
    assert network.number_of_edges() == len(edges)
    assert {"label", "name"} <= set(next(iter(network.nodes.values())))


def test_a_withdrawn_paper_is_not_in_the_graph(path: Path) -> None:
    ids = {document.id for document in kg.open_graph(path).documents()}
    assert "99000047" not in ids
    assert len([id for id in ids if id.startswith("990000")]) == 46
