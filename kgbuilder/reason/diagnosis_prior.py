"""How likely each disease is before any finding: its prevalence, the patient's age and sex."""

from __future__ import annotations

import math

import numpy as np

from kgbuilder.model.age import years_of
from kgbuilder.reason.common_diseases import CommonDisease
from kgbuilder.reason.diagnosis_parameters import Parameters
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.phenotype_model import Floats

__all__ = ["given_sex", "log_priors", "log_sum", "odd_demographics"]


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
    """Ln of each disease's prior at this age and sex, shape (D,), up to a constant."""
    p, years, given = parameters, years_of(age), given_sex(sex)
    priors = np.full(len(knowledge.diseases), p.prior_power * np.log(p.rare_prevalence))
    prevalence = {
        row: disease.prevalence * (1.0 if _fits(disease, years, given) else p.out_of_age)
        for row, disease in knowledge.common.items()
    }
    prevalence |= dict.fromkeys(knowledge.effects, p.adverse_prevalence)
    if prevalence:
        beside = np.log(np.array(list(prevalence.values())) / p.common_prevalence)
        priors[list(prevalence)] = (
            p.prior_power * np.log(p.common_prevalence) + p.common_power * beside
        )
    return np.asarray(priors)


def _fits(disease: CommonDisease, years: float | None, sex: str | None) -> bool:
    if sex is not None and disease.sex not in (None, sex):
        return False
    return years is None or disease.ages is None or disease.ages[0] <= years <= disease.ages[1]


def log_sum(weights: Floats) -> float:
    """Ln Σ exp, -inf where there is nothing to add up."""
    peak = float(weights.max()) if len(weights) else -math.inf
    if not math.isfinite(peak):
        return -math.inf
    return peak + math.log(float(np.exp(weights - peak).sum()))
