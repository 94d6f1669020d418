"""What is known of one patient whose drugs are checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model.age import years_of

__all__ = ["DrugStatus", "Patient", "TakenDrug"]

_AS_DRUGS = frozenset(("alcohol", "st john's wort"))


class DrugStatus(StrEnum):
    """Only what is taken now is checked; the others are told apart."""

    CURRENT = "current"
    STOPPED = "stopped"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class TakenDrug:
    """A drug of a patient, as it was written; empty where nothing is said."""

    name: str
    dose: str = ""
    route: str = ""
    frequency: str = ""
    status: DrugStatus = DrugStatus.CURRENT


@dataclass(frozen=True, slots=True)
class Patient:
    """None where nothing is said; ``kgbuilder.read.patient_record`` has the JSON of it.

    :param age: ISO 8601 duration. :param egfr: mL/min/1.73 m². :param child_pugh: A, B or C.
    :param genotype: gene or allele, and what it makes of the patient.
    :param not_read: a sentence for each part of the patient's file that was left aside.
    """

    id: str = ""
    age: str | None = None
    sex: str | None = None
    weight_kg: float | None = None
    egfr: float | None = None
    child_pugh: str | None = None
    pregnant: bool | None = None
    pregnancy_weeks: float | None = None
    breastfeeding: bool | None = None
    drugs: tuple[TakenDrug, ...] = ()
    allergies: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    genotype: tuple[tuple[str, str], ...] = ()
    substances: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()

    @property
    def years(self) -> float | None:
        """The age in years; None where it is not known."""
        return years_of(self.age)

    def to_check(self) -> tuple[str, ...]:
        """What is checked for interactions: the drugs that are taken now, and those substances that are
        drugs in the vocabularies.
        """
        drugs = self.of_status(DrugStatus.CURRENT)
        named = {name.casefold() for name in drugs}
        herbs = (s for s in self.substances if s.casefold().replace("’", "'") in _AS_DRUGS)
        return (*drugs, *(herb for herb in herbs if herb.casefold() not in named))

    def of_status(self, status: DrugStatus) -> tuple[str, ...]:
        """Names of the drugs of this status, each once; what is taken now is neither stopped nor
        planned, whatever else is said of it.
        """
        now = {d.name.casefold() for d in self.drugs if d.status is DrugStatus.CURRENT}
        named: dict[str, str] = {}
        for drug in self.drugs:
            folded = drug.name.casefold()
            if drug.status is status and (status is DrugStatus.CURRENT or folded not in now):
                named.setdefault(folded, drug.name)
        return tuple(named.values())
