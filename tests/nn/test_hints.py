"""Hints: columns counted by hand."""

from __future__ import annotations

import numpy as np

from kgbuilder.nn.hints import HINTS, hints_of


def told(hints: np.ndarray) -> list[set[str]]:
    return [{HINTS[i] for i in np.flatnonzero(row)} for row in hints]


def test_the_way_a_word_is_written() -> None:
    text = "BRCA1 Aspirin mRNA T 42 given P450"
    words = [(0, 5), (6, 13), (14, 18), (19, 20), (21, 23), (24, 29), (30, 34)]
    rows = told(hints_of(text, words, range(7), 7))
    assert rows == [
        {"capitals", "letters and digits"},
        {"capitalized"},
        {"mixed case"},
        {"one capital"},
        {"digits"},
        set(),
        {"one capital", "letters and digits"},
    ]


def test_a_name_begins_once_and_goes_on_over_words_and_pieces() -> None:
    text = "had renal failure"
    words = [(0, 3), (4, 9), (10, 17)]
    rows = told(hints_of(text, words, (0, 1, 3), 5, [(4, 17, "Disease"), (4, 9, "Anatomy")]))
    assert rows == [set(), {"B-Disease"}, {"I-Disease"}, {"I-Disease"}, {"I-Disease"}]


def test_one_name_may_be_of_two_types() -> None:
    rows = told(hints_of("fever", [(0, 5)], (0,), 1, [(0, 5, "Disease"), (0, 5, "Phenotype")]))
    assert rows == [{"B-Disease", "B-Phenotype"}]


def test_no_words() -> None:
    assert hints_of("", [], [], 0).shape == (0, len(HINTS))


def test_a_note_is_told_from_a_paper_in_every_piece() -> None:
    rows = told(hints_of("no fever", [(0, 2), (3, 8)], (0, 1), 3, in_note=True))
    assert rows == [{"in a note"}] * 3
    assert HINTS[-1] == "in a note"
