"""Dangerous diseases that a patient's findings point to and that nothing excludes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgbuilder.model import Curie, RedFlag
from kgbuilder.reason.common_diseases import CommonDisease, Danger
from kgbuilder.reason.diagnosis_question import Findings
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Floats

__all__ = ["Dangerous", "dangerous_among", "red_flags_of"]

_ALWAYS = (1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Dangerous:
    """A dangerous disease of the shipped table.

    :param row: among the ranked diseases. :param flags: rows of the findings that point to it, and of
        all below them. :param always: rows of what all its patients have.
    """

    row: int
    disease: CommonDisease
    flags: frozenset[int]
    always: frozenset[int]


def dangerous_among(knowledge: DiseaseKnowledge) -> tuple[Dangerous, ...]:
    """The dangerous ones of the ranked diseases."""
    hierarchy = knowledge.hpo.hierarchy
    found = []
    for row, disease in knowledge.common.items():
        if disease.danger is Danger.NONE:
            continue
        known = [(hierarchy.rows.get(f.term), f) for f in disease.findings]
        flags = {
            below
            for term, f in known
            if term is not None and f.red_flag
            for below in hierarchy.descendants[term].tolist()
        }
        always = {term for term, f in known if term is not None and f.frequency == _ALWAYS}
        found.append(Dangerous(row, disease, frozenset(flags), frozenset(always)))
    return tuple(found)


def red_flags_of(
    dangerous: Iterable[Dangerous],
    *,
    findings: Findings,
    sex: str | None,
    posteriors: Floats,
    told: Mapping[Curie, tuple[str, ...]] | None = None,
) -> tuple[RedFlag, ...]:
    """Emergencies first, then by posterior.

    A disease is pointed to by a finding that the table marks as its red flag, itself or something more
    specific. It is excluded by the absence of what all its patients have, and by the other sex; a low
    posterior does not exclude it.

    :param told: circumstances that are a red flag of a disease, by its id.
    :param posteriors: (D,); 0 where a disease is no candidate, which does not exclude it either.
    """
    flags = []
    for one in dangerous:
        disease = one.disease
        if not one.always.isdisjoint(findings.absent) or disease.sex not in (
            None,
            sex or disease.sex,
        ):
            continue
        because = tuple(findings.names[row] for row in findings.present if row in one.flags)
        because += (told or {}).get(disease.id, ())
        if because:
            posterior = float(posteriors[one.row])
            danger = disease.danger.value
            flags.append(RedFlag(disease.id, disease.names[0], danger, posterior, because))
    return tuple(
        sorted(flags, key=lambda f: (f.danger != Danger.EMERGENCY.value, -f.posterior, f.disease))
    )
