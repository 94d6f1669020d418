"""Labelled files of every kind, clean and dirty: what is read, and what is said about the rest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.evaluate.labelled_columns import spans_of_tags, tag_column
from kgbuilder.evaluate.labelled_files import read_labelled
from kgbuilder.issues import Issues


def read(path: Path) -> tuple[list[AnnotatedDocument], Issues]:
    issues = Issues()
    return list(read_labelled(path, issues=issues)), issues


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def mentions(document: AnnotatedDocument) -> list[tuple[str, str]]:
    return [(e.type, document.text[e.start : e.end]) for e in document.entities]


WANTED = [("Drug", "aspirin"), ("Disease", "heart failure")]


def columns(tags: list[str], *, sep: str = "\t", middle: str = "") -> str:
    words = ["give", "aspirin", "for", "heart", "failure", "."]
    return "".join(f"{w}{sep}{middle}{t}\n" for w, t in zip(words, tags, strict=True))


@pytest.mark.parametrize(
    "tags",
    [
        ["O", "B-Drug", "O", "B-Disease", "I-Disease", "O"],
        ["O", "I-Drug", "O", "I-Disease", "I-Disease", "O"],  # IOB1
        ["O", "U-Drug", "O", "B-Disease", "L-Disease", "O"],
        ["O", "S-Drug", "O", "B-Disease", "E-Disease", "O"],
        ["O", "B_Drug", "O", "B_Disease", "I_Disease", "O"],
        ["O", "Drug", "O", "Disease", "Disease", "O"],
    ],
)
def test_every_scheme_of_tags_is_read(tmp_path: Path, tags: list[str]) -> None:
    for name, text in {
        "tab.tsv": columns(tags),
        "space.conll": columns(tags, sep=" "),
        "four.conll": columns(tags, sep=" ", middle="NN B-NP "),
        "crlf.tsv": columns(tags).replace("\n", "\r\n"),
        "mark.tsv": "\ufeff" + columns(tags),
    }.items():
        if name == "four.conll" and tags[1] == "Drug":
            continue  # bare types beside a column of B-NP: nobody can tell which are meant
        (document,), issues = read(put(tmp_path / name, text))
        assert document.text == "give aspirin for heart failure ."
        assert mentions(document) == WANTED, name
        assert issues.counts() == {}, name


def test_sentences_become_documents_where_documents_are_marked(tmp_path: Path) -> None:
    one = columns(["O", "B-Drug", "O", "B-Disease", "I-Disease", "O"])
    text = f"-DOCSTART-\tO\n\n{one}\n{one}\n# newdoc id = b7\n{one}\n###MEDLINE:99\n{one}"
    documents, issues = read(put(tmp_path / "a.conll", text))
    assert [d.text.count("\n") for d in documents] == [1, 0, 0]
    assert [d.id for d in documents][1:] == ["b7", "99"]
    assert mentions(documents[0]) == WANTED * 2
    assert issues.counts() == {}


def test_unmarked_sentences_keep_their_neighbours(tmp_path: Path) -> None:
    one = columns(["O", "B-Drug", "O", "B-Disease", "I-Disease", "O"])
    documents, _ = read(put(tmp_path / "a.conll", "\n".join([one] * 45)))
    assert len({d.id for d in documents}) == 45
    assert len({d.group for d in documents}) == 3


def test_dirty_columns_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = columns(["O", "B-Drug", "O", "B-Disease", "I-Disease", "O"])
    stray, mixed = "fever\tI-Disease\n", "pain\tB-Disease\nkiller\tI-Drug\n"
    text = f"{good}\n{stray}\nno tag here\nfever\tO\n\n{mixed}\n{good}"
    documents, issues = read(put(tmp_path / "a.tsv", text))
    assert len(documents) == 4, "the sentence without a tag is left out whole"
    assert mentions(documents[1]) == [("Disease", "fever")]
    assert mentions(documents[2]) == [("Disease", "pain"), ("Drug", "killer")]
    assert issues.counts() == {"stray-inside": 2, "missing-tag": 1}
    assert any("a.tsv:10" in issue.where for issue in issues)


def test_another_encoding_is_read_and_named(tmp_path: Path) -> None:
    text = "Sjögren\tB-Disease\n’s\tI-Disease\nnot\tO\n"
    for name, data in {
        "a.tsv": text.encode("cp1252"),
        "b.tsv": text.encode("utf-16"),
        "c.tsv.gz": gzip.compress(text.encode()),
    }.items():
        (document,), issues = read(put(tmp_path / name, data))
        assert document.text == "Sjögren ’s not"
        assert issues.counts() == ({"encoding": 1} if name == "a.tsv" else {})


def test_which_column_holds_the_tags() -> None:
    assert tag_column([["a", "NN", "O", "x"], ["b", "NN", "B-Drug", "y"]]) == 2
    assert tag_column([["no", "tags"], ["at", "all"]]) is None
    assert tag_column([]) is None


@given(
    st.lists(
        st.sampled_from(["O", *(f"{m}-{t}" for m in "BIESLUM" for t in ("Drug", "Gene"))]),
        max_size=12,
    )
)
def test_any_mixture_of_tags_gives_ordered_spans_over_what_is_tagged(tags: list[str]) -> None:
    spans = spans_of_tags(tags, where="x", issues=Issues())
    covered = [i for start, end, _ in spans for i in range(start, end)]
    assert covered == [i for i, tag in enumerate(tags) if tag != "O"]
    for start, end, type in spans:
        assert {tag[2:] for tag in tags[start:end]} == {type}
        assert not any(tag[0] in "BSU" for tag in tags[start + 1 : end])


BRAT_TEXT = "Breast and ovarian cancer.\nAspirin caused no bleeding \U0001f600 or itch.\n"
BRAT = """T1\tDisease 0 6;19 25\tBreast cancer
T2\tDrug 27 34\tAspirin
T3\tEffect 45 53\tbleeding
T4\tEffect 59 63\titch
R1\tCauses Arg1:T2 Arg2:T3\t
R2\tCauses Arg2:T4 Arg1:T2
R3\tCauses Arg1:T2 Arg2:T9
A1\tNegated T3
M1\tCertainty T4 low
N1\tReference T2 MESH:D001241\tAspirin
*\tEquiv T3 T4
#1\tAnnotatorNotes T3\ta note
E1\tAdmission:T2 Theme:T3
nonsense
T8\tDrug 30 90\tAspirin
T9\tDrug 28 35\tAspirin
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_brat_is_read(tmp_path: Path, ends: str) -> None:
    put(tmp_path / "ward" / "a.txt", BRAT_TEXT.replace("\n", ends))
    put(tmp_path / "ward" / "a.ann", BRAT.replace("\n", ends))
    put(tmp_path / "empty.txt", "Nothing here.")
    put(tmp_path / "empty.ann", "")
    put(tmp_path / "alone.txt", "Fever.")
    put(tmp_path / "lost.ann", "")
    put(tmp_path / "annotation.conf", "[entities]")
    documents, issues = read(tmp_path)
    assert [d.id for d in documents] == ["empty", "ward/a"]
    document = documents[1]
    assert mentions(document) == [
        ("Disease", "Breast and ovarian cancer"),
        ("Drug", "Aspirin"),
        ("Effect", "bleeding"),
        ("Effect", "itch"),
    ]
    by_id = {e.id: e for e in document.entities}
    assert by_id["T3"].attr("Negated") == "true"
    assert by_id["T4"].attr("Certainty") == "low"
    assert by_id["T2"].ids == ("MESH:D001241",)
    assert [(r.type, r.head, r.tail) for r in document.relations] == [
        ("Causes", "T2", "T3"),
        ("Causes", "T2", "T4"),
    ]
    assert issues.counts() == {
        "bad-line": 1,
        "bad-relation": 1,
        "bad-span": 1,
        "discontinuous": 1,
        "event-arguments": 1,
        "no-ann": 1,
        "no-txt": 1,
        "offset-mismatch": 1,
    }
    (alone, _) = read(tmp_path / "ward" / "a.txt")
    assert [d.id for d in alone] == ["a"]


