"""How much of a disease's picture a patient shows: similarity by information, from the disease's side.

Likelihood ratios ask of every finding how well a disease explains it. This asks of every annotation of the
disease how well the patient's findings meet it: the information of the most telling common ancestor (Resnik
1995, arXiv:cmp-lg/9511007), averaged over the annotations, as one half of Phenodigm-like scores. A disease
with a hundred annotations explains much by chance; little of its picture is seen.
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


@dataclass(frozen=True, slots=True, eq=False)
class DiseasePictures:
    """The annotations of D diseases, side by side.

    :param term: (E,) row of each annotated term, grouped by disease.
    :param starts: (D',) where each disease with annotations begins. :param diseases: (D',) its row.
    """

    model: PhenotypeModel
    term: Ints
    starts: Ints
    diseases: Ints

    @classmethod
    def build(cls, model: PhenotypeModel) -> DiseasePictures:
        diseases, starts = np.unique(model.pooled.disease, return_index=True)
        return cls(model, model.pooled.term, starts.astype(np.int64), diseases)

    def seen(self, present: Sequence[int], view: View | None = None) -> Floats:
        """The share of its picture, in [0, 1], that is seen of each disease, shape (D,).

        :param present: rows of the findings that are there, without those that others imply.
        """
        share = np.zeros(self.model.n_diseases)
        if not present or not len(self.term):
            return share
        met = self._met(present, view)
        sums = np.add.reduceat(met[self.term], self.starts)
        sizes = np.diff(np.append(self.starts, len(self.term)))
        share[self.diseases] = sums / sizes
        if view is not None:
            for place, row in enumerate(view.rows.tolist()):
                own = np.flatnonzero(view.direct[place])
                share[row] = met[own].mean() if len(own) else 0.0
        return share

    def parts(self, disease: int, present: Sequence[int], view: View | None = None) -> dict[int, float]:
        """What each finding adds to :meth:`seen` of one disease: an annotation counts for the finding
        that meets it best, of equal ones the first.
        """
        terms = self._terms_of(disease, view)
        if not present or not len(terms):
            return {}
        each = np.stack([self._met([finding], view)[terms] for finding in present])
        best = each.argmax(axis=0)
        gains = np.bincount(best, weights=each.max(axis=0), minlength=len(present)) / len(terms)
        return {finding: float(gain) for finding, gain in zip(present, gains, strict=True)}

    def _terms_of(self, disease: int, view: View | None) -> Ints:
        if view is not None and disease in view.rows:
            place = int(np.flatnonzero(view.rows == disease)[0])
            return np.flatnonzero(view.direct[place])
        return self.model.pooled.term[self.model.pooled_of(disease)]

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
