"""How telling a finding is for each disease: likelihood ratios on the ontology, as arrays.

The idea is LIRICAL's (Robinson et al. 2020, Am J Hum Genet 107:403, PMID:32755546): a present finding
weighs P(finding | disease) / P(finding | any disease), and a finding that is not annotated is met on
the nearest ancestor that is. What differs here, and what each number means, is said at ``Parameters``.

Shapes: D diseases, N terms, entries sorted by term so that a finding costs one slice per ancestor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuilder.ontology.hierarchy import Hierarchy, Rows
from kgbuilder.reason.diagnosis_parameters import Parameters

__all__ = ["AnnotationRows", "PhenotypeModel", "Shares", "View", "shares_of", "spread"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationRows:
    """Annotation rows to be pooled; arrays of one length.

    :param n_patients: 0 where the row is no count. :param share: nan where the row states none.
    :param belief: in [0, 1]: 1 for a curated row, less for what was read in a text.
    """

    disease: Ints
    term: Ints
    negated: Bools
    share: Floats
    n_patients: Ints
    belief: Floats

    def only(self, rows: Ints) -> AnnotationRows:
        """The rows with these places."""
        return AnnotationRows(
            self.disease[rows],
            self.term[rows],
            self.negated[rows],
            self.share[rows],
            self.n_patients[rows],
            self.belief[rows],
        )

    def joined(self, *others: AnnotationRows) -> AnnotationRows:
        """These rows, then those of ``others``."""
        parts = (self, *others)
        return AnnotationRows(
            np.concatenate([part.disease for part in parts]),
            np.concatenate([part.term for part in parts]),
            np.concatenate([part.negated for part in parts]),
            np.concatenate([part.share for part in parts]),
            np.concatenate([part.n_patients for part in parts]),
            np.concatenate([part.belief for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Pooled per (disease, term), sorted by disease, then term.

    :param share: estimated share of patients in [0, 1]; 0 where all that is known is that none had it.
    :param n_denied: how many patients that "none" rests on, else 0.
    """

    disease: Ints
    term: Ints
    share: Floats
    n_denied: Floats

    def only(self, rows: Ints) -> Shares:
        """The entries with these places."""
        return Shares(self.disease[rows], self.term[rows], self.share[rows], self.n_denied[rows])


