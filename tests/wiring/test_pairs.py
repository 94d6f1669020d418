"""The linker's pairs of names through every stage: what they become in a graph."""

from __future__ import annotations

from functools import cache

import pytest

from kgbuilder import api
from kgbuilder.assemble.shipped_same_as import shipped_same_as
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, Curie, Document, EntityType, is_linked
from kgbuilder.ontology.mappings import SameAs, shipped_mappings
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore
from tests.link.test_linker import Row, table

FRAMES = {
    "Drug": "She takes {}.",
    "Disease": "The patient has {}.",
    "Phenotype": "The patient has {}.",
    "Gene": "A mutation of {} was found.",
}
SAME = SameAs(shipped_mappings())


@cache
def nodes(name: str, type: str) -> frozenset[Curie]:
    """What the name becomes in a sentence of its type."""
    frame = FRAMES[type]
    start = frame.index("{")
    reading = api.pipeline().read(Document("d", frame.format(name), "s"))
    return frozenset(
        f.concept
        for f in reading.findings
        if f.mention.span.start < start + len(name) and f.mention.span.end > start
    )


def sides(row: Row) -> tuple[frozenset[Curie], frozenset[Curie]]:
    return nodes(row["a"], row["type"]), nodes(row["b"], row["type"])


def with_same(ids: frozenset[Curie]) -> frozenset[Curie]:
    return ids | {other for id in ids if is_linked(id) for other in SAME.of(id)}


def test_lookalikes_are_neither_one_node_nor_stated_to_be_the_same() -> None:
    merged, lost = [], []
    for row in table("lookalikes"):
        one, other = sides(row)
        lost += [row[side] for side, found in (("a", one), ("b", other)) if not found]
        if with_same(one) & other or with_same(other) & one:
            merged.append((row["a"], row["b"]))
    assert merged == []
    # what is not found merges with nothing: the test says something only while nearly all are
    assert len(lost) <= 2, lost


def test_synonyms_are_one_node_or_stated_to_be_the_same() -> None:
    rows = table("synonyms")
    apart = []
    for row in rows:
        one, other = sides(row)
        if not (with_same(one) & other or with_same(other) & one):
            apart.append((row["a"], row["b"]))
    share = len(apart) / len(rows)
    print(f"\nsynonyms through every stage: {share:.1%} apart: {apart}")
    assert share <= 0.06


def test_a_build_states_which_of_its_things_are_the_same() -> None:
    names = ("high blood pressure", "arterial hypertension")
    notes = [Document(name, FRAMES["Disease"].format(name), name) for name in names]
    store = MemoryStore()
    api.build_into(store, notes, issues=Issues())
    (same,) = store.statements(predicate="SAME_AS")
    assert str(same.triple) == "HP:0000822 SAME_AS MESH:D006973"
    before = list(store.statements())
    api.build_into(store, notes, issues=Issues())
    assert list(store.statements()) == before


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_is_stated_of_what_the_graph_does_not_hold(n: int) -> None:
    store = MemoryStore()
    name = Concept(Curie("HP", "0000822"), "Hypertension", EntityType.PHENOTYPE)
    store.merge(Batch((name,) * n))
    assert shipped_same_as(store) == ()
