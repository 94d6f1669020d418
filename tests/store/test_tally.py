"""What an edge keeps of its evidence is enough to add more: as if all of it had been read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.model import (
    Evidence,
    Span,
    Statement,
    TextEvidence,
    belief,
    evidence_key,
)
from kgbuilder.model.belief import event_of
from kgbuilder.protocols import Batch
from kgbuilder.store.arcade import Arcade
from kgbuilder.store.cypher import edge_properties
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.graph_folder import DATABASE
from kgbuilder.store.memory import MemoryStore
from kgbuilder.store.tally import Tally
from tests.store import graphs as g

TRIPLE = g.CAUSES.triple
some = st.lists(g.plain_evidence, min_size=1, max_size=6)


@given(old=some, new=some)
def test_more_evidence_adds_up_to_the_same(old: list[Evidence], new: list[Evidence]) -> None:
    before, after = Statement(TRIPLE, tuple(old)), Statement(TRIPLE, (*old, *new))
    events = {event_of(item, TRIPLE.id) for item in new}
    held, wanted = (
        [item for item in s.evidence if event_of(item, TRIPLE.id) in events]
        for s in (before, after)
    )
    kept = Tally.from_properties(edge_properties(TRIPLE, Tally.of(before)))
    assert kept == Tally.of(before)
    assert kept is not None
    assert kept.after(held, wanted) == Tally.of(after)
    assert Tally.of(after).belief == belief(after)


@pytest.mark.parametrize("value", ["a | b", "| b", "", "half a pair \ud800"])
def test_what_is_not_shown_as_it_is_is_not_kept(value: str) -> None:
    evidence = g.quoted("paper-1", "Warfarin", qualifiers=(("dose", value),))
    assert Tally.of(Statement(TRIPLE, (evidence,))).line() == ""


def test_a_derivation_is_not_kept() -> None:
    with pytest.raises(ValueError, match="whole statement"):
        Tally.of(g.DERIVED).after((), (g.TABLE,))
    assert Tally.from_properties(edge_properties(TRIPLE, Tally.of(g.DERIVED))) is None


def test_what_earlier_versions_kept_in_json_is_as_good_as_none() -> None:
    kept = edge_properties(TRIPLE, Tally.of(g.CAUSES))
    assert Tally.from_properties(kept | {"tally": "[101269254041395, 0, true, 0.9]"}) is None


# -- in a graph on disk --------------------------------------------------------------------------

HUB = "Warfarin with aspirin caused bleeding."


def paper(n: int, quote: str = HUB, probability: float = 0.6) -> Batch:
    id = f"hub-{n}"
    evidence = TextEvidence(id, Span(0, len(quote)), quote, "reader 1", probability)
    document = g.Document(id, HUB, "hub.xml", kind="paper")
    return Batch(g.CONCEPTS, (Statement(TRIPLE, (evidence,)),), (document,))


def test_a_merge_onto_a_hub_reads_what_its_own_sources_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    asked = Arcade.sql

    def counted(self: Arcade, text: str, parameters: dict[str, object]) -> list[dict[str, object]]:
        rows = asked(self, text, parameters)
        read.extend(row["key"] for row in rows if "FROM Evidence" in text)
        return rows

    with EmbeddedStore(tmp_path / "g.kg") as store:
        for n in range(30):
            store.merge(paper(n))
        monkeypatch.setattr(Arcade, "sql", counted)
        store.merge(paper(30))
        assert read == []
        surer = paper(7, probability=0.9)
        store.merge(surer)
        store.merge(paper(7, "Warfarin"))
        (said,) = surer.statements[0].evidence
        assert read == [evidence_key(said)] * 2
        monkeypatch.undo()
        (statement,) = store.statements()
        (row,) = store.query(
            "MATCH (:Entity)-[r]->(:Entity) RETURN r.belief AS b, r.n_support AS n"
        )
        assert row == {"b": belief(statement), "n": 32}


def strip(path: Path) -> None:
    """Make of a graph what earlier versions wrote: edges without tally, evidence without event."""
    arcade = Arcade(path / DATABASE, read_only=False)
    with arcade.transaction():
        for type, name in (("Statement", "tally"), ("Evidence", "event")):
            for row in arcade.sql(f"SELECT *, @rid.asString() AS rid FROM {type}", {}):  # noqa: S608
                kept = {k: v for k, v in row.items() if k not in ("rid", name) and k[0] != "@"}
                arcade.put(row["rid"], kept)
    java = arcade._database.get_java_database()
    java.command("sql", "DROP INDEX `Evidence[event]`")
    java.command("sql", "DROP PROPERTY Evidence.event")
    arcade.close()


def test_a_graph_of_earlier_versions_goes_on(tmp_path: Path) -> None:
    path, memory = tmp_path / "g.kg", MemoryStore()
    first = [paper(n) for n in range(5)]
    more = [paper(2, probability=0.8), paper(9), paper(3, "Warfarin"), Batch(deleted=("hub-1",))]
    with EmbeddedStore(path) as store:
        for batch in (Batch(g.CONCEPTS, g.SAMPLE.statements[1:], g.SAMPLE.documents), *first):
            assert store.merge(batch) == memory.merge(batch)
    strip(path)
    with EmbeddedStore(path, read_only=True) as store:
        assert list(store.statements()) == list(memory.statements())
    with EmbeddedStore(path) as store:
        for batch in (*more, *first, *more):
            assert store.merge(batch) == memory.merge(batch)
        assert list(store.statements()) == list(memory.statements())
        rows = store.query("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id, r.belief AS belief")
        assert {row["id"]: row["belief"] for row in rows} == {
            s.triple.id: belief(s) for s in memory.statements()
        }
