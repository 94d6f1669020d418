"""Linking: is the right concept named, and is nothing named where nothing is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Counts, Score, score_of
from kgbuilder.evaluate.records import LabelledSpan, document_ids

__all__ = ["LinkReport", "score_document_concepts", "score_links"]


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Linking of given mentions.

    :param linked: precision over the mentions that were linked, recall over those with a gold concept.
    :param accuracy_at: k -> share of mentions with a gold concept that have it among the first k.
    :param n_unlinkable: mentions without a gold concept.
    :param n_falsely_linked: of those, how many were given one.
    """

    linked: Score
    accuracy_at: Mapping[int, float]
    n_mentions: int
    n_unlinkable: int
    n_falsely_linked: int


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
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> Score:
    """Recognition and linking together: the set of concepts of each document, wherever they stand."""
    counts: list[Counts] = []
    for document in document_ids(gold, predicted):
        a = {id for mention in gold.get(document, ()) for id in mention.concepts}
        b = {id for mention in predicted.get(document, ()) for id in mention.concepts}
        counts.append(Counts(len(a), len(b), len(a & b)))
    return score_of(counts, seed=seed, n_samples=n_samples)
