"""``kgbuilder evaluate diagnosis``: rank known diseases; every figure names its setting.

*all annotations*: as published work does; the case's own paper may be among the annotations. *own paper
out*: annotations that cite the case's paper are not used for it; a disease with none left is a miss.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from kgbuilder.errors import UnknownName
from kgbuilder.evaluate.case_sets import (
    KnownCase,
    ddxplus_cases,
    diseases_of_set,
    lirical_ranks,
    phenopacket_cases,
    symptom_texts,
)
from kgbuilder.evaluate.corpora import read_corpus
from kgbuilder.evaluate.diagnosis import (
    DiagnosisReport,
    Placed,
    SettingReport,
    TermReport,
    pair,
    score_placed,
    score_terms,
)
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, Document
from kgbuilder.ontology.hpo import load_hpo
from kgbuilder.reason.diagnosis import PhenotypeRanker
from kgbuilder.reason.patient_question import PatientQuestion

__all__ = ["SETS", "Asker", "placed_cases", "score_diagnosis"]

SETS = ("phenopackets", "symptom2disease", "ddxplus", "gsc-hpo")


class Asker(Protocol):
    """What reads a text: :class:`kgbuilder.api.Diagnoser`."""

    def question_of(self, patient: Document) -> PatientQuestion:
        """The patient of a note."""
        ...

    def terms_of(self, document: Document) -> frozenset[Curie]:
        """Every term named in a text, however it is meant."""
        ...


def score_diagnosis(
    ranker: Callable[[], PhenotypeRanker],
    *,
    asker: Asker,
    corpora: Path,
    only: str | None,
    without_graph: PhenotypeRanker | None,
    limit: int | None = None,
    progress: Callable[[str], None] = lambda told: None,
) -> DiagnosisReport:
    """Score on the sets there are below ``corpora``, or on one.

    :param ranker: makes what is scored; how long that takes is told.
    :param without_graph: the ranker without the user's graph: what the literature adds, paired.
    :param limit: only the first cases of each set.
    :raises UnknownName: for another set than :data:`SETS`.
    """
    if only is not None and only not in SETS:
        raise UnknownName(f"no set of cases is called {only!r}", hint=f"one of {', '.join(SETS)}")
    started = time.perf_counter()
    ranked = ranker()
    ranked.diagnose(observed=[Curie("HP", "0001250")])
    ready = time.perf_counter() - started
    settings: list[SettingReport] = []
    terms: TermReport | None = None
    for name in SETS if only is None else (only,):
        progress(name)
        match name:
            case "phenopackets":
                settings += _phenopackets(ranked, corpora / name, without_graph, limit)
            case "symptom2disease":
                cases = symptom_texts(corpora / "symptom_disease")[:limit]
                settings.append(_among(ranked, "Symptom2Disease, free text", name, cases, asker))
            case "ddxplus":
                for whole, told in ((False, "entries"), (True, "questions")):
                    cases = ddxplus_cases(corpora / name, whole_questions=whole)[:limit]
                    title = f"DDXPlus, initial and 3 {told}"
                    settings.append(_among(ranked, title, name, cases, asker))
            case _:
                terms = _terms(asker, corpora, limit)
    return DiagnosisReport(tuple(settings), terms, len(ranked.diseases()), ready)


def _phenopackets(
    ranker: PhenotypeRanker,
    folder: Path,
    without_graph: PhenotypeRanker | None,
    limit: int | None,
) -> list[SettingReport]:
    ranked = {str(id) for id in ranker.diseases()}
    cases = [c for c in phenopacket_cases(folder) if str(c.disease) in ranked][:limit]
    read = {str(id) for id in ranker.diseases_read()}
    lirical = lirical_ranks(folder)
    reports = []
    for setting in ("all annotations", "own paper out"):
        own_out = setting == "own paper out"
        placed, ms = placed_cases(ranker, cases, own_paper_out=own_out)
        against = []
        if without_graph is not None:
            before, _ = placed_cases(without_graph, cases, own_paper_out=own_out)
            ranks = {p.id: p.worst for p in before}
            against.append(pair("without the graph", placed, ranks, about=read))
        reports.append(
            score_placed(f"phenopackets, {setting}", placed, ms_per_case=ms, against=against)
        )
        theirs = lirical[setting]
        both = [p for p in placed if p.id in theirs]
        if both:
            named = f"LIRICAL's {len(both)}, {setting}"
            compared = [pair("LIRICAL 2.4.0", both, theirs)]
            reports.append(score_placed(named, both, ms_per_case=ms, against=compared))
    return reports


def _among(
    ranker: PhenotypeRanker, title: str, name: str, cases: Sequence[KnownCase], asker: Asker
) -> SettingReport:
    """Cases ranked among the diseases of their set."""
    read = []
    for case in cases:
        if case.text:
            asked = asker.question_of(Document(case.id, case.text, name))
            observed, excluded, age, sex = asked.observed, asked.excluded, asked.age, asked.sex
            case = KnownCase(case.id, case.group, case.disease, observed, excluded, "", age, sex)
        read.append(case)
    placed, ms = placed_cases(ranker, read, candidates=diseases_of_set(name))
    return score_placed(title, placed, ms_per_case=ms)


def placed_cases(
    ranker: PhenotypeRanker,
    cases: Iterable[KnownCase],
    *,
    own_paper_out: bool = False,
    candidates: tuple[str, ...] | None = None,
) -> tuple[list[Placed], float]:
    """Where each case's disease stands, and milliseconds of the processor a case."""
    placed, started = [], time.process_time()
    for case in cases:
        stands = None
        if case.observed or case.excluded:
            stands = ranker.standing_of(
                case.disease,
                observed=case.observed,
                excluded=case.excluded,
                age=case.age,
                sex=case.sex,
                candidates=candidates,
                leave_out_pmid=case.paper if own_paper_out else None,
            )
        worst, best = (stands.worst, stands.best) if stands else (float("inf"), float("inf"))
        first = stands.first_posterior if stands else None
        placed.append(Placed(case.id, case.group, str(case.disease), worst, best, first))
    return placed, 1000 * (time.process_time() - started) / max(len(placed), 1)


def _terms(asker: Asker, corpora: Path, limit: int | None) -> TermReport:
    hpo, counts = load_hpo(), []
    for document in list(read_corpus("gsc-hpo", root=corpora, issues=Issues()))[:limit]:
        gold = {
            known.term.id
            for annotation in document.entities
            for id in annotation.ids
            if id.startswith("HP:") and (known := hpo.find(Curie.parse(id)))
        }
        found = asker.terms_of(Document(document.id, document.text, "gsc-hpo"))
        counts.append((len(gold), len(found), len(gold & found)))
    return score_terms(counts)
