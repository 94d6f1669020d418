"""RDF: an export comes back exactly, whatever others did to its layout; what is cut off is told."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.sources import import_source
from kgbuilder.curate.triples import Term, iter_triples
from kgbuilder.errors import FormatError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import CuratedEvidence, Curie, DerivedEvidence
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.iris import BASES, find_curie, iri_of
from kgbuilder.store.memory import MemoryStore
from tests.store import graphs as g
from tests.store import hostile

NAMES = ("g.ttl", "g.nq")
GOLDEN = Path(__file__).parents[1] / "golden"


def taken(path: Path) -> tuple[MemoryStore, Intake]:
    store, intake = MemoryStore(), Intake(Issues())
    for batch in import_source("rdf", path, intake=intake):
        store.merge(batch)
    return store, intake


def files(store: MemoryStore, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    for format, name in (("rdf", "g.ttl"), ("rdf", "g.nq"), ("jsonl", "g.jsonl")):
        export(store, format, folder / name)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_comes_back(batches: list[Batch], folder: Path) -> None:
    store = MemoryStore()
    for batch in batches:
        store.merge(batch)
    before = files(store, folder / "before")
    for name in NAMES:
        back, intake = taken(folder / "before" / name) if store.stats().n_nodes else (store, None)
        assert intake is None or not intake.issues.counts()
        assert files(back, folder / name) == before


def test_all_comes_back_byte_for_byte(tmp_path: Path) -> None:
    premise = g.edge(g.BLEEDING, "ASSOCIATED_WITH", g.ZEBRA, g.TABLE)  # which no graph holds
    twice = DerivedEvidence("again", (g.DERIVED, premise, g.CAUSES), qualifiers=(("a b", "ü%"),))
    bare = Curie("X y", "a%2Fb:c")
    table = CuratedEvidence("t", "1", "r", address="https://example.org/?a=<b>")
    more = Batch(
        statements=(
            g.edge(g.ZEBRA, "ASSOCIATED_WITH", bare, twice),
            g.edge(g.WARFARIN, "CAUSES", bare, table),
        )
    )
    assert_comes_back([g.SAMPLE, more], tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.lists(g.batches, max_size=3))
def test_whatever_is_merged_comes_back(batches: list[Batch]) -> None:
    with TemporaryDirectory() as folder:
        assert_comes_back(batches, Path(folder))


def test_hostile_names_come_back(tmp_path: Path) -> None:
    assert_comes_back([hostile.batch(), *map(hostile.about, hostile.NAMES)], tmp_path)


def test_lines_in_any_order_and_twice_are_the_same_graph(tmp_path: Path) -> None:
    lines = (GOLDEN / "sample_graph.nq").read_text("utf-8").splitlines(keepends=True) * 2
    random.Random(3).shuffle(lines)
    (tmp_path / "mixed.nq").write_text("".join(lines), "utf-8")
    store, intake = taken(tmp_path / "mixed.nq")
    export(store, "jsonl", tmp_path / "g.jsonl")
    assert (tmp_path / "g.jsonl").read_bytes() == (GOLDEN / "sample_graph.jsonl").read_bytes()
    assert not intake.issues.counts()


@pytest.mark.parametrize(("format", "name"), [("turtle", "g.ttl"), ("nt", "g.nt")])
def test_what_another_program_wrote_of_it_comes_back(
    format: str, name: str, tmp_path: Path
) -> None:
    rdflib = pytest.importorskip(
        "rdflib", reason="rdflib is not installed: pip install -e '.[dev]'"
    )
    store = MemoryStore()
    for batch in (g.SAMPLE, hostile.batch(), *map(hostile.about, hostile.NAMES)):
        store.merge(batch)
    before = files(store, tmp_path / "before")
    graph = rdflib.Graph()
    graph.parse(tmp_path / "before" / "g.ttl", format="turtle")
    graph.serialize(tmp_path / name, format=format, encoding="utf-8")
    back, _ = taken(tmp_path / name)
    assert files(back, tmp_path / "after") == before


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_cut_off_is_told(name: str, tmp_path: Path) -> None:
    text = (GOLDEN / f"sample_graph{Path(name).suffix}").read_text("utf-8")
    ends = [at for at in range(len(text)) if text.startswith(" .\n", at)]
    for end in ends[:-1]:
        (tmp_path / name).write_text(text[: end + 3], "utf-8")
        try:
            _, intake = taken(tmp_path / name)
        except FormatError:
            continue
        counts = intake.issues.counts()
        assert {"no-end", "cut-off", "broken-row"} & counts.keys(), end
    (tmp_path / name).write_text(text[: ends[-1]], "utf-8")
    with pytest.raises(FormatError, match="within a statement"):
        taken(tmp_path / name)


def test_without_their_texts_documents_and_what_quotes_them_are_refused(tmp_path: Path) -> None:
    lines = (GOLDEN / "sample_graph.nq").read_text("utf-8").splitlines(keepends=True)
    old = [line for line in lines if "kgbuilder:text>" not in line]
    (tmp_path / "old.nq").write_text("".join(old), "utf-8")
    store, intake = taken(tmp_path / "old.nq")
    assert list(store.concepts()) == list(g.CONCEPTS)
    assert list(store.documents()) == list(store.statements()) == []
    assert intake.left_out == {"documents without their text": 3}
    assert intake.issues.counts() == {"broken-row": 7, "cut-off": 2}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("<urn:a:s> a rdf:Statement .", "no rdf:subject"),
        ("<urn:a:s> a rdf:Statement ; rdf:subject <urn:b> .", "no identifier here"),
        ("<urn:a:s> a rdf:Statement ; rdf:subject obo:HP_1 ; rdf:predicate kgb:predicate:IS_A ; "
         "rdf:object obo:HP_2 ; kgb:evidence <urn:e> .", "does not hold"),
        ("<urn:a:s> a rdf:Statement ; rdf:subject obo:HP_1 ; rdf:predicate kgb:predicate:IS_A ; "
         "rdf:object obo:HP_2 .", "needs evidence"),
        ("<urn:a:s> a rdf:Statement ; rdf:subject obo:HP_1 ; rdf:predicate kgb:predicate:HEALS ; "
         "rdf:object obo:HP_2 ; kgb:evidence <urn:e> . <urn:e> a kgb:DerivedEvidence ; kgb:rule 'r' ; "
         "kgb:refutes false ; kgb:premise <urn:a:s> .", ""),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_and_the_rest_taken(
    line: str, why: str, tmp_path: Path
) -> None:
    head = (
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . PREFIX kgb: <urn:kgbuilder:>\n"
        "@prefix obo: <http://purl.obolibrary.org/obo/> . # a comment\n"
        "obo:HP_1 a <https://w3id.org/biolink/vocab/PhenotypicFeature>, <urn:other> ;\n"
        "  <http://www.w3.org/2000/01/rdf-schema#label> '''a\nlong\tname'''@en ;.\n"
    )
    (tmp_path / "g.ttl").write_text(head + line)
    store, intake = taken(tmp_path / "g.ttl")
    assert [(str(c.id), c.name) for c in store.concepts()] == [("HP:1", "a\nlong\tname")]
    assert intake.issues.n_refused == 1
    assert why in str(next(iter(intake.issues)))


@pytest.mark.parametrize(
    "text", ["<a> <b> <c> .", "[] <urn:a> <urn:b> .", "x:a <urn:a> 'b' .", "<urn:a"]
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "g.ttl").write_text("<urn:a> <urn:b> 'c' .\n" + text)
    with pytest.raises(FormatError) as caught:
        taken(tmp_path / "g.ttl")
    assert caught.value.where == f"{tmp_path / 'g.ttl'}:2"


def test_every_form_of_a_term(tmp_path: Path) -> None:
    (tmp_path / "g.ttl").write_text(
        "@prefix : <urn:x:> . @prefix p.q: <urn:y:> .\n"
        ':a p.q:b-c.d :e\\,f%20g, 1.5e3, true, -2 ; :z \'\\u00e9\\\'\', """a""b\\\\"""^^:t. '
        '<urn:a> <urn:b\\u0041> _:c . <urn:a> <urn:b> "d"@en-GB <urn:graph> .\n'
    )
    found = list(iter_triples(tmp_path / "g.ttl", issues=Issues()))
    assert found == [
        ("urn:x:a", "urn:y:b-c.d", Term("urn:x:e,f%20g", True)),
        ("urn:x:a", "urn:y:b-c.d", Term("1.5e3", False)),
        ("urn:x:a", "urn:y:b-c.d", Term("true", False)),
        ("urn:x:a", "urn:y:b-c.d", Term("-2", False)),
        ("urn:x:a", "urn:x:z", Term("é'", False)),
        ("urn:x:a", "urn:x:z", Term('a""b\\', False)),
        ("urn:a", "urn:b", Term("d", False)),
    ]


def test_an_iri_leads_back_to_its_id() -> None:
    for prefix in (*BASES, "TEXT", "x y"):
        for local_id in ("1", "a:b", "a%3Ab", "\ud800", "é/\n"):
            id = Curie(prefix, local_id)
            assert find_curie(iri_of(id)) == id
    assert find_curie("urn:kgbuilder:id:x") is None
    assert find_curie("urn:kgbuilder:id:x:%ff") is None


@pytest.mark.parametrize("what", ["graphml", "cypher", "neo4j-csv"])
def test_what_is_only_written_says_so(what: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not read") as caught:
        list(import_source(what, tmp_path, intake=Intake(Issues())))
    assert "jsonl, rdf or kgx" in caught.value.hint
