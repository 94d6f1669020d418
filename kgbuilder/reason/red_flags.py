"""Dangerous diseases that a patient's findings point to and that nothing excludes."""

from __future__ import annotations

from kgbuilder.model import RedFlag
from kgbuilder.reason.common_diseases import Danger
from kgbuilder.reason.diagnosis_question import Findings
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Floats

__all__ = ["red_flags_of"]

_ALWAYS = 1.0


def red_flags_of(
    knowledge: DiseaseKnowledge, *, findings: Findings, sex: str | None, posteriors: Floats
) -> tuple[RedFlag, ...]:
    """Dangerous diseases of the shipped table, emergencies first, then by posterior.

    One is pointed to by a finding that the table marks as its red flag, itself or something more
    specific. It is excluded by the absence of what all its patients have, and by the other sex; a low
    posterior does not exclude it.

    :param posteriors: (D,); 0 where a disease is no candidate, which excludes it neither.
    """
    rows = knowledge.hpo.hierarchy.rows
    above = {
        row: {knowledge.hpo.terms[a].id for a in knowledge.hpo.hierarchy.ancestors[row].tolist()}
        for row in findings.present
    }
    flags = []
    for place, disease in knowledge.common.items():
        if disease.danger is Danger.NONE or disease.sex not in (None, sex or disease.sex):
            continue
        always = {rows.get(f.term) for f in disease.findings if f.share == _ALWAYS}
        if not always.isdisjoint(findings.absent):
            continue
        because = tuple(
            findings.names[row]
            for row in findings.present
            if any(f.red_flag and f.term in above[row] for f in disease.findings)
        )
        if because:
            flags.append(
                RedFlag(
                    disease.id, disease.names[0], disease.danger.value, float(posteriors[place]), because
                )
            )
    return tuple(
        sorted(flags, key=lambda f: (f.danger != Danger.EMERGENCY.value, -f.posterior, f.disease))
    )
