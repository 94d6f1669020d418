"""Ranks diseases by a patient's phenotypes, those that are there and those that are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgbuilder.issues import Issues
from kgbuilder.model import Curie, Diagnosis, Differential, Statement
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.mappings import stated_same_as
from kgbuilder.protocols import GraphView
from kgbuilder.reason.circumstances import Circumstances, circumstances_among
from kgbuilder.reason.common_diseases import CommonDisease
from kgbuilder.reason.diagnosis_parameters import Parameters
from kgbuilder.reason.diagnosis_prior import given_sex, log_priors, log_sum, odd_demographics
from kgbuilder.reason.diagnosis_question import (
    Findings,
    GeneMatch,
    check_question,
    match_genes,
    understand,
)
from kgbuilder.reason.diagnosis_reasons import contributions_of, gene_contribution
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.hpo_terms import same_concepts
from kgbuilder.reason.medicines import MedicineUses, caused_by, uses_among
from kgbuilder.reason.next_findings import next_findings_of
from kgbuilder.reason.phenotype_model import Bools, Floats, Ints, View
from kgbuilder.reason.ranked_diseases import RankedDiseases, chosen_among
from kgbuilder.reason.red_flags import red_flags_of

__all__ = ["TIE", "PhenotypeRanker", "Standing"]

TIE = 1e-9
"""Log weights (nats) that differ by no more are the same: what is left is rounding."""

N_QUESTIONS = 10
"""How many findings to ask or test next are told."""

TWINS = ("ORPHA",)
"""Spaces that stay out of the ranking unless a candidate is asked for by such an id or name: most of
these diseases are in OMIM too, and without a stated mapping each would be ranked beside its twin."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one disease stands in an answer.

    :param worst: its rank where ties count against it, 1-based. :param best: where they count for it.
    :param posterior: its own. :param first_posterior: that of the disease ranked first.
    """

    worst: int
    best: int
    posterior: float
    first_posterior: float


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Log weights of all diseases, (D,), -inf where a disease is no candidate, with their parts.

    :param log_prior: (D,). :param log_none: the weight of "none of these".
    :param log_total: ln Σ exp of all weights, "none of these" among them.
    :param said: what of the question could not be used.
    """

    diseases: RankedDiseases
    findings: Findings
    log_prior: Floats
    weights: Floats
    log_none: float
    log_total: float
    present: Mapping[int, Floats]
    absent: Mapping[int, Floats]
    genes: GeneMatch | None
    uses: MedicineUses | None
    told: Circumstances | None
    without: Ints
    view: View | None
    sex: str | None
    said: tuple[str, ...]


