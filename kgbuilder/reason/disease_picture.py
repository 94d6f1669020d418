"""How much of a disease's picture a patient shows: similarity by information, from the disease's side.

Likelihood ratios ask of every finding how well a disease explains it. This asks of every annotation of
the disease how well the patient's findings meet it: the information of the most telling common ancestor
(Resnik 1995, arXiv:cmp-lg/9511007), averaged over the annotations by the share of patients who have
them, as one half of Phenodigm-like scores. A disease with a hundred annotations explains much by
chance; little of its picture is seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.ontology.hierarchy import Hierarchy
from kgbuilder.reason.phenotype_model import Floats, Ints, PhenotypeModel, View

__all__ = ["DiseasePictures"]

_MOST_INFORMATION = math.log(20_000)
"""Nats of a finding that one of 20,000 diseases has: what counts as 1. A constant, so that one disease
more or less moves nothing."""


_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class DiseasePictures:
    """The annotations of D diseases, side by side.

    :param term: (E,) row of each annotated term, grouped by disease. :param weight: (E,) of each.
    :param starts: (D',) where each disease with annotations begins. :param diseases: (D',) its row.
    :param whole: (D',) the sum of its weights.
    """

    model: PhenotypeModel
    term: Ints
    weight: Floats
    starts: Ints
    diseases: Ints
    whole: Floats

    @classmethod
    def build(cls, model: PhenotypeModel) -> DiseasePictures:
        """From the pooled annotations of ``model``."""
        diseases, starts = np.unique(model.pooled.disease, return_index=True)
        weight = _weights(model.pooled.share)
        whole = np.add.reduceat(weight, starts) if len(starts) else weight
        return cls(model, model.pooled.term, weight, starts.astype(np.int64), diseases, whole)

    def seen(self, present: Sequence[int], view: View | None = None) -> Floats:
        """The share of its picture, in [0, 1], that is seen of each disease, shape (D,).

        :param present: rows of the findings that are there, without those that others imply.
        """
        share = np.zeros(self.model.n_diseases)
        if not present or not len(self.term):
            return share
        met = self._met(present, view)
        sums = np.add.reduceat(met[self.term] * self.weight, self.starts)
        share[self.diseases] = sums / self.whole
        for row in view.rows.tolist() if view is not None else ():
            terms, weight = self._own(row, view)
            share[row] = float(met[terms] @ weight) if len(terms) else 0.0
        return share

    def met_by_each(self, present: Sequence[int], view: View | None = None) -> Floats:
        """Per finding and term, (n, N), how well it would meet an annotation: for :meth:`parts`."""
        rows = [self._met([finding], view) for finding in present]
        return np.stack(rows) if rows else np.zeros((0, len(self.model.hierarchy)))

    def parts(self, disease: int, met_by_each: Floats, view: View | None = None) -> Floats:
        """What each finding adds to :meth:`seen` of one disease, (n,): an annotation counts for the
        finding that meets it best, of equal ones the first.
        """
        terms, weight = self._own(disease, view)
        if not len(met_by_each) or not len(terms):
            return np.zeros(len(met_by_each))
        each = met_by_each[:, terms]
        gains = each.max(axis=0) * weight
        parts = np.bincount(each.argmax(axis=0), weights=gains, minlength=len(each))
        return parts.astype(np.float64)

    def _own(self, disease: int, view: View | None) -> tuple[Ints, Floats]:
        """The annotations of one disease, and how much of its picture each is; that adds up to 1."""
        if view is not None and disease in view.rows:
            pooled, span = view.pooled, np.flatnonzero(view.pooled.disease == disease)
        else:
            pooled, span = self.model.pooled, self.model.pooled_of(disease)
        weight = _weights(pooled.share[span])
        return pooled.term[span], weight / weight.sum() if len(weight) else weight

    def _met(self, present: Sequence[int], view: View | None) -> Floats:
        """Per term (N,) the information, in [0, 1], of the most telling ancestor it shares with any of
        ``present``.
        """
        background = self.model.background if view is None else view.background
        hierarchy: Hierarchy = self.model.hierarchy
        met = np.zeros(len(hierarchy))
        for above in {a for finding in present for a in self.model.ancestors(finding)}:
            below = hierarchy.descendants[above]
            information = max(0.0, -math.log(float(background[above]))) / _MOST_INFORMATION
            met[below] = np.maximum(met[below], min(information, 1.0))
        return met


def _weights(share: Floats) -> Floats:
    """How much an annotation is of the picture: its share, and a little where nobody had it."""
    return np.maximum(share, _LEAST_WEIGHT)
