"""How likely each disease is before any finding: its prevalence, the patient's age and sex."""

from __future__ import annotations

import numpy as np

from kgbuilder.model.age import years_of
from kgbuilder.reason.common_diseases import CommonDisease
from kgbuilder.reason.diagnosis_parameters import Parameters
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Floats

__all__ = ["given_sex", "log_priors", "odd_demographics"]


def given_sex(sex: str | None) -> str | None:
    """``MALE`` or ``FEMALE``, letter case aside; None for another text."""
    folded = sex.strip().upper() if sex else ""
    return folded if folded in ("MALE", "FEMALE") else None


def odd_demographics(*, age: str | None, sex: str | None) -> tuple[str, ...]:
    """A sentence for each that cannot be read, and so changes nothing."""
    said = []
    if age and years_of(age) is None:
        said.append(f"age {age!r}: not an ISO 8601 duration such as P6Y")
    if sex and given_sex(sex) is None:
        said.append(f"sex {sex!r}: neither MALE nor FEMALE")
    return tuple(said)


def log_priors(
    knowledge: DiseaseKnowledge, *, age: str | None, sex: str | None, parameters: Parameters
) -> Floats:
    """``prior_power · ln(prevalence at this age and sex)`` per disease, shape (D,), up to a constant."""
    years = years_of(age)
    given = given_sex(sex)
    prevalence = np.full(len(knowledge.diseases), parameters.rare_prevalence)
    for row, disease in knowledge.common.items():
        fits = _fits(disease, years, given)
        prevalence[row] = disease.prevalence * (1.0 if fits else parameters.out_of_age)
    prevalence[list(knowledge.effects)] = parameters.adverse_prevalence
    return np.asarray(parameters.prior_power * np.log(prevalence))


def _fits(disease: CommonDisease, years: float | None, sex: str | None) -> bool:
    if sex is not None and disease.sex not in (None, sex):
        return False
    return years is None or disease.ages is None or disease.ages[0] <= years <= disease.ages[1]
