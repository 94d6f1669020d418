"""Relations: precision, recall and F1 of the pair alone, and of pair and type."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.evaluate.calibration import CalibrationReport
from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Counts, Score, score_of
from kgbuilder.evaluate.records import LabelledRelation, Type, document_ids

__all__ = ["RelationReport", "score_relations"]


@dataclass(frozen=True, slots=True)
class RelationReport:
    """``pair``: the two things are related, whatever the type. ``typed``: the type is right too.

    :param calibration: of "these two are related so", the likeliest predicate of each pair that was
        asked about, told at any probability; where the relater gives one.
    :param pair_overlapping: and ``typed_overlapping``: from raw text between mentions, where both ends
        need only overlap the gold ones.
    :param n_outside: told relations that are not scored, since an end has no identifier that the corpus
        could hold.
    """

    pair: Score
    typed: Score
    by_type: Mapping[Type, Score]
    macro_f1: float
    n_documents: int
    calibration: CalibrationReport | None = None
    pair_overlapping: Score | None = None
    typed_overlapping: Score | None = None
    n_outside: int = 0


def score_relations(
    gold: Mapping[str, Sequence[LabelledRelation]],
    predicted: Mapping[str, Sequence[LabelledRelation]],
    *,
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> RelationReport:
    """Micro-averaged; a relation stated twice in a document counts once.

    The pair alone is compared without order: whether the direction is right shows in ``typed``.
    ``macro_f1`` is the mean over the types that occur in gold.
    """
    pairs: list[Counts] = []
    rows: list[dict[Type, Counts]] = []
    documents = document_ids(gold, predicted)
    for document in documents:
        a, b = gold.get(document, ()), predicted.get(document, ())
        pairs.append(_counts({_pair(r) for r in a}, {_pair(r) for r in b}))
        types = {r.type for r in (*a, *b)}
        rows.append(
            {
                type: _counts(
                    {_typed(r) for r in a if r.type == type},
                    {_typed(r) for r in b if r.type == type},
                )
                for type in types
            }
        )
    names = sorted({type for row in rows for type in row})
    by_type = {
        name: score_of([row.get(name, Counts()) for row in rows], seed=seed, n_samples=n_samples)
        for name in names
    }
    in_gold = [score.f1 for score in by_type.values() if score.counts.n_gold]
    return RelationReport(
        pair=score_of(pairs, seed=seed, n_samples=n_samples),
        typed=score_of(
            [sum(row.values(), Counts()) for row in rows], seed=seed, n_samples=n_samples
        ),
        by_type=by_type,
        macro_f1=sum(in_gold) / len(in_gold) if in_gold else 0.0,
        n_documents=len(documents),
    )


def _counts(gold: set[Hashable], predicted: set[Hashable]) -> Counts:
    right = len(gold & predicted)
    return Counts(len(gold), len(predicted), right)


def _pair(relation: LabelledRelation) -> Hashable:
    return frozenset((relation.head, relation.tail))


def _typed(relation: LabelledRelation) -> Hashable:
    if relation.symmetric:
        return relation.type, _pair(relation)
    return relation.type, relation.head, relation.tail
