"""Why a disease stands where it stands: each finding's part, and the annotations behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kgbuilder.model import (
    Contribution,
    CuratedEvidence,
    Curie,
    How,
    Match,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.reason.diagnosis_question import GeneMatch
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Ints, PhenotypeModel, shares_of

__all__ = ["contributions_of", "gene_contribution"]

BARELY = 0.1
"""A match whose likelihood ratio is less than this part of the noise is called unexpected: sharing
only a very general ancestor explains nothing."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One disease's own annotations.

    :param share: row of the term -> pooled share. :param denied: terms that none of n patients had.
    :param below: row of a term -> the annotation at or below it that most patients have; of equal ones
        the term itself, then the one with the smallest id.
    """

    share: Mapping[int, float]
    denied: frozenset[int]
    below: Mapping[int, int]


def contributions_of(
    knowledge: DiseaseKnowledge,
    model: PhenotypeModel,
    disease: int,
    *,
    present: Mapping[int, float],
    absent: Mapping[int, float],
    names: Mapping[int, str],
    without: Ints,
) -> tuple[Contribution, ...]:
    """One contribution per finding: first those that are there, each part by id.

    :param present: row of the term -> log ratio in nats, as the ranking used it.
    :param absent: the same.
    :param without: rows of the knowledge that this case may not use.
    """
    known = _known(knowledge, model, disease, without)
    answer = []
    for findings, there in ((present, True), (absent, False)):
        for term, log_ratio in findings.items():
            if there:
                match, matched = _meets(model, known, term)
            else:
                match, matched = _misses(known, term)
            statement = (
                None if matched is None else knowledge.statement(disease, matched, without=without)
            )
            answer.append(
                Contribution(
                    knowledge.hpo.terms[term].id,
                    names[term],
                    there,
                    match,
                    None if matched is None else knowledge.hpo.terms[matched].id,
                    log_ratio,
                    () if statement is None else (statement,),
                )
            )
    return tuple(answer)


def gene_contribution(
    knowledge: DiseaseKnowledge, disease: int, genes: GeneMatch
) -> tuple[Contribution, ...]:
    """The part of the candidate genes, none where no gene of the disease is known. Where its gene is not
    among the given ones, ``finding`` is the first of these and ``match`` is unexpected.
    """
    log_ratio = float(genes.log_ratios[disease])
    if not genes.known or log_ratio == 0:
        return ()
    pairs, id = knowledge.hpo.genes, knowledge.diseases[disease].id
    listed = {
        pairs.ncbi_ids[row]
        for row in range(len(pairs.symbols))
        if knowledge.hpo.diseases[int(pairs.disease[row])].id == id
    }
    for symbol, ncbi_id in genes.known:
        if ncbi_id in listed:
            gene = Curie("NCBIGENE", ncbi_id)
            evidence = CuratedEvidence(
                "HPO gene-disease pairs (genes_to_phenotype.txt)",
                knowledge.hpo.annotation_version,
                f"{symbol} {id}",
                How.IMPORTED,
            )
            triple = Triple.of(gene, predicate_of("ASSOCIATED_WITH"), id)
            because = (Statement(triple, (evidence,)),)
            return (Contribution(gene, symbol, True, Match.EXACT, gene, log_ratio, because),)
    first = Curie("NCBIGENE", genes.known[0][1])
    name = "none of its genes among " + ", ".join(symbol for symbol, _ in genes.known)
    return (Contribution(first, name, True, Match.UNEXPECTED, None, log_ratio),)


def _known(
    knowledge: DiseaseKnowledge, model: PhenotypeModel, disease: int, without: Ints
) -> _Known:
    rows = knowledge.rows_of(disease)
    left = rows[~np.isin(rows, without)] if len(without) else rows
    if len(left) == len(rows):
        pooled = model.pooled.only(model.pooled_of(disease))
    else:
        own = knowledge.evidence.only(left)
        pooled = shares_of(own, n_terms=len(knowledge.hpo.terms), parameters=model.parameters)
    share = dict(zip(pooled.term.tolist(), pooled.share.tolist(), strict=True))
    below: dict[int, int] = {}
    for term in sorted(share, key=lambda t: (-share[t], t)):
        for a in model.ancestors(term):
            kept = below.setdefault(a, term)
            if term == a and share[kept] == share[term]:
                below[a] = term
    return _Known(share, frozenset(pooled.term[pooled.n_denied > 0].tolist()), below)


def _meets(model: PhenotypeModel, known: _Known, term: int) -> tuple[Match, int | None]:
    """How a finding that is there meets the disease: on the ancestor that weighs most."""
    best: tuple[float, int, int] | None = None
    for a in model.ancestors(term):
        annotated = known.below.get(a)
        if annotated is None:
            continue
        if a in known.denied and known.share[annotated] == 0:
            return Match.EXCLUDED, a
        weight = model.match_weight(term, a, direct=a in known.share, share=known.share[annotated])
        if best is None or weight > best[0]:
            best = (weight, a, annotated)
    if best is None or best[0] < model.parameters.noise * BARELY:
        return Match.UNEXPECTED, None
    _, a, annotated = best
    if a == term:
        return (Match.EXACT if annotated == term else Match.MORE_GENERAL), annotated
    if a in known.share:
        return Match.MORE_SPECIFIC, a
    return Match.SAME_BRANCH, annotated


def _misses(known: _Known, term: int) -> tuple[Match, int | None]:
    """How a finding that is not there meets the disease."""
    annotated = known.below.get(term)
    if annotated is None:
        return Match.UNEXPECTED, None
    if known.share[annotated] == 0:
        return Match.EXCLUDED, annotated
    return (Match.EXACT if annotated == term else Match.MORE_GENERAL), annotated
