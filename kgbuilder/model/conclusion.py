"""What is answered about drugs. Numbers are computed from the reasons, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model.belief import belief_in_any
from kgbuilder.model.curie import Curie
from kgbuilder.model.patient import Patient
from kgbuilder.model.statement import Statement

__all__ = [
    "Alternative",
    "Combination",
    "DrugAnswer",
    "Interaction",
    "InteractionReport",
    "NamedDrug",
    "NoneKnown",
    "NotChecked",
    "PatientAnswer",
    "PatientWarning",
    "Severity",
]


class Severity(StrEnum):
    """Our grade; ``unknown`` when no source and no rule grades it. Never guessed."""

    CONTRAINDICATED = "contraindicated"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NamedDrug:
    """A drug and what it is called here."""

    name: str
    id: Curie


@dataclass(frozen=True, slots=True)
class DrugAnswer:
    """What a given name was taken for; ``id`` is None when no vocabulary holds it, and for several drugs
    under one name, which are ``ingredients`` then.

    :param correction: the drug that a misspelt name may be meant for: shown, never taken.
    :param contents: who says so, where they are a product's; "" where the name itself joins them.
    :param own_name: the name of the salt, ester or half that was given, where ``id`` is the drug that it
        is checked as. :param form: the local form that the name says ("cream"), "" where it says none.
    :param why: why it was not taken for a drug, or names a class of drugs; else "".
    """

    input: str
    name: str | None
    id: Curie | None
    correction: NamedDrug | None = None
    ingredients: tuple[NamedDrug, ...] = ()
    contents: str = ""
    own_name: str = ""
    form: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two drugs that interact, and why.

    :param drugs: perpetrator first where the mechanism has one, else by id.
    :param mechanism: text from a template over the facts, "" where no source states one.
    :param because: the statements it rests on; ``belief`` is computed from them.
    :param onset: when it begins and ends, "" where nothing says.
    """

    drugs: tuple[Curie, Curie]
    names: tuple[str, str]
    severity: Severity
    mechanism: str
    effect: str
    management: str
    because: tuple[Statement, ...]
    onset: str = ""

    @property
    def belief(self) -> float:
        """That at least one of the statements holds: each alone would say that the two interact."""
        return belief_in_any(self.because)


@dataclass(frozen=True, slots=True)
class NoneKnown:
    """Both drugs are covered, and nothing was found in ``compared`` (sources with versions)."""

    drugs: tuple[str, str]
    compared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Nothing can be said about this pair: ``which`` of the two is not covered, and ``why``."""

    drugs: tuple[str, str]
    which: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Combination:
    """Three or more drugs that together are more dangerous than any two of them.

    :param rule: its name in the table of combinations.
    """

    drugs: tuple[Curie, ...]
    names: tuple[str, ...]
    rule: str
    severity: Severity
    mechanism: str
    effect: str
    management: str
    because: tuple[Statement, ...]

    @property
    def belief(self) -> float:
        """That at least one of the statements holds."""
        return belief_in_any(self.because)


@dataclass(frozen=True, slots=True)
class PatientWarning:
    """A drug that this patient should not take, or only with care.

    :param kind: allergy, condition, pregnancy, lactation, age, weight, kidney, liver, genotype or
        substance. :param about: what of the patient it is about.
    """

    drug: Curie
    name: str
    kind: str
    about: str
    severity: Severity
    effect: str
    management: str
    because: tuple[Statement, ...]

    @property
    def belief(self) -> float:
        """That at least one of the statements holds."""
        return belief_in_any(self.because)


@dataclass(frozen=True, slots=True)
class PatientAnswer:
    """What the patient's own facts mean for the drugs that were checked.

    :param record: what was taken for the patient. :param not_understood: what was said that no table
        knows, and why: it was not checked.
    """

    record: Patient
    warnings: tuple[PatientWarning, ...]
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """``use`` may stand in for ``instead_of``: same class, and nothing as grave with the other drugs.

    :param against: the drug that ``instead_of`` interacts with. :param reason: in words.
    """

    instead_of: NamedDrug
    against: NamedDrug
    use: NamedDrug
    drug_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """The answer to ``check_interactions``: every pair is in exactly one of the first three lists.

    :param patient: None where nothing was said of a patient.
    """

    drugs: tuple[DrugAnswer, ...]
    interactions: tuple[Interaction, ...]
    none_known: tuple[NoneKnown, ...]
    not_checked: tuple[NotChecked, ...]
    combinations: tuple[Combination, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    patient: PatientAnswer | None = None
