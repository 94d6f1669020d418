"""Whatever a user names: files, folders, standard input, good and bad."""

import gzip
import io
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgbuilder.errors import InputError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Document
from kgbuilder.read.plain import PlainReader
from kgbuilder.read.sniff import Format, format_of
from kgbuilder.read.sources import iter_documents
from tests.read.samples import BIOC_JSON, BIOC_XML, CSV, JATS, JSONL, MEDLINE, NOTE, PUBTATOR

ALL = {
    Format.MEDLINE: MEDLINE,
    Format.JATS: JATS,
    Format.BIOC_XML: BIOC_XML,
    Format.BIOC_JSON: BIOC_JSON,
    Format.PUBTATOR: PUBTATOR,
    Format.JSONL: JSONL,
    Format.CSV: CSV,
    Format.TSV: CSV.replace(",", "\t"),
    Format.PLAIN: NOTE,
}


def ids(*sources: Path | str, issues: Issues | None = None, **options: str) -> list[str]:
    found = iter_documents(list(sources), issues=issues or Issues(), **options)  # type: ignore[arg-type]
    return [document.id for document in found]


@pytest.mark.parametrize("format", list(ALL))
@pytest.mark.parametrize("name", ["source", "source.txt", "source.txt.gz"])
def test_content_decides(format: Format, name: str) -> None:
    assert format_of(ALL[format].encode(), name=name) is format


def test_folder_is_walked_in_order_and_ids_are_relative(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/2.txt", "a.txt", "b/1.txt", ".hidden/x.txt", ".y.txt", "README.md"):
        (tmp_path / name).write_text(f"note {name}")
    (tmp_path / "c.xml.gz").write_bytes(gzip.compress(MEDLINE.encode()))
    issues = Issues()
    assert ids(tmp_path, issues=issues) == ["a.txt", "101", "102", "55", "56", "b/1.txt", "b/2.txt"]
    assert issues.counts() == {"side-file": 1}
    assert ids(tmp_path / "b" / "1.txt") == ["1.txt"]


def test_note_is_kept_to_the_character(tmp_path: Path) -> None:
    path = tmp_path / "n.txt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"):
        path.write_bytes(NOTE.encode(encoding))
        (note,) = iter_documents([path], issues=Issues())
        assert isinstance(note, Document)
        assert (note.text, note.kind, note.sections) == (NOTE, "note", ()), encoding


def test_one_broken_file_never_stops_the_others(tmp_path: Path) -> None:
    bad = {
        "a.pdf": b"%PDF-1.7 ...",
        "b.docx": b"PK\x03\x04rest",
        "c.txt": b"",
        "d.txt": b"  \n ",
        "e.txt": bytes(range(256)) * 20,
        "f.xml": b"<ClinicalDocument/>",
        "g.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><PubmedArticleSet/>',
        "h.xml": b"no xml at all",
        "i.txt.gz": gzip.compress(b"no chest pain" * 100)[:30],
        "j.csv": b"a,b\n1,2\n",
        "k.json": b'[{"some": "thing"}]',
        "l.html": b"<!DOCTYPE html><html></html>",
        "m.log": b"words in a file of unknown kind",
        "n.txt": b"ab\x00cd",
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "z.txt").write_text("No fever.")
    issues = Issues()
    assert ids(tmp_path, issues=issues) == ["z.txt"]
    assert issues.n_refused == len(bad)
    named = {Path(issue.where.split(": ")[0]).name for issue in issues}
    assert named == set(bad)
    assert all(issue.hint for issue in issues if issue.where.endswith((".pdf", ".docx", ".html")))


def test_missing_source_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as error:
        iter_documents([tmp_path / "gone.txt"], issues=Issues())
    assert error.value.hint
    with pytest.raises(InputError):
        iter_documents(["x" * 5000], issues=Issues())
    with pytest.raises(UsageError, match="not a list"):
        iter_documents("notes/", issues=Issues())
    with pytest.raises(UsageError, match="unknown format"):
        iter_documents([tmp_path], issues=Issues(), format="word")
    with pytest.raises(UsageError, match="unknown kind"):
        iter_documents([tmp_path], issues=Issues(), kind="poem")


def test_same_id_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 1, "text": "x"}\n{"id": "1", "text": "x"}\n{"id": 1, "text": "y"}\n'
        '{"id": 2, "text": "x"}'
    )
    issues = Issues()
    assert ids(path, issues=issues) == ["1", "2"]
    assert issues.counts() == {"duplicate": 1, "duplicate-id": 1}
    assert "'1'" in next(iter(issues)).what
    again = tmp_path / "a.xml"
    again.write_text(MEDLINE)
    assert ids(again, again) == ["101", "102", "55", "56"] * 2  # a newer version may follow


def test_stdin_is_sniffed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(gzip.compress(JSONL.encode()))

    monkeypatch.setattr("sys.stdin", Stdin)
    assert ids("-") == ["7", "b"]
    Stdin.buffer = io.BytesIO(NOTE.encode())
    assert ids("-") == ["stdin"]


def test_kind_and_format_can_be_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("id,text\n1,a\n")
    (document,) = iter_documents([path], issues=Issues(), format="plain", kind="paper")
    assert isinstance(document, Document)
    assert (document.text, document.kind) == ("id,text\n1,a\n", "paper")


def test_empty_folder_and_circles(tmp_path: Path) -> None:
    issues = Issues()
    assert ids(tmp_path, issues=issues) == []
    assert issues.counts() == {"empty-folder": 1}
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    (tmp_path / "a.txt").write_text("No fever.")
    assert ids(tmp_path, issues=issues) == ["a.txt"]
    assert (issues.counts()["linked-folder"], issues.counts()["unreadable"]) == (1, 1)


def test_note_that_looks_like_something_else() -> None:
    for note in (
        "<Patient> has no fever.",
        "{no pain}",
        "[x] cough\n[ ] fever",
        "Dx, text of the day, more",
        "a|b|c",
        "Fever; text",
    ):
        assert format_of(note.encode(), name="n.txt") is Format.PLAIN, note


@settings(max_examples=200)
@given(
    data=st.binary(max_size=300),
    name=st.sampled_from(["a.txt", "a.csv", "a.jsonl", "a.xml", "a.json", "a"]),
)
@example(data=b"\x1f\x8b", name="a.txt")
@example(data=b"\xff\xfe\x00", name="a.txt")
@example(data=b"<PubmedArticle", name="a.xml")
@example(data=b'{"passages": [', name="a.json")
@example(data=b"id,text\r1,a\r", name="a.csv")
def test_law_no_bytes_raise(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    issues = Issues()
    found = list(iter_documents([path], issues=issues))
    assert found or list(issues)


@settings(max_examples=100)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_law_utf8_notes_are_kept(text: str) -> None:
    found = list(PlainReader("n").read(io.BytesIO(text.encode()), source="n", issues=Issues()))
    if text.strip() and not text.startswith("\ufeff"):
        assert [d.text for d in found if isinstance(d, Document)] == [text]
