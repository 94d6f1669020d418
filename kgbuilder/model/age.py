"""A patient's age: an ISO 8601 duration, as phenopackets, notes and case files give it."""

from __future__ import annotations

import re

__all__ = ["years_of"]

_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    r"(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
)
_YEARS = (1.0, 1 / 12, 7 / 365.25, 1 / 365.25)
"""Years in a year, a month, a week and a day."""


def years_of(age: str | None) -> float | None:
    """The duration in years, its time of day left out; None for another text.

    >>> years_of("P1Y6M"), years_of("P0.5Y"), years_of("P3DT4H") == years_of("P3D"), years_of("6")
    (1.5, 0.5, True, None)
    """
    found = _DURATION.fullmatch(age.strip()) if age else None
    if found is None:
        return None
    return sum(float(n) * years for n, years in zip(found.groups(), _YEARS, strict=True) if n)
