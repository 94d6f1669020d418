"""Merging through stated mappings, and taking it apart again exactly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.assemble.equivalence import merged, stated_equivalences, unmerged
from kgbuilder.cli import main
from kgbuilder.commands.output import opened
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    EntityType,
    Evidence,
    Qualifiers,
    Statement,
    belief,
    unlinked_id,
)
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g

MESH_WARFARIN = Curie("MESH", "D014859")
MESH_ASPIRIN = Curie("MESH", "D001241")
ATC_WARFARIN = Curie("ATC", "B01AA03")
DRUG, DISEASE = EntityType.DRUG, EntityType.DISEASE


def mapping(*, refutes: bool = False, **qualifiers: str) -> CuratedEvidence:
    said: Qualifiers = tuple(sorted(qualifiers.items()))
    return CuratedEvidence("map", "1", "row 1", refutes=refutes, qualifiers=said)


def same(one: Curie, other: Curie, *evidence: Evidence) -> Statement:
    return g.edge(one, "SAME_AS", other, *(evidence or (mapping(),)))


NAMED = (
    Concept(MESH_WARFARIN, "Warfarin", DRUG),
    Concept(MESH_ASPIRIN, "Aspirin", DRUG),
    Concept(ATC_WARFARIN, "warfarin", DRUG),
    Concept(Curie("DRUGBANK", "DB00001"), "Lepirudin", DRUG),
)
FROM_MESH = g.edge(
    MESH_WARFARIN, "CAUSES", g.BLEEDING, g.quoted("paper-1", "Warfarin with aspirin", 0.7)
)


def graph(*statements: Statement) -> MemoryStore:
    store = MemoryStore()
    store.merge(g.SAMPLE)
    store.merge(Batch(NAMED, statements))
    return store


def filled(batches: Iterable[Batch]) -> MemoryStore:
    store = MemoryStore()
    for batch in batches:
        store.merge(batch)
    return store


def content(store: MemoryStore) -> tuple[list[object], list[object], list[object]]:
    return list(store.concepts()), list(store.statements()), list(store.documents())


def test_edges_move_to_the_preferred_identifier_and_say_where_they_were() -> None:
    store = graph(same(MESH_WARFARIN, g.WARFARIN), FROM_MESH)
    preferred = stated_equivalences(store, issues=Issues())
    assert preferred == {MESH_WARFARIN: g.WARFARIN}
    copy = filled(merged(store, preferred))
    (statement,) = copy.statements(subject=g.WARFARIN, predicate="CAUSES", object=g.BLEEDING)
    assert len(statement.evidence) == 2
    said = [dict(e.qualifiers).get("said_of_subject") for e in statement.evidence]
    assert sorted(map(str, said)) == ["MESH:D014859", "None"]
    assert belief(statement) == pytest.approx(0.9), "one paper is one source, by either name"
    assert not list(copy.statements(subject=MESH_WARFARIN, predicate="CAUSES"))
    assert copy.concept(MESH_WARFARIN) is not None
    assert list(copy.statements(predicate="SAME_AS"))


@pytest.mark.parametrize(
    "mappings",
    [
        [same(MESH_WARFARIN, g.WARFARIN, mapping(), mapping(refutes=True))],
        [same(MESH_WARFARIN, g.WARFARIN, mapping(justification="semapv:LexicalMatching"))],
        [same(MESH_WARFARIN, MESH_ASPIRIN)],
        [same(MESH_WARFARIN, g.BLEEDING)],
        [same(MESH_WARFARIN, unlinked_id(DRUG, "warfarin"))],
        [same(MESH_WARFARIN, Curie("DRUGBANK", "unnamed"))],
        [same(MESH_WARFARIN, g.WARFARIN), same(MESH_WARFARIN, g.ASPIRIN)],
        [same(MESH_WARFARIN, g.WARFARIN), same(MESH_ASPIRIN, g.WARFARIN)],
    ],
    ids=[
        "refuted",
        "by equal names",
        "one vocabulary",
        "two types",
        "unlinked",
        "no name",
        "one is two",
        "two are one",
    ],
)
def test_what_is_not_merged_is_told(mappings: list[Statement]) -> None:
    issues = Issues()
    assert stated_equivalences(graph(*mappings), issues=issues) == {}
    assert {issue.kind for issue in issues} == {"not-merged"}


def test_a_chain_is_followed_only_as_far_as_somebody_states_it() -> None:
    chain = [same(MESH_WARFARIN, ATC_WARFARIN), same(ATC_WARFARIN, g.WARFARIN)]
    assert stated_equivalences(graph(*chain), issues=Issues()) == {ATC_WARFARIN: g.WARFARIN}
    whole = [*chain, same(MESH_WARFARIN, g.WARFARIN)]
    assert stated_equivalences(graph(*whole), issues=Issues()) == {
        ATC_WARFARIN: g.WARFARIN,
        MESH_WARFARIN: g.WARFARIN,
    }


def test_a_mapping_that_somebody_made_by_hand_counts_beside_one_of_names() -> None:
    lexical = mapping(justification="semapv:LexicalMatching")
    by_hand = mapping(justification="semapv:ManualMappingCuration")
    store = graph(same(MESH_WARFARIN, g.WARFARIN, lexical, by_hand))
    assert stated_equivalences(store, issues=Issues())


ENDS = [g.WARFARIN, g.ASPIRIN, g.BLEEDING, g.FEVER, MESH_WARFARIN, MESH_ASPIRIN, ATC_WARFARIN]
ids = st.sampled_from(ENDS)


@settings(max_examples=60)
@given(
    batches=st.lists(g.batches, max_size=3),
    mappings=st.lists(st.tuples(ids, ids).filter(lambda p: p[0] != p[1]), max_size=5),
    facts=st.lists(st.tuples(ids, st.sampled_from(["CAUSES", "INTERACTS_WITH"]), ids), max_size=5),
)
def test_laws_of_merging(
    batches: list[Batch],
    mappings: list[tuple[Curie, Curie]],
    facts: list[tuple[Curie, str, Curie]],
) -> None:
    store = graph(*(same(*pair) for pair in mappings))
    for batch in batches:
        store.merge(batch)
    store.merge(Batch(statements=tuple(g.edge(s, p, o, g.TABLE) for s, p, o in facts)))
    preferred = stated_equivalences(store, issues=Issues())
    stated = {
        frozenset((s.triple.subject, s.triple.object))
        for s in store.statements(predicate="SAME_AS")
    }
    assert {frozenset(pair) for pair in preferred.items()} <= stated
    assert not set(preferred) & set(preferred.values())
    for best in preferred.values():
        one_node = [best, *(id for id, other in preferred.items() if other == best)]
        assert len({id.prefix for id in one_node}) == len(one_node), "two of one vocabulary"
    copy = filled(merged(store, preferred))
    assert content(filled(unmerged(copy))) == content(store)
    assert content(filled(unmerged(copy, frozenset(preferred)))) == content(store)
    n_before = sum(len(s.evidence) for s in store.statements())
    assert sum(len(s.evidence) for s in copy.statements()) == n_before, "no evidence is lost"


def test_commands_restore_the_graph_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {name: str(tmp_path / f"{name}.kg") for name in ("graph", "merged", "again", "part")}
    both = [same(MESH_WARFARIN, g.WARFARIN), same(MESH_ASPIRIN, g.ASPIRIN), FROM_MESH]
    with opened(paths["graph"], create=True) as store:
        store.merge(g.SAMPLE, ledger={"paper-1": "v1"})
        store.merge(Batch(NAMED, tuple(both)))
    assert main(["merge", paths["graph"], "--into", paths["merged"]]) == 0
    assert "2 identifiers merged" in capsys.readouterr().out
    assert main(["unmerge", paths["merged"], "--into", paths["again"]]) == 0
    assert main(["unmerge", paths["merged"], str(MESH_ASPIRIN), "--into", paths["part"]]) == 0
    exports = {}
    for name, path in paths.items():
        out = tmp_path / f"{name}.jsonl"
        with opened(path) as store:
            export(store, "jsonl", str(out), issues=Issues())
            assert store.recorded("paper-1") == "v1"
        exports[name] = out.read_bytes()
    assert exports["again"] == exports["graph"]
    assert exports["merged"] != exports["graph"]
    assert exports["part"] == exports["merged"], "nothing was said of aspirin's other identifier"
    assert main(["merge", paths["graph"], "--into", paths["merged"]]) == 2
    assert "already" in capsys.readouterr().err