def shares_of(rows: AnnotationRows, *, n_terms: int, parameters: Parameters) -> Shares:
    """Pool the rows of each (disease, term): counts add up, a band counts as ``band_patients``, an
    unstated frequency adds nothing; then shrink towards ``prior_share``. What only texts say counts as
    far as the most believed of them is.
    """
    p = parameters
    unstated = np.isnan(rows.share) & ~rows.negated
    count = (rows.n_patients > 0) & ~rows.negated
    n = np.where(count, rows.n_patients, p.band_patients).astype(np.float64)
    n[rows.negated] = p.denied_patients
    n[unstated] = 0.0
    k = np.where(rows.negated | unstated, 0.0, np.nan_to_num(rows.share) * n)
    keys, place = np.unique(rows.disease * n_terms + rows.term, return_inverse=True)
    n_sum = np.bincount(place, weights=n, minlength=len(keys))
    k_sum = np.bincount(place, weights=k, minlength=len(keys))
    belief = np.zeros(len(keys))
    np.maximum.at(belief, place, rows.belief)
    share = belief * (k_sum + p.prior_patients * p.prior_share)
    share /= n_sum + p.prior_patients
    none = (k_sum == 0) & (n_sum > 0)
    share[none] = 0.0
    return Shares(keys // n_terms, keys % n_terms, share, np.where(none, n_sum, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What differs from the model for one case, because annotations were left out.

    :param background: (N,). :param rows: (k,) the diseases concerned. :param share: (k, N) closed under
        ancestors, nan where not annotated. :param direct: (k, N) annotated itself.
    :param denied: (k, N) patients behind "none had it", else 0.
    :param pooled: what is left of their annotations.
    """

    background: Floats
    rows: Ints
    share: Floats
    direct: Bools
    denied: Floats
    pooled: Shares

    @property
    def gone(self) -> Bools:
        """(k,) which of ``rows`` have nothing left."""
        return np.asarray(~self.direct.any(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class PhenotypeModel:
    """Everything known of D diseases over N terms.

    :param above: rows of each term and its ancestors, roots left out.
    :param pooled: annotations, pooled. :param starts: (N + 1,) where each term's entries begin.
    :param owner: (E,) disease of the entry, ascending within a term.
    :param share: (E,) the greatest share of the term or anything below it.
    :param direct: (E,) the disease is annotated with it itself.
    :param denied: (E,) patients of whom none had exactly this term, else 0.
    :param background: (N,) mean share over all diseases.
    """

    parameters: Parameters
    hierarchy: Hierarchy
    above: Rows
    n_diseases: int
    pooled: Shares
    starts: Ints
    owner: Ints
    share: Floats
    direct: Bools
    denied: Floats
    background: Floats

    @classmethod
    def build(
        cls,
        rows: AnnotationRows,
        *,
        n_diseases: int,
        hierarchy: Hierarchy,
        usable: Bools,
        parameters: Parameters,
        background: Floats | None = None,
    ) -> PhenotypeModel:
        """:param usable: (N,) terms that may match; the roots, which everything shares, may not."""
        n_terms = len(hierarchy)
        pooled = shares_of(rows, n_terms=n_terms, parameters=parameters)
        term, at = spread(hierarchy.ancestors, pooled.term)
        keep = usable[term]
        # The entries of a term stand together, by disease: as they come, since ``pooled`` is so sorted.
        order = np.flatnonzero(keep)
        order = order[_stable_order(term[order], n_terms)]
        term, at = term[order], at[order]
        key = term.astype(np.int64) * n_diseases + pooled.disease[at]
        first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, int)
        share = _greatest(pooled.share[at], first)
        # At most one row of an entry is of the very term: nothing is to be compared.
        itself = np.flatnonzero(pooled.term[at] == term)
        entry = np.searchsorted(first, itself, side="right") - 1
        direct, denied = np.zeros(len(first), dtype=np.bool_), np.zeros(len(first))
        direct[entry], denied[entry] = True, pooled.n_denied[at[itself]]
        owner, of_term = key[first] % n_diseases, key[first] // n_diseases
        starts = np.searchsorted(of_term, np.arange(n_terms + 1))
        total = np.bincount(of_term, weights=share, minlength=n_terms)
        if background is None:
            background = np.maximum(total, 0.5) / max(n_diseases, 1)
        return cls(
            parameters,
            hierarchy,
            _only_usable(hierarchy.ancestors, usable),
            n_diseases,
            pooled,
            starts,
            owner,
            share,
            direct,
            denied,
            background,
        )

    def ancestors(self, term: int) -> list[int]:
        """Rows of ``term`` and what is above it, roots left out."""
        return [int(a) for a in self.above[term].tolist()]

    def view_without(self, rows: Sequence[int], left: AnnotationRows) -> View:
        """How the diseases ``rows`` look with only the annotations ``left``; the background follows."""
        n_terms = len(self.hierarchy)
        pooled = shares_of(left, n_terms=n_terms, parameters=self.parameters)
        span = np.concatenate([self.pooled_of(disease) for disease in rows])
        before, _, _ = self._dense(rows, self.pooled.only(span))
        share, direct, denied = self._dense(rows, pooled)
        total = self.background * self.n_diseases - np.nansum(before, axis=0)
        total += np.nansum(share, axis=0)
        background = np.maximum(total, 0.5) / max(self.n_diseases, 1)
        return View(background, np.asarray(rows, dtype=np.int64), share, direct, denied, pooled)

    def pooled_of(self, disease: int) -> Ints:
        """Places in ``pooled`` of one disease."""
        begin, end = np.searchsorted(self.pooled.disease, [disease, disease + 1])
        return np.arange(begin, end)

    def _dense(self, rows: Sequence[int], pooled: Shares) -> tuple[Floats, Bools, Floats]:
        """``share`` (nan where not annotated), ``direct``, ``denied`` of a few diseases, each (k, N)."""
        n_terms = len(self.hierarchy)
        place = {disease: i for i, disease in enumerate(rows)}
        share = np.full((len(rows), n_terms), np.nan)
        direct = np.zeros((len(rows), n_terms), dtype=np.bool_)
        denied = np.zeros((len(rows), n_terms))
        for disease, term, value, n in zip(
            pooled.disease.tolist(),
            pooled.term.tolist(),
            pooled.share.tolist(),
            pooled.n_denied.tolist(),
            strict=True,
        ):
            i, above = place[disease], self.ancestors(term)
            share[i, above] = np.fmax(share[i, above], value)
            direct[i, term], denied[i, term] = True, n
        return share, direct, denied

    def present(self, term: int, view: View | None = None) -> Floats:
        """``ln(P(term | disease) / P(term))`` of a finding that is there, shape (D,), in nats.

        ``P(q | d) = (1 - noise) · share(d, a) · weight · (b(q) / b(a))^(1 + narrowing) + noise · b(q)``
        over the best ancestor ``a`` of ``q`` that the disease has; ``b`` is the background, and
        ``weight`` is 1, ``more_specific`` or ``same_branch``.
        """
        background = self.background if view is None else view.background
        noise = self.parameters.noise
        ratio = np.full(self.n_diseases, noise)
        denied: list[tuple[Ints, Floats]] = []
        for a in self.ancestors(term):
            span = slice(int(self.starts[a]), int(self.starts[a + 1]))
            who, share = self.owner[span], self.share[span]
            here = noise + (1 - noise) * share * self._factor(
                term, a, self.direct[span], background
            )
            ratio[who] = np.maximum(ratio[who], here)
            none = (self.denied[span] > 0) & (share == 0)
            if none.any():
                denied.append((who[none], self.denied[span][none]))
        for who, n in denied:
            ratio[who] = np.minimum(ratio[who], self._denied_ratio(n))
        if view is not None and len(view.rows):
            ratio[view.rows] = self._present_in(term, view)
        return np.asarray(np.log(ratio))

    def absent(self, term: int, view: View | None = None) -> Floats:
        """``ln(P(not term | disease) / P(not term))`` of a finding that is not there, times
        ``absent_weight``, shape (D,), in nats. Never above 0 where the disease is known to have it.
        """
        p = self.parameters
        background = self.background if view is None else view.background
        base = -np.log1p(-min(float(background[term]), 0.95))
        value = np.full(self.n_diseases, base)
        span = slice(int(self.starts[term]), int(self.starts[term + 1]))
        value[self.owner[span]] = self._absent_where(self.share[span], base)
        if view is not None and len(view.rows):
            share = view.share[:, term]
            known = ~np.isnan(share)
            value[view.rows] = np.where(
                known, self._absent_where(np.where(known, share, 0.0), base), base
            )
        return value * p.absent_weight

    def _factor(self, term: int, a: int, direct: Bools, background: Floats) -> Floats | float:
        """What a share at ancestor ``a`` is multiplied by to become a likelihood ratio of ``term``."""
        p = self.parameters
        if a == term:
            return float(1.0 / background[a])
        narrower = min(float(background[term] / background[a]), 1.0) ** p.narrowing
        weight = np.where(direct, p.more_specific, p.same_branch)
        return np.asarray(weight * (narrower / background[a]))

    def match_weight(self, term: int, a: int, *, direct: bool, share: float) -> float:
        """The likelihood ratio, noise aside, of ``term`` in a disease whose greatest share at or below
        its ancestor ``a`` is ``share``: what :meth:`present` compares.
        """
        p, background = self.parameters, self.background
        if a == term:
            return share / float(background[a])
        narrower = min(float(background[term] / background[a]), 1.0) ** p.narrowing
        weight = p.more_specific if direct else p.same_branch
        return float(share * weight * narrower / background[a])

    def _denied_ratio(self, n_patients: Floats) -> Floats:
        """Looked for in ``n`` patients and never found: noise, and the less the more were looked at."""
        p = self.parameters
        return np.asarray(p.noise * p.prior_patients / (n_patients + p.prior_patients))

    def _present_in(self, term: int, view: View) -> Floats:
        p = self.parameters
        ratio = np.full(len(view.rows), p.noise)
        limit = np.full(len(view.rows), np.inf)
        for a in self.ancestors(term):
            share = view.share[:, a]
            known = np.nan_to_num(share)
            factor = self._factor(term, a, view.direct[:, a], view.background)
            ratio = np.maximum(ratio, p.noise + (1 - p.noise) * known * factor)
            none = (view.denied[:, a] > 0) & (share == 0)
            limit = np.minimum(limit, np.where(none, self._denied_ratio(view.denied[:, a]), np.inf))
        return np.asarray(np.minimum(ratio, limit), dtype=np.float64)

    def _absent_where(self, share: Floats, base: float) -> Floats:
        p = self.parameters
        missed = np.log(np.maximum(1 - p.detection * share, p.floor))
        known = np.minimum(base + missed, 0.0)
        return np.asarray(np.where(share == 0, p.both_absent, known), dtype=np.float64)


def _only_usable(lists: Rows, usable: Bools) -> Rows:
    """The rows without the values that are not usable."""
    keep = usable[lists.values]
    n_before = np.concatenate([[0], np.cumsum(keep)])
    return Rows(n_before[lists.starts].astype(np.int32), lists.values[keep])


def _stable_order(values: NDArray[np.int32], n: int) -> Ints:
    """The order of values in ``range(n)``, equal ones as they come: short integers sort ten times as
    fast.
    """
    return np.argsort(values.astype(np.uint16) if n <= 1 << 16 else values, kind="stable")


def _greatest(values: Floats, first: Ints) -> Floats:
    """The greatest of each run; runs begin at ``first``."""
    return np.asarray(np.maximum.reduceat(values, first)) if len(first) else values[:0]


def spread(lists: Rows, of: Iterable[int] | Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """All values of ``lists`` at the rows ``of``, and for each the place in ``of`` it came from."""
    rows = np.asarray(of, dtype=np.int64)
    lengths = lists.lengths()[rows]
    shift = lists.starts[rows] - (np.cumsum(lengths) - lengths)
    place = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
    return lists.values[np.arange(len(place)) + np.repeat(shift, lengths)], place
