"""Ranks diseases by a patient's phenotypes, those that are there and those that are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, Diagnosis, Differential
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.protocols import GraphView
from kgbuilder.reason.diagnosis_question import (
    Findings,
    GeneMatch,
    check_question,
    match_genes,
    odd_demographics,
    understand,
)
from kgbuilder.reason.diagnosis_reasons import contributions_of, gene_contribution
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Bools, Floats, Ints, Parameters, PhenotypeModel, View

__all__ = ["TIE", "PhenotypeRanker"]

TIE = 1e-9
"""Log weights (nats) that differ by no more are the same: what is left is rounding."""

TWINS = ("ORPHA",)
"""Spaces that stay out of the ranking unless a candidate is asked for by such an id or name: most of
these diseases are in OMIM too, and without a stated mapping each would be ranked beside its twin."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Log weights of all diseases, (D,), -inf where a disease is no candidate, with their parts."""

    weights: Floats
    rankable: Bools
    present: Mapping[int, Floats]
    absent: Mapping[int, Floats]
    genes: GeneMatch | None
    without: Ints
    view: View | None


@dataclass(frozen=True, eq=False)
class _Side:
    """One set of diseases with its model."""

    knowledge: DiseaseKnowledge
    model: PhenotypeModel

    @classmethod
    def build(cls, knowledge: DiseaseKnowledge, parameters: Parameters) -> _Side:
        return cls(
            knowledge,
            PhenotypeModel.build(
                knowledge.evidence,
                n_diseases=len(knowledge.diseases),
                hierarchy=knowledge.hpo.hierarchy,
                usable=knowledge.usable,
                parameters=parameters,
            ),
        )

    @cached_property
    def rows_of_name(self) -> dict[str, list[int]]:
        """Ids and folded names -> diseases."""
        rows: dict[str, list[int]] = {}
        for row, disease in enumerate(self.knowledge.diseases):
            for name in {str(disease.id).upper(), *map(_folded, disease.names)}:
                rows.setdefault(name, []).append(row)
        return rows

    @cached_property
    def genes_of(self) -> list[frozenset[str]]:
        """Per disease the NCBI ids of its genes."""
        pairs, diseases = self.knowledge.hpo.genes, self.knowledge.hpo.diseases
        genes: dict[Curie, set[str]] = {}
        for id, row in zip(pairs.ncbi_ids, pairs.disease.tolist(), strict=True):
            genes.setdefault(diseases[row].id, set()).add(id)
        return [frozenset(genes.get(d.id, ())) for d in self.knowledge.diseases]