def test_brat_that_counts_line_ends_is_read(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "one\r\naspirin\r\n")
    put(tmp_path / "a.ann", "T1\tDrug 5 12\taspirin\n")
    (document,), issues = read(tmp_path)
    assert mentions(document) == [("Drug", "aspirin")]
    assert issues.counts() == {}


def test_pubtator_is_read_with_its_annotations(tmp_path: Path) -> None:
    text = (
        "12|t|Aspirin and bleeding\n12|a|Both occur.\n"
        "12\t0\t7\tAspirin\tChemical\tD001241\n12\t12\t20\tbleeding\tDisease\tD006470|D1\n"
        "12\tCID\tD001241\tD006470\n12\t21\t25\tbath\tDisease\t-1\n12\t21\t25\tBoth\tDrug\t-1\n"
        "nonsense\n\n13|t|Alone\r\n13|a|\r\n14|t|Next\n14\t0\t99\tNext\tX\n"
    )
    documents, issues = read(put(tmp_path / "a.txt", text))
    assert [d.id for d in documents] == ["12", "13", "14"]
    assert mentions(documents[0]) == [
        ("Chemical", "Aspirin"),
        ("Disease", "bleeding"),
        ("Drug", "Both"),
    ]
    assert documents[0].entities[1].ids == ("D006470", "D1")
    assert documents[0].entities[2].ids == ()
    assert [(r.type, r.head, r.tail) for r in documents[0].relations] == [
        ("CID", "D001241", "D006470")
    ]
    assert documents[0].title_end == 20
    assert issues.counts() == {"bad-span": 1, "malformed-line": 1, "offset-mismatch": 1}


