"""The account of what was tried: the table on top has rows for every section below, and no other."""

from __future__ import annotations

import re
from pathlib import Path

EXPERIMENTS = (Path(__file__).parents[2] / "pipelines" / "EXPERIMENTS.md").read_text("utf-8")
TABLE, *SECTIONS = re.split(r"^## ", EXPERIMENTS, flags=re.M)


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_sections_are_numbered_in_order() -> None:
    numbers = [section.split(".", 1)[0] for section in SECTIONS]
    assert numbers == [str(n) for n in range(1, len(SECTIONS) + 1)]


def test_every_section_is_in_the_table_and_no_other() -> None:
    named = {row[0] for row in rows()}
    assert named == {str(n) for n in range(1, len(SECTIONS) + 1)}


def test_every_row_says_what_its_effect_and_whether_it_was_kept() -> None:
    for row in rows():
        assert len(row) == 4, row
        assert all(row), row
