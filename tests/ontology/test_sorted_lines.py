"""Sorted lines are found as a list of all lines would find them, however they are cut."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import FormatError
from kgbuilder.ontology import sorted_lines
from kgbuilder.ontology.array_file import packed_parts, parts_of
from kgbuilder.ontology.shelf import Shelf
from kgbuilder.ontology.sorted_lines import SortedLines

LINES = st.lists(st.text("abé\t ", min_size=0, max_size=6), max_size=30)


@given(LINES, st.text("abé\t ", max_size=3), st.integers(1, 20))
def test_as_a_list_would(lines: list[str], key: str, block: int) -> None:
    before, sorted_lines._BLOCK = sorted_lines._BLOCK, block
    try:
        told, ordered = SortedLines.of(lines), sorted(lines)
    finally:
        sorted_lines._BLOCK = before
    assert list(told) == ordered
    assert len(told) == len(ordered)
    assert list(told.since(key)) == ordered[bisect_left(ordered, key) :]
    assert list(told.starting(key)) == [line for line in ordered if line.startswith(key)]
    first = next((line for line in ordered if line.startswith(f"{key}\t")), None)
    assert told.value(key) == (None if first is None else first[len(key) + 1 :])


def test_what_is_no_text_is_told() -> None:
    with pytest.raises(FormatError, match="damaged"):
        SortedLines(b"\xff\xfe\n")


def test_items_are_made_once_and_when_asked() -> None:
    made: list[int] = []

    def make(place: int) -> str:
        made.append(place)
        return str(place)

    shelf = Shelf(3, make)
    assert (shelf[-1], shelf[2], len(shelf)) == ("2", "2", 3)
    assert made == [2]
    assert shelf == ("0", "1", "2")
    assert shelf[1:] == ("1", "2")
    with pytest.raises(IndexError):
        shelf[3]


def test_arrays_come_back_and_a_cut_file_is_known() -> None:
    content = packed_parts({"text": b"abc", "numbers": np.arange(5), "flags": np.array([True])})
    parts = parts_of(content)
    assert parts["text"].tobytes() == b"abc"
    assert parts["numbers"].tolist() == [0, 1, 2, 3, 4]
    assert parts["flags"].tolist() == [True]
    assert not parts["numbers"].flags.writeable
    for broken in (b"", content[:-1], content[:40], content[:-10] + bytes(10)):
        with pytest.raises(FormatError):
            parts_of(broken)
