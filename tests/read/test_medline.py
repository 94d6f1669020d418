"""PubMed records: what is read of them, and what a broken one costs."""

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document
from kgbuilder.read.medline import MedlineReader, iso_date
from tests.read.samples import MEDLINE


def read(text: str | bytes) -> tuple[list[Document | DeletedDocument], Issues, FormatError | None]:
    issues = Issues()
    found: list[Document | DeletedDocument] = []
    data = text.encode() if isinstance(text, str) else text
    try:
        for document in MedlineReader().read(io.BytesIO(data), source="s.xml", issues=issues):
            found.append(document)  # noqa: PERF402  what lies before an error counts
    except FormatError as error:
        return found, issues, error
    return found, issues, None


def article(pmid: str, title: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article>'
        f"<ArticleTitle>{title}</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def test_record_is_read_whole() -> None:
    (first, second, *deleted), issues, _ = read(MEDLINE)
    assert isinstance(first, Document)
    assert first.text == (
        "Colchicine in familial fever & pain: 10^9 cells.\n\nFever comes back.\n\n"
        "Ten took colchicine.\n\nCO2 fell.\n\nNobody died."
    )
    assert [(s.kind, s.title, s.span.of(first.text)) for s in first.sections] == [
        ("title", "", "Colchicine in familial fever & pain: 10^9 cells."),
        ("background", "BACKGROUND", "Fever comes back."),
        ("methods", "PATIENTS AND METHODS", "Ten took colchicine."),
        ("results", "WHAT WE SAW", "CO2 fell."),
        ("abstract", "Odd words", "Nobody died."),
    ]
    assert (first.id, first.kind, first.date, first.language, first.version) == (
        "101", "paper", "2003-05-04", "eng", "2",
    )  # fmt: skip
    # the ids of cited papers are not its own
    assert first.identifiers == (
        Curie("PMID", "101"),
        Curie("PMCID", "PMC77"),
        Curie("DOI", "10.1000/x.1"),
    )
    assert isinstance(second, Document)
    assert (second.text, second.date) == ("Über das Fieber.", "1998-12")
    assert deleted == [DeletedDocument("55", "s.xml"), DeletedDocument("56", "s.xml")]
    assert not list(issues)


def test_gzip_latin1_and_utf16_give_the_same() -> None:
    wanted = read(MEDLINE)[0]
    assert read(gzip.compress(MEDLINE.encode()))[0] == wanted
    assert read(MEDLINE.replace("utf-8", "ISO-8859-1").encode("latin-1"))[0] == wanted
    assert read(MEDLINE.replace("utf-8", "utf-16").encode("utf-16"))[0] == wanted


@pytest.mark.parametrize(
    "broken",
    [
        article("2", "pain & fever"),  # a bare ampersand
        article("2", "x").replace("</Article>", ""),
        article("2", "x").replace("</PubmedArticle>", ""),  # runs into the next
        article("2", "\x00"),
        article("x2", "an id that is none"),
        article("2", " "),
        article("2", "x") + "</PubmedArticle>",
    ],
)
def test_broken_record_costs_only_itself(broken: str) -> None:
    whole = f"<PubmedArticleSet>{article('1', 'a')}{broken}{article('3', 'c')}</PubmedArticleSet>"
    found, issues, error = read(whole)
    assert error is None
    assert [d.id for d in found if d.id != "2"] == ["1", "3"]
    assert issues.n_refused == 1
    assert "s.xml: record" in next(iter(issues)).where


def test_broken_records_are_named_and_counted() -> None:
    broken = "".join(article(str(i), "a & b") for i in range(1, 151))
    found, issues, _ = read(f"<PubmedArticleSet>{broken}{article('900', 'z')}</PubmedArticleSet>")
    assert [d.id for d in found] == ["900"]
    assert issues.counts() == {"malformed-record": 150}
    assert next(iter(issues)).where.startswith("s.xml: record 1 (1), byte ")


def test_entities_are_never_expanded() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><PubmedArticleSet>'
        + article("1", "&b;")
        + "</PubmedArticleSet>"
    )
    found, _, error = read(bomb)
    assert not found
    assert error is not None
    assert "entities" in error.what
    external = bomb.replace('a "ha"', 'a SYSTEM "file:///etc/hostname"')
    assert read(external)[2] is not None


