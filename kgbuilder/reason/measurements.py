"""Laboratory values and vital signs as findings, against the reference ranges of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from kgbuilder.model import Curie, Span
from kgbuilder.reason.shipped_tables import shipped_rows

__all__ = ["Measured", "Range", "Value", "judged", "reference_ranges", "values_in"]

_BY_CASE = 4
"""A name of at most so many letters counts only as it is written: ``Na``, not ``na``."""

_NUMBER = r"(?:(?P<bound>[<>≤≥])=?\s?)?(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_LINK = r"(?:\s*(?:level|count|of|was|is|at|to|now|today|=|:|,|~)\s*|\s+){1,3}"
_PRESSURE = re.compile(
    r"(?<![\w-])(?:BP|blood pressure)[^\d\n]{1,14}(?P<upper>\d{2,3})\s*/\s*(?P<lower>\d{2,3})(?![\d/])",
    re.IGNORECASE,
)

_PRESSURES_OF_ARMS = re.compile(
    r"(?P<first>\d{2,3})\s*/\s*\d{2,3}\s*(?:mm ?Hg)?\s*[(,]?\s*(?:in|on|from|at)?\s*(?:the|his|her)?\s*"
    r"(?P<one>right|left|R|L)\b[^\d\n]{0,30}?(?P<second>\d{2,3})\s*/\s*\d{2,3}\s*(?:mm ?Hg)?\s*[(,]?\s*"
    r"(?:in|on|from|at)?\s*(?:the|his|her)?\s*(?P<other>right|left|R|L)\b"
    r"|(?P<one_>right|left|R|L)(?: arm| side)?(?: BP)?[ :=]{1,3}(?P<first_>\d{2,3})\s*/\s*\d{2,3}"
    r"[^\d\n]{0,20}?"
    r"(?P<other_>right|left|R|L)(?: arm| side)?(?: BP)?[ :=]{1,3}(?P<second_>\d{2,3})\s*/\s*\d{2,3}",
    re.IGNORECASE,
)
"""A pressure of each arm, the arm behind it or before it."""

_HIGH = ("raised", "elevated", "high", "increased")
_LOW = ("low", "reduced", "decreased", "suppressed")
_KIND = r"(?:serum|plasma|blood|circulating)"
_IS = r"(?:is|was|are|were|has been|remains?|remained|came back)"
_HOW_MUCH = r"(?:very|slightly|mildly|moderately|markedly|grossly|significantly)"
_TAKEN = r"(?:diet|intake|supplement\w*|tablets?|drinks?|binders?|load|dose)"
"""What is eaten, not measured."""
_GIVEN = r"(?:days?|weeks?|hours?|(?:m?c?g|grams?|units?|tabs?|tablets?|amps?|bolus)(?!/))"
"""Behind a number that is no value: a time, or a dose ("Mg 6 g bolus")."""
_NUMBERS_ONLY = frozenset(("T",))
"""Temperature where a number follows; of a high T wave else."""


@dataclass(frozen=True, slots=True)
class Range:
    """A row of reference_ranges.tsv.

    :param low: lowest usual value, in any of ``units``. :param high: the highest.
    :param possible: what a living patient's value can be; another value is in another unit. None: the
        row is for values whose unit is named.
    :param low_finding: what a lower value is, None where it is nothing. :param high_finding: a higher.
    """

    measure: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    low: float
    high: float
    possible: tuple[float, float] | None
    sex: str | None
    ages: tuple[float, float] | None
    low_finding: Curie | None
    high_finding: Curie | None


@dataclass(frozen=True, slots=True)
class Value:
    """A number as it was written: ``Na 118 mmol/L``. ``unit`` is empty where none stands.

    :param name: one that the table holds, or a code. :param shown: the words for it, where others.
    :param bound: ``<`` or ``>`` where only that is known. :param span: in the text, None where it came
        from elsewhere.
    """

    name: str
    number: float
    unit: str
    shown: str = ""
    bound: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with what it means.

    :param present: findings it shows. :param absent: those it denies.
    :param note: in words, for the answer: ``Na 118: below 135 mmol/L``.
    """

    value: Value
    present: tuple[Curie, ...]
    absent: tuple[Curie, ...]
    note: str


def values_in(text: str) -> tuple[Value, ...]:
    """The values of the table's measures that stand in a text, in text order."""
    found = [
        Value(
            match["name"],
            float(match["value"].replace(",", "")),
            match["unit"] or "",
            bound={"≤": "<", "≥": ">"}.get(match["bound"], match["bound"] or ""),
            span=_span(match),
        )
        for pattern in _patterns()
        for match in pattern.finditer(text)
    ]
    for match in _PRESSURE.finditer(text):
        found.append(Value("systolic", float(match["upper"]), "mmHg", span=_span(match)))
        found.append(Value("diastolic", float(match["lower"]), "mmHg", span=_span(match)))
    found += _of_arms(text)
    return tuple(sorted(found, key=lambda v: (v.span.start if v.span else 0, v.name)))


