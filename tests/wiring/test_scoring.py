"""Scoring a corpus of any kind with any recognizers, here doubles that know a few words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.config import Recipe, RecognizeRecipe, recognizer_alone
from kgbuilder.errors import ConfigError, UnknownName, UsageError
from kgbuilder.evaluate.extraction import ExtractionReport
from kgbuilder.evaluate.labels import Labels
from kgbuilder.issues import Issues
from kgbuilder.model import Assertion, Candidate, Document, EntityType, Mention, Sentence, Span
from kgbuilder.scoring import corpus_named, score
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.stages import Pipeline


class Words:
    """Finds the words it knows."""

    def __init__(self, name: str, words: dict[str, str]) -> None:
        self.name, self._words = name, words

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        return [
            tuple(
                Mention(
                    s.document_id,
                    Span(s.span.start + m.start(), s.span.start + m.end()),
                    m.group(),
                    EntityType(self._words[m.group()]),
                )
                for m in re.finditer(r"\w+", s.text)
                if m.group() in self._words
            )
            for s in sentences
        ]


class Refuses:
    """Must not be asked: extraction needs no such stage."""

    name = "refuses"

    def link(self, document: Document, mentions: Sequence[Mention]) -> list[tuple[Candidate, ...]]:
        raise AssertionError

    def qualify(
        self, sentences: Sequence[Sentence], mentions: Sequence[Sequence[Mention]]
    ) -> list[tuple[Assertion, ...]]:
        raise AssertionError


def knowing(name: str, words: dict[str, str]) -> Pipeline:
    refuses = Refuses()
    return Pipeline(ClinicalSegmenter(), Words(name, words), refuses, refuses, None)


OURS = knowing("ours 1", {"aspirin": "Drug", "fever": "Phenotype", "TP53": "Gene"})
THEIRS = knowing("theirs 2", {"aspirin": "Drug", "fever": "Disease"})
TEXT = "Took aspirin for fever."


def extraction(
    path: Path, *, labels: dict[str, str] | None = None, issues: Issues | None = None
) -> ExtractionReport:
    report = score(
        "extraction",
        corpus=str(path),
        pipeline=OURS,
        issues=Issues() if issues is None else issues,
        against={"theirs": THEIRS},
        labels=labels or {},
    )
    assert isinstance(report, ExtractionReport)
    return report


def jsonl(path: Path, *entities: tuple[int, int, str], text: str = TEXT) -> Path:
    rows = [{"start": a, "end": b, "type": type} for a, b, type in entities]
    path.write_text(json.dumps({"id": "1", "text": text, "entities": rows}) + "\n")
    return path


def brat(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "a.ann").write_text("T1\tChemical 5 12\taspirin\nT2\tDISEASE 17 22\tfever\n")
    return folder


def pubtator(path: Path) -> Path:
    path.write_text(
        f"1|t|{TEXT}\n1|a|\n1\t5\t12\taspirin\tChemical\tD1\n1\t17\t22\tfever\tDisease\tD2\n"
    )
    return path


def columns(path: Path) -> Path:
    rows = ["Took\tO", "aspirin\tB-Chemical", "for\tO", "fever\tB-Disorder", ".\tO"]
    path.write_text("\n".join(rows) + "\n\n")
    return path


@pytest.mark.parametrize("kind", ["jsonl", "brat", "pubtator", "columns"])
def test_a_users_file_of_any_kind_with_the_fields_own_labels(kind: str, tmp_path: Path) -> None:
    path = {
        "jsonl": lambda: jsonl(tmp_path / "a.jsonl", (5, 12, "Chemical"), (17, 22, "DISEASE")),
        "brat": lambda: brat(tmp_path / "brat"),
        "pubtator": lambda: pubtator(tmp_path / "a.txt"),
        "columns": lambda: columns(tmp_path / "a.tsv"),
    }[kind]()
    report = extraction(path)
    assert report.scores.strict.counts.n_gold == 2
    assert report.scores.strict.f1 == 1
    assert report.against[0].scores.strict.f1 == 1
    assert report.against[0].system == "theirs"


def test_a_type_that_the_corpus_does_not_annotate_counts_against_nobody(tmp_path: Path) -> None:
    text = "Took aspirin; TP53 and fever."
    report = extraction(jsonl(tmp_path / "a.jsonl", (5, 12, "Drug"), text=text))
    assert report.scores.strict.precision == 1
    assert report.scores.strict.counts.n_predicted == 1


def test_disease_and_phenotype_are_told_apart_where_the_file_does(tmp_path: Path) -> None:
    text = "Took aspirin for fever and gout."
    one = extraction(jsonl(tmp_path / "a.jsonl", (17, 22, "Disease"), text=text))
    assert (one.scores.strict.f1, one.against[0].scores.strict.f1) == (1, 1)
    apart = extraction(
        jsonl(tmp_path / "b.jsonl", (17, 22, "Disease"), (27, 31, "Phenotype"), text=text)
    )
    assert apart.scores.strict.f1 == 0
    assert apart.against[0].scores.strict.recall == 0.5
    told = extraction(
        jsonl(tmp_path / "c.jsonl", (17, 22, "Disease"), text=text), labels={"Disease": "Disease"}
    )
    assert told.scores.strict.counts.n_predicted == 0


def test_labels_can_be_told(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", (5, 12, "PRODUKT"), (17, 22, "ZEICHEN"))
    with pytest.raises(UsageError, match=r"(?s)PRODUKT, ZEICHEN.*--label PRODUKT=TYPE"):
        extraction(path)
    report = extraction(path, labels={"PRODUKT": "Drug", "ZEICHEN": "Disease|Phenotype"})
    assert report.scores.strict.f1 == report.against[0].scores.strict.f1 == 1
    one = extraction(path, labels={"PRODUKT": "Drug"})
    assert one.gold.n_other == 1
    with pytest.raises(UnknownName, match="no such type"):
        extraction(path, labels={"PRODUKT": "Medicine"})


def test_what_gold_holds_that_spans_cannot_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    entities = [
        {"start": 5, "end": 12, "type": "Drug"},
        {"start": 5, "end": 22, "type": "Drug", "spans": [[5, 12], [17, 22]]},
    ]
    path.write_text(json.dumps({"id": "1", "text": TEXT, "entities": entities}))
    gold = extraction(path).gold
    assert (gold.n_scored, gold.n_discontinuous, gold.n_nested) == (2, 1, 1)


def test_a_second_document_with_an_id_is_refused(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", (5, 12, "Drug"))
    path.write_text(path.read_text() * 2)
    issues = Issues()
    assert extraction(path, issues=issues).scores.n_documents == 1
    assert issues.n_refused == 1


def test_names_of_corpora() -> None:
    assert corpus_named("e3c") == "e3c-test"
    assert corpus_named("ncbi") == "ncbi-dev"
    assert corpus_named("maccrobat") == "maccrobat"
    assert corpus_named("data") is None
    with pytest.raises(UnknownName, match=r"(?s)bc5cdr-test.*KGBUILDER_CORPORA"):
        score("extraction", corpus="bc5", pipeline=OURS, issues=Issues())


def test_only_extraction_compares() -> None:
    with pytest.raises(UsageError, match="linking compares no recognizers"):
        score("linking", corpus="data", pipeline=OURS, issues=Issues(), against={"theirs": THEIRS})


def test_systems_by_their_word(tmp_path: Path) -> None:
    spacy = recognizer_alone("spacy:en_ner_bc5cdr_md")
    assert spacy.recognize == RecognizeRecipe(
        "spacy", "en_ner_bc5cdr_md", dictionary=False, consistent=False
    )
    assert spacy.relate.method == "none"
    assert recognizer_alone("transformer:a/b:c").recognize.model == "a/b:c"
    assert recognizer_alone("dictionary").recognize.method == "dictionary"
    path = tmp_path / "own.toml"
    path.write_text('[recognize]\nmethod = "dictionary"\n')
    assert recognizer_alone(f"recipe:{path}") != Recipe()
    for wrong in ("spacy", "huggingface:", "recipe:no/such.toml"):
        with pytest.raises(ConfigError):
            recognizer_alone(wrong)


def test_relations_of_a_users_file_are_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n1.txt").write_text("Warfarin caused bleeding. Aspirin interacts with warfarin.\n")
    mentions = (
        "Drug 0 8\tWarfarin",
        "ADR 16 24\tbleeding",
        "Drug 26 33\tAspirin",
        "Drug 49 57\twarfarin",
    )
    lines = [f"T{n}\t{text}" for n, text in enumerate(mentions, 1)]
    lines += ["R1\tmakes Arg1:T1 Arg2:T2", "R2\tINTERACTS_WITH Arg1:T3 Arg2:T4"]
    (tmp_path / "n1.ann").write_text("\n".join(lines) + "\n")
    words = ["evaluate", "relations", "--corpus", str(tmp_path), "--label", "ADR=Phenotype"]
    assert main(words) == 2
    assert "--relation LABEL=PREDICATE" in capsys.readouterr().err
    assert main([*words, "--relation", "makes=CAUSES", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {name: part["counts"]["n_gold"] for name, part in report["by_type"].items()} == {
        "CAUSES": 1,
        "INTERACTS_WITH": 1,
    }
    assert main([*words, "--relation", "makes"]) == 2
    assert main(["evaluate", "relations", "--relation", "makes=CAUSES"]) == 2, "a named corpus"
    assert main(["evaluate", "extraction", *words[2:], "--relation", "makes=CAUSES"]) == 2


def test_a_relation_label_of_two_words_is_a_label() -> None:
    labels = Labels({"Drug": ("Drug",)}, {"adverse effect": "CAUSES"}, is_own=True)
    assert labels.relation("adverse effect", ["Disease", "Drug"]) == ("CAUSES",)
    assert labels.name_of("CAUSES", ["Disease", "Drug"]) == "CAUSES"