def test_character_names_without_declaration_are_known() -> None:
    found, issues, _ = read(
        f"<PubmedArticleSet>{article('1', '&alpha;-blocker, 5 &mu;g &foo;')}</PubmedArticleSet>"
    )
    assert [d.text for d in found if isinstance(d, Document)] == ["α-blocker, 5 μg &foo;"]
    assert issues.counts() == {"unknown-entity": 1}


def test_truncated_gzip_gives_what_lies_before() -> None:
    import random

    rng = random.Random(7)
    titles = ["".join(rng.choices("abcdefghij ", k=300)) for _ in range(200)]
    xml = (
        "<PubmedArticleSet>"
        + "".join(article(str(i + 1), t) for i, t in enumerate(titles))
        + "</PubmedArticleSet>"
    )
    packed = gzip.compress(xml.encode())
    found, issues, error = read(packed[: len(packed) // 2])
    assert 80 < len(found) < 120
    assert [d.id for d in found] == [str(i + 1) for i in range(len(found))]
    assert error is not None
    assert "ends too early" in error.what
    assert issues.counts() == {"truncated": 1}
    damaged = bytearray(packed)
    damaged[len(packed) // 2] ^= 0xFF
    found, _, error = read(bytes(damaged))
    assert len(found) > 80
    assert error is not None


def test_file_cut_between_records_is_told() -> None:
    found, issues, _ = read(f"<PubmedArticleSet>{article('1', 'a')}\n")
    assert [d.id for d in found] == ["1"]
    assert issues.counts() == {"truncated": 1}


def test_empty_set_and_other_xml() -> None:
    assert read("<PubmedArticleSet></PubmedArticleSet>")[1].counts() == {"no-records": 1}
    assert read("<PubmedArticleSet/>")[1].counts() == {"no-records": 1}
    assert read("<html><body/></html>")[0] == []
    assert read("nothing at all")[2] is not None
    assert (
        read('<?xml version="1.0" encoding="klingon"?>' + MEDLINE.split("?>", 1)[1])[2] is not None
    )


def test_deep_nesting_is_refused_not_crashed() -> None:
    deep = article("1", "<i>" * 5000 + "</i>" * 5000)
    found, issues, _ = read(f"<PubmedArticleSet>{deep}{article('2', 'b')}</PubmedArticleSet>")
    assert [d.id for d in found] == ["2"]
    assert issues.n_refused == 1


@settings(max_examples=60)
@given(cut=st.integers(0, len(MEDLINE.encode())))
def test_law_any_prefix_gives_a_prefix_of_the_records(cut: int) -> None:
    whole = read(MEDLINE)[0]
    found, issues, error = read(MEDLINE.encode()[:cut])
    assert found == whole[: len(found)]
    if cut < len(MEDLINE.encode().rstrip()):
        assert error is not None or list(issues)


@settings(max_examples=60)
@given(size=st.integers(1, 400))
def test_law_chunk_size_changes_nothing(size: int) -> None:
    class Dripping(io.BytesIO):
        def read(self, n: int | None = -1) -> bytes:
            return super().read(size)

    issues = Issues()
    found = list(MedlineReader().read(Dripping(MEDLINE.encode()), source="s.xml", issues=issues))
    assert found == read(MEDLINE)[0]
    assert not list(issues)


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("2000 Nov 11-17", "2000-11-11"),
        ("2000 Nov-Dec", "2000-11"),
        ("Winter 1999", "1999"),
        ("2001 13", "2001"),
        ("2001 Feb 40", "2001-02"),
        ("1998 Dec-1999 Jan", "1998-12"),
        ("", None),
    ],
)
def test_dates_go_as_far_as_stated(stated: str, iso: str | None) -> None:
    assert iso_date(stated) == iso


def test_a_version_is_its_number_and_the_day_it_was_revised() -> None:
    pmid = '<PMID Version="2">101</PMID>'
    day = "<DateRevised><Year>2019</Year><Month>02</Month><Day>07</Day></DateRevised>"
    first = read(MEDLINE.replace(pmid, pmid + day))[0][0]
    assert isinstance(first, Document)
    assert first.version == "2 2019-02-07"
