"""KGX: what goes through comes back, what cannot is said, and no patient's finding becomes a fact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.sources import import_source
from kgbuilder.issues import Issues
from kgbuilder.model import (
    BIOLINK_CATEGORIES,
    NODE_TYPES,
    PREDICATES,
    Assertion,
    Certainty,
    Concept,
    CuratedEvidence,
    Curie,
    EntityType,
    Experiencer,
    Temporality,
)
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g
from tests.store import hostile


def through(store: MemoryStore, path: Path) -> tuple[MemoryStore, Intake, Issues]:
    issues, back, intake = Issues(), MemoryStore(), Intake(Issues())
    export(store, "kgx", path, issues=issues)
    stem = path.with_name(path.name.removesuffix(".jsonl"))
    for batch in import_source("kgx", stem, intake=intake):
        back.merge(batch)
    return back, intake, issues


def of(*statements: object, concepts: tuple[Concept, ...] = g.CONCEPTS) -> MemoryStore:
    store = MemoryStore()
    store.merge(Batch(concepts, statements, tuple(g.DOCUMENTS.values())))  # type: ignore[arg-type]
    return store


FORMS = pytest.mark.parametrize("name", ["g", "g.jsonl"], ids=["tsv", "jsonl"])
TABLE = CuratedEvidence(
    "DrugBank", "5.1", "r1", qualifiers=(("licence", "CC0"), ("severity", "major"))
)
GENE = Concept(Curie("HGNC", "1"), "EAR1", EntityType.GENE)


@FORMS
def test_concepts_and_curated_statements_come_back(name: str, tmp_path: Path) -> None:
    denial = CuratedEvidence("old book", "1", "p. 7", refutes=True)
    store = of(
        g.edge(g.WARFARIN, "INTERACTS_WITH", g.ASPIRIN, TABLE),
        g.edge(g.ASPIRIN, "CAUSES", g.FEVER, TABLE, denial),
        g.edge(g.WARFARIN, "INHIBITS", GENE.id, TABLE),
        g.edge(g.WARFARIN, "INDUCES", GENE.id, TABLE),
        g.edge(g.WARFARIN, "ACTIVATES", GENE.id, TABLE),
        g.edge(g.WARFARIN, "SAME_AS", g.ASPIRIN, TABLE),
        concepts=(*g.CONCEPTS, GENE),
    )
    back, intake, issues = through(store, tmp_path / name)
    assert list(back.concepts()) == list(store.concepts())
    assert [s.triple for s in back.statements()] == [s.triple for s in store.statements()]
    for mine, theirs in zip(store.statements(), back.statements(), strict=True):
        assert sorted(
            (e.source, e.version, e.record_id, e.refutes) for e in theirs.evidence
        ) == sorted(  # type: ignore[union-attr]
            (e.source, e.version, e.record_id, e.refutes)
            for e in mine.evidence  # type: ignore[union-attr]
        )
        kept = {
            k: v for e in theirs.evidence for k, v in e.qualifiers if k in ("licence", "severity")
        }
        assert kept == {"licence": "CC0", "severity": "major"}
    assert not issues.counts()
    assert not +intake.left_out


@FORMS
def test_a_predicate_of_medicine_comes_back_as_itself(name: str, tmp_path: Path) -> None:
    lost = {"MODIFIES", "HAS_FINDING", "TAKES", "ALLERGIC_TO", "UNDERWENT"}
    types = {t.value: Concept(Curie("X", t.value), t.value, t) for t in NODE_TYPES}
    for predicate in PREDICATES.values():
        if predicate.name in lost:
            continue
        ends = [
            next(t for t in sorted(side) if t in types)
            for side in (predicate.domain, predicate.range)
        ]
        other = Concept(Curie("X", "other"), "other", types[ends[1]].type)
        store = of(
            g.edge(types[ends[0]].id, predicate.name, other.id, TABLE),
            concepts=(types[ends[0]], other),
        )
        back, _, _ = through(store, tmp_path / name)
        assert [str(s.triple) for s in back.statements()] == [
            str(s.triple) for s in store.statements()
        ]


def test_every_label_has_a_class() -> None:
    assert set(BIOLINK_CATEGORIES) == {t.value for t in NODE_TYPES} | {"Patient", "Unknown"}


def test_text_keeps_its_sentence_and_paper(tmp_path: Path) -> None:
    export(of(g.CAUSES), "kgx", tmp_path / "g.jsonl")
    (edge,) = map(json.loads, (tmp_path / "g_edges.jsonl").read_text("utf-8").splitlines())
    assert edge["publications"] == ["PMID:1"]
    assert edge["supporting_text"] == ["Warfarin with aspirin caused bleeding."]
    assert (edge["agent_type"], edge["negated"]) == ("text_mining_agent", False)
    back, _, _ = through(of(g.CAUSES), tmp_path / "h")
    (statement,) = back.statements()
    assert dict(statement.evidence[0].qualifiers)["reference"] == "PMID:1"


@FORMS
def test_what_a_patient_may_have_is_no_fact(name: str, tmp_path: Path) -> None:
    unclear = (
        Assertion(certainty=Certainty.HYPOTHETICAL),
        Assertion(temporality=Temporality.HISTORICAL),
        Assertion(experiencer=Experiencer.FAMILY),
    )
    quote = g.quoted("note-1", "No fever.")
    store = of(
        *(g.edge(g.PATIENT, "HAS_FINDING", g.FEVER, quote, assertion=a) for a in unclear),
        g.NO_FEVER,
    )
    _, _, issues = through(store, tmp_path / name)
    assert issues.counts() == {"left-out": 3}
    written = (tmp_path / f"g_edges.{'jsonl' if 'jsonl' in name else 'tsv'}").read_text("utf-8")
    assert written.count("Patient:note-1") == 1
    assert "true" in written, "a negated finding is negated"


def test_hostile_names_in_json_lines_come_back_exactly(tmp_path: Path) -> None:
    store = MemoryStore()
    store.merge(hostile.batch())
    back, _, issues = through(store, tmp_path / "g.jsonl")
    named = {c.name: set(c.synonyms) for c in back.concepts()}
    for concept in store.concepts():
        assert named[concept.name] == set(concept.synonyms)
    assert not issues.counts()


def test_hostile_names_in_tsv_stay_one_row_each(tmp_path: Path) -> None:
    store = MemoryStore()
    store.merge(hostile.batch())
    back, intake, issues = through(store, tmp_path / "g")
    assert len(list(back.concepts())) == len(hostile.NAMES)
    assert len(list(back.statements())) == len(hostile.NAMES) - 1
    assert not intake.issues.n_refused
    assert set(issues.counts()) == {"illegal-character"}
    for line in (tmp_path / "g_nodes.tsv").read_text("utf-8").rstrip("\n").split("\n"):
        assert line.count("\t") == 3