def test_json_lines_and_folders_are_read(tmp_path: Path) -> None:
    row = {"id": "n", "text": "fever", "entities": [{"start": 0, "end": 5, "type": "Phenotype"}]}
    put(tmp_path / "a" / "gold.jsonl", "\ufeff" + json.dumps(row))
    (document,), issues = read(tmp_path / "a")
    assert mentions(document) == [("Phenotype", "fever")]
    assert issues.counts() == {}
    one = columns(["O", "B-Drug", "O", "B-Disease", "I-Disease", "O"])
    for name in ("train.tsv", "x_devel.tsv", "test.conll.gz", "other.tsv", "read.me", "plain.txt"):
        data = one.encode() if name != "plain.txt" else b"Just prose, no labels.\nAt all.\n"
        put(tmp_path / "b" / name, gzip.compress(data) if name.endswith("gz") else data)
    documents, issues = read(tmp_path / "b")
    assert sorted(d.split for d in documents) == ["", "dev", "test", "train"]
    assert issues.counts() == {"not-labelled": 1}


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("none.tsv", None, "no such file"),
        ("empty.tsv", b" \n", "empty"),
        ("prose.txt", b"Just prose.\n", "no column of tags"),
        ("a.xml", b"<collection/>", "XML"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("a.bin", b"\x00\x01\x02" * 9, "binary"),
        ("cut.tsv.gz", gzip.compress(b"a\tO\n" * 999, mtime=0)[:30], "breaks off"),
        ("whole.json", b'{\n"id": 1}', "one object a line"),
        ("folder", None, "no labelled file"),
    ],
)
def test_what_is_not_labelled_is_an_error_that_says_so(
    tmp_path: Path, name: str, data: bytes | None, what: str
) -> None:
    path = tmp_path / name
    if data is not None:
        put(path, data)
    if name == "folder":
        path.mkdir()
    with pytest.raises(InputError, match=what):
        read(path)
