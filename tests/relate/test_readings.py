"""How the readings of a pair are weighed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.relate.readings import AS_THE_PASSAGE, Mix, Reading, mixed, odds_of, parted

MIX = Mix((0.2, 0.3, 0.4), -0.5, (0.5, 0.5, 0.1))


def logs(*weights: float) -> np.ndarray:
    p = np.array(weights, dtype=np.float32)
    return np.log(p / p.sum())


def reading(sentence: np.ndarray | None, passage: np.ndarray | None, shape: np.ndarray) -> Reading:
    return Reading(
        "passage drug condition",
        (0, 1),
        () if passage is None else (((0, 1), passage),),
        shape,
        None if sentence is None else (0, (0, 1)),
        sentence,
    )


weights = st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4).map(lambda w: logs(*w))


@given(weights, weights, weights)
def test_probabilities_sum_to_one(
    sentence: np.ndarray, passage: np.ndarray, shape: np.ndarray
) -> None:
    assert np.exp(mixed(reading(sentence, passage, shape), MIX)).sum() == pytest.approx(
        1.0, abs=1e-4
    )


@given(weights, weights)
def test_a_sentence_that_relates_them_more_never_lowers_that_they_are(
    sentence: np.ndarray, shape: np.ndarray
) -> None:
    more = np.log(np.exp(sentence) * np.array([0.5, 1, 1, 1], dtype=np.float32))
    before, after = (mixed(reading(s, None, shape), MIX)[0] for s in (sentence, more))
    assert after <= before + 1e-5


def test_how_they_are_related_is_the_sentences_to_say() -> None:
    says_treats = reading(logs(0.1, 0.1, 0.7, 0.1), None, logs(0.5, 0.3, 0.1, 0.1))
    assert mixed(says_treats, MIX)[1:].argmax() == 1
    unsaid = reading(None, None, logs(0.5, 0.3, 0.1, 0.1))
    assert mixed(unsaid, MIX)[1:].argmax() == 0


def test_without_a_fitted_mix_the_passage_alone_counts() -> None:
    passage = logs(0.4, 0.3, 0.2, 0.1)
    read = reading(logs(0.9, 0.05, 0.03, 0.02), passage, logs(1, 1, 1, 1))
    assert mixed(read, AS_THE_PASSAGE) == pytest.approx(passage, abs=1e-4)


def test_an_impossible_label_is_not_a_number_too_many() -> None:
    odds, rest = parted(np.array([0.0, -np.inf, -50.0, -60.0], dtype=np.float32))
    assert odds == -9.0
    assert np.isfinite(rest).all()


def test_the_evidence_is_the_mention_pair_that_says_it_most() -> None:
    read = Reading(
        "passage drug condition",
        (0, 1),
        (
            ((0, 1), logs(0.8, 0.1, 0.1)),
            ((2, 3), logs(0.2, 0.7, 0.1)),
            ((2, 4), logs(0.01, 0.9, 0.09)),
        ),
        logs(1, 1, 1),
    )
    assert read.says_most([1], [0, 0, 1, 1, 2]) == (2, 3)  # both in one sentence goes first
    assert read.says_most([1], [0, 1, 2, 3, 4]) == (2, 4)


def test_odds_are_what_the_probabilities_come_to() -> None:
    read = reading(logs(0.5, 0.3, 0.2), logs(0.6, 0.3, 0.1), logs(0.7, 0.2, 0.1))
    none = float(np.exp(mixed(read, MIX)[0]))
    assert odds_of(read, MIX) == pytest.approx(np.log((1 - none) / none), abs=1e-4)