class PhenotypeRanker:
    """Likelihood ratios over the annotations of the Human Phenotype Ontology, and over the
    ``HAS_PHENOTYPE`` edges of a graph where one is given.

    - Candidates: every OMIM and DECIPHER disease with a phenotype, 8,399 in the release of
      2025-01-16, and the diseases that only the graph has. ORPHA entries join when asked for
      (:data:`TWINS`).
    - The prior is uniform over the candidates: the annotations hold no prevalence.
    - ``age`` and ``sex`` are accepted, and change nothing yet.
    - ``genes`` (symbols or ``NCBIGENE:`` ids) count as one more finding; see ``match_genes``.
    - ``leave_out_pmid``: rows citing it are used for no disease of this case, nor in the background;
      a disease with no row left is not ranked.
    - A posterior is over the candidates and nothing else, and findings are treated as independent, so
      it says more about order than about certainty.
    """

    def __init__(
        self,
        hpo: Hpo,
        *,
        graph: GraphView | None = None,
        parameters: Parameters | None = None,
        issues: Issues | None = None,
    ) -> None:
        """:param issues: notes the edges of ``graph`` that could not be used."""
        self._hpo = hpo
        self._graph = graph
        self._parameters = parameters or Parameters()
        self._near = _Side.build(
            DiseaseKnowledge.gather(
                hpo,
                leave_out_spaces=TWINS,
                graph=graph,
                issues=issues if issues is not None else Issues(),
            ),
            self._parameters,
        )

    @cached_property
    def _wide(self) -> _Side:
        knowledge = DiseaseKnowledge.gather(
            self._hpo, leave_out_spaces=(), graph=self._graph, issues=Issues()
        )
        return _Side.build(knowledge, self._parameters)

    def diagnose(
        self,
        *,
        observed: Iterable[Curie],
        excluded: Iterable[Curie] = (),
        age: str | None = None,
        sex: str | None = None,
        genes: Iterable[str] = (),
        candidates: Iterable[str] | None = None,
        leave_out_pmid: str | None = None,
        top: int = 10,
    ) -> Differential:
        """The ``top`` best, best first; of equal ones (:data:`TIE`) the one with the smaller id, and
        each with the worst rank of the equal ones.

        An id that was merged or replaced counts as its successor, and the finding's name says so. What
        the ontology lacks, what is no phenotypic abnormality, and what is given both as there and as not
        there is in ``not_understood``; with nothing left to go by, so are no diagnoses.

        :raises UsageError: when neither a finding nor a gene is given; for a bad ``top``;
            when none of ``candidates`` is known.
        """
        observed, excluded, genes = tuple(observed), tuple(excluded), tuple(genes)
        check_question(observed, excluded, genes, top=top)
        findings = understand(observed, excluded, hpo=self._hpo, usable=self._near.knowledge.usable)
        side, mask, unknown = self._candidates(candidates)
        match = match_genes(genes, pairs=self._hpo.genes, genes_of=side.genes_of) if genes else None
        said = (
            *findings.not_understood,
            *odd_demographics(age=age, sex=sex),
            *unknown,
            *(match.unknown if match else ()),
        )
        if not (findings.present or findings.absent or (match and match.known)):
            return Differential((), said)
        ranking = self._weigh(side, findings, mask, match, leave_out_pmid)
        return Differential(self._best(side, findings, ranking, top), said)

    def rank_of(
        self,
        disease: Curie,
        *,
        observed: Iterable[Curie],
        excluded: Iterable[Curie] = (),
        leave_out_pmid: str | None = None,
    ) -> int | None:
        """The rank of one disease among all, the worst of equal ones; None where nothing is known of it
        (after leaving out). :meth:`diagnose` with every disease explained would cost a hundredfold.
        """
        side = self._near
        findings = understand(
            tuple(observed), tuple(excluded), hpo=self._hpo, usable=side.knowledge.usable
        )
        rows = side.rows_of_name.get(str(disease).upper(), [])
        weights = self._weigh(side, findings, None, None, leave_out_pmid).weights
        if not rows or not np.isfinite(weights[rows[0]]):
            return None
        return int((weights >= weights[rows[0]] - TIE).sum())

    def diseases(self) -> tuple[Curie, ...]:
        """The diseases that are ranked when no candidates are given."""
        return tuple(disease.id for disease in self._near.knowledge.diseases)

    def _candidates(
        self, candidates: Iterable[str] | None
    ) -> tuple[_Side, Bools | None, tuple[str, ...]]:
        """The diseases to rank among: which side, a mask over its diseases, and what is unknown."""
        if candidates is None:
            return self._near, None, ()
        wanted = tuple(dict.fromkeys(candidates))
        side, rows, unknown = self._near, list[int](), list[str]()
        for text in wanted:
            if not _rows_named(side, text):
                side = self._wide
                break
        for text in wanted:
            found = _rows_named(self._near, text)
            if found and side is self._wide:
                ids = [str(self._near.knowledge.diseases[row].id).upper() for row in found]
                found = [row for id in ids for row in side.rows_of_name[id]]
            found = found or _rows_named(side, text)
            rows.extend(found)
            if not found:
                unknown.append(f"{text}: no disease with this id or name is annotated")
        if not rows:
            raise UsageError(
                "none of the candidates is a disease known here",
                where=", ".join(wanted[:5]) + (" ..." if len(wanted) > 5 else ""),
                hint="give OMIM or ORPHA ids, or names as the annotations of the HPO write them",
            )
        mask = np.zeros(len(side.knowledge.diseases), dtype=np.bool_)
        mask[rows] = True
        return side, mask, tuple(unknown)

    def _weigh(
        self,
        side: _Side,
        findings: Findings,
        mask: Bools | None,
        genes: GeneMatch | None,
        leave_out_pmid: str | None,
    ) -> _Ranking:
        knowledge, model = side.knowledge, side.model
        without, view = np.zeros(0, dtype=np.int64), None
        rankable = np.ones(model.n_diseases, dtype=np.bool_) if mask is None else mask.copy()
        if leave_out_pmid:
            without = knowledge.rows_citing(leave_out_pmid)
            if len(without):
                view, gone = _view_without(side, without)
                rankable[gone] = False
        n_telling = len(findings.present) - len(findings.implied)
        scale = 1 / (1 + max(n_telling - 1, 0) * model.parameters.correlation)
        silent = np.zeros(model.n_diseases)
        present = {
            row: silent if row in findings.implied else scale * model.present(row, view)
            for row in findings.present
        }
        absent = {row: scale * model.absent(row, view) for row in findings.absent}
        total = np.zeros(model.n_diseases)
        for row in findings.present:
            total += present[row]
        for row in findings.absent:
            total += absent[row]
        if genes is not None:
            total += genes.log_ratios
        n = int(rankable.sum())
        weights = np.where(rankable, total - math.log(max(n, 1)), -np.inf)
        return _Ranking(weights, rankable, present, absent, genes, without, view)

    def _best(
        self, side: _Side, findings: Findings, ranking: _Ranking, top: int
    ) -> tuple[Diagnosis, ...]:
        n = int(ranking.rankable.sum())
        if not n:
            return ()
        weights = ranking.weights
        peak = float(weights.max())
        log_total = peak + math.log(float(np.exp(weights - peak).sum()))
        ascending = np.sort(weights[ranking.rankable])
        diseases = side.knowledge.diseases
        at_least = ascending[max(n - top, 0)] - TIE
        order = sorted(
            np.flatnonzero(weights >= at_least).tolist(),
            key=lambda row: (-round(float(weights[row]) / TIE), diseases[row].id),
        )
        best = []
        for row in order[:top]:
            reasons = contributions_of(
                side.knowledge,
                side.model,
                row,
                present={term: float(values[row]) for term, values in ranking.present.items()},
                absent={term: float(values[row]) for term, values in ranking.absent.items()},
                names=findings.names,
                without=ranking.without,
            )
            if ranking.genes is not None:
                reasons += gene_contribution(side.knowledge, row, ranking.genes)
            rank = n - int(np.searchsorted(ascending, weights[row] - TIE, side="left"))
            best.append(
                Diagnosis(
                    diseases[row].id,
                    diseases[row].name,
                    1.0 / n,
                    reasons,
                    log_total,
                    rank,
                    self._same_as(diseases[row].id),
                )
            )
        return tuple(best)

    def _same_as(self, id: Curie) -> tuple[Curie, ...]:
        if self._graph is None:
            return ()
        forward = self._graph.statements(subject=id, predicate="SAME_AS")
        backward = self._graph.statements(object=id, predicate="SAME_AS")
        same = {s.triple.object for s in forward} | {s.triple.subject for s in backward}
        return tuple(sorted(same))


def _view_without(side: _Side, without: Ints) -> tuple[View, Ints]:
    """The view of the diseases that lose rows, and those of them that have none left."""
    evidence = side.knowledge.evidence
    rows = np.unique(evidence.disease[without])
    keep = np.isin(evidence.disease, rows)
    keep[without] = False
    view = side.model.view_without(rows.tolist(), evidence.only(np.flatnonzero(keep)))
    return view, rows[view.gone]


def _rows_named(side: _Side, text: str) -> list[int]:
    names = side.rows_of_name
    return names.get(text.strip().upper()) or names.get(_folded(text)) or []


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
