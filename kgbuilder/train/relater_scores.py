"""How good a relater is on judged pairs that it did not learn from, and how sure it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuilder.evaluate.intervals import DEFAULT_SAMPLES, Counts, Score, score_of
from kgbuilder.nn.calibration import calibrated, fit_calibration
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.train.judged_pairs import PlacedPass

__all__ = ["Calibration", "calibrate", "score_pairs"]

ENOUGH, ENOUGH_RELATED = 40, 10
"""Pairs of a kind, and related ones, from which a calibration is fitted; fewer are left cautious."""

Said = Sequence[NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one kind of pair, see :func:`kgbuilder.nn.calibration.calibrated`; ``threshold`` is the
    probability from which a relation is told.
    """

    temperature: float = 1.5
    none_bias: float = 0.0
    threshold: float = 0.5


def _pairs(
    passes: Sequence[PlacedPass], said: Said, labels: PairLabels, table: NDArray[np.bool_]
) -> Iterator[tuple[str, str, NDArray[np.float32], frozenset[str]]]:
    """``(document, kind, logarithms of the kind's labels, labels that are right)``."""
    kinds = {frozenset(names): kind for kind, names in labels.kinds.items()}
    same = len(kinds) < len(labels.kinds)
    for placed, rows in zip(passes, said, strict=True):
        for row, possible, allowed in zip(
            rows, placed.judged.possible, placed.judged.allowed, strict=True
        ):
            names = frozenset(n for n, on in zip(labels.names, table[possible], strict=True) if on)
            kind = (
                kinds[names]
                if not same
                else " or ".join(k for k, own in labels.kinds.items() if frozenset(own) == names)
            )
            columns = [i for i, on in enumerate(table[possible]) if on]
            right = frozenset(n for n, on in zip(labels.names, table[allowed], strict=True) if on)
            yield placed.document_id, kind, row[columns], right


def calibrate(
    passes: Sequence[PlacedPass], said: Said, labels: PairLabels, table: NDArray[np.bool_]
) -> dict[str, Calibration]:
    """By kind of pair: temperature, bias and threshold with the best F1 of "related at all"."""
    logs: dict[str, list[NDArray[np.float32]]] = {}
    rights: dict[str, list[frozenset[str]]] = {}
    for _, told, row, right in _pairs(passes, said, labels, table):
        for kind in told.split(" or "):
            logs.setdefault(kind, []).append(row)
            rights.setdefault(kind, []).append(right)
    fitted = {}
    for kind in labels.kinds:
        names = [n for n in labels.names if n in labels.kinds[kind]]
        x = np.array(logs.get(kind, []))
        allowed = np.array([[n in right for n in names] for right in rights.get(kind, [])])
        n_related = int((~allowed[:, 0]).sum()) if len(x) else 0
        if len(x) < ENOUGH or n_related < ENOUGH_RELATED:
            fitted[kind] = Calibration()
            continue
        temperature, none_bias = fit_calibration(x, allowed)
        sure = 1.0 - calibrated(x, temperature=temperature, none_bias=none_bias)[:, 0]
        related = ~allowed[:, 0]
        best = max(
            (2 * (related & (sure >= t)).sum() / max(1, related.sum() + (sure >= t).sum()), -t)
            for t in np.linspace(0.3, 0.8, 21)
        )
        fitted[kind] = Calibration(temperature, none_bias, round(float(-best[1]), 3))
    return fitted


def score_pairs(
    passes: Sequence[PlacedPass],
    said: Said,
    labels: PairLabels,
    table: NDArray[np.bool_],
    fitted: Mapping[str, Calibration],
    *,
    n_samples: int = DEFAULT_SAMPLES,
) -> Score:
    """Micro F1 of pair and predicate, with an interval over documents. Without a calibration a pair is
    told where "none" is not the likeliest; with one as the relater tells it: where the likeliest
    predicate, its details together, reaches the threshold.
    """
    counts: dict[str, Counts] = {}
    for document, told, row, right in _pairs(passes, said, labels, table):
        kind = told.split(" or ")[0]
        names = [n for n in labels.names if n in labels.kinds[kind]]
        setting = fitted.get(kind, Calibration(1.0, 0.0, 0.0))
        weights = calibrated(
            row[None], temperature=setting.temperature, none_bias=setting.none_bias
        )[0]
        sums: dict[str, float] = {}
        for name, weight in zip(names, weights, strict=True):
            predicate = name.partition(":")[0]
            sums[predicate] = sums.get(predicate, 0.0) + float(weight)
        none = sums.pop("none")
        best = max(sums, key=lambda name: (sums[name], name))
        says = sums[best] >= setting.threshold if fitted else sums[best] > none
        gold = right != {"none"} and "none" not in right
        hit = says and gold and best in {name.partition(":")[0] for name in right}
        counts[document] = counts.get(document, Counts()) + Counts(gold, says, hit)
    return score_of([counts[id] for id in sorted(counts)], n_samples=n_samples)
