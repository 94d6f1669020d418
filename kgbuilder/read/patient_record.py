"""A patient as the house's own JSON file tells it: what is known for checking drugs.

::

    {"id": "ward 3, bed 2", "age": "P74Y", "sex": "FEMALE", "weight_kg": 62, "egfr": 28,
     "child_pugh": "B", "pregnant": false, "pregnancy_weeks": null, "breastfeeding": false,
     "drugs": ["warfarin", {"name": "metformin", "dose": "500 mg", "route": "oral",
               "frequency": "twice daily", "status": "current"}],
     "allergies": ["penicillin", {"name": "sulfa", "reaction": "rash"}],
     "conditions": ["asthma", "MESH:D006333", "Stroke [MESH:D020521]"],
     "genotype": {"CYP2C19": "poor metabolizer", "HLA-B*57:01": "positive"},
     "substances": ["grapefruit", "smoking", "alcohol", "St John's wort"]}

Every key may be left out. ``age`` may be a whole number of years; ``status`` is current, stopped or
planned; ``egfr`` is in mL/min/1.73 m².
``not_read`` holds sentences on what was left aside, where another program filled the record.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from kgbuilder.errors import InputError, UsageError
from kgbuilder.model import DrugStatus, Patient, TakenDrug

__all__ = ["parse_patient"]

_DRUG_KEYS = ("name", "dose", "route", "frequency", "status")
_MOST = {"weight_kg": 700, "egfr": 300, "pregnancy_weeks": 45}
"""What no patient has; a unit or a key was mistaken."""
_OLDEST = 130


def parse_patient(record: Any, *, where: str) -> Patient:
    """The patient of a decoded JSON object.

    :raises InputError: when a value is of the wrong kind.
    :raises UsageError: for a key that is not known: leaving it out silently would be worse.
    """
    if not isinstance(record, dict):
        raise InputError("no JSON object", where=where, hint='write {"drugs": ["warfarin", ...]}')
    _refuse_unknown(record, [f.name for f in fields(Patient)], where)
    take = _Taker(record, where)
    genotype = record.get("genotype") or {}
    if not isinstance(genotype, dict) or not all(isinstance(v, str) for v in genotype.values()):
        raise take.wrong("genotype", 'an object such as {"CYP2C19": "poor metabolizer"}')
    patient = Patient(
        id=str(record.get("id") or ""),
        age=take.age("age"),
        sex=take.text("sex"),
        weight_kg=take.number("weight_kg"),
        egfr=take.number("egfr"),
        child_pugh=take.text("child_pugh"),
        pregnant=take.truth("pregnant"),
        pregnancy_weeks=take.number("pregnancy_weeks"),
        breastfeeding=take.truth("breastfeeding"),
        drugs=tuple(take.drug(given) for given in take.items("drugs")),
        allergies=tuple(take.name("allergies", given) for given in take.items("allergies")),
        conditions=tuple(take.name("conditions", given) for given in take.items("conditions")),
        genotype=tuple(sorted(genotype.items())),
        substances=tuple(take.name("substances", given) for given in take.items("substances")),
        not_read=tuple(take.name("not_read", given) for given in take.items("not_read")),
    )
    if patient.age is not None and (patient.years is None or patient.years > _OLDEST):
        raise take.wrong("age", "years (74), or an ISO 8601 duration such as P74Y or P6M")
    if patient.child_pugh not in (None, "A", "B", "C"):
        raise take.wrong("child_pugh", "A, B or C")
    return patient


class _Taker:
    """Values of a record, each of the kind that belongs there."""

    def __init__(self, record: Mapping[str, Any], where: str) -> None:
        self._record, self._where = record, where

    def wrong(self, key: str, wanted: str) -> InputError:
        given = self._record.get(key)
        return InputError(f"{key}: {str(given)[:80]!r}", where=self._where, hint=f"give {wanted}")

    def text(self, key: str) -> str | None:
        value = self._record.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, "a text")
        return value

    def age(self, key: str) -> str | None:
        """Whole years may be given as a number."""
        value = self._record.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return f"P{value}Y"
        return self.text(key)

    def number(self, key: str) -> float | None:
        value = self._record.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, "a number")
        if not math.isfinite(value) or value <= 0:
            raise self.wrong(key, "a number above 0")
        if value > _MOST[key]:
            raise self.wrong(key, f"a number of at most {_MOST[key]}")
        return float(value)

    def truth(self, key: str) -> bool | None:
        value = self._record.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true, false or null")
        return value

    def items(self, key: str) -> Sequence[Any]:
        value = self._record.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value or ()

    def name(self, key: str, given: Any) -> str:
        """A text, or an object with a ``name``."""
        value = given.get("name") if isinstance(given, dict) else given
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"a list of names: {str(given)[:80]!r} is none")
        return value

    def drug(self, given: Any) -> TakenDrug:
        name = self.name("drugs", given)
        if not isinstance(given, dict):
            return TakenDrug(name)
        _refuse_unknown(given, _DRUG_KEYS, f"{self._where}, drug {name!r}")
        told = {key: given.get(key) or "" for key in _DRUG_KEYS[1:4]}
        if not all(isinstance(value, str) for value in told.values()):
            raise self.wrong("drugs", f"texts for the dose, route and frequency of {name}")
        status = given.get("status", DrugStatus.CURRENT.value)
        if status not in set(DrugStatus):
            raise self.wrong("drugs", f"a status of {name}: {', '.join(DrugStatus)}")
        return TakenDrug(name, told["dose"], told["route"], told["frequency"], DrugStatus(status))


def _refuse_unknown(record: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    unknown = [str(key) for key in record if key not in known]
    if unknown:
        near = get_close_matches(unknown[0], known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"unknown key {', '.join(unknown)}",
            where=where,
            hint=f"{guess}known are {', '.join(known)}; nothing is left out silently",
        )
