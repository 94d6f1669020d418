from __future__ import annotations

import gzip
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from kgbuilder.errors import FormatError, InputError, UnknownName
from kgbuilder.evaluate.corpora import CORPORA, AnnotatedDocument, read_corpus
from kgbuilder.evaluate.raw_text import RawText
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "corpora"


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), "utf-8")
    return path


GOOD = {
    "id": "n1",
    "text": "No fever \U0001f600 today.",
    "entities": [
        {"id": "T1", "start": 3, "end": 8, "type": "Phenotype", "attrs": {"polarity": "negated"}}
    ],
    "relations": [{"type": "X", "head": "T1", "tail": "T1"}],
}


def test_the_common_schema_is_read(tmp_path: Path) -> None:
    issues = Issues()
    (document,) = read_corpus(str(write(tmp_path / "a.jsonl", GOOD)), issues=issues)
    (entity,) = document.entities
    assert document.text[entity.start : entity.end] == "fever"
    assert entity.attr("polarity") == "negated"
    assert entity.attr("certainty") is None
    assert document.relations[0].head == "T1"
    assert issues.n_refused == 0


def test_a_folder_with_gold_is_read(tmp_path: Path) -> None:
    write(tmp_path / "gold.jsonl", GOOD)
    assert [d.id for d in read_corpus(str(tmp_path), issues=Issues())] == ["n1"]


def test_attributes_written_as_a_list_are_read(tmp_path: Path) -> None:
    row = GOOD | {"entities": [GOOD["entities"][0] | {"attrs": ["POLARITY=NEG"]}]}  # type: ignore[index,operator]
    (document,) = read_corpus(str(write(tmp_path / "a.jsonl", row)), issues=Issues())
    assert document.entities[0].attr("POLARITY") == "NEG"


def test_broken_lines_are_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    outside = {"id": "n2", "text": "ab", "entities": [{"start": 1, "end": 9, "type": "X"}]}
    issues = Issues()
    path = write(tmp_path / "a.jsonl", GOOD, "{", "[1]", {"id": "x"}, outside, "", GOOD)
    documents = list(read_corpus(str(path), issues=issues))
    assert [d.id for d in documents] == ["n1", "n2", "n1"]
    assert documents[1].entities == ()
    assert issues.counts() == {"bad-json": 2, "bad-record": 1, "bad-span": 1}


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no corpus"):
        list(read_corpus("bc6cdr", issues=Issues()))
    with pytest.raises(InputError, match=r"no gold\.jsonl"):
        list(read_corpus(str(tmp_path), issues=Issues()))
    with pytest.raises(InputError, match="no such"):
        list(read_corpus("bc5cdr-test", root=tmp_path, issues=Issues()))
    whole = gzip.compress(json.dumps(GOOD).encode() * 50)
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError):
        list(read_corpus(str(tmp_path / "cut.jsonl.gz"), issues=Issues()))
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9"}')
    with pytest.raises(FormatError):
        list(read_corpus(str(tmp_path / "latin.jsonl"), issues=Issues()))


def corpus_file(root: Path, folder: str, name: str, text: str) -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / folder / name).write_bytes(gzip.compress(text.encode()))


def test_the_other_formats_are_read(tmp_path: Path) -> None:
    corpus_file(
        tmp_path, "mtl_ner/BC2GM-IOB", "train.tsv.gz", "The\tO\nS\tB-GENE\n-\tI-GENE\n1\tI-GENE\n\n"
    )
    (iob,) = read_corpus("bc2gm-train", root=tmp_path, issues=Issues())
    assert [iob.text[e.start : e.end] for e in iob.entities] == ["S - 1"]

    sentence = {
        "id": "d.s0",
        "text": "A with B",
        "entities": [
            {"id": "e0", "start": 0, "end": 1, "type": "drug"},
            {"id": "e1", "start": 7, "end": 8, "type": "drug"},
        ],
        "pairs": [["e0", "e1", "effect"]],
    }
    ddi = json.dumps({"id": "d", "split": "train", "sentences": [sentence]})
    corpus_file(tmp_path, "ddi2013", "docs.jsonl.gz", ddi)
    (read,) = read_corpus("ddi-train", root=tmp_path, issues=Issues())
    assert (read.id, read.group, read.relations[0].type) == ("d.s0", "d", "effect")
    assert list(read_corpus("ddi-test", root=tmp_path, issues=Issues())) == []

    event = {
        "event_type": "Adverse_event",
        "Treatment": {"Drug": {"text": [["A"]], "start": [[0]]}},
        "Effect": {"text": [["rash"]], "start": [[9]]},
        "Negated": {"text": [["no"]], "start": [[6]]},
    }
    phee = {"id": "77_1", "context": "A had no rash", "annotations": [{"events": [event]}]}
    corpus_file(tmp_path, "phee", "train.jsonl.gz", json.dumps(phee))
    (read,) = read_corpus("phee-train", root=tmp_path, issues=Issues())
    assert read.group == "77"
    assert read.relations[0].type == "Adverse_event Negated"

    marked = {"text": "<< X1 >> is blocked by [[ abc ]].", "label": "INHIBITOR"}
    corpus_file(tmp_path, "chemprot/sentence_level", "train.jsonl.gz", json.dumps(marked))
    (read,) = read_corpus("chemprot-train", root=tmp_path, issues=Issues())
    assert read.text == "X1 is blocked by abc."
    assert [read.text[e.start : e.end] for e in read.entities] == ["X1", "abc"]


