"""What every qualifier promises."""

from __future__ import annotations

import pytest

from kgbuilder.model import Assertion, EntityType, Mention, Polarity, Sentence, Span
from kgbuilder.protocols import Qualifier
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.qualify.weighed import WeighedQualifier

QUALIFIERS = [ContextQualifier, WeighedQualifier]


@pytest.fixture(scope="module", params=QUALIFIERS, ids=lambda make: make.__name__)
def qualifier(request: pytest.FixtureRequest) -> Qualifier:
    made: Qualifier = request.param()
    return made


def _row(text: str, *words: str, offset: int = 0) -> tuple[Sentence, tuple[Mention, ...]]:
    sentence = Sentence("d", Span(offset, offset + len(text)), text)
    return sentence, tuple(
        Mention(
            "d",
            Span(offset + text.index(word), offset + text.index(word) + len(word)),
            word,
            EntityType.PHENOTYPE,
        )
        for word in words
    )


ROWS = [
    _row("No fever or cough.", "fever", "cough"),
    _row("Rash.", "Rash", offset=40),
    _row("Nothing found."),
    _row("Mother had gout; denies pain.", "gout", "pain", offset=90),
]


def test_rows_are_aligned(qualifier: Qualifier) -> None:
    answer = qualifier.qualify([s for s, _ in ROWS], [m for _, m in ROWS])
    assert [len(row) for row in answer] == [len(mentions) for _, mentions in ROWS]
    assert all(isinstance(a, Assertion) for row in answer for a in row)


def test_nothing_in_nothing_out(qualifier: Qualifier) -> None:
    assert qualifier.qualify([], []) == []


def test_rows_that_are_not_aligned_are_refused(qualifier: Qualifier) -> None:
    with pytest.raises(ValueError, match="zip"):
        qualifier.qualify([ROWS[0][0]], [])


def test_a_sentence_is_judged_alone(qualifier: Qualifier) -> None:
    together = qualifier.qualify([s for s, _ in ROWS], [m for _, m in ROWS])
    alone = [qualifier.qualify([s], [m])[0] for s, m in ROWS]
    assert together == alone


def test_cues_lie_in_the_sentence_and_are_sorted(qualifier: Qualifier) -> None:
    answer = qualifier.qualify([s for s, _ in ROWS], [m for _, m in ROWS])
    for (sentence, _), row in zip(ROWS, answer, strict=True):
        for assertion in row:
            assert all(sentence.span.contains(cue) for cue in assertion.cues)
            assert list(assertion.cues) == sorted(assertion.cues)


def test_a_negated_finding_has_its_cue(qualifier: Qualifier) -> None:
    sentence, mentions = ROWS[0]
    for assertion in qualifier.qualify([sentence], [mentions])[0]:
        assert assertion.polarity is Polarity.NEGATED
        assert [cue.of(sentence.text) for cue in assertion.cues] == ["No"]
