"""Rankings: the rank of the right answer, top-k and mean reciprocal rank, with the tie rule said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Array, Interval, bootstrap

__all__ = ["RankReport", "Tie", "rank_of", "score_ranks"]


class Tie(StrEnum):
    """Which place answers of equal score have: the first of theirs, the mean, or the last.

    Names after Berrendorf et al. 2020, "On the ambiguity of rank-based evaluation".
    """

    OPTIMISTIC = "optimistic"
    REALISTIC = "realistic"
    PESSIMISTIC = "pessimistic"


@dataclass(frozen=True, slots=True)
class RankReport:
    """:param top: k -> share of cases whose right answer has rank <= k. :param mrr: mean of 1/rank,
    0 for a case whose answer is not ranked. :param median_rank: infinity where over half are not.
    """

    top: Mapping[int, float]
    top_interval: Mapping[int, Interval]
    mrr: float
    mrr_interval: Interval
    median_rank: float
    n_cases: int
    n_unranked: int
    tie: Tie


def rank_of(
    scored: Sequence[tuple[str, float]], right: Collection[str], *, tie: Tie = Tie.PESSIMISTIC
) -> float | None:
    """1-based rank of the best right answer among ``scored`` (answer, score; more is better).

    None when no right answer was scored. With several right answers the others never push the best
    one down.
    """
    best = max((score for answer, score in scored if answer in right), default=None)
    if best is None:
        return None
    others = [score for answer, score in scored if answer not in right]
    n_above = sum(score > best for score in others)
    n_equal = sum(score == best for score in others)
    match tie:
        case Tie.OPTIMISTIC:
            return n_above + 1.0
        case Tie.PESSIMISTIC:
            return n_above + n_equal + 1.0
        case Tie.REALISTIC:
            return n_above + n_equal / 2 + 1.0


def score_ranks(
    ranks: Sequence[float | None],
    *,
    top: Sequence[int] = (1, 3, 5, 10),
    tie: Tie = Tie.PESSIMISTIC,
    seed: int = 0,
    n_samples: int = DEFAULT_SAMPLES,
) -> RankReport:
    """Top-k and mean reciprocal rank over cases; None: the right answer was not ranked.

    :param tie: the rule the ranks were made with, carried into the report.
    """
    values = np.array([np.inf if rank is None else rank for rank in ranks], dtype=np.float64)
    columns = [values <= k for k in top] + [1 / values, np.ones(len(values))]
    rows = np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1)
    intervals = bootstrap(rows, _means, seed=seed, n_samples=n_samples)
    n = len(values)
    means = rows.mean(axis=0) if n else np.zeros(len(columns))
    return RankReport(
        top={k: float(means[i]) for i, k in enumerate(top)},
        top_interval={k: intervals[i] for i, k in enumerate(top)},
        mrr=float(means[len(top)]),
        mrr_interval=intervals[len(top)],
        median_rank=float(np.median(values)) if n else float("inf"),
        n_cases=n,
        n_unranked=sum(rank is None for rank in ranks),
        tie=tie,
    )


def _means(sums: Array) -> Array:
    n = sums[:, -1:]
    return np.divide(sums, n, out=np.zeros_like(sums), where=n > 0)
