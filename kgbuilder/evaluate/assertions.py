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
from kgbuilder.evaluate.records import LabelledSpan, document_ids
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
    :param n_not_found: from raw text: of ``n_mentions`` those that were not found. They are wrong in
        every accuracy and lower every recall.
    """

    by_value: Mapping[str, Score]
    accuracy: Mapping[str, float]
    accuracy_interval: Mapping[str, Interval] | None
    n_mentions: int
    n_not_plain: int
    missed_as_plain: int
    n_not_found: int = 0


def aligned_assertions(
    gold: Mapping[str, Sequence[LabelledSpan]],
    predicted: Mapping[str, Sequence[LabelledSpan]],
) -> dict[str, list[tuple[Assertion, Assertion | None]]]:
    """Document id -> (gold, predicted) assertions of the gold mentions that have one; None: not found.

    A mention is found where a predicted one overlaps it, one to one, most overlap first. Whether its
    type is right, and what is found beside, :func:`score_spans` says.
    """
    types = {m.type for side in (gold, predicted) for row in side.values() for m in row}
    one_class = dict.fromkeys(types, "")
    aligned: dict[str, list[tuple[Assertion, Assertion | None]]] = {}
    for document in document_ids(gold, predicted):
        told = [m for m in gold.get(document, ()) if m.assertion is not None]
        found = dict(align(told, predicted.get(document, ()), classes=one_class))
        aligned[document] = [
            (m.assertion, found[m].assertion if m in found else None) for m in told if m.assertion
        ]
    return aligned


def score_assertions(
    gold: Mapping[str, Sequence[Assertion]],
    predicted: Mapping[str, Sequence[Assertion | None]],
    *,
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> AssertionReport:
    """Score aligned assertions, document by document.

    :param gold: document id -> assertions; ``predicted`` has the same ids and as many of each, None for
        a mention that was not found.
    :raises UsageError: when the two sides are not aligned.
    """
    documents = document_ids(gold, predicted)
    rows: list[dict[str, Counts]] = []
    names = (*ATTRIBUTES, "all")
    right = {document: dict.fromkeys(names, 0) for document in documents}
    n_mentions = n_not_plain = missed = n_not_found = 0
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
            if p is None:
                n_not_found += 1
                for name in ATTRIBUTES:
                    _count(row, f"{name}={getattr(g, name)}", Counts(1))
                continue
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
        n_not_found=n_not_found,
    )


def _shares(sums: Array) -> Array:
    """(samples, 1 + k) of all and right -> (samples, k) of right / all; 0 where nothing is."""
    return sums[:, 1:] / np.maximum(sums[:, :1], 1.0)


def _count(row: dict[str, Counts], value: str, counts: Counts) -> None:
    row[value] = row.get(value, Counts()) + counts
