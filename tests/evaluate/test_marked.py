from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from kgbuilder.errors import FormatError
from kgbuilder.evaluate.corpora import CORPORA, read_corpus
from kgbuilder.evaluate.distant import read_distant
from kgbuilder.evaluate.labels import labels_of
from kgbuilder.evaluate.marked import NEGATED, read_marked
from kgbuilder.issues import Issues
from kgbuilder.model import PREDICATES

HEAD = "predicate\tpairs\ttext\n"


def test_a_marked_sentence_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(HEAD + "TREATS\t2-1; not 3-1\t[C Gout] left with [D coxol], not [D dosol].\n")
    (read,) = read_marked(path, issues=Issues())
    assert read.text == "Gout left with coxol, not dosol."
    assert [read.text[e.start : e.end] for e in read.entities] == ["Gout", "coxol", "dosol"]
    assert [(r.type, r.head, r.tail) for r in read.relations] == [
        ("TREATS", "2", "1"),
        ("TREATS" + NEGATED, "3", "1"),
    ]
    assert read.split in ("dev", "test")


@pytest.mark.parametrize(
    "row", ["TREATS\t1-9\t[D a] [C b].", "HEALS\t1-2\t[D a] [C b].", "TREATS\tx\t[D a]", "TREATS"]
)
def test_a_wrong_row_is_refused_and_the_rest_goes_on(tmp_path: Path, row: str) -> None:
    path, issues = tmp_path / "t.tsv", Issues()
    path.write_text(HEAD + row + "\nTREATS\t1-2\t[D a] for [C b].\n")
    assert len(list(read_marked(path, issues=issues))) == 1
    assert issues.n_refused == 1


def test_a_table_without_its_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\n")
    with pytest.raises(FormatError, match="pairs"):
        list(read_marked(path, issues=Issues()))


@pytest.mark.parametrize("name", ["negated", "phenotype"])
def test_our_own_tables_are_sound(name: str) -> None:
    issues = Issues()
    halves = [
        list(read_corpus(f"{name}-{s}", root=Path("none"), issues=issues)) for s in ("dev", "test")
    ]
    assert not issues.n_refused
    texts = [d.text for half in halves for d in half]
    assert len(texts) == len(set(texts)) > 250
    assert min(map(len, halves)) > 100
    labels = labels_of(name)
    for document in (d for half in halves for d in half):
        types = {e.id: e.type for e in document.entities}
        for relation in document.relations:
            predicate = PREDICATES[relation.type.removesuffix(NEGATED)]
            assert types[relation.head] in predicate.domain, document.text
            assert types[relation.tail] in predicate.range, document.text
            assert set(types.values()) <= set(labels.mentions)


def test_every_table_of_ours_is_in_the_package() -> None:
    shipped = files("kgbuilder.evaluate") / "tables"
    for name in ("negated-dev", "phenotype-dev"):
        assert (shipped / Path(CORPORA[name].path).name).is_file()


def test_what_a_corpus_calls_a_relation_depends_on_its_ends() -> None:
    labels = labels_of("biored-dev")
    assert labels.relation("Positive_Correlation", ["Disease", "Drug"]) == ("CAUSES",)
    assert labels.relation("Positive_Correlation", ["Drug", "Gene"])[0] == "ACTIVATES"
    assert labels.name_of("INDUCES:indirect", ["Drug", "Gene"]) == "ACTIVATES"
    assert labels.name_of("INDUCES:indirect", ["Disease", "Drug"]) is None
    assert labels_of("negated-dev").denied
    assert labels_of("chemprot-dev").all_related
    assert not labels_of("ddi-test").all_related


def test_distant_labels_are_places_in_raw_texts(tmp_path: Path) -> None:
    (tmp_path / "raw.jsonl").write_text(
        json.dumps({"text": "First. Gout brings pain. Last."}) + "\n"
    )
    rows = [
        {
            "file": "raw.jsonl",
            "line": 0,
            "start": 7,
            "end": 24,
            "pairs": [[0, 4, 12, 16, "HAS_PHENOTYPE"]],
        },
        {"file": "raw.jsonl", "line": 0, "start": 7, "end": 99, "pairs": []},
    ]
    path, issues = tmp_path / "distant.jsonl", Issues()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (read,) = read_distant(path, root=tmp_path, issues=issues)
    assert issues.n_refused == 1
    assert read.text == "Gout brings pain."
    assert [(e.type, read.text[e.start : e.end]) for e in read.entities] == [
        ("Disease", "Gout"),
        ("Phenotype", "pain"),
    ]
    assert len(read.relations) == 1
