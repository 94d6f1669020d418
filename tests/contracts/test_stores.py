"""One contract for every GraphStore: merging is idempotent and free of order, and nothing is lost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.errors import GraphError, UnknownName
from kgbuilder.model import Concept, Curie, Document, EntityType, Span, Statement, TextEvidence
from kgbuilder.protocols import Batch, GraphView, MergeReport
from kgbuilder.store.cypher import edge_properties
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.tally import Tally
from tests.store import graphs as g

Store = MemoryStore | EmbeddedStore
NOTHING_NEW = MergeReport()


@contextmanager
def in_memory() -> Iterator[Store]:
    yield MemoryStore()


Maker = Callable[[], "contextmanager[Store]"]


@pytest.fixture(params=[in_memory, g.on_disk], ids=["memory", "embedded"])
def make(request: pytest.FixtureRequest) -> Maker:
    return request.param


@pytest.fixture
def store(make: Maker) -> Iterator[Store]:
    with make() as made:
        yield made


def content(store: Store) -> tuple[list[object], list[object], list[object]]:
    return list(store.concepts()), list(store.statements()), list(store.documents())


def test_a_store_is_a_view(store: Store) -> None:
    assert isinstance(store, GraphView)
    assert content(store) == ([], [], [])
    assert store.concept(g.WARFARIN) is None
    assert store.recorded("paper-1") is None
    assert store.stats().n_nodes == 0


def test_what_was_merged_is_there(store: Store) -> None:
    report = store.merge(g.SAMPLE)
    assert report == MergeReport(5, 7, 9, 3, 0)
    assert store.concept(g.WARFARIN) == g.CONCEPTS[0]
    assert list(store.documents()) == [g.DOCUMENTS[id] for id in sorted(g.DOCUMENTS)]
    assert list(store.statements()) == sorted(g.SAMPLE.statements, key=lambda s: s.triple.id)
    assert [c.id for c in store.concepts()] == sorted(c.id for c in g.CONCEPTS)
    assert [c.id for c in store.concepts(EntityType.DRUG)] == [g.WARFARIN, g.ASPIRIN]


def test_merging_twice_changes_nothing(store: Store) -> None:
    store.merge(g.SAMPLE)
    before = content(store)
    assert store.merge(g.SAMPLE) == NOTHING_NEW
    assert content(store) == before


@settings(max_examples=15)
@given(batches=st.lists(g.batches, min_size=1, max_size=3), order=st.randoms())
def test_merging_is_idempotent_and_free_of_order(batches: list[Batch], order: object) -> None:
    shuffled = [*batches, *batches]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    for make in (in_memory, g.on_disk):
        with make() as one, make() as other:
            for batch in batches:
                one.merge(batch)
            for batch in shuffled:
                other.merge(batch)
            assert content(one) == content(other)
            assert one.stats() == other.stats()
            assert all(one.merge(batch) == NOTHING_NEW for batch in batches)


@settings(max_examples=15)
@given(
    batches=st.lists(g.batches, min_size=1, max_size=3),
    gone=st.lists(st.sampled_from(sorted(g.DOCUMENTS)), max_size=2),
    digest=st.sampled_from(["", "v1", "v2"]),
)
def test_memory_and_disk_agree(batches: list[Batch], gone: list[str], digest: str) -> None:
    with in_memory() as memory, g.on_disk() as disk:
        for batch in [*batches, Batch(deleted=tuple(gone)), *batches[:1]]:
            ledger = {"paper-1": digest} if digest else None
            assert memory.merge(batch, ledger=ledger) == disk.merge(batch, ledger=ledger)
            digest = digest and digest + "+"
        assert content(memory) == content(disk)
        assert memory.stats() == disk.stats()
        assert memory.recorded("paper-1") == disk.recorded("paper-1")
        edges = disk.query("MATCH (:Entity)-[r]->(:Entity) RETURN properties(r) AS shown")
        assert sorted((row["shown"] for row in edges), key=lambda shown: shown["id"]) == [
            edge_properties(s.triple, Tally.of(s)) for s in memory.statements()
        ]


@settings(max_examples=15)
@given(batch=g.batches, gone=st.sampled_from(sorted(g.DOCUMENTS)))
def test_a_deleted_document_leaves_no_evidence(batch: Batch, gone: str) -> None:
    for make in (in_memory, g.on_disk):
        with make() as store, make() as without:
            store.merge(batch)
            store.merge(Batch(deleted=(gone,)))
            without.merge(Batch(batch.concepts, batch.statements, batch.documents, (gone,)))
            assert gone not in [d.id for d in store.documents()]
            assert list(store.statements()) == list(without.statements())
            assert gone not in repr(list(store.statements()))


def test_statements_are_found_by_every_part(store: Store) -> None:
    store.merge(g.SAMPLE)
    everything = list(store.statements())
    for subject in (None, g.WARFARIN, g.PATIENT, Curie("NO", "1")):
        for predicate in (None, "CAUSES", "TREATS"):
            for object in (None, g.BLEEDING, g.FEVER):
                found = list(store.statements(subject=subject, predicate=predicate, object=object))
                assert found == [
                    s
                    for s in everything
                    if subject in (None, s.triple.subject)
                    and predicate in (None, s.triple.predicate.name)
                    and object in (None, s.triple.object)
                ]


def test_a_changed_text_takes_its_evidence_with_it(store: Store) -> None:
    store.merge(g.SAMPLE)
    changed = Document("paper-1", "A correction: nothing was found.", "papers.xml", kind="paper")
    report = store.merge(Batch(documents=(changed,)))
    assert report.n_new_documents == 1
    left = {str(s.triple): s.evidence for s in store.statements()}
    # CAUSES rested on the paper alone, and DERIVED on CAUSES; INTERACTS has a table, too.
    assert str(g.CAUSES.triple) not in left
    assert str(g.DERIVED.triple) not in left
    assert left[str(g.INTERACTS.triple)] == (g.TABLE,)
    assert all(not e.refutes for e in left[str(g.DENIED.triple)])


def test_another_reader_replaces_what_the_first_read(store: Store) -> None:
    one = Batch(g.CONCEPTS, (g.UNLINKED,), (g.DOCUMENTS["paper-2"],))
    other = Batch(g.CONCEPTS, (), (g.DOCUMENTS["paper-2"],))
    store.merge(one, ledger={"paper-2": "model-1"})
    assert store.recorded("paper-2") == "model-1"
    store.merge(one, ledger={"paper-2": "model-1"})
    assert [s.triple for s in store.statements()] == [g.UNLINKED.triple]
    store.merge(other, ledger={"paper-2": "model-2"})
    assert store.recorded("paper-2") == "model-2"
    assert list(store.statements()) == []


def test_a_newer_version_of_a_known_text_keeps_what_was_read(store: Store) -> None:
    old = replace(g.DOCUMENTS["paper-2"], version="1 2019-12-02", date="2019")
    new = replace(old, version="1 2020-01-10", date=None)
    store.merge(
        Batch(g.CONCEPTS, (g.UNLINKED,), (old,)), ledger={"paper-2": "model-1 1 2019-12-02"}
    )
    store.merge(Batch(described=(new,)), ledger={"paper-2": "model-1 1 2020-01-10"})
    store.merge(Batch(documents=(old,)), ledger={"paper-2": "model-1 1 2019-12-02"})
    assert [s.triple for s in store.statements()] == [g.UNLINKED.triple]
    assert list(store.documents()) == [new]
    assert store.recorded("paper-2") == "model-1 1 2020-01-10"


@pytest.mark.parametrize("entry", ["model-2 1 2021-03-04", "model-1 1 2021-03-04"])
def test_a_described_document_that_is_held_otherwise_is_left_out(store: Store, entry: str) -> None:
    """Another build may have read its text anew, or taken it out, in between."""
    held = replace(g.DOCUMENTS["paper-2"], version="1 2019-12-02")
    text = held.text if entry.startswith("model-2") else held.text + " And more."
    newer = replace(held, text=text, version="1 2021-03-04")
    absent = replace(held, id="paper-9")
    store.merge(
        Batch(g.CONCEPTS, (g.UNLINKED,), (held,)), ledger={"paper-2": "model-1 1 2019-12-02"}
    )
    before = content(store)
    ledger = {"paper-2": entry, "paper-9": entry}
    assert store.merge(Batch(described=(newer, absent)), ledger=ledger) == NOTHING_NEW
    assert content(store) == before
    assert store.recorded("paper-2") == "model-1 1 2019-12-02"
    assert store.recorded("paper-9") is None


def test_the_ledger_may_name_a_document_that_is_not_there(store: Store) -> None:
    """So a build remembers what was withdrawn."""
    store.merge(g.SAMPLE)
    store.merge(Batch(deleted=("paper-1",)))
    before = content(store)
    assert store.merge(Batch(), ledger={"paper-1": "withdrawn"}) == NOTHING_NEW
    assert store.recorded("paper-1") == "withdrawn"
    assert content(store) == before


def test_an_unlinked_node_goes_with_the_text_that_named_it(store: Store) -> None:
    store.merge(g.SAMPLE)
    store.merge(Batch(deleted=("paper-2",)))
    assert store.concept(g.ZEBRA) is None
    assert store.concept(g.WARFARIN) is not None
    assert store.recorded("paper-2") is None


def test_deleting_what_is_not_there_is_fine(store: Store) -> None:
    assert store.merge(Batch(deleted=("nobody",))) == NOTHING_NEW


def test_deleting_wins_within_a_batch(store: Store) -> None:
    batch = Batch(g.CONCEPTS, (g.CAUSES,), (g.DOCUMENTS["paper-1"],), deleted=("paper-1",))
    store.merge(batch)
    assert list(store.documents()) == []
    assert list(store.statements()) == []


@pytest.mark.parametrize(
    "evidence",
    [
        TextEvidence("paper-1", Span(0, 8), "Aspirin ", "x", 1.0),
        TextEvidence("paper-1", Span(60, 900), "fever.", "x", 1.0),
        TextEvidence("paper-9", Span(0, 8), "Warfarin", "x", 1.0),
    ],
    ids=["other words", "beyond the end", "no such document"],
)
def test_a_quote_that_is_not_there_is_refused(store: Store, evidence: TextEvidence) -> None:
    store.merge(g.SAMPLE)
    before = content(store)
    wrong = g.edge(g.WARFARIN, "TREATS", g.FEVER, evidence)
    hidden = g.edge(g.WARFARIN, "TREATS", g.BLEEDING, g.DerivedEvidence("rule", (wrong,)))
    new = Concept(Curie("HP", "1"), "new", EntityType.PHENOTYPE)
    for statement in (wrong, hidden):
        with pytest.raises(GraphError, match="quote"):
            store.merge(Batch((new,), (g.CAUSES, statement), ()))
    assert content(store) == before, "a refused batch changes nothing"


@pytest.mark.parametrize("probability", [math.nan, math.inf, -math.inf])
def test_a_probability_that_is_no_number_is_refused(store: Store, probability: float) -> None:
    store.merge(g.SAMPLE)
    before = content(store)
    sentence = replace(g.quoted("paper-1", "Aspirin did not cause fever."), probability=probability)
    wrong = g.edge(g.WARFARIN, "TREATS", g.FEVER, sentence)
    hidden = g.edge(g.WARFARIN, "TREATS", g.BLEEDING, g.DerivedEvidence("rule", (wrong,)))
    for statement in (wrong, hidden):
        with pytest.raises(GraphError, match="no number"):
            store.merge(Batch(statements=(statement,)))
    assert content(store) == before


def test_a_document_without_an_id_is_refused(store: Store) -> None:
    with pytest.raises(GraphError, match="no id"):
        store.merge(Batch(documents=(Document("", "text", "x"),)))


def test_sources_that_name_a_thing_differently_are_joined(store: Store) -> None:
    heading = Concept(g.FEVER, "Fever, unspecified", EntityType.DISEASE, ("Pyrexia",))
    store.merge(Batch(concepts=(heading,)))
    store.merge(Batch(concepts=(Concept(g.FEVER, "Fever", EntityType.PHENOTYPE),)))
    joined = Concept(g.FEVER, "Fever", EntityType.PHENOTYPE, ("Fever, unspecified", "Pyrexia"))
    assert store.concept(g.FEVER) == joined


HOSTILE = [
    "'; DROP TABLE statement; --",
    "`x`) DETACH DELETE n //",
    'MATCH (n) WHERE n.name = "a" DETACH DELETE n',
    "null\x00 bell\x07 escape\x1b",
    "right to left \u202e evil \u202c",
    "line\nbreak\ttab\r\u2028\x85",
    "half a pair \ud800",
    "</data><node id='x'/>&amp;",
    "ü" * 100_000,
    " ",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_data(store: Store, name: str) -> None:
    drug = Concept(Curie("X", name), name, EntityType.DRUG, (name + "!",))
    document = Document(name, f"{name} is taken.", name, title=name)
    quote = TextEvidence(name, Span(0, len(name)), name, name, 0.5, section=name)
    statement = g.edge(Curie("Patient", name), "TAKES", drug.id, quote)
    store.merge(g.SAMPLE)
    store.merge(Batch((drug,), (statement,), (document,)), ledger={name: name})
    assert store.concept(drug.id) == drug
    assert drug in list(store.concepts())
    assert document in list(store.documents())
    assert store.document(name) == document
    assert store.recorded(name) == name
    assert list(store.statements(subject=Curie("Patient", name))) == [statement]
    assert list(store.statements(object=drug.id)) == [statement]
    assert store.stats().n_edges == 8
    assert len(store.to_networkx()) == store.stats().n_nodes
    store.merge(Batch(deleted=(name,)))
    assert len(list(store.statements())) == 7


def test_a_predicate_of_others_is_refused(store: Store) -> None:
    """Its name would become part of queries."""
    own = replace(g.CAUSES.triple.predicate, name="X`]->() DELETE r //")
    statement = Statement(replace(g.CAUSES.triple, predicate=own), (g.TABLE,))
    with pytest.raises(UnknownName, match="unknown predicate"):
        store.merge(Batch(g.CONCEPTS, (statement,)))
    assert content(store) == ([], [], [])


def test_stats_count(store: Store) -> None:
    store.merge(g.SAMPLE)
    stats = store.stats()
    assert stats.by_label == {"Drug": 2, "Phenotype": 2, "Disease": 1, "Patient": 1}
    assert stats.by_predicate == {"CAUSES": 4, "HAS_FINDING": 1, "INTERACTS_WITH": 1, "TAKES": 1}
    assert (stats.n_nodes, stats.n_edges, stats.n_evidence) == (6, 7, 9)
    assert (stats.n_documents, stats.n_unlinked) == (3, 1)
    assert stats.n_contradicted == 1
    assert stats.contradictions == ((g.DENIED.triple.id, str(g.DENIED.triple)),)


def test_an_edge_without_named_ends_is_counted(store: Store) -> None:
    store.merge(Batch(statements=(g.edge(g.WARFARIN, "IS_A", g.ASPIRIN, g.TABLE),)))
    assert store.stats().by_label == {"Unknown": 2}
    store.merge(Batch(statements=(g.edge(g.WARFARIN, "INTERACTS_WITH", g.ASPIRIN, g.TABLE),)))
    assert store.stats().by_label == {"Drug": 2}
    assert store.to_networkx().nodes[str(g.WARFARIN)]["label"] == "Drug"


def test_search_finds_names_and_quotes(store: Store) -> None:
    store.merge(g.SAMPLE)
    hits = store.search("COUMADIN")
    assert [(h.kind, h.id, h.text) for h in hits] == [
        ("concept", str(g.WARFARIN), "Warfarin (Coumadin)")
    ]
    hits = store.search("fever aspirin")
    assert [(h.kind, h.document_id) for h in hits] == [
        ("statement", "paper-1"),
        ("document", "paper-1"),
    ]
    assert [h.kind for h in store.search("HP:0001945")] == ["concept"]
    assert store.search("nothing-like-this") == []
    assert len(store.search("a", limit=1)) == 3


def test_closing_twice_is_fine(store: Store) -> None:
    store.close()
    store.close()
