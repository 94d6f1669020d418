"""Mentions: precision, recall and F1 of span and type, strict and overlapping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Counts, Score, score_of
from kgbuilder.evaluate.records import (
    Equivalent,
    LabelledSpan,
    Type,
    document_ids,
    type_classes,
)

__all__ = ["SpanReport", "align", "score_spans", "strict_counts"]


@dataclass(frozen=True, slots=True)
class SpanReport:
    """``strict``: same span and type. ``overlapping``: same type, at least one code point shared."""

    strict: Score
    overlapping: Score
    strict_by_type: Mapping[Type, Score]
    overlapping_by_type: Mapping[Type, Score]
    n_documents: int


def score_spans(
    gold: Mapping[str, Sequence[LabelledSpan]],
    predicted: Mapping[str, Sequence[LabelledSpan]],
    *,
    equivalent: Equivalent = frozenset(),
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> SpanReport:
    """Micro-averaged over all mentions; 95 % intervals by redrawing documents.

    A span annotated twice with one type counts once. Strict matches are one to one. Overlapping
    matches are one to one too, pairs that share most first, so that one long prediction over
    three gold mentions finds one of them.

    :param gold: document id -> mentions; ``predicted`` likewise. A document on one side only counts.
    :param equivalent: groups of types that count as one type.
    """
    documents = document_ids(gold, predicted)
    types = {m.type for side in (gold, predicted) for row in side.values() for m in row}
    classes = type_classes(equivalent, types)
    names = sorted(set(classes.values()))
    strict: list[dict[Type, Counts]] = []
    overlapping: list[dict[Type, Counts]] = []
    for document in documents:
        a = _unique(gold.get(document, ()), classes)
        b = _unique(predicted.get(document, ()), classes)
        strict.append(_strict_counts(a, b))
        overlapping.append(_overlapping_counts(a, b))

    def score(rows: list[dict[Type, Counts]], name: Type | None) -> Score:
        counts = [
            sum(row.values(), Counts()) if name is None else row.get(name, Counts()) for row in rows
        ]
        return score_of(counts, seed=seed, n_samples=n_samples)

    return SpanReport(
        strict=score(strict, None),
        overlapping=score(overlapping, None),
        strict_by_type={name: score(strict, name) for name in names},
        overlapping_by_type={name: score(overlapping, name) for name in names},
        n_documents=len(documents),
    )


def strict_counts(
    gold: Sequence[LabelledSpan],
    predicted: Sequence[LabelledSpan],
    equivalent: Equivalent = frozenset(),
) -> dict[Type, Counts]:
    """Strict counts of one document by type, as :func:`score_spans` sums them."""
    classes = type_classes(equivalent, {m.type for m in (*gold, *predicted)})
    return _strict_counts(_unique(gold, classes), _unique(predicted, classes))


def align(
    gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan], *, classes: Mapping[Type, Type]
) -> list[tuple[LabelledSpan, LabelledSpan]]:
    """Pairs of one document that overlap and share a type, one to one, most overlap first.

    Ties go to the closer boundaries, then to the earlier mention.
    """
    sorted_gold = sorted(gold, key=lambda m: m.span)
    sorted_predicted = sorted(predicted, key=lambda m: m.span)
    edges: list[tuple[int, int, int, int]] = []
    first = 0
    longest = max((len(m.span) for m in sorted_predicted), default=0)
    for i, g in enumerate(sorted_gold):
        while (
            first < len(sorted_predicted)
            and sorted_predicted[first].span.start + longest <= g.span.start
        ):
            first += 1
        for j in range(first, len(sorted_predicted)):
            p = sorted_predicted[j]
            if p.span.start >= g.span.end:
                break
            if p.span.overlaps(g.span) and _class(p, classes) == _class(g, classes):
                shared = min(p.span.end, g.span.end) - max(p.span.start, g.span.start)
                off = abs(p.span.start - g.span.start) + abs(p.span.end - g.span.end)
                edges.append((-shared, off, i, j))
    used_gold: set[int] = set()
    used_predicted: set[int] = set()
    pairs: list[tuple[int, int]] = []
    for _, _, i, j in sorted(edges):
        if i not in used_gold and j not in used_predicted:
            used_gold.add(i)
            used_predicted.add(j)
            pairs.append((i, j))
    return [(sorted_gold[i], sorted_predicted[j]) for i, j in sorted(pairs)]


def _class(mention: LabelledSpan, classes: Mapping[Type, Type]) -> Type:
    return classes.get(mention.type, mention.type)


def _unique(mentions: Sequence[LabelledSpan], classes: Mapping[Type, Type]) -> list[LabelledSpan]:
    seen: dict[tuple[int, int, Type], LabelledSpan] = {}
    for m in mentions:
        name = _class(m, classes)
        # both sides are of one document: its id says nothing
        seen.setdefault((m.span.start, m.span.end, name), LabelledSpan("", m.span, name))
    return list(seen.values())


def _strict_counts(
    gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan]
) -> dict[Type, Counts]:
    right = Counter(m.type for m in set(gold) & set(predicted))
    return _counts(gold, predicted, right)


def _overlapping_counts(
    gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan]
) -> dict[Type, Counts]:
    right = Counter(g.type for g, _ in align(gold, predicted, classes={}))
    return _counts(gold, predicted, right)


def _counts(
    gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan], right: Counter[Type]
) -> dict[Type, Counts]:
    n_gold = Counter(m.type for m in gold)
    n_predicted = Counter(m.type for m in predicted)
    return {
        name: Counts(n_gold[name], n_predicted[name], right[name])
        for name in n_gold.keys() | n_predicted.keys()
    }
