"""Reference pairs that interaction checkers are judged by. They are read here and ship nowhere.

- CRESCENDDI (Kontsioti et al. 2022): pairs with and without an interaction, by name.
- The merged set of Ayvaz et al. 2015: pairs that public sources state, by DrugBank id.
- Drug names of our own (``tables/drug_names.tsv``): brands, generics and invented misspellings.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from kgbuilder.errors import FormatError, InputError

__all__ = [
    "GRAVEST",
    "MILDEST",
    "GivenName",
    "MergedPairs",
    "Pair",
    "read_crescenddi",
    "read_merged_pairs",
    "read_names",
]

Pair = tuple[str, str]
"""Two names or two DrugBank ids, sorted."""

GRAVEST = (("NDF-RT", "Critical"), ("FrenchDB", "CI"), ("Kegg", "contraindication"))
"""(source, grade) of the gravest grade of the three sources that grade so."""

MILDEST = ("FrenchDB", "PC")
"""The French thesaurus' "to be taken into account"."""


@dataclass(frozen=True, slots=True)
class MergedPairs:
    """``graded``: source -> pair -> the source's words for how grave it is, "" where it does not say."""

    graded: Mapping[str, Mapping[Pair, str]]

    def of_grade(self, source: str, grade: str) -> list[Pair]:
        """The pairs that the source gives this grade, in order."""
        return sorted(pair for pair, g in self.graded.get(source, {}).items() if g == grade)

    def only_in(self, source: str) -> list[Pair]:
        """The pairs that no other source states, in order."""
        others = {pair for name, held in self.graded.items() if name != source for pair in held}
        return sorted(set(self.graded.get(source, {})) - others)


@dataclass(frozen=True, slots=True)
class GivenName:
    """A name as somebody writes it. ``kind``: generic, brand, or misspelling (invented by us)."""

    text: str
    kind: str
    id: str


def read_crescenddi(folder: Path) -> tuple[list[Pair], list[Pair]]:
    """The visible pairs with an interaction, and those without; names in lower case.

    :raises InputError: when the files are not there.
    """
    return _controls(folder, "positive"), _controls(folder, "negative")


def read_merged_pairs(path: Path) -> MergedPairs:
    """The merged set by source. Of a pair that a source states twice, the gravest grade counts.

    :raises InputError: when the file is not there.
    """
    graded: dict[str, dict[Pair, str]] = {}
    for row in _rows(path):
        first, second = sorted((row["drugbank1"], row["drugbank2"]))
        if not first or first == second:
            continue
        held = graded.setdefault(row["source"], {})
        held[first, second] = max(held.get((first, second), ""), _grade(row), key=_gravity)
    return MergedPairs(graded)


def read_names() -> list[GivenName]:
    """Our own test set of drug names, which ships."""
    text = files("kgbuilder.evaluate").joinpath("tables/drug_names.tsv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [
        GivenName(r["given"], r["kind"], r["id"]) for r in csv.DictReader(lines, delimiter="\t")
    ]


_ORDER = ("", "PC", "Significant", "precaution", "PE", "AD", "Critical", "contraindication", "CI")


def _gravity(grade: str) -> tuple[int, str]:
    """The order within one source; grades of other sources are never compared."""
    return (_ORDER.index(grade) if grade in _ORDER else 0), grade


def _grade(row: Mapping[str, str]) -> str:
    for column in ("contraindication", "precaution"):  # as KEGG writes it
        if row[column] == "True":
            return column
    return row["severity"]


def _controls(folder: Path, label: str) -> list[Pair]:
    names = ("DRUG_1_CONCEPT_NAME", "DRUG_2_CONCEPT_NAME")
    found = set()
    for row in _rows(folder / f"{label}_controls.visible.tsv.gz"):
        first, second = sorted(row[name].lower() for name in names)
        found.add((first, second))
    return sorted(found)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines, delimiter="\t")
    except (OSError, EOFError) as error:
        hint = "--corpus names the folder that holds crescenddi/ and ddi_knowledge/"
        raise InputError(f"cannot read: {error}", where=str(path), hint=hint) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"no table: {error}", where=str(path)) from None
