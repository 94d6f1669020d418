"""The numbers that the ranking rests on, each with its meaning."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Parameters"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Few and with a meaning each. Chosen on three of five folds of the visible Phenopacket Store
    cases, split by paper, and rounded; the optimum is flat. Where a value cost less than a point, the
    clinically plainer one was taken (an absent finding still counts). ``correlation`` was fitted for
    calibration with all annotations. ``kgbuilder evaluate diagnosis`` measures them.

    :param noise: probability that a present finding has nothing to do with the disease; it is the
        likelihood ratio of a finding the disease does not explain.
    :param more_specific: how much of the share of an annotated term a term below it inherits.
    :param same_branch: the same where the two only share an ancestor that is not annotated itself.
    :param narrowing: a finding that is narrower than what is annotated loses this power of how much
        rarer it is; 0 would forgive every imprecision.
    :param prior_share: of patients, assumed before a disease's counts are seen, and where an annotation
        states no frequency.
    :param prior_patients: how many imagined patients that assumption weighs.
    :param band_patients: how many patients a band ("frequent") or a percentage weighs.
    :param denied_patients: what a NOT annotation weighs.
    :param detection: probability that a finding that is there is also noticed, so that its absence is
        not absolute. :param floor: P(absent | disease) is never below it.
    :param absent_weight: an absent finding counts this power of its likelihood ratio: reports list
        absences by the dozen, and they depend on each other.
    :param both_absent: nats for a finding that is absent and that the disease is said not to have.
    :param correlation: between a patient's present findings. ``n`` of them count as
        ``n / (1 + (n - 1) · correlation)`` independent ones (Kish's design effect): every log ratio is
        scaled so. It changes how sure a posterior is and how much the prior counts.
    :param picture: nats for a disease whose whole picture is seen; see ``disease_picture.py``.
    :param prior_power: this power of a disease's prevalence is its prior: who is asked about was not
        drawn from all people. It sets the rare diseases, each at ``rare_prevalence``, against the common
        ones, each at ``common_prevalence``, the middle of the bands.
    :param common_power: among the common diseases a prevalence counts by this power. The visible cases
        are drawn from all diseases alike and cannot tell it; this costs them less than a point.
    :param adverse_prevalence: share of those who take a medicine whom it harms.
    :param out_of_age: what is left of the prevalence outside the ages, or in the sex, that a disease is
        not known in.
    :param none_prior: prior probability that the patient has none of the diseases ranked.
    """

    noise: float = 0.05
    more_specific: float = 0.2
    same_branch: float = 0.05
    narrowing: float = 0.3
    prior_share: float = 0.15
    prior_patients: float = 5.0
    band_patients: float = 20.0
    denied_patients: float = 5.0
    detection: float = 0.85
    floor: float = 0.01
    absent_weight: float = 0.3
    both_absent: float = 3.0
    correlation: float = 0.3
    picture: float = 8.0
    prior_power: float = 0.2
    common_power: float = 0.4
    rare_prevalence: float = 1e-6
    common_prevalence: float = 3e-3
    adverse_prevalence: float = 0.03
    out_of_age: float = 0.05
    none_prior: float = 0.1
