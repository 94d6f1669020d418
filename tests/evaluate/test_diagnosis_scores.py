from __future__ import annotations

import numpy as np
import pytest

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.classes import score_classes
from kgbuilder.evaluate.diagnosis import DiagnosisReport, Placed, pair, score_placed, score_terms
from kgbuilder.evaluate.report import to_json, to_text

INF = float("inf")
PLACED = [
    Placed("a", "p1", "D1", 1, 1, 0.9),
    Placed("b", "p1", "D1", 2, 1, 0.5),
    Placed("c", "p2", "D2", 12, 12, 0.2),
    Placed("d", "p3", "D3", INF, INF, None),
]


def test_shares_with_both_tie_rules() -> None:
    report = score_placed("set", PLACED, ms_per_case=1.0)
    assert report.top == {1: 0.25, 3: 0.5, 10: 0.5}
    assert report.realistic[1] == pytest.approx((1 + 0.5) / 4)
    assert (report.n, report.n_unranked, report.n_diseases) == (4, 1, 3)
    assert report.per_disease[1] == pytest.approx((0.5 + 0 + 0) / 3)
    assert report.interval[1].low <= 0.25 <= report.interval[1].high


def test_calibration_is_of_the_first_posterior() -> None:
    sure = [Placed(str(i), str(i), "D", 1, 1, 1.0) for i in range(10)]
    assert score_placed("s", sure, ms_per_case=1).ece == pytest.approx(0)
    wrong = [Placed(str(i), str(i), "D", 5, 5, 1.0) for i in range(10)]
    assert score_placed("s", wrong, ms_per_case=1).ece == pytest.approx(1)
    mixed = [*sure[:5], *(Placed(str(i), str(i), "D", 5, 5, 0.0) for i in range(5, 10))]
    assert score_placed("s", mixed, ms_per_case=1).brier_skill == pytest.approx(1)


def test_pairs_are_the_cases_that_both_have() -> None:
    other = pair("LIRICAL", PLACED, {"a": 5, "b": 1, "z": 1})
    assert other.n == 2
    assert other.theirs == {1: 0.5, 3: 0.5, 10: 1.0}
    assert other.difference == {1: 0.0, 3: 0.5, 10: 0.0}


def test_terms() -> None:
    report = score_terms([(2, 2, 1), (2, 0, 0)])
    assert (report.precision, report.recall) == (0.5, 0.25)
    assert report.f1 == pytest.approx(1 / 3)


def test_the_report_is_text_and_json() -> None:
    setting = score_placed("set", PLACED, ms_per_case=1.0, against=[pair("X", PLACED, {"a": 2})])
    report = DiagnosisReport((setting,), score_terms([(1, 1, 1)]), 8630, 0.9)
    text = to_text(report)
    for piece in ("set", "mean per disease", "ties halved", "X on set", "F1 1.000", "8,630"):
        assert piece in text
    assert to_json(report)["settings"][0]["top"]["10"] == 0.5


def test_classes() -> None:
    table = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]])
    report = score_classes(table, [0, 1, 1], ["a", "b"])
    assert report.accuracy == pytest.approx(2 / 3)
    assert report.confusion == ((1, 0), (1, 1))
    assert report.by_label["b"].recall == 0.5
    assert report.loss == pytest.approx(-np.log([0.9, 0.6, 0.2]).mean())
    with pytest.raises(UsageError):
        score_classes(table, [0], ["a", "b"])


def test_a_pair_tells_how_many_cases_could_change_and_did() -> None:
    ranks = {p.id: p.worst for p in PLACED}
    diseases = {PLACED[0].disease}
    same = pair("without", PLACED, ranks, about=diseases)
    assert (same.n_could_change, same.n_changed) == (
        sum(p.disease in diseases for p in PLACED),
        0,
    )
    first = PLACED[0].id
    moved = pair("without", PLACED, ranks | {first: ranks[first] + 1})
    assert (moved.n_could_change, moved.n_changed) == (None, 1)