def _of_arms(text: str) -> Iterator[Value]:
    """By how much the pressures of two arms differ."""
    for match in _PRESSURES_OF_ARMS.finditer(text):
        side = "_" if match["one_"] else ""
        if match["one" + side][0].lower() != match["other" + side][0].lower():
            gap = abs(float(match["first" + side]) - float(match["second" + side]))
            yield Value("systolic difference between arms", gap, "mmHg", span=_span(match))


def judged(
    values: Iterable[Value], *, years: float | None = None, sex: str | None = None
) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """What the values mean at this age (years) and sex, and a sentence for each that means nothing here:
    its unit is unknown, or it is possible in several units, means another thing in each, and none is
    named.
    """
    known, unclear = [], []
    for value in values:
        rows = [row for row in _named(value) if _suits(row, years, sex)]
        rows = [row for row in rows if _is_possible(value, row)]
        if value.unit:
            rows = [row for row in rows if _folded(value.unit) in map(_folded, row.units)]
        units = tuple(dict.fromkeys(row.units for row in rows))
        readings = [_judge(value, _widest([r for r in rows if r.units == u])) for u in units]
        if not readings:
            unclear.append(f"{_written(value)}: no reference range for it here")
        elif len({(m.present, m.absent) for m in readings}) > 1:
            said = " or ".join(u[0] for u in units)
            unclear.append(f"{_written(value)}: means another thing in {said}; give the unit")
        else:  # the same in every unit it may be in
            known.append(readings[0])
    return tuple(known), tuple(unclear)


def worded_in(text: str) -> tuple[tuple[Span, Curie], ...]:
    """Measures that a text calls high or low without a number, as the table's findings: "raised CRP"."""
    found = []
    for pattern in _worded():
        for match in pattern.finditer(text):
            name = match["after"] or match["before"]
            how = (match["how_before"] or match["how_after"]).lower()
            low, high = _findings_of(name)
            finding = high if how in _HIGH else low
            if finding is not None:
                found.append((_span(match), finding))
    return tuple(sorted(found, key=lambda f: (f[0].start, f[0].end)))


@cache
def reference_ranges() -> tuple[Range, ...]:
    """The shipped table. :raises FormatError: for other columns."""
    columns = (
        "measure", "names", "units", "low", "high", "possible_low", "possible_high", "sex", "ages",
        "low_finding", "low_name", "high_finding", "high_name", "source", "how",
    )  # fmt: skip
    return tuple(_range(row) for _, row in shipped_rows("reference_ranges", columns))


@dataclass(frozen=True, slots=True)
class _Critical:
    """A row of critical_values.tsv."""

    measure: str
    unit: str
    below: float | None
    above: float | None
    finding: Curie


@cache
def _critical_values() -> tuple[_Critical, ...]:
    columns = ("measure", "unit", "below", "above", "finding", "name", "source", "how")
    return tuple(
        _Critical(
            row["measure"],
            row["unit"],
            float(row["below"]) if row["below"] else None,
            float(row["above"]) if row["above"] else None,
            Curie.parse(row["finding"]),
        )
        for _, row in shipped_rows("critical_values", columns)
    )


def _range(row: dict[str, str]) -> Range:
    ages = row["ages"].split("-") if row["ages"] else None
    return Range(
        row["measure"],
        tuple(row["names"].split("|")),
        tuple(row["units"].split("|")),
        float(row["low"]),
        float(row["high"]),
        (float(row["possible_low"]), float(row["possible_high"])) if row["possible_low"] else None,
        row["sex"] or None,
        (float(ages[0]), float(ages[1])) if ages else None,
        Curie.parse(row["low_finding"]) if row["low_finding"] else None,
        Curie.parse(row["high_finding"]) if row["high_finding"] else None,
    )


def _judge(value: Value, row: Range) -> Measured:
    unit = row.units[0] if row.units[0] != "1" else ""
    low, high = row.low_finding, row.high_finding
    shown: Curie | None = None
    denied: tuple[Curie | None, ...] = (low, high)
    if value.number < row.low or (value.bound == "<" and value.number == row.low):
        shown, said = low, f"below {row.low:g} {unit}"
    elif value.number > row.high or (value.bound == ">" and value.number == row.high):
        shown, said = high, f"above {row.high:g} {unit}"
    elif value.bound:
        denied = (high,) if value.bound == "<" else (low,)
        said = (
            f"not {'above' if value.bound == '<' else 'below'} {row.low:g} to {row.high:g} {unit}"
        )
    else:
        said = f"within {row.low:g} to {row.high:g} {unit}"
    if (value.bound == "<" and shown == high) or (value.bound == ">" and shown == low):
        shown, denied = None, ()  # less than a high number may be anything
    absent = tuple(id for id in denied if id is not None and id != shown)
    present = tuple(dict.fromkeys((*([shown] if shown else []), *_critical(value, row))))
    return Measured(value, present, absent, f"{_written(value)}: {said.rstrip()}")


