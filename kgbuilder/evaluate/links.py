"""Linking: is the right concept named, and is nothing named where nothing is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

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
from kgbuilder.evaluate.records import (
    Equivalent,
    LabelledSpan,
    Type,
    document_ids,
    type_classes,
)

__all__ = [
    "ConceptReport",
    "LinkAccuracy",
    "LinkReport",
    "accuracy_of",
    "score_document_concepts",
    "score_links",
]


@dataclass(frozen=True, slots=True)
class LinkAccuracy:
    """Given mentions of one type that have a gold concept which the linker's vocabularies hold.

    :param n_refused: got no concept in the gold's identifier space; counted apart from wrong ones.
    :param n_composite: of ``n_mentions``, those with several gold concepts: right only if all of them
        are named and no other.
    :param n_outside: further mentions whose gold concept no vocabulary holds; not counted in the rest.
    :param interval: of the accuracy, documents redrawn.
    """

    n_mentions: int
    n_right: int
    n_refused: int
    n_composite: int
    n_outside: int
    interval: Interval

    @property
    def accuracy(self) -> float:
        """Right / mentions; 0 where there are none."""
        return self.n_right / self.n_mentions if self.n_mentions else 0.0

    @property
    def n_wrong(self) -> int:
        """Mentions that were given another concept."""
        return self.n_mentions - self.n_right - self.n_refused


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Linking of given mentions.

    :param linked: precision over the mentions that were linked, recall over those with a gold concept.
    :param accuracy_at: k -> share of mentions with a gold concept that have it among the first k.
    :param n_unlinkable: mentions without a gold concept.
    :param n_falsely_linked: of those, how many were given one.
    :param by_type: accuracy over the mentions whose gold concept the vocabularies hold.
    """

    linked: Score
    accuracy_at: Mapping[int, float]
    n_mentions: int
    n_unlinkable: int
    n_falsely_linked: int
    by_type: Mapping[str, LinkAccuracy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConceptReport:
    """Recognition and linking together: ``concepts`` of each document as a set, wherever they stand.

    :param by_type: of the mentions of one type, where any has a concept; types that count as one are
        joined by ``|``.
    """

    concepts: Score
    by_type: Mapping[str, Score]
    n_documents: int


def accuracy_of(
    gold: Mapping[str, Sequence[Collection[str]]],
    answers: Mapping[str, Sequence[Collection[str]]],
    *,
    held: Collection[str] = (),
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> LinkAccuracy:
    """Accuracy of aligned mentions of one type.

    :param gold: document id -> per mention its concept ids; mentions without any are not counted.
    :param answers: document id -> per mention the ids it was given, all of which it must name; empty:
        refused.
    :param held: ids that the vocabularies hold; a mention counts where one of its ids is among them, and
        only those of its ids are asked for. Empty: all count.
    """
    rows: list[list[float]] = []
    n_refused = n_composite = n_outside = 0
    for document in document_ids(gold, answers):
        a, b = gold.get(document, ()), answers.get(document, ())
        if len(a) != len(b):
            raise UsageError(f"{len(a)} gold and {len(b)} linked mentions", where=document)
        n_mentions = n_right = 0
        for ids, answer in zip(a, b, strict=True):
            wanted = {id for id in ids if not held or id in held}
            n_outside += bool(ids) and not wanted
            if wanted:
                n_mentions += 1
                n_composite += len(wanted) > 1
                n_refused += not answer
                n_right += set(answer) == wanted
        rows.append([n_right, n_mentions])
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 2)
    (interval,) = bootstrap(table, _share, seed=seed, n_samples=n_samples)
    n_right, n_mentions = (int(total) for total in table.sum(axis=0))
    return LinkAccuracy(n_mentions, n_right, n_refused, n_composite, n_outside, interval)


def _share(sums: Array) -> Array:
    right, n = sums.T
    share: Array = np.divide(right, n, out=np.zeros_like(right), where=n > 0)
    return share.reshape(-1, 1)


def score_links(
    gold: Mapping[str, Sequence[Collection[str]]],
    candidates: Mapping[str, Sequence[Sequence[str]]],
    *,
    top: Sequence[int] = (1, 5),
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> LinkReport:
    """Score candidates of aligned mentions.

    :param gold: document id -> per mention the ids that are right (a composite mention has several;
        naming one of them is right); empty: the corpus gives none.
    :param candidates: document id -> per mention concept ids, best first; empty: the linker refused.
    :raises UsageError: when the two sides are not aligned.
    """
    counts: list[Counts] = []
    hits = dict.fromkeys(top, 0)
    n_mentions = n_unlinkable = n_falsely = n_linkable = 0
    for document in document_ids(gold, candidates):
        a, b = gold.get(document, ()), candidates.get(document, ())
        if len(a) != len(b):
            raise UsageError(f"{len(a)} gold and {len(b)} linked mentions", where=document)
        total = Counts()
        for right_ids, ranked in zip(a, b, strict=True):
            n_mentions += 1
            right = bool(ranked) and ranked[0] in right_ids
            total += Counts(bool(right_ids), bool(ranked), right)
            if right_ids:
                n_linkable += 1
                for k in top:
                    hits[k] += any(id in right_ids for id in ranked[:k])
            else:
                n_unlinkable += 1
                n_falsely += bool(ranked)
        counts.append(total)
    return LinkReport(
        linked=score_of(counts, seed=seed, n_samples=n_samples),
        accuracy_at={k: n / n_linkable if n_linkable else 0.0 for k, n in hits.items()},
        n_mentions=n_mentions,
        n_unlinkable=n_unlinkable,
        n_falsely_linked=n_falsely,
    )


def score_document_concepts(
    gold: Mapping[str, Sequence[LabelledSpan]],
    predicted: Mapping[str, Sequence[LabelledSpan]],
    *,
    equivalent: Equivalent = frozenset(),
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> ConceptReport:
    """Micro-averaged over documents.

    :param equivalent: groups of types that count as one type.
    """
    documents = document_ids(gold, predicted)
    types = {m.type for side in (gold, predicted) for row in side.values() for m in row}
    classes = type_classes(equivalent, types)

    def score(name: Type | None) -> Score:
        counts: list[Counts] = []
        for document in documents:
            a, b = (
                {id for m in row if name in (None, classes[m.type]) for id in m.concepts}
                for row in (gold.get(document, ()), predicted.get(document, ()))
            )
            counts.append(Counts(len(a), len(b), len(a & b)))
        return score_of(counts, seed=seed, n_samples=n_samples)

    named = [m for side in (gold, predicted) for row in side.values() for m in row if m.concepts]
    names = sorted({classes[m.type] for m in named})
    return ConceptReport(score(None), {name: score(name) for name in names}, len(documents))
