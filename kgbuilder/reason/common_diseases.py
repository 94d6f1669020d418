"""Common and emergency diseases of the shipped tables: how frequent, who has them, with which findings.

``tables/common_diseases.tsv`` and ``tables/common_findings.tsv`` lie there to be reviewed by clinicians;
every row says how it was had. Of a finding that was read the page states that patients have it; its
frequency band is ours where the page states none, its red flag always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from kgbuilder.errors import FormatError, UsageError
from kgbuilder.model import CuratedEvidence, Curie, How, Statement, Triple, predicate_of
from kgbuilder.reason.shipped_tables import shipped_rows, shipped_sources

__all__ = [
    "FREQUENCIES",
    "PREVALENCES",
    "CommonDisease",
    "CommonFinding",
    "Danger",
    "common_diseases",
]

FREQUENCIES: dict[str, tuple[float, float]] = {
    "obligate": (1.00, 1.00),
    "very frequent": (0.80, 0.99),
    "frequent": (0.30, 0.79),
    "occasional": (0.05, 0.29),
    "very rare": (0.01, 0.04),
    "excluded": (0.00, 0.00),
}
"""Share of patients, from and to: the terms below HP:0040279 (Frequency) by name."""

PREVALENCES: dict[str, float] = {
    ">1/10": 0.2,
    "1/100-1/10": 0.03,
    "1/1000-1/100": 0.003,
    "1/10000-1/1000": 0.0003,
    "<1/10000": 0.00003,
}
"""Share of all people who have the disease within a year: near the geometric middle of each band."""

_COLUMNS = {
    "common_findings": (
        "disease", "disease_name", "finding", "name", "frequency", "red_flag", "source", "how",
    ),
    "common_diseases": (
        "id", "name", "names", "prevalence", "sex", "ages", "danger", "source", "how",
    ),
}  # fmt: skip


class Danger(StrEnum):
    """How soon it must not be missed: ``emergency`` within hours, ``serious`` within days."""

    NONE = ""
    SERIOUS = "serious"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class CommonFinding:
    """What a share of the patients has.

    :param band: word of :data:`FREQUENCIES`. :param red_flag: alone a reason to rule the disease out.
    :param how: the finding (not its frequency) was had. :param source: row of ``sources.tsv``.
    """

    disease: Curie
    term: Curie
    band: str
    red_flag: bool
    how: How
    source: Mapping[str, str]

    @property
    def frequency(self) -> tuple[float, float]:
        """From and to, in [0, 1]."""
        return FREQUENCIES[self.band]

    @property
    def share(self) -> float:
        """The middle of the band."""
        return sum(self.frequency) / 2

    @property
    def statement(self) -> Statement:
        """The row as a statement."""
        evidence = CuratedEvidence(
            source=self.source["document"],
            version=self.source["date"],
            record_id=f"kgbuilder common_findings.tsv {self.disease}/{self.term}",
            how=self.how,
            refutes=self.share == 0.0,
            address=self.source["address"] if self.how is How.READ else "",
            qualifiers=(("frequency", self.band),),
        )
        triple = Triple.of(self.disease, predicate_of("HAS_PHENOTYPE"), self.term)
        return Statement(triple, (evidence,))


@dataclass(frozen=True, slots=True)
class CommonDisease:
    """A row of the table with its findings.

    :param prevalence: share of all people who have it within a year; see :data:`PREVALENCES`.
    :param sex: ``MALE`` or ``FEMALE`` where (nearly) only they have it.
    :param ages: years, from and to, between which most patients are; None where at any age.
    """

    id: Curie
    names: tuple[str, ...]
    prevalence: float
    sex: str | None
    ages: tuple[float, float] | None
    danger: Danger
    findings: tuple[CommonFinding, ...]


@lru_cache(maxsize=1)
def common_diseases() -> tuple[CommonDisease, ...]:
    """Every row of the shipped table. :raises FormatError: for a row that cannot be read."""
    addresses = shipped_sources()
    findings: dict[str, list[CommonFinding]] = {}
    diseases: dict[str, CommonDisease] = {}
    for table, columns in _COLUMNS.items():
        for number, row in shipped_rows(table, columns):
            try:
                if table == "common_findings":
                    findings.setdefault(row["disease"], []).append(_finding(row, addresses))
                else:
                    diseases[row["id"]] = _disease(row, tuple(findings.pop(row["id"], ())))
            except (KeyError, ValueError, UsageError) as error:
                raise FormatError(
                    f"a row cannot be read: {error}",
                    where=f"tables/{table}.tsv, line {number}",
                    hint="see the words allowed in kgbuilder/reason/common_diseases.py",
                ) from error
    if findings:
        raise FormatError(
            f"findings of diseases without a row: {', '.join(sorted(findings))}",
            where="tables/common_findings.tsv",
        )
    return tuple(diseases.values())


def _finding(row: Mapping[str, str], sources: Mapping[str, Mapping[str, str]]) -> CommonFinding:
    source, how = sources[row["source"]], How(row["how"])
    if how is How.READ and not source["address"]:
        raise ValueError(f"read, but {row['source']} names no page that was opened")
    if row["frequency"] not in FREQUENCIES:
        raise KeyError(row["frequency"])
    flag, disease = row["red_flag"] == "yes", Curie.parse(row["disease"])
    return CommonFinding(disease, Curie.parse(row["finding"]), row["frequency"], flag, how, source)


def _disease(row: Mapping[str, str], findings: tuple[CommonFinding, ...]) -> CommonDisease:
    ages = row["ages"].split("-") if row["ages"] else None
    return CommonDisease(
        Curie.parse(row["id"]),
        (row["name"], *(name for name in row["names"].split("|") if name)),
        PREVALENCES[row["prevalence"]],
        row["sex"] or None,
        (float(ages[0]), float(ages[1])) if ages else None,
        Danger(row["danger"]),
        findings,
    )
