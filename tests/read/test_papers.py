"""JATS, BioC and PubTator: text, sections, ids; and what is left out."""

import io
import json

import pytest

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, Document
from kgbuilder.protocols import Reader
from kgbuilder.read.bioc import BiocJsonReader, BiocXmlReader
from kgbuilder.read.headings import kind_of_heading
from kgbuilder.read.jats import JatsReader
from kgbuilder.read.pubtator import PubtatorReader
from tests.read.samples import BIOC_JSON, BIOC_XML, JATS, PUBTATOR


def read(reader: Reader, text: str, *, n_issues: int = 0) -> list[Document]:
    issues = Issues()
    stream = io.BytesIO(text.encode())
    found = [
        d for d in reader.read(stream, source="dir/s.xml", issues=issues) if isinstance(d, Document)
    ]
    assert sum(issues.counts().values()) == n_issues, list(issues)
    return found


def parts(document: Document) -> list[tuple[str, str, str]]:
    return [(s.kind, s.title, s.span.of(document.text)) for s in document.sections]


def test_jats_article() -> None:
    (paper,) = read(JatsReader(), JATS)
    assert parts(paper) == [
        ("title", "", "Gout α study: ten years on"),
        ("objective", "Aims", "To see gout."),
        ("body", "", "A word before."),
        ("methods", "2. Materials and methods", "We gave allopurinol^12 to ten."),
        ("table", "Table 1", "Who took part."),
        ("methods", "Ethics of asking", "They agreed.\nOne.\nTwo."),
        ("figure", "", "All figures."),
        ("figure", "Fig. 1", "Curve.\nIt falls."),
        ("results", "What came of it", "Gout went (Fig. 1)."),
    ]
    assert "SECRET" not in paper.text
    assert (paper.id, paper.date, paper.language, paper.kind) == (
        "PMC301",
        "2011-08-03",
        "en",
        "paper",
    )
    assert paper.identifiers == (
        Curie("PMCID", "PMC301"),
        Curie("PMID", "201"),
        Curie("DOI", "10.1000/y"),
    )


def test_jats_set_with_prefixes_declared_at_its_root() -> None:
    article = JATS[JATS.index("<article") :].replace(
        ' xmlns:mml="http://www.w3.org/1998/Math/MathML"', ""
    )
    article = article.replace("To see gout.", "To see <mml:math><mml:mi>x</mml:mi></mml:math>.")
    other = article.replace(">301<", ">302<").replace(">201<", ">202<")
    whole = f'<pmc-articleset xmlns:mml="http://www.w3.org/1998/Math/MathML">{article}{other}</pmc-articleset>'
    found = read(JatsReader(), whole)
    assert [paper.id for paper in found] == ["PMC301", "PMC302"]
    assert "To see x." in found[0].text


def test_jats_without_ids_is_named_by_its_file() -> None:
    (paper,) = read(JatsReader(), "<article><body><p>Only this.</p></body></article>")
    assert (paper.id, paper.text, paper.identifiers) == ("s.xml", "Only this.", ())


def test_jats_without_text_is_refused() -> None:
    assert read(JatsReader(), "<article><front/></article>", n_issues=1) == []


def test_bioc_xml_offsets_hold_in_the_text() -> None:
    first, second = read(BiocXmlReader(), BIOC_XML)
    assert first.text == "Lithium and tremor\n\nTremor came late."
    assert parts(first) == [
        ("title", "", "Lithium and tremor"),
        ("abstract", "", "Tremor came late."),
    ]
    assert (first.id, first.title, first.date) == ("b1", "Lithium and tremor", "2019")
    assert first.identifiers == (Curie("PMID", "401"),)
    assert (second.text, second.identifiers) == ("One.  Two.", ())


@pytest.mark.parametrize(
    "text",
    [
        BIOC_JSON,
        "[" + BIOC_JSON + "]",
        json.dumps(json.loads(BIOC_JSON)["documents"]),
        "\n".join(map(json.dumps, json.loads(BIOC_JSON)["documents"])),
        json.dumps({"PubTator3": json.loads(BIOC_JSON)["documents"]}),
    ],
    ids=["collection", "collections", "array", "lines", "pubtator3"],
)
def test_bioc_json_in_its_shapes(text: str) -> None:
    first, second = read(BiocJsonReader(), text)
    assert (first.id, first.text, first.identifiers) == (
        "j1",
        "Lithium\nIt was stopped.",
        (Curie("PMID", "402"),),
    )
    assert (second.id, second.text) == ("8", "Bare.")


def test_bioc_json_larger_than_the_window() -> None:
    documents = [
        {"id": f"d{i}", "passages": [{"offset": 0, "text": f"é{i} " * 4000}]} for i in range(60)
    ]
    found = read(BiocJsonReader(), json.dumps({"documents": documents}, ensure_ascii=False))
    assert [d.id for d in found] == [d["id"] for d in documents]
    assert found[7].text == "é7 " * 4000


def test_bioc_json_cut_short_gives_what_lies_before() -> None:
    stream = io.BytesIO(BIOC_JSON[:-20].encode())
    documents = BiocJsonReader().read(stream, source="s.json", issues=Issues())
    assert next(documents).id == "j1"
    with pytest.raises(FormatError, match="incomplete"):
        next(documents)


def test_bioc_wrong_offset_is_a_warning() -> None:
    (first, _) = read(BiocXmlReader(), BIOC_XML.replace("<offset>20<", "<offset>3<"), n_issues=1)
    assert first.text == "Lithium and tremor\nTremor came late."


def test_pubtator_offsets_hold_and_annotations_are_passed_over() -> None:
    first, second = read(PubtatorReader(), PUBTATOR)
    assert first.text == "Naloxone and pressure.\nIt rose again | with naloxone."
    assert parts(first)[1] == ("abstract", "", "It rose again | with naloxone.")
    assert (first.id, first.identifiers) == ("501", (Curie("PMID", "501"),))
    assert second.text == "A title alone"


def test_pubtator_strange_lines_are_named() -> None:
    found = read(
        PubtatorReader(), "501|t|A\n501|t|again\nstray words\n502|a|B\n503|t|\n", n_issues=3
    )
    assert [(d.id, d.text) for d in found] == [("501", "A"), ("502", "\nB")]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("RESULTS:", "results"),
        ("3.1 Statistical analysis", "methods"),
        ("IV. Discussion", "discussion"),
        ("Methods/Design", "methods"),
        ("Authors’ contributions", "declarations"),
        ("In vitro uptake", "body"),
        ("", "body"),
    ],
)
def test_headings(heading: str, kind: str) -> None:
    assert kind_of_heading(heading, default="body") == kind
