"""The samples are what their manifest and their README say."""

from __future__ import annotations

import csv
import gzip
import json
import re
import tomllib
from collections import Counter, defaultdict
from xml.etree import ElementTree

import pytest

from kgbuilder.model import Certainty, EntityType, Experiencer, Polarity, Temporality
from tests.samples.write_manifest import DATA, sample_files, sha256_of

ANNOTATED = {"Drug", "Disease", "Phenotype", "Gene", "Procedure", "LabTest"} | {
    "Dose",
    "Frequency",
    "Route",
}
PREFIXES = {
    "Drug": {"DRUGBANK"},
    "Disease": {"MESH", "OMIM"},
    "Phenotype": {"HP"},
    "Gene": {"NCBIGENE"},
}
IDENTIFIER = re.compile(r"HP:\d{7}|DRUGBANK:DB\d{5}|MESH:[CD]\d{6,9}|OMIM:\d{6}|NCBIGENE:\d+")
ATTRIBUTES = {
    "polarity": {v.value for v in Polarity},
    "certainty": {v.value for v in Certainty},
    "temporality": {v.value for v in Temporality},
    "experiencer": {v.value for v in Experiencer},
}

NOTES = {p.name: p.read_bytes().decode("utf-8") for p in sorted((DATA / "notes").iterdir())}
GOLD = {
    row["id"]: row for row in map(json.loads, (DATA / "gold.jsonl").read_text("utf-8").splitlines())
}
PUBMED = {
    p.name: ElementTree.fromstring(gzip.decompress(p.read_bytes()))
    for p in sorted((DATA / "pubmed").iterdir())
}
ARTICLES = [a for root in PUBMED.values() for a in root.iter("PubmedArticle")]


def _sentences(text: str) -> set[str]:
    """Sentences and lines of three words or more, without regard to case, marks and white space."""
    pieces = re.split(r"(?<=[.!?:;])\s+|\r?\n\s*\r?\n|\r?\n", text)
    folded = (" ".join(re.findall(r"\w+", piece.casefold())) for piece in pieces)
    return {piece for piece in folded if piece.count(" ") >= 2}


def _shared(texts: dict[str, str]) -> dict[str, list[str]]:
    """Sentence -> the documents it stands in, where there are several."""
    where = defaultdict(list)
    for name, text in texts.items():
        for sentence in _sentences(text):
            where[sentence].append(name)
    headings = {"past medical history", "history of present illness"}
    return {s: names for s, names in where.items() if len(names) > 1 and s not in headings}


def test_manifest_names_every_file_with_its_hash() -> None:
    rows = tomllib.loads((DATA / "manifest.toml").read_text("utf-8"))["file"]
    assert [row["file"] for row in rows] == sample_files()
    for row in rows:
        assert row["sha256"] == sha256_of(row["file"]), row["file"]
        assert all(row[key] for key in ("what", "source", "version", "licence"))


def test_there_are_enough_notes_and_abstracts() -> None:
    assert len(NOTES) >= 25
    assert len(ARTICLES) >= 40


@pytest.mark.parametrize("name", NOTES)
def test_note_has_a_notes_length(name: str) -> None:
    assert 120 <= len(NOTES[name].split()) <= 450


def test_no_two_notes_share_a_sentence() -> None:
    assert _shared(NOTES) == {}


def test_a_shared_sentence_would_be_found() -> None:
    pair = {"a": "Plan:\nReturn if fever\noccurs. Stop.", "b": "No rash. RETURN if fever \n"}
    assert _shared(pair) == {"return if fever": ["a", "b"]}


def test_no_two_abstracts_share_a_sentence() -> None:
    texts = {
        article.findtext("MedlineCitation/PMID") or "": "\n".join(
            "".join(part.itertext()) for part in article.iter("AbstractText")
        )
        for article in ARTICLES
    }
    assert _shared(texts) == {}


def test_every_note_has_gold_of_exactly_its_text() -> None:
    assert GOLD.keys() == NOTES.keys()
    for name, text in NOTES.items():
        assert GOLD[name]["text"] == text, name


