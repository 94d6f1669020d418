"""Exports: equal graphs give equal bytes; JSONL comes back exactly; GraphML is read by networkx."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.errors import GraphError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, CuratedEvidence, Curie, EntityType
from kgbuilder.protocols import Batch, GraphView
from kgbuilder.store.codec import statement_to_record
from kgbuilder.store.exporting import export
from kgbuilder.store.first_load import load_whole
from kgbuilder.store.json_lines import to_line
from kgbuilder.store.jsonl import iter_jsonl_batches, read_jsonl
from kgbuilder.store.memory import MemoryStore
from tests.contracts.test_stores import HOSTILE
from tests.store import graphs as g
from tests.store import hostile
from tests.store.hostile import about

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.merge(g.SAMPLE)
    return made


WRITTEN = {
    ("graphml", "sample_graph.graphml"): ["sample_graph.graphml"],
    ("jsonl", "sample_graph.jsonl"): ["sample_graph.jsonl"],
    ("kgx", "sample_graph"): ["sample_graph_edges.tsv", "sample_graph_nodes.tsv"],
    ("kgx", "sample_graph.jsonl"): ["sample_graph_edges.jsonl", "sample_graph_nodes.jsonl"],
    ("rdf", "sample_graph.ttl"): ["sample_graph.ttl"],
    ("rdf", "sample_graph.nq"): ["sample_graph.nq"],
    ("cypher", "sample_graph.cypher"): ["sample_graph.cypher"],
}
"""Format and name given -> the files that are written."""


@pytest.mark.parametrize(("format", "name"), WRITTEN)
def test_golden(store: MemoryStore, tmp_path: Path, format: str, name: str) -> None:
    export(store, format, tmp_path / name)
    assert sorted(p.name for p in tmp_path.iterdir()) == WRITTEN[format, name]
    for file in WRITTEN[format, name]:
        assert (tmp_path / file).read_text("utf-8") == (GOLDEN / file).read_text("utf-8")


@pytest.mark.parametrize(("format", "name"), WRITTEN)
def test_the_order_of_merging_does_not_show(tmp_path: Path, format: str, name: str) -> None:
    backwards = MemoryStore()
    for statement in reversed(g.SAMPLE.statements):
        backwards.merge(Batch(g.CONCEPTS[::-1], (statement,), g.SAMPLE.documents[::-1]))
    export(backwards, format, tmp_path / name)
    for file in WRITTEN[format, name]:
        assert (tmp_path / file).read_bytes() == (GOLDEN / file).read_bytes()


@settings(max_examples=30)
@given(st.lists(g.batches, max_size=3))
def test_jsonl_comes_back_exactly(batches: list[Batch]) -> None:
    store, back = MemoryStore(), MemoryStore()
    for batch in batches:
        store.merge(batch)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "g.jsonl"
        export(store, "jsonl", path)
        read_jsonl(path, back)
        first = path.read_bytes()
        export(back, "jsonl", path)
        assert path.read_bytes() == first
    assert list(back.statements()) == list(store.statements())
    assert list(back.concepts()) == list(store.concepts())
    assert list(back.documents()) == list(store.documents())


def test_a_zipped_jsonl_is_the_same_and_one_cut_off_is_told(
    store: MemoryStore, tmp_path: Path
) -> None:
    export(store, "jsonl", tmp_path / "g.jsonl")
    zipped = gzip.compress((tmp_path / "g.jsonl").read_bytes())
    (tmp_path / "g.jsonl.gz").write_bytes(zipped)
    back = MemoryStore()
    read_jsonl(tmp_path / "g.jsonl.gz", back)
    assert list(back.statements()) == list(store.statements())
    (tmp_path / "g.jsonl.gz").write_bytes(zipped[:-20])
    with pytest.raises(GraphError, match="cut off"):
        read_jsonl(tmp_path / "g.jsonl.gz", MemoryStore())


def test_jsonl_holds_every_character(tmp_path: Path) -> None:
    name = "\ud800\x00\u2028\x85\r\n\u202e\"'&<"
    store, back = MemoryStore(), MemoryStore()
    store.merge(Batch(concepts=(Concept(Curie("X", name), name, EntityType.DRUG),)))
    export(store, "jsonl", tmp_path / "out")
    read_jsonl(tmp_path / "out", back)
    assert list(back.concepts()) == list(store.concepts())


def files(store: GraphView, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    export(store, "jsonl", folder / "graph.jsonl")
    export(store, "neo4j-csv", folder / "csv")
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def assert_copied_as_made_of_nouns(*batches: Batch) -> None:
    memory = MemoryStore()
    with g.on_disk() as disk, TemporaryDirectory() as folder:
        for batch in batches:
            memory.merge(batch)
            disk.merge(batch)
        assert files(disk, Path(folder) / "disk") == files(memory, Path(folder) / "memory")
        lines = (Path(folder) / "disk" / "graph.jsonl").read_text("utf-8").split("\n")
    made = [{"kind": "statement", **statement_to_record(s)} for s in memory.statements()]
    assert lines[-2 - len(made) : -2] == [to_line(record) for record in made]


@settings(max_examples=10)
@given(st.lists(g.batches, max_size=3))
def test_what_a_graph_on_disk_holds_is_copied(batches: list[Batch]) -> None:
    assert_copied_as_made_of_nouns(*batches)


def test_hostile_names_are_copied() -> None:
    bare = g.edge(Curie("X", "bare"), "TARGETS", Curie("Patient", "b"), g.TABLE)
    many = g.edge(
        g.WARFARIN, "TARGETS", g.ASPIRIN, *(CuratedEvidence("t", "1", f"{n}") for n in range(3000))
    )
    keys = '", "name": "object": {}'
    names = Concept(Curie("X", keys), keys, EntityType.DRUG, (keys,))
    quoting = g.edge(names.id, "TARGETS", Curie("Y", keys), CuratedEvidence(keys, keys, "\ud800"))
    last = Batch((names,), (bare, many, quoting))
    assert_copied_as_made_of_nouns(g.SAMPLE, *map(about, HOSTILE), last)


def test_every_line_is_json(store: MemoryStore, tmp_path: Path) -> None:
    export(store, "jsonl", tmp_path / "out")
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "out").read_bytes().splitlines()]
    assert kinds == ["graph"] + ["concept"] * 5 + ["document"] * 3 + ["statement"] * 7 + ["end"]


def test_graphml_is_read_by_networkx(store: MemoryStore, tmp_path: Path) -> None:
    export(store, "graphml", tmp_path / "out.graphml")
    read = nx.read_graphml(tmp_path / "out.graphml", force_multigraph=True)
    ours = store.to_networkx()
    assert set(read.nodes) == set(ours.nodes)
    assert read.is_directed()
    for id, node in ours.nodes(data=True):
        node["synonyms"] = " | ".join(node["synonyms"])
        assert read.nodes[id] == {k: v for k, v in node.items() if v != ""}
    for subject, object, edge in ours.edges(data=True):
        assert read.edges[subject, object, edge["id"]] == edge


def test_graphml_says_what_it_cannot_hold(tmp_path: Path) -> None:
    store = MemoryStore()
    names = ("bad \x01", "bad \x02", "good <&>\n\"'")
    concepts = tuple(Concept(Curie("X", n), n, EntityType.DRUG) for n in names)
    statement = g.edge(concepts[0].id, "INTERACTS_WITH", concepts[1].id, g.TABLE)
    store.merge(Batch(concepts, (statement,)))
    issues = Issues()
    export(store, "graphml", tmp_path / "out", issues=issues)
    assert set(issues.counts()) == {"illegal-character"}
    read = nx.read_graphml(tmp_path / "out")
    assert len(read) == 3, "two that differ in what XML cannot hold stay two"
    assert len(read.edges) == 1
    assert read.nodes["X:" + names[2]]["name"] == names[2]


def test_hostile_names_in_graphml_are_names(tmp_path: Path) -> None:
    store, issues = MemoryStore(), Issues()
    store.merge(hostile.batch())
    export(store, "graphml", tmp_path / "out", issues=issues)
    read = nx.read_graphml(tmp_path / "out", force_multigraph=True)
    assert (len(read), len(read.edges)) == (len(hostile.NAMES), len(hostile.NAMES) - 1)
    lost = set(hostile.NAMES) - {node["name"] for _, node in read.nodes(data=True)}
    assert all(any(c in name for c in "\x00\x07\ufffe") for name in lost)
    assert issues.counts()["illegal-character"] >= len(lost) == 2


def test_golden_of_the_files_for_neo4j_admin(store: MemoryStore, tmp_path: Path) -> None:
    export(store, "neo4j-csv", tmp_path / "csv")
    golden = GOLDEN / "sample_graph_csv"
    names = sorted(p.name for p in golden.iterdir())
    assert sorted(p.name for p in (tmp_path / "csv").iterdir()) == names
    for name in names:
        assert (tmp_path / "csv" / name).read_bytes() == (golden / name).read_bytes()


def test_formats_that_are_not_there(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Turtle or N-Quads"):
        export(store, "rdf", tmp_path / "out.xml")
    with pytest.raises(UsageError, match="unknown export format") as caught:
        export(store, "graphlm", tmp_path / "out")
    assert "did you mean graphml" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_what_was_there(tmp_path: Path) -> None:
    class Failing(MemoryStore):
        def statements(self, **_: object):  # type: ignore[no-untyped-def, override]
            raise GraphError("broken")

    out = tmp_path / "out"
    out.write_text("old")
    with pytest.raises(GraphError, match="broken"):
        export(Failing(), "jsonl", out)
    assert out.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_where_nothing_can_be_written(store: MemoryStore, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "out", Path("/proc/out")):
        with pytest.raises(GraphError):
            export(store, "jsonl", path)


HEADER = '{"format": 2, "kind": "graph"}\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no exported graph"),
        ("hello\n", "not JSON"),
        ("[]\n", "JSON object"),
        ('{"kind": "concept"}\n', "no exported graph"),
        (HEADER + '{"kind": "thing"}\n', "unknown kind"),
        (HEADER + '{"kind": "concept", "id": "X:1"}\n', "'name' is missing"),
        (HEADER + '{"kind": "concept", "id": "X", "name": "n", "type": "Drug"}\n', "identifier"),
        (HEADER + '{"kind": "document"}\n', "'id' is missing"),
        (HEADER + '{"kind": "statement", "id": "00", "subject": "A:1", "predicate": "IS_A", '
         '"object": "A:2", "evidence": []}\n', "not the hash"),
        (HEADER + '{"kind": "statement", "subject": "A:1", "predicate": "IS_A", '
         '"object": "A:2", "evidence": []}\n', "needs evidence"),
        (HEADER + '{"kind": "statement", "subject": "A:1", "predicate": "HEALS", '
         '"object": "A:2", "evidence": []}\n', "unknown predicate"),
        (HEADER + "[" * 100_000 + "\n", "not JSON"),
        (HEADER + "\xff\n", "not UTF-8"),
    ],
)  # fmt: skip
def test_a_broken_jsonl_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(GraphError, match=complaint):
        read_jsonl(path, MemoryStore())


def test_a_jsonl_cut_between_lines_is_told(store: MemoryStore, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    export(store, "jsonl", whole)
    lines = whole.read_text().splitlines(keepends=True)
    for kept in range(1, len(lines)):
        cut.write_text("".join(lines[:kept]))
        with pytest.raises(GraphError, match="cut off"):
            read_jsonl(cut, MemoryStore())
    with pytest.raises(GraphError, match="cut off"):
        load_whole(tmp_path / "cut.kg", iter_jsonl_batches(cut))
    assert not (tmp_path / "cut.kg").exists()
    for taken in range(1, len(lines) - 1):
        cut.write_text("".join(lines[:taken] + lines[taken + 1 :]))
        with pytest.raises(GraphError, match=r"missing|does not hold"):
            read_jsonl(cut, MemoryStore())
    cut.write_text("".join([*lines, lines[1]]))
    with pytest.raises(GraphError, match="after the last"):
        read_jsonl(cut, MemoryStore())


def test_the_first_jsonl_has_no_last_line(store: MemoryStore, tmp_path: Path) -> None:
    export(store, "jsonl", tmp_path / "now.jsonl")
    lines = (tmp_path / "now.jsonl").read_text().splitlines(keepends=True)
    old = tmp_path / "old.jsonl"
    old.write_text("".join(['{"format": 1, "kind": "graph"}\n', *lines[1:-1]]))
    copy = MemoryStore()
    read_jsonl(old, copy)
    assert list(copy.statements()) == list(store.statements())