def test_the_abstracts_of_chemprot_are_read_by_sentences(tmp_path: Path) -> None:
    abstract = {
        "doc_key": "7",
        "sentences": [["abc", "was", "given", "."], ["X1", "is", "blocked", "by", "abc", "."]],
        "ner": [[[0, 0, "CHEMICAL"]], [[4, 4, "GENE"], [8, 8, "CHEMICAL"]]],
        "relations": [[], [[4, 4, 8, 8, "CPR:4"]]],
    }
    across = abstract | {"ner": [[[2, 4, "CHEMICAL"]], []], "relations": [[], []]}
    rows = "\n".join(map(json.dumps, (abstract, across)))
    corpus_file(tmp_path, "chemprot/document_level", "test.jsonl.gz", rows)
    issues = Issues()
    first, second = read_corpus("chemprotdoc-test", root=tmp_path, issues=issues)
    assert (first.id, second.id, second.group) == ("7.0", "7.1", "7")
    assert [second.text[e.start : e.end] for e in second.entities] == ["X1", "abc"]
    (relation,) = second.relations
    place = {e.id: second.text[e.start : e.end] for e in second.entities}
    assert (place[relation.head], place[relation.tail]) == ("abc", "X1"), "from chemical to gene"
    assert issues.counts() == {"bad-record": 1}, "a mention that is not of its sentence"


def test_documents_are_carved_by_group_and_the_same_each_time() -> None:
    documents = [AnnotatedDocument(f"{g}.{i}", "x", group=str(g)) for g in range(9) for i in (0, 1)]
    carved, rest = carve(documents, 3)
    assert len(carved) == 6
    assert {d.group for d in carved}.isdisjoint({d.group for d in rest})
    assert (carved, rest) == carve(reversed(documents), 3)


@pytest.mark.parametrize(
    ("carved", "whole"),
    [
        ("ddi-carved", "ddi-train"),
        ("bc5cdr-carved", "bc5cdr-dev"),
        ("biored-carved", "biored-train"),
        ("chemprot-carved", "chemprot-train"),
        ("chemprotdoc-carved", "chemprotdoc-dev"),
    ],
)
def test_carved_corpora_are_what_the_recipe_carves(carved: str, whole: str) -> None:
    recipe = tomllib.loads((ROOT / "pipelines" / "recipes" / "relater.toml").read_text("utf-8"))
    assert replace(CORPORA[carved], carved=0) == CORPORA[whole]
    assert CORPORA[carved].carved == recipe["dev"][whole]


def test_a_carved_corpus_is_read_by_groups(tmp_path: Path) -> None:
    sentence = {"text": "A", "entities": [], "pairs": []}
    rows = [
        {
            "id": str(d),
            "split": "train",
            "sentences": [{"id": f"{d}.{n}"} | sentence for n in (0, 1)],
        }
        for d in range(90)
    ]
    corpus_file(tmp_path, "ddi2013", "docs.jsonl.gz", "\n".join(map(json.dumps, rows)))
    documents = list(read_corpus("ddi-carved", root=tmp_path, issues=Issues()))
    assert len({d.group for d in documents}) == 70
    assert len(documents) == 140


LONG = "Nephrotoxic effects of alphanol were studied in thirty patients with renal disease. " * 6


@pytest.mark.parametrize(
    ("candidate", "overlaps"),
    [
        (AnnotatedDocument("9", "quite another text", group="9"), False),
        (AnnotatedDocument("1", "quite another text", group="1"), True),
        (AnnotatedDocument("s.1", "quite another text", group="1"), True),
        (AnnotatedDocument("9", LONG.upper().replace(" ", "  "), group="9"), True),
        (AnnotatedDocument("9", "were studied in thirty patients with renal", group="9"), True),
        (AnnotatedDocument("9", "in thirty", group="9"), False),
        (AnnotatedDocument("9", LONG + "gammanol did not interact with deltanol", group="9"), True),
    ],
)
def test_overlap_by_pmid_and_by_text(candidate: AnnotatedDocument, overlaps: bool) -> None:
    short = "Gammanol did not interact with deltanol."
    held = [AnnotatedDocument("1", LONG, group="1"), AnnotatedDocument("2.1", short, group="2")]
    assert (candidate.id in overlapping_documents([candidate], held)) is overlaps


@pytest.mark.parametrize("recipe", ["tagger.toml", "relater.toml", "teacher_bc5cdr.toml"])
def test_recipes_train_on_nothing_that_they_hold_out(recipe: str) -> None:
    table = tomllib.loads((ROOT / "pipelines" / "recipes" / recipe).read_text("utf-8"))
    assert not set(table["corpora"]) & set(table["held_out"])
    assert not any("test" in name for name in table["corpora"])
    assert all(corpus["licence"] for corpus in table["corpora"].values())


@pytest.mark.extra
def test_training_texts_left_in_share_nothing_with_the_test_texts() -> None:
    if not SHARED.exists():
        return  # the corpora are not part of the project

    def load(name: str) -> list[AnnotatedDocument]:
        return list(read_corpus(name, root=SHARED, issues=Issues()))

    held = load("bc5cdr-test") + load("ncbi-dev")
    train = load("bc5cdr-train") + load("biored-train") + load("ncbi-train")
    out = overlapping_documents(train, held)
    names = {d.group for d in held}
    assert 0 < len(out) < len(train) / 4
    assert {d.id for d in train if d.id not in out}.isdisjoint(names)


@pytest.mark.parametrize(
    ("licence", "non_commercial"),
    [
        ("CC BY-NC", True),
        ("cc-by-nc(text)", True),
        ("cc-by-nc-sa", True),
        ("research use", True),
        ("CC BY 4.0", False),
    ],
)
def test_raw_text_knows_whether_its_licence_is_non_commercial(
    licence: str, non_commercial: bool
) -> None:
    assert RawText("1", "text", "1", licence).non_commercial is non_commercial
