"""Lines with their mentions marked in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import FormatError, InputError
from kgbuilder.train.marked_lines import Marked, iter_marked_lines, parse_marked_line


def test_marks_are_taken_out() -> None:
    line = parse_marked_line("Off [[warfarin|Drug|stopped]] since [[PE|Disease|past]].")
    assert line.text == "Off warfarin since PE."
    assert line.mentions == (
        Marked(4, 12, "Drug", "stopped"),
        Marked(19, 21, "Disease", "past"),
    )
    assert [line.text[m.start : m.end] for m in line.mentions] == ["warfarin", "PE"]


@pytest.mark.parametrize(
    "text",
    ["[[warfarin|Drug]] held", "[[a|b|c|d]]", "held [[warfarin", "warfarin]] held", "[[|Drug|no]]"],
)
def test_half_a_mark_is_told(text: str) -> None:
    with pytest.raises(FormatError, match="a mark that is none"):
        parse_marked_line(text)


def test_a_line_without_marks_is_a_text() -> None:
    assert parse_marked_line("[x] nil | of note").mentions == ()


def test_files_are_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("[[gout|Disease|now]]\n\n", "utf-8")
    (tmp_path / "a.txt").write_text("[[ñandú|Drug|no]]\n", "utf-8")
    (tmp_path / "c.md").write_text("[[broken", "utf-8")
    assert [line.text for line in iter_marked_lines(tmp_path)] == ["ñandú", "gout"]
    (tmp_path / "b.txt").write_text("fine\n[[x|y]]", "utf-8")
    with pytest.raises(FormatError, match=r"b\.txt:2"):
        list(iter_marked_lines(tmp_path))


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.txt files"):
        list(iter_marked_lines(tmp_path))
