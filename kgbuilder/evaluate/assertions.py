"""How findings are meant: each attribute's values scored over given or aligned mentions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.intervals import (
    DEFAULT_SAMPLES,
    Array,
    Counts,
    Interval,
    Score,
    bootstrap,
    score_of,
)
from kgbuilder.evaluate.records import Equivalent, LabelledSpan, document_ids, type_classes
from kgbuilder.evaluate.spans import align
from kgbuilder.model import Assertion

__all__ = ["ATTRIBUTES", "AssertionReport", "aligned_assertions", "score_assertions"]

ATTRIBUTES = ("polarity", "certainty", "temporality", "experiencer")


@dataclass(frozen=True, slots=True)
class AssertionReport:
    """:param by_value: ``polarity=negated`` -> score; every value that occurs on either side.
    :param accuracy: attribute -> right / all; ``all`` counts a mention whose four are all right. With
        95 % intervals over documents in ``accuracy_interval``; None where none was asked for.
    :param missed_as_plain: mentions that are not a plain fact in gold and are one in the prediction,
        the error that hurts; ``n_not_plain`` is out of how many.
    """

    by_value: Mapping[str, Score]
    accuracy: Mapping[str, float]
    accuracy_interval: Mapping[str, Interval] | None
    n_mentions: int
    n_not_plain: int
    missed_as_plain: int


def aligned_assertions(
    gold: Mapping[str, Sequence[LabelledSpan]],
    predicted: Mapping[str, Sequence[LabelledSpan]],
    *,
    equivalent: Equivalent = frozenset(),
) -> dict[str, list[tuple[Assertion, Assertion]]]:
    """Document id -> (gold, predicted) assertions of the mentions that both sides have, overlapping.

    Mentions found on one side only are the recognizer's errors and left to :func:`score_spans`.
    """
    types = {m.type for side in (gold, predicted) for row in side.values() for m in row}
    classes = type_classes(equivalent, types)
    return {
        document: [
            (g.assertion, p.assertion)
            for g, p in align(gold.get(document, ()), predicted.get(document, ()), classes=classes)
            if g.assertion is not None and p.assertion is not None
        ]
        for document in document_ids(gold, predicted)
    }


def score_assertions(
    gold: Mapping[str, Sequence[Assertion]],
    predicted: Mapping[str, Sequence[Assertion]],
    *,
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> AssertionReport:
    """Score aligned assertions, document by document.

    :param gold: document id -> assertions; ``predicted`` has the same ids and as many of each.
    :raises UsageError: when the two sides are not aligned.
    """
    documents = document_ids(gold, predicted)
    rows: list[dict[str, Counts]] = []
    names = (*ATTRIBUTES, "all")
    right = {document: dict.fromkeys(names, 0) for document in documents}
    n_mentions = n_not_plain = missed = 0
    for document in documents:
        a, b = gold.get(document, ()), predicted.get(document, ())
        if len(a) != len(b):
            raise UsageError(
                f"{len(a)} gold and {len(b)} predicted assertions",
                where=document,
                hint="align them first, see aligned_assertions",
            )
        row: dict[str, Counts] = {}
        for g, p in zip(a, b, strict=True):
            n_mentions += 1
            n_not_plain += not g.is_plain
            missed += p.is_plain and not g.is_plain
            right[document]["all"] += g.without_cues() == p.without_cues()
            for name in ATTRIBUTES:
                said, answer = str(getattr(g, name)), str(getattr(p, name))
                right[document][name] += said == answer
                _count(row, f"{name}={said}", Counts(1, 0, said == answer))
                _count(row, f"{name}={answer}", Counts(0, 1))
        rows.append(row)
    table = np.array(
        [[len(gold.get(d, ())), *right[d].values()] for d in documents], dtype=np.float64
    ).reshape(len(documents), 1 + len(names))
    shares = _shares(table.sum(axis=0, keepdims=True))[0]
    values = sorted({value for row in rows for value in row})
    return AssertionReport(
        by_value={
            value: score_of(
                [row.get(value, Counts()) for row in rows], seed=seed, n_samples=n_samples
            )
            for value in values
        },
        accuracy=dict(zip(names, map(float, shares), strict=True)),
        accuracy_interval=dict(
            zip(names, bootstrap(table, _shares, seed=seed, n_samples=n_samples), strict=True)
        )
        if n_samples
        else None,
        n_mentions=n_mentions,
        n_not_plain=n_not_plain,
        missed_as_plain=missed,
    )


def _shares(sums: Array) -> Array:
    """(samples, 1 + k) of all and right -> (samples, k) of right / all; 0 where nothing is."""
    return sums[:, 1:] / np.maximum(sums[:, :1], 1.0)


def _count(row: dict[str, Counts], value: str, counts: Counts) -> None:
    row[value] = row.get(value, Counts()) + counts
