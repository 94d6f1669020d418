"""Rows: ids as given, texts as given, and what a bad row costs."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, Document
from kgbuilder.read.table import CsvReader, JsonlReader
from tests.read.samples import CSV, JSONL

Result = tuple[list[Document], Issues]


def read(reader: CsvReader | JsonlReader, text: str | bytes) -> Result:
    issues = Issues()
    data = text.encode() if isinstance(text, str) else text
    found = list(reader.read(io.BytesIO(data), source="t.csv", issues=issues))
    assert all(isinstance(d, Document) for d in found)
    return [d for d in found if isinstance(d, Document)], issues


def pairs(result: Result) -> list[tuple[str, str]]:
    return [(d.id, d.text) for d in result[0]]


def test_csv_row_is_a_note_with_its_text_as_given() -> None:
    found, issues = read(CsvReader(), CSV)
    assert [(d.id, d.text) for d in found] == [
        ("7", 'He said "no pain",\nthen left.'),
        ("08", "Ünsicher"),
    ]
    assert {d.kind for d in found} == {"note"}
    assert not list(issues)
    assert pairs(read(CsvReader(), gzip.compress(CSV.encode()))) == pairs((found, issues))
    assert pairs(read(CsvReader(), CSV.encode("utf-16"))) == pairs((found, issues))


def test_jsonl_ids_stay_as_they_were_written() -> None:
    lines = ['{"id": 7, "text": "a"}', '{"id": 1.50, "text": "b"}', '{"id": "x y", "text": "c"}',
             '{"id": 12345678901234567890, "text": "d"}']  # fmt: skip
    assert pairs(read(JsonlReader(), "\n".join(lines))) == [
        ("7", "a"), ("1.50", "b"), ("x y", "c"), ("12345678901234567890", "d"),
    ]  # fmt: skip
    assert pairs(read(JsonlReader(), JSONL))[0] == ("7", "No fever.\r\nCough.")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_told_from_the_header(delimiter: str) -> None:
    text = delimiter.join(["note_id", "age", "note"]) + "\n" + delimiter.join(["n1", "70", "Cough"])
    found, issues = read(CsvReader(), text)
    assert pairs((found, issues)) == [("n1", "Cough")]
    assert issues.counts() == {"guessed-columns": 1}
    assert "text from column 'note'" in next(iter(issues)).what


def test_given_columns_win_and_are_checked() -> None:
    text = "a,b,text\nx,the words,other\n"
    found, issues = read(CsvReader(id_column="a", text_column="b"), text)
    assert (pairs((found, issues)), list(issues)) == ([("x", "the words")], [])
    with pytest.raises(FormatError, match="no column 'c'"):
        read(CsvReader(text_column="c"), text)
    with pytest.raises(FormatError, match="no column is known to hold the text"):
        read(CsvReader(), "a,b\n1,2\n")


def test_without_an_id_the_row_number_stands_in() -> None:
    found, issues = read(CsvReader(), "text,age\nCough,1\nRash,2\n")
    assert pairs((found, issues)) == [("t.csv#1", "Cough"), ("t.csv#2", "Rash")]
    assert "no id column" in next(iter(issues)).what


def test_bad_rows_are_counted_and_the_rest_goes_on() -> None:
    result = read(CsvReader(), 'id,text\n1,a\n2\n3,c,d\n4,\n5,"no ""end\n6,f\n7,g\n')
    assert pairs(result) == [("1", "a"), ("5", '"no ""end'), ("6", "f"), ("7", "g")]
    assert result[1].counts() == {"malformed-row": 2, "no-text": 1, "stray-quote": 1}
    result = read(
        JsonlReader(),
        '{"id": 1, "text": "a"}\n{"id": 2, "te\n[3]\n\n{"id": 4, "text": 5}\n{"id": 5, "text": null}\n'
        '{"id": 6}\n{"id": null, "text": "g"}\n{"id": 8, "text": "h"}',
    )
    assert pairs(result) == [("1", "a"), ("t.csv#8", "g"), ("8", "h")]
    assert result[1].counts() == {"no-text": 3, "malformed-row": 2, "no-id": 1}
    assert {i.where for i in result[1] if i.kind == "malformed-row"} == {
        "t.csv: line 2",
        "t.csv: line 3",
    }


def test_long_fields_and_stray_quotes_in_tsv() -> None:
    long = "word " * 60_000
    assert pairs(read(CsvReader(), f"id,text\n1,{long}x\n")) == [("1", long + "x")]
    result = read(CsvReader(), 'id\ttext\n1\t"Cough" she says\n2\tno pain\n')
    assert pairs(result) == [("1", '"Cough" she says'), ("2", "no pain")]


def test_papers_in_a_table() -> None:
    found, _ = read(CsvReader(), "pmid,title,abstract,date\n12,On gout,It hurts.,2001-02-03\n")
    (paper,) = found
    assert (paper.text, paper.kind, paper.date) == ("On gout\n\nIt hurts.", "paper", "2001-02-03")
    assert [s.kind for s in paper.sections] == ["title", "abstract"]
    assert paper.identifiers == (Curie("PMID", "12"),)
    # but a text column is never added to
    (row,), _ = read(JsonlReader(), json.dumps({"id": "1", "title": "T", "text": "X"}))
    assert (row.text, row.title, row.kind) == ("X", "T", "note")


def test_lone_surrogates_keep_every_offset() -> None:
    result = read(JsonlReader(), '{"id": 1, "text": "a\\ud800b \\ud83d\\ude00"}')
    assert pairs(result) == [("1", "a\ufffdb 😀")]
    assert result[1].counts() == {"lone-surrogate": 1}


def test_cp1252_lines_among_utf8() -> None:
    result = read(CsvReader(), "id,text\n1,Ménière\n".encode() + "2,café – 5 µg\n".encode("cp1252"))
    assert pairs(result) == [("1", "Ménière"), ("2", "café – 5 µg")]
    assert result[1].counts() == {"encoding": 1}


def test_cut_gzip_does_not_give_half_a_row() -> None:
    rows = [f"{i},{f'text {i * 7919} ' * 40}" for i in range(2000)]
    packed = gzip.compress(("id,text\n" + "\n".join(rows)).encode())
    issues = Issues()
    found: list[str] = []
    documents = CsvReader().read(io.BytesIO(packed[:-3000]), source="t.gz", issues=issues)

    def take_all() -> None:
        for document in documents:
            assert isinstance(document, Document)
            found.append(f"{document.id},{document.text}")

    with pytest.raises(FormatError, match="too early"):
        take_all()
    assert 100 < len(found) < 2000
    assert found == rows[: len(found)]


row_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(lambda t: bool(t.strip()))


@settings(max_examples=150)
@given(texts=st.lists(row_texts, max_size=6))
def test_law_tables_give_back_what_was_written(texts: list[str]) -> None:
    rows = [(f"r{i}", text) for i, text in enumerate(texts)]
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "text"])
    writer.writerows(rows)
    assert pairs(read(CsvReader(), buffer.getvalue())) == rows
    for ascii in (True, False):
        lines = "\n".join(json.dumps({"id": i, "text": t}, ensure_ascii=ascii) for i, t in rows)
        assert pairs(read(JsonlReader(), lines)) == rows
