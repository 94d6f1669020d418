"""Ranks, intervals and calibration."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.calibration import score_calibration
from kgbuilder.evaluate.intervals import bootstrap
from kgbuilder.evaluate.ranks import Tie, rank_of, score_ranks
from kgbuilder.evaluate.report import to_json, to_text

TIED = [("a", 3.0), ("b", 2.0), ("right", 2.0), ("c", 2.0), ("d", 1.0)]


@pytest.mark.parametrize(
    ("tie", "rank"), [(Tie.OPTIMISTIC, 2.0), (Tie.REALISTIC, 3.0), (Tie.PESSIMISTIC, 4.0)]
)
def test_ties(tie: Tie, rank: float) -> None:
    assert rank_of(TIED, {"right"}, tie=tie) == rank


def test_several_right_answers_do_not_push_each_other_down() -> None:
    assert rank_of(TIED, {"right", "b", "c"}) == 2.0
    assert rank_of(TIED, {"nowhere"}) is None
    assert rank_of([], {"right"}) is None


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.data())
def test_optimistic_is_never_worse(scores: list[int], data: st.DataObject) -> None:
    scored = [(str(i), float(score)) for i, score in enumerate(scores)]
    right = {data.draw(st.sampled_from([name for name, _ in scored]))}
    best, middle, worst = (rank_of(scored, right, tie=tie) for tie in Tie)
    assert best is not None
    assert middle is not None
    assert worst is not None
    assert 1 <= best <= middle <= worst <= len(scored)
    assert middle == (best + worst) / 2


def test_figures() -> None:
    report = score_ranks([1, 2, None, 10], top=(1, 10))
    assert report.top == {1: 0.25, 10: 0.75}
    assert report.mrr == pytest.approx((1 + 1 / 2 + 0 + 1 / 10) / 4)
    assert report.median_rank == 6
    assert (report.n_cases, report.n_unranked) == (4, 1)
    assert report.top_interval[10].low <= 0.75 <= report.top_interval[10].high
    assert report == score_ranks([1, 2, None, 10], top=(1, 10))


def test_no_cases_and_no_ranks() -> None:
    assert score_ranks([]).mrr == 0
    report = score_ranks([None, None])
    assert math.isinf(report.median_rank)
    assert to_json(report)["median_rank"] is None
    json.dumps(to_json(report), allow_nan=False)
    assert "2 without their answer" in to_text(report)


def test_calibration_by_hand() -> None:
    report = score_calibration([0.1, 0.1, 0.9, 0.9], [False, True, True, True])
    assert report.ece == pytest.approx(0.5 * 0.4 + 0.5 * 0.1)
    assert report.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01) / 4)
    assert [(b.low, b.n) for b in report.bins] == [(0.0, 2), (0.8, 2)]
    assert "ECE 0.2500" in to_text(report)


def test_edges_fall_into_the_lower_bin() -> None:
    report = score_calibration([0.0, 0.1, 0.7, 1.0], [False, False, True, True])
    assert [(b.high, b.n) for b in report.bins] == [(0.1, 2), (0.7, 1), (1.0, 1)]
    assert score_calibration([], []).n == 0


@pytest.mark.parametrize("bad", [[1.5], [-0.1], [float("nan")]])
def test_no_probability_is_refused(bad: list[float]) -> None:
    with pytest.raises(UsageError, match="not in"):
        score_calibration(bad, [True])


def test_unequal_sides_are_refused() -> None:
    with pytest.raises(UsageError, match="2 probabilities and 1"):
        score_calibration([0.1, 0.2], [True])


def test_the_bootstrap_narrows_with_more_documents() -> None:
    def width(n: int) -> float:
        rows = np.array([[i % 2, 1.0] for i in range(n)])
        (interval,) = bootstrap(rows, lambda sums: sums[:, :1] / sums[:, 1:], seed=1)
        assert interval.low <= 0.5 <= interval.high
        return interval.high - interval.low

    assert width(400) < width(40) < width(10)


def test_one_document_has_no_width() -> None:
    (interval,) = bootstrap(np.array([[3.0]]), lambda sums: sums)
    assert (interval.low, interval.high) == (3.0, 3.0)
    with pytest.raises(UsageError):
        bootstrap(np.array([1.0]), lambda sums: sums)
