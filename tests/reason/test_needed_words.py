"""A pattern never matches a text that lacks all the words it is said to need."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.reason.lay_findings import _rules
from kgbuilder.reason.needed_words import folded_for, needed_words


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("sore throats?", {"sore throat"}),
        ("aches?|pain", {"ache", "pain"}),
        ("(?:red|blue)? ?eye", {"eye"}),
        (r"\w+", set()),
        ("a|b*", set()),
        (r"stools? (?:were )?black", {"stool"}),
        ("throat(?! clearing)", {"throat"}),
        (r"head[- ]?ache{1,2}", {"head"}),
        ("{kind} nose", {" nose"}),
    ],
)
def test_what_is_needed(pattern: str, needs: set[str]) -> None:
    assert needed_words(pattern, {"kind": frozenset(("big", "runny"))}) == needs


LETTERS = st.text("abİıſKs ", max_size=4)
PIECES = st.one_of(
    st.text("abs", min_size=1, max_size=3),
    st.sampled_from([r"\w", "[ab]", ".", "(?!a)", r"\b", "(?:ab|s)", "(?:a|)", "(?:ab)?"]),
)
REPEATS = st.sampled_from(["", "", "?", "*", "+", "{0,2}", "{1,2}", "+?"])
PATTERNS = st.lists(
    st.lists(st.tuples(PIECES, REPEATS).map("".join), max_size=4).map("".join),
    min_size=1,
    max_size=3,
).map("|".join)


@given(PATTERNS, LETTERS)
def test_a_match_has_a_needed_word(pattern: str, text: str) -> None:
    try:
        found = re.search(pattern, text, re.IGNORECASE)
    except re.error:
        return
    needs = needed_words(pattern)
    if found is not None and needs:
        assert any(word in folded_for(text) for word in needs)


def test_every_row_compiles_and_needs_a_word() -> None:
    for rule in _rules():
        assert rule.pattern.needs, rule
        assert rule.pattern.compiled