@pytest.mark.parametrize("name", NOTES)
def test_gold_offsets_and_values(name: str) -> None:
    text, end = NOTES[name], 0
    entities = GOLD[name]["entities"]
    assert len(entities) >= 20
    assert len({e["id"] for e in entities}) == len(entities)
    for entity in entities:
        covered = text[entity["start"] : entity["end"]]
        assert covered == entity["text"] == covered.strip() != ""
        assert entity["start"] >= end, f"{covered!r} overlaps or is out of order"
        end = entity["end"]
        assert entity["type"] in ANNOTATED
        assert entity["type"] in list(EntityType)
        assert entity["attrs"].keys() == ATTRIBUTES.keys()
        for key, value in entity["attrs"].items():
            assert value in ATTRIBUTES[key]
        for id in entity["ids"]:
            assert IDENTIFIER.fullmatch(id), id
            assert id.split(":")[0] in PREFIXES[entity["type"]]


def test_a_word_is_not_cut() -> None:
    for name, row in GOLD.items():
        for e in row["entities"]:
            around = row["text"][max(e["start"] - 1, 0) : e["start"] + 1]
            behind = row["text"][e["end"] - 1 : e["end"] + 1]
            assert not around.isalpha() or len(around) < 2, (name, e)
            assert not behind.isalpha() or len(behind) < 2, (name, e)


def test_gold_has_all_values_of_all_attributes() -> None:
    seen = Counter(
        (key, value)
        for row in GOLD.values()
        for e in row["entities"]
        for key, value in e["attrs"].items()
    )
    for key, values in ATTRIBUTES.items():
        for value in values:
            assert seen[key, value] >= 1, (key, value)
    types = Counter(e["type"] for row in GOLD.values() for e in row["entities"])
    assert all(types[name] >= 25 for name in ANNOTATED)


def test_pubmed_records_cannot_be_taken_for_real() -> None:
    pmids = [int(a.findtext("MedlineCitation/PMID") or 0) for a in ARTICLES]
    assert min(pmids) >= 99_000_001
    assert len(set(pmids)) == len(pmids)
    for article in ARTICLES:
        assert article.findtext(".//Journal/Title") == "kgbuilder sample abstracts"
        assert (article.findtext(".//ELocationID") or "").startswith("10.5555/")
        assert article.find(".//AbstractText") is not None


def test_the_last_pubmed_file_withdraws_a_record_of_the_first() -> None:
    first, *_, last = PUBMED.values()
    withdrawn = [e.text for e in last.iterfind("DeleteCitation/PMID")]
    assert withdrawn
    assert set(withdrawn) <= {e.text for e in first.iterfind("PubmedArticle/MedlineCitation/PMID")}


def test_abstracts_are_both_structured_and_not() -> None:
    labelled = [a.find(".//AbstractText[@Label]") is not None for a in ARTICLES]
    assert min(sum(labelled), len(labelled) - sum(labelled)) >= 10


def test_one_note_has_windows_ends_and_one_has_accents() -> None:
    assert [name for name, text in NOTES.items() if "\r\n" in text] == [
        "transplant_clinic_windows.txt"
    ]
    assert any(ord(c) > 0xFF for c in NOTES["neurology_accents_utf8.txt"])


def test_small_samples_parse() -> None:
    for path in ("jats/sample_article.nxml", "bioc/sample.xml"):
        ElementTree.parse(DATA / path)
    assert json.loads((DATA / "bioc/sample.json").read_text("utf-8"))["documents"]
    with (DATA / "tables/notes.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 5
    cases = [json.loads(line) for line in (DATA / "cases.jsonl").read_text("utf-8").splitlines()]
    assert len(cases) == 5
    assert all("observed" in case or "text" in case for case in cases)
    pairs = [line.split("\t") for line in (DATA / "pairs.tsv").read_text("utf-8").splitlines()]
    assert len(pairs) == 20
    assert all(len(pair) == 2 for pair in pairs)


def test_pubtator_and_bioc_offsets_are_exact() -> None:
    lines = (DATA / "pubtator/sample.txt").read_text("utf-8").splitlines()
    texts: dict[str, str] = {}
    n_annotations = 0
    for line in lines:
        if "|" in line:
            pmid, _, text = line.split("|", 2)
            texts[pmid] = f"{texts[pmid]}\n{text}" if pmid in texts else text
        elif line:
            pmid, start, end, mention, *_ = line.split("\t")
            assert texts[pmid][int(start) : int(end)] == mention
            n_annotations += 1
    assert n_annotations >= 5
    for passage in ElementTree.parse(DATA / "bioc/sample.xml").iter("passage"):
        begin, text = int(passage.findtext("offset") or 0), passage.findtext("text") or ""
        for found in passage.iter("annotation"):
            location = found.find("location")
            assert location is not None
            at = int(location.get("offset") or -1) - begin
            assert text[at : at + int(location.get("length") or 0)] == found.findtext("text")
