from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kgbuilder.nn.calibration import calibrated, fit_calibration
from kgbuilder.nn.decode import best_labels, word_spans
from kgbuilder.nn.labels import LabelSpace

SPACE = LabelSpace(("Drug", "Disease"))


def scores(*labels: str) -> np.ndarray:
    row = np.full((len(labels), SPACE.n_labels), -5.0, dtype=np.float32)
    for i, label in enumerate(labels):
        row[i, SPACE.names().index(label)] = -0.1
    return row


def test_spans_of_a_clear_answer() -> None:
    found = word_spans(scores("B-Drug", "I-Drug", "O", "B-Disease", "B-Disease"), SPACE)
    assert [(s.start, s.end, s.type) for s in found] == [
        (0, 2, "Drug"),
        (3, 4, "Disease"),
        (4, 5, "Disease"),
    ]
    assert abs(found[0].score - np.exp(-0.1)) < 1e-6


def test_no_words_have_no_spans() -> None:
    assert word_spans(np.zeros((0, SPACE.n_labels), dtype=np.float32), SPACE) == []


def legal(path: tuple[int, ...]) -> bool:
    names = SPACE.names()
    for previous, label in itertools.pairwise((0, *path)):
        type = names[label][2:]
        if names[label][0] == "I" and names[previous][2:] != type:
            return False
    return True


@given(arrays(np.float32, (4, SPACE.n_labels), elements=st.floats(-8, 0, width=32)))
def test_the_best_legal_sequence_is_found(table: np.ndarray) -> None:
    path = best_labels(table)
    assert legal(tuple(path))
    best = max(
        sum(float(table[i, label]) for i, label in enumerate(other))
        for other in itertools.product(range(SPACE.n_labels), repeat=4)
        if legal(other)
    )
    assert abs(sum(float(table[i, label]) for i, label in enumerate(path)) - best) < 1e-4


def test_calibration_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(4000) < 0.3
    log_odds = 4.0 * (rng.normal(size=4000) + 1.5 * truth - 1.0)
    scores = np.stack([np.zeros(4000), log_odds], axis=1).astype(np.float32)
    temperature, none_bias = fit_calibration(scores, np.stack([~truth, truth], axis=1))
    p = calibrated(scores, temperature=temperature, none_bias=none_bias)[:, 1]
    assert temperature > 1.5
    assert abs(p.mean() - truth.mean()) < 0.02
    sure = p > 0.8
    assert abs(p[sure].mean() - truth[sure].mean()) < 0.06


def test_types_that_are_alike_are_scored_together() -> None:
    space = LabelSpace(("Disease", "Phenotype", "Drug"))
    p = np.array([[0.1, 0.5, 0.0, 0.3, 0.0, 0.1, 0.0], [0.3, 0.0, 0.4, 0.0, 0.2, 0.0, 0.1]])
    logs = np.log(p + 1e-9).astype(np.float32)
    (apart,) = word_spans(logs, space)
    (together,) = word_spans(logs, space, alike=frozenset({"Disease", "Phenotype"}))
    assert (apart.type, together.type) == ("Disease", "Disease")
    assert apart.score == pytest.approx((0.5 * 0.4) ** 0.5, abs=1e-4)
    assert together.score == pytest.approx((0.8 * 0.6) ** 0.5, abs=1e-4)
