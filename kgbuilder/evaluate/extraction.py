"""Several recognizers on one corpus: each one's scores, and what sets them apart with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Array, Counts, Interval, bootstrap
from kgbuilder.evaluate.records import Equivalent, LabelledSpan, document_ids
from kgbuilder.evaluate.spans import SpanReport, score_spans, strict_counts

__all__ = [
    "Contender",
    "Difference",
    "ExtractionReport",
    "GoldMentions",
    "compare_recognizers",
    "n_nested",
]

Mentions = Mapping[str, Sequence[LabelledSpan]]
"""Document id -> mentions."""


@dataclass(frozen=True, slots=True)
class GoldMentions:
    """What gold holds, and what of it no recognizer of plain, not overlapping spans can give back.

    :param n_discontinuous: mentions in pieces; scored as the stretch from the first to the last.
    :param n_nested: mentions that overlap another: at least so many of the scored ones must be missed.
    :param n_other: mentions under labels that are none of our types; not scored, and nothing that is
        found in their place counts against anybody unless it bears a scored type.
    """

    n_scored: int
    n_discontinuous: int
    n_nested: int
    n_other: int


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus other, strict, on the same documents. For the intervals documents are redrawn for
    both at once.
    """

    precision: float
    recall: float
    f1: float
    precision_interval: Interval
    recall_interval: Interval
    f1_interval: Interval


@dataclass(frozen=True, slots=True)
class Contender:
    """Another recognizer's scores, and ours minus these."""

    system: str
    scores: SpanReport
    difference: Difference


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """``system`` is ours: the recognizer that the recipe asks for."""

    corpus: str
    system: str
    scores: SpanReport
    gold: GoldMentions
    against: tuple[Contender, ...] = ()


def compare_recognizers(
    gold: Mentions,
    predicted: Mapping[str, Mentions],
    *,
    corpus: str,
    counted: GoldMentions,
    equivalent: Equivalent = frozenset(),
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> ExtractionReport:
    """Score every system in ``predicted``; the first is ours, the others are what it is held against."""
    reports = {
        system: score_spans(gold, found, equivalent=equivalent, seed=seed, n_samples=n_samples)
        for system, found in predicted.items()
    }
    (ours, *others) = predicted
    return ExtractionReport(
        corpus,
        ours,
        reports[ours],
        counted,
        tuple(
            Contender(
                other,
                reports[other],
                _difference(
                    _rows(gold, predicted[ours], predicted[other], equivalent), seed, n_samples
                ),
            )
            for other in others
        ),
    )


def _rows(gold: Mentions, one: Mentions, other: Mentions, equivalent: Equivalent) -> Array:
    """Per document: gold, and predicted and right of each side."""
    rows = []
    for id in document_ids({**gold, **one}, other):
        a, b = (_total(gold.get(id, ()), side.get(id, ()), equivalent) for side in (one, other))
        rows.append([a.n_gold, a.n_predicted, a.n_right, b.n_predicted, b.n_right])
    return np.array(rows, dtype=np.float64).reshape(len(rows), 5)


def _total(
    gold: Sequence[LabelledSpan], found: Sequence[LabelledSpan], equivalent: Equivalent
) -> Counts:
    return sum(strict_counts(gold, found, equivalent).values(), Counts())


def _difference(rows: Array, seed: int, n_samples: int) -> Difference:
    point = _differences(rows.sum(axis=0, keepdims=True))[0]
    intervals = bootstrap(rows, _differences, seed=seed, n_samples=n_samples)
    precision, recall, f1 = map(float, point)
    return Difference(precision, recall, f1, *intervals)


def _differences(sums: Array) -> Array:
    gold, predicted_1, right_1, predicted_2, right_2 = sums.T
    one, other = _figures(gold, predicted_1, right_1), _figures(gold, predicted_2, right_2)
    return one - other


def _figures(gold: Array, predicted: Array, right: Array) -> Array:
    """(samples, 3): precision, recall and F1; 0 where nothing is."""
    precision = np.divide(right, predicted, out=np.zeros_like(right), where=predicted > 0)
    recall = np.divide(right, gold, out=np.zeros_like(right), where=gold > 0)
    both = gold + predicted
    f1 = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    return np.stack([precision, recall, f1], axis=-1)


def n_nested(mentions: Sequence[LabelledSpan]) -> int:
    """How many of one document's mentions cannot be had together with the others: the fewest to leave
    out until no two places overlap. The same place under two types is one place.
    """
    places = sorted({(m.span.end, m.span.start) for m in mentions})
    kept, free = 0, 0
    for end, start in places:  # earliest end first keeps the most
        if start >= free:
            kept, free = kept + 1, end
    return len(places) - kept
