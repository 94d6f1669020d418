"""What to ask or test next: the finding whose answer is expected to tell most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kgbuilder.model import Curie, NextFinding
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Bools, Floats, Ints, PhenotypeModel, spread
from kgbuilder.reason.shipped_tables import shipped_rows

__all__ = ["N_WEIGHED", "next_findings_of"]

N_WEIGHED = 40
"""Only so many diseases, the likeliest, are told apart; all others together count as one."""

_ASK = "ask or examine"


def next_findings_of(
    knowledge: DiseaseKnowledge,
    model: PhenotypeModel,
    *,
    posteriors: Floats,
    asked: Sequence[int],
    top: int,
) -> tuple[NextFinding, ...]:
    """The ``top`` findings of the likeliest diseases by expected information: the entropy of the
    posterior less its expectation once the answer is known (mutual information), in nats.

    A disease shows a finding in its annotated share of patients, or, where it is not annotated, as often
    as its background times the noise says. What is left of the posterior shows it as all diseases do.

    :param posteriors: (D,), sum at most 1; the rest is "none of these".
    :param asked: rows of the findings known to be there or not; what they or theirs imply is not asked.
    """
    likely = np.argsort(-posteriors, kind="stable")[:N_WEIGHED]
    likely = likely[posteriors[likely] > 0]
    if not len(likely):
        return ()
    terms, share = _shares(knowledge, model, likely, asked)
    if not len(terms):
        return ()
    noise, background = model.parameters.noise, model.background[terms]
    weight = np.append(posteriors[likely], max(0.0, 1.0 - float(posteriors[likely].sum())))
    shows = np.vstack([np.where(np.isnan(share), noise * background, share), background])
    shows = np.clip(shows, 1e-6, 1 - 1e-6)
    there = weight[:, None] * shows
    absent = weight[:, None] * (1 - shows)
    gain = _entropy(weight[:, None]) - _entropy(there) - _entropy(absent)
    gain += _entropy(there.sum(axis=0, keepdims=True)) + _entropy(absent.sum(axis=0, keepdims=True))
    order = sorted(range(len(terms)), key=lambda i: (-round(float(gain[i]), 9), int(terms[i])))[
        :top
    ]
    kinds = _kinds()
    answer = []
    for i in order:
        term = knowledge.hpo.terms[int(terms[i])]
        best = int(likely[int(np.argmax(np.nan_to_num(share[:, i]) * weight[:-1]))])
        answer.append(
            NextFinding(
                term.id,
                term.name,
                _kind(knowledge, int(terms[i]), kinds),
                float(there[:, i].sum()),
                max(0.0, float(gain[i])),
                knowledge.diseases[best].name,
            )
        )
    return tuple(answer)


def _shares(
    knowledge: DiseaseKnowledge, model: PhenotypeModel, likely: Ints, asked: Sequence[int]
) -> tuple[Ints, Floats]:
    """Terms (T,) that ``likely`` are annotated with and that are open, and the share (k, T) of patients
    of each who show the term or something below it; nan where nothing says so.
    """
    spans = [model.pooled_of(int(row)) for row in likely]
    entries = np.concatenate(spans)
    place = np.repeat(np.arange(len(likely)), [len(span) for span in spans])
    terms = model.pooled.term[entries]
    open_terms = np.unique(terms)
    open_terms = open_terms[~_closed(knowledge, likely, asked)[open_terms]]
    column = np.full(len(knowledge.hpo.terms), -1, dtype=np.int64)
    column[open_terms] = np.arange(len(open_terms))
    above, entry = spread(model.hierarchy.ancestors, terms)
    keep = column[above] >= 0
    share = np.full((len(likely), len(open_terms)), -1.0)
    where = (place[entry[keep]], column[above[keep]])
    np.maximum.at(share, where, model.pooled.share[entries[entry[keep]]])
    share[share < 0] = np.nan
    return open_terms, share


def _closed(knowledge: DiseaseKnowledge, likely: Ints, asked: Sequence[int]) -> Bools:
    """Which terms are no question: what is above or below a finding that was asked, and what every
    patient with one of ``likely`` has, since that is the diagnosis in other words.
    """
    closed = np.zeros(len(knowledge.hpo.terms), dtype=np.bool_)
    for row in likely.tolist():
        disease = knowledge.common.get(row)
        for finding in disease.findings if disease else ():
            if finding.frequency[0] == 1.0:
                closed[knowledge.hpo.hierarchy.rows[finding.term]] = True
    for term in asked:
        closed[knowledge.hpo.hierarchy.ancestors[term]] = True
        closed[knowledge.hpo.hierarchy.descendants[term]] = True
    return closed


def _entropy(weights: Floats) -> Floats:
    """-Σ w ln w over the rows, shape of the columns."""
    terms = np.where(weights > 0, weights * np.log(np.maximum(weights, 1e-300)), 0.0)
    return np.asarray(-terms.sum(axis=0), dtype=np.float64)


def _kinds() -> Mapping[Curie, str]:
    rows = shipped_rows("question_kinds", ("branch", "name", "kind"))
    return {Curie.parse(row["branch"]): row["kind"] for _, row in rows}


def _kind(knowledge: DiseaseKnowledge, term: int, kinds: Mapping[Curie, str]) -> str:
    hpo = knowledge.hpo
    above = {hpo.terms[int(row)].id for row in hpo.hierarchy.ancestors[term].tolist()}
    return next((kind for branch, kind in kinds.items() if branch in above), _ASK)
