"""The NegEx kit as a corpus, and the kind of a document that a corpus states."""

from __future__ import annotations

import json
from pathlib import Path

from kgbuilder.evaluate.annotated import read_jsonl
from kgbuilder.evaluate.negex import read_negex
from kgbuilder.issues import Issues

ROW = {
    "concept": "chest  pain",
    "sentence": "She denies CHEST PAIN.",
    "negation": "Negated",
    "temporality": "Not particular",
    "experiencer": "Family member",
}


def _written(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_row_is_one_concept_with_what_the_kit_says(tmp_path: Path) -> None:
    path = _written(tmp_path / "kit.jsonl", ROW)
    (document,) = read_negex(path, issues=Issues())
    (concept,) = document.entities
    assert document.text[concept.start : concept.end] == "CHEST PAIN"
    assert dict(concept.attrs) == {
        "experiencer": "family",
        "polarity": "negated",
        "temporality": "current",
    }
    assert document.kind == "note"


def test_rows_that_cannot_be_scored_are_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    wrong = [{**ROW, "concept": "rash"}, {**ROW, "concept": ""}, {"concept": "rash"}]
    issues = Issues()
    rows = list(read_negex(_written(tmp_path / "kit.jsonl", *wrong, ROW), issues=issues))
    assert len(rows) == 1
    assert len(list(issues)) == 3


def test_a_document_may_state_its_kind(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.jsonl", {"id": "x", "text": "t", "kind": "note"})
    assert [document.kind for document in read_jsonl(path, issues=Issues())] == ["note"]
