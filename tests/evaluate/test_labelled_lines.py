"""Lines with their mentions marked in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import FormatError
from kgbuilder.evaluate.annotated import Annotation
from kgbuilder.evaluate.labelled_files import read_labelled
from kgbuilder.evaluate.labelled_lines import line_statuses
from kgbuilder.issues import Issues
from kgbuilder.model import Assertion, Experiencer, Polarity, Temporality


def read(path: Path, issues: Issues | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (d.text, [(d.text[e.start : e.end], e.type) for e in d.entities])
        for d in read_labelled(path, issues=issues or Issues())
    ]


def test_marks_are_taken_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Off [[warfarin|Drug|stopped]] since [[PE|Disease|past]].\n")
    (document,) = read_labelled(tmp_path / "a.txt", issues=Issues())
    assert document.text == "Off warfarin since PE."
    assert document.kind == "note"
    first, second = document.entities
    assert [(e.start, e.end, e.type) for e in (first, second)] == [
        (4, 12, "Drug"),
        (19, 21, "Disease"),
    ]
    assert first.assertion == second.assertion == Assertion(temporality=Temporality.HISTORICAL)


def test_a_word_says_how_a_mention_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[[gout|Disease|nofamily]], [[rash|Phenotype| now ]], [[nil|Drug|allergy]]")
    (document,) = read_labelled(path, issues=Issues())
    assert [e.assertion for e in document.entities] == [
        Assertion(polarity=Polarity.NEGATED, experiencer=Experiencer.FAMILY),
        Assertion(),
        Assertion(),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[[warfarin|Drug]] held",
        "[[a|b|c|d]]",
        "held [[warfarin",
        "warfarin]] held",
        "[[|Drug|no]]",
        "[[ |a|no]]",
    ],
)
def test_half_a_mark_is_refused_and_the_rest_goes_on(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"[[gout|Disease|now]]\n{text}\n\n[[rash|Phenotype|no]]\n")
    issues = Issues()
    assert [text for text, _ in read(tmp_path / "a.txt", issues)] == ["gout", "rash"]
    (issue,) = issues
    assert (issue.kind, issue.where) == ("bad-mark", "a.txt:2")


def test_an_unknown_word_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[[gout|Disease|now]]\n[[rash|Phenotype|gone]]\n")
    issues = Issues()
    assert len(read(tmp_path / "a.txt", issues)) == 1
    (issue,) = issues
    assert "gone" in issue.what
    assert "nopast" in issue.hint


def test_a_line_without_marks_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[x] nil | of note\n[[gout|Disease|now]]\n")
    assert read(tmp_path / "a.txt")[0] == ("[x] nil | of note", [])


def test_files_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("[[gout|Disease|now]]\n\n", "utf-8")
    (tmp_path / "a.txt").write_text("[[ñandú|Drug|no]]\n", "utf-8")
    (tmp_path / "c.md").write_text("[[broken", "utf-8")
    assert [text for text, _ in read(tmp_path)] == ["ñandú", "gout"]


def test_every_word_is_an_assertion() -> None:
    for word, attributes in line_statuses().items():
        assert [name for name, _ in attributes] == [
            "certainty",
            "experiencer",
            "polarity",
            "temporality",
        ], word


def test_a_strange_word_in_an_annotation_is_told_with_those_that_are_known() -> None:
    strange = Annotation("T1", 0, 4, "Disease", attrs=(("polarity", "perhaps"),))
    with pytest.raises(FormatError, match="perhaps") as told:
        _ = strange.assertion
    assert "negated" in str(told.value)
    assert Annotation("T1", 0, 4, "Disease", attrs=(("polarity", ""),)).assertion is None