def _critical(value: Value, row: Range) -> Iterator[Curie]:
    """What a value far out of range is beside; a bound on the wrong side says nothing."""
    for limit in _critical_values():
        if limit.measure != row.measure or limit.unit not in row.units:
            continue
        if limit.below is not None and value.bound != ">" and value.number < limit.below:
            yield limit.finding
        if limit.above is not None and value.bound != "<" and value.number > limit.above:
            yield limit.finding


def _widest(rows: list[Range]) -> Range:
    """Of rows that differ by a sex or age that is not known, the one that calls least abnormal."""
    return min(rows, key=lambda row: (row.low, -row.high))


def _is_possible(value: Value, row: Range) -> bool:
    if row.possible is None:
        return bool(value.unit)
    return row.possible[0] <= value.number <= row.possible[1]


def _suits(row: Range, years: float | None, sex: str | None) -> bool:
    if sex is not None and row.sex not in (None, sex):
        return False
    if row.ages is None:
        return True
    return row.ages[0] <= years < row.ages[1] if years is not None else row.ages[1] >= 120


def _written(value: Value) -> str:
    return f"{value.shown or value.name} {value.bound}{value.number:g} {value.unit}".rstrip()


def _span(match: re.Match[str]) -> Span:
    return Span(match.start(), match.end())


def _folded(unit: str) -> str:
    return unit.replace(" ", "").replace("µ", "u").replace("μ", "u").casefold()


def _named(value: Value) -> list[Range]:
    """The rows of its name, else of its words: a code that the table lacks may have words it knows."""
    for name in (value.name, value.shown.partition(" [")[0]):
        rows = [row for row in reference_ranges() if _is_named(row, name)]
        if rows:
            return rows
    return []


def _is_named(row: Range, name: str) -> bool:
    if len(name) <= _BY_CASE:
        return name in row.names
    return name.casefold() in map(str.casefold, row.names)


def _findings_of(name: str) -> tuple[Curie | None, Curie | None]:
    """What a low and a high value of this name are."""
    rows = [row for row in reference_ranges() if _is_named(row, name)]
    low = next((row.low_finding for row in rows if row.low_finding), None)
    return low, next((row.high_finding for row in rows if row.high_finding), None)


@cache
def _worded() -> tuple[re.Pattern[str], ...]:
    """One for the names that are read as written, one for the others."""
    names = {name for row in reference_ranges() for name in row.names} - _NUMBERS_ONLY
    how, made = "|".join((*_HIGH, *_LOW)), []
    for short, flag in ((True, 0), (False, re.IGNORECASE)):
        chosen = sorted(
            (re.escape(n) for n in names if (len(n) <= _BY_CASE) == short and "LOINC" not in n),
            key=lambda n: (-len(n), n),
        )
        name = "|".join(chosen)
        before = rf"(?i:(?P<how_before>{how})) (?i:{_KIND} )?(?P<after>{name})(?! (?i:{_TAKEN}))"
        told = rf"(?i: levels?)?(?i: {_IS})?(?i: {_HOW_MUCH})? (?i:(?P<how_after>{how}))"
        after = rf"(?P<before>{name}){told}"
        made.append(re.compile(rf"(?<![\w-])(?:{before}|{after})(?![\w-])", flag))
    return tuple(made)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """One for the names that are read as written, one for the others."""
    names = {name for row in reference_ranges() for name in row.names}
    units = {unit for row in reference_ranges() for unit in row.units if unit != "1"}
    unit = "|".join(re.escape(unit) for unit in sorted(units, key=lambda u: (-len(u), u)))
    made = []
    for short, flag in ((True, 0), (False, re.IGNORECASE)):
        chosen = sorted(
            (n for n in names if (len(n) <= _BY_CASE) == short), key=lambda n: (-len(n), n)
        )
        name = "|".join(re.escape(n) for n in chosen)
        tail = rf"(?:\s?(?P<unit>(?:{unit}))(?![\w/]))?(?![\d/]|\.\d|\s?{_GIVEN}\b)"
        made.append(re.compile(rf"(?<![\w-])(?P<name>{name}){_LINK}{_NUMBER}{tail}", flag))
    return tuple(made)
