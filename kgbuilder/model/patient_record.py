"""What a record says of one patient, in whatever codes: read from a phenopacket or a FHIR Bundle."""

from __future__ import annotations

from dataclasses import dataclass

from kgbuilder.model.curie import Curie
from kgbuilder.model.patient import TakenDrug

__all__ = ["Coded", "CodedDrug", "CodedFinding", "CodedValue", "PatientRecord"]


@dataclass(frozen=True, slots=True)
class Coded:
    """A thing by its codes, any of which may be known here, and its words."""

    codes: tuple[Curie, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CodedFinding:
    """A finding or a condition that is there, or is said not to be.

    :param is_over: that it was there and is no more.
    """

    thing: Coded
    present: bool
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class CodedDrug:
    """A medicine, and how and whether it is taken."""

    thing: Coded
    taken: TakenDrug


@dataclass(frozen=True, slots=True)
class CodedValue:
    """A measured number. ``unit`` is empty where none is given."""

    thing: Coded
    number: float
    unit: str


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """One patient.

    :param age: ISO 8601 duration. :param sex: ``MALE`` or ``FEMALE``; None where neither is stated.
    :param genes: symbols of genes under suspicion.
    :param medicines: taken now, stopped or planned. :param allergies: to what.
    :param diseases: what the patient was diagnosed with: the answer, where one is asked.
    :param not_read: a sentence for each part of the record that was left aside.
    """

    id: str
    findings: tuple[CodedFinding, ...] = ()
    values: tuple[CodedValue, ...] = ()
    medicines: tuple[CodedDrug, ...] = ()
    allergies: tuple[Coded, ...] = ()
    diseases: tuple[Coded, ...] = ()
    age: str | None = None
    sex: str | None = None
    genes: tuple[str, ...] = ()
    not_read: tuple[str, ...] = ()
