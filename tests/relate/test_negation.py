from __future__ import annotations

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.relate.negation import denials, load_cues, parse_cues


def denied(text: str, first: str, second: str, *others: str) -> set[str]:
    def place(word: str) -> tuple[int, int]:
        start = text.index(word)
        return start, start + len(word)

    mentions = sorted(map(place, (first, second, *others)))
    found = denials(text, place(first), place(second), mentions, load_cues())
    for denial in found:
        assert text[denial.start : denial.end].lower() in {cue.words for cue in load_cues()}
    return {denial.predicate for denial in found}


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("No interaction between alphanol and betanol was found.", "alphanol", "betanol"),
        ("Alphanol did not alter the kinetics of betanol.", "Alphanol", "betanol"),
        ("ALPHANOL DOES NOT INTERACT WITH BETANOL.", "ALPHANOL", "BETANOL"),
        ("Clearance of betanol was not affected by alphanol.", "betanol", "alphanol"),
        (
            "Between alphanol and betanol there was no pharmacokinetic interaction.",
            "alphanol",
            "betanol",
        ),
    ],
)
def test_a_denied_interaction(text: str, first: str, second: str) -> None:
    assert "INTERACTS_WITH" in denied(text, first, second)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Alphanol increases the level of betanol.", "Alphanol", "betanol"),
        ("Alphanol did not cause harm, but it interacts with betanol.", "Alphanol", "betanol"),
        ("No interaction is known for gammanol; alphanol raises betanol.", "alphanol", "betanol"),
        ("Alphanol had a nointeraction code with betanol.", "Alphanol", "betanol"),
        ("", "", ""),
    ],
)
def test_nothing_is_denied(text: str, first: str, second: str) -> None:
    assert denied(text, first, second) == set()


def test_a_denial_reaches_along_a_list_but_not_past_it() -> None:
    text = "Alphanol did not affect betanol, gammanol, or deltanol, and doubled epsilonol."
    assert "INTERACTS_WITH" in denied(text, "Alphanol", "deltanol", "betanol", "gammanol")
    assert denied(text, "Alphanol", "epsilonol", "betanol", "gammanol", "deltanol") == set()


def test_the_shipped_table_is_sound() -> None:
    cues = load_cues()
    assert len(cues) > 50
    assert len({(c.words, c.predicates) for c in cues}) == len(cues)
    assert all(0 < cue.probability < 1 for cue in cues)


@pytest.mark.parametrize(
    "row", ["x\tbetween\tCAUSES", "x\tnear\tCAUSES\t0.5", "x\tafter\tCAUSE\t0.5"]
)
def test_a_wrong_row_is_named(row: str) -> None:
    with pytest.raises(ConfigError, match="line 1"):
        parse_cues([row])