class PhenotypeRanker:
    """Likelihood ratios over the annotations of the Human Phenotype Ontology, over a table of common
    diseases, and over the ``HAS_PHENOTYPE`` edges of a graph where one is given.

    - Candidates: every OMIM and DECIPHER disease with a phenotype, 8,399 in the release of
      2025-01-16, the common diseases, the diseases that only the graph has, and "none of these". ORPHA
      entries join when asked for (:data:`TWINS`).
    - The prior follows the prevalence, at the patient's age and sex, where the table states one.
    - ``genes`` (symbols or ``NCBIGENE:`` ids) count as one more finding; see ``match_genes``.
    - ``medicines`` (id -> name) count for the diseases they treat, and each whose graph has CAUSES edges
      brings its adverse effect as a candidate; see ``medicines.py``.
    - ``circumstances`` (what the table of them names) count for the diseases they point to.
    - ``leave_out_pmid``: rows citing it are used for no disease of this case, nor in the background;
      a disease with no row left is not ranked.
    - A posterior is over the candidates and nothing else, and findings are treated as independent, so
      it says more about order than about certainty.
    """

    def __init__(
        self,
        hpo: Hpo,
        *,
        common: Iterable[CommonDisease] = (),
        graph: GraphView | None = None,
        parameters: Parameters | None = None,
        background: Floats | None = None,
        issues: Issues | None = None,
    ) -> None:
        """:param common: what :func:`common_diseases` returns, or none.
        :param background: (N,) share of each term over all diseases; else of the diseases ranked.
        :param issues: notes the rows of ``common`` and the edges of ``graph`` that could not be used.
        """
        self._hpo = hpo
        self._common = tuple(common)
        self._graph = graph
        self.parameters = parameters or Parameters()
        self._background = background
        self._near = self._gathered(TWINS, issues if issues is not None else Issues())

    @cached_property
    def _wide(self) -> RankedDiseases:
        return self._gathered((), Issues())

    def _gathered(
        self,
        leave_out_spaces: tuple[str, ...],
        issues: Issues,
        causes: Mapping[Curie, tuple[Statement, ...]] | None = None,
    ) -> RankedDiseases:
        knowledge = DiseaseKnowledge.gather(
            self._hpo,
            leave_out_spaces=leave_out_spaces,
            common=self._common,
            graph=self._graph,
            issues=issues,
            causes=causes,
        )
        return RankedDiseases.build(knowledge, self.parameters, background=self._background)

    def diagnose(
        self,
        *,
        observed: Iterable[Curie],
        excluded: Iterable[Curie] = (),
        age: str | None = None,
        sex: str | None = None,
        genes: Iterable[str] = (),
        medicines: Mapping[Curie, str] | None = None,
        circumstances: Iterable[str] = (),
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
        told = tuple(circumstances)
        check_question(observed, excluded, (*genes, *(medicines or {}), *told), top=top)
        ranking = self._weigh(
            observed, excluded, age, sex, genes, medicines or {}, candidates, leave_out_pmid, told
        )
        asides = bool(ranking.uses or ranking.told) or (
            ranking.genes is not None and ranking.genes.known
        )
        if not (ranking.present or ranking.absent or asides):
            return Differential((), ranking.said)
        return self._answer(ranking, top)

    def standing_of(
        self,
        disease: Curie,
        *,
        observed: Iterable[Curie],
        excluded: Iterable[Curie] = (),
        age: str | None = None,
        sex: str | None = None,
        genes: Iterable[str] = (),
        medicines: Mapping[Curie, str] | None = None,
        candidates: Iterable[str] | None = None,
        leave_out_pmid: str | None = None,
    ) -> Standing | None:
        """Where one disease stands; None where nothing is known of it (after leaving out).
        :meth:`diagnose` with every disease explained would cost a hundredfold.
        """
        given = tuple(observed), tuple(excluded), age, sex, tuple(genes)
        ranking = self._weigh(*given, medicines or {}, candidates, leave_out_pmid)
        rows = ranking.diseases.rows_of_name.get(str(disease).upper(), [])
        weights = ranking.weights
        if not rows or not np.isfinite(weights[rows[0]]):
            return None
        own = weights[rows[0]]
        return Standing(
            worst=int((weights >= own - TIE).sum()),
            best=int((weights > own + TIE).sum()) + 1,
            posterior=math.exp(own - ranking.log_total),
            first_posterior=math.exp(float(weights.max()) - ranking.log_total),
        )

    @property
    def background(self) -> Floats:
        """(N,) how common each term is over the diseases ranked, as the mean share of patients."""
        return self._near.model.background

    def diseases(self) -> tuple[Curie, ...]:
        """The diseases that are ranked when no candidates are given."""
        return tuple(disease.id for disease in self._near.knowledge.diseases)

    def diseases_read(self) -> frozenset[Curie]:
        """Those of which the graph's ``HAS_PHENOTYPE`` edges say something."""
        known = self._near.knowledge
        return frozenset(known.diseases[row].id for row in known.read)

    def disease_named(self, name: str) -> Curie | None:
        """The one disease with this id or name; None where none or several have it."""
        rows = self._near.named(name)
        return self._near.knowledge.diseases[rows[0]].id if len(rows) == 1 else None

    def _weigh(
        self,
        observed: tuple[Curie, ...],
        excluded: tuple[Curie, ...],
        age: str | None,
        sex: str | None,
        genes: tuple[str, ...],
        medicines: Mapping[Curie, str],
        candidates: Iterable[str] | None,
        leave_out_pmid: str | None,
        circumstances: tuple[str, ...] = (),
    ) -> _Ranking:
        findings = understand(observed, excluded, hpo=self._hpo, usable=self._near.knowledge.usable)
        diseases, rankable, unknown = self._candidates(candidates, medicines)
        knowledge, model = diseases.knowledge, diseases.model
        match = match_genes(genes, pairs=self._hpo.genes, genes_of=lambda: diseases.genes_of)
        uses = uses_among(
            medicines, known=knowledge.known, n_diseases=model.n_diseases, graph=self._graph
        )
        told = circumstances_among(
            circumstances, known=knowledge.known, n_diseases=model.n_diseases
        )
        without, view = np.zeros(0, dtype=np.int64), None
        if leave_out_pmid:
            without = knowledge.rows_citing(leave_out_pmid)
            if len(without):
                view, gone = diseases.view_without(without)
                rankable[gone] = False
        telling = findings.telling
        scale = 1 / (1 + max(len(telling) - 1, 0) * model.parameters.correlation)
        silent = np.zeros(model.n_diseases)
        present = {
            row: silent if row in findings.implied else scale * model.present(row, view)
            for row in findings.present
        }
        absent = {row: scale * model.absent(row, view) for row in findings.absent}
        total = model.parameters.picture * diseases.pictures.seen(telling, view)
        asides = [part.log_ratios for part in (match, uses, told) if part is not None]
        for ratios in (*present.values(), *absent.values(), *asides):
            total += ratios
        none = model.parameters.none_prior
        log_prior = log_priors(knowledge, age=age, sex=sex, parameters=model.parameters)
        log_prior += math.log1p(-none) - log_sum(log_prior[rankable])
        weights = np.where(rankable, total + log_prior, -np.inf)
        log_none = math.log(none) if none > 0 else -math.inf
        said = (
            *findings.not_understood,
            *odd_demographics(age=age, sex=sex),
            *unknown,
            *(match.unknown if match else ()),
        )
        return _Ranking(
            diseases,
            findings,
            log_prior,
            weights,
            log_none,
            float(np.logaddexp(log_sum(weights), log_none)),
            present,
            absent,
            match,
            uses,
            told,
            without,
            view,
            given_sex(sex),
            said,
        )

    def _candidates(
        self, candidates: Iterable[str] | None, medicines: Mapping[Curie, str]
    ) -> tuple[RankedDiseases, Bools, tuple[str, ...]]:
        """The diseases to rank among, a mask over them, and what is unknown. Where no candidates are
        given, what the graph says that a medicine causes makes its adverse effect one.
        """
        near = self._near
        if candidates is None:
            causes = caused_by(medicines, self._graph) if self._graph is not None else {}
            if causes:
                near = self._gathered(TWINS, Issues(), causes)
            return near, np.ones(near.model.n_diseases, dtype=np.bool_), ()
        wanted = tuple(candidates)
        wide = near if all(near.named(text) for text in wanted) else self._wide
        mask, unknown = chosen_among(wanted, near=near, wide=wide)
        return wide, mask, unknown

    def _answer(self, ranking: _Ranking, top: int) -> Differential:
        weights = ranking.weights
        ascending = np.sort(weights[np.isfinite(weights)])
        n = len(ascending)
        if not n:
            return Differential((), ranking.said)
        known = ranking.diseases.knowledge.diseases
        at_least = ascending[max(n - top, 0)] - TIE
        order = sorted(
            np.flatnonzero(weights >= at_least).tolist(),
            key=lambda row: (-round(float(weights[row]) / TIE), known[row].id),
        )
        pictures = ranking.diseases.pictures
        met = pictures.met_by_each(ranking.findings.telling, ranking.view)
        best = []
        for row in order[:top]:
            rank = n - int(np.searchsorted(ascending, weights[row] - TIE, side="left"))
            best.append(self._diagnosis(ranking, row, rank, met))
        posteriors = np.exp(weights - ranking.log_total)
        knowledge, findings = ranking.diseases.knowledge, ranking.findings
        return Differential(
            tuple(best),
            ranking.said,
            n_ranked=n,
            none_of_these=math.exp(ranking.log_none - ranking.log_total),
            next_findings=next_findings_of(
                knowledge,
                ranking.diseases.model,
                posteriors=posteriors,
                asked=(*findings.present, *findings.absent),
                top=N_QUESTIONS,
            ),
            red_flags=red_flags_of(
                ranking.diseases.dangerous,
                findings=findings,
                sex=ranking.sex,
                posteriors=posteriors,
                told=ranking.told.flagged if ranking.told else {},
            ),
        )

    def _diagnosis(self, ranking: _Ranking, row: int, rank: int, met: Floats) -> Diagnosis:
        knowledge, findings = ranking.diseases.knowledge, ranking.findings
        parts = ranking.diseases.pictures.parts(row, met, ranking.view) * self.parameters.picture
        seen = dict(zip(findings.telling, parts.tolist(), strict=True))
        reasons = contributions_of(
            knowledge,
            ranking.diseases.model,
            row,
            present={
                term: float(values[row]) + seen.get(term, 0.0)
                for term, values in ranking.present.items()
            },
            absent={term: float(values[row]) for term, values in ranking.absent.items()},
            names=findings.names,
            without=ranking.without,
        )
        if ranking.genes is not None:
            reasons += gene_contribution(knowledge, row, ranking.genes)
        if ranking.uses is not None:
            reasons += ranking.uses.contributions(row)
        if ranking.told is not None:
            reasons += ranking.told.contributions(row)
        disease = knowledge.diseases[row]
        return Diagnosis(
            disease.id,
            disease.name,
            math.exp(ranking.log_prior[row]),
            reasons,
            ranking.log_total,
            rank,
            self._same_as(disease.id),
        )

    def _same_as(self, id: Curie) -> tuple[Curie, ...]:
        """By the mappings that ship and those of the graph."""
        return tuple(sorted({*stated_same_as().of(id), *same_concepts(self._graph, id)} - {id}))
