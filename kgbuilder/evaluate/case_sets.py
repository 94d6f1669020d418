"""Cases whose disease is known, in one shape: Phenopacket Store, Symptom2Disease, DDXPlus.

DDXPlus' protocol: the initial evidence, then the first three evidences that are no antecedents, in file
order, with age and sex. An evidence is an entry of the list ("pain: burning" is one), or, as the second
setting, a question with all its answers.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from kgbuilder.errors import InputError
from kgbuilder.model import Curie

__all__ = [
    "KnownCase",
    "ddxplus_cases",
    "diseases_of_set",
    "lirical_ranks",
    "phenopacket_cases",
    "symptom_texts",
]

N_EVIDENCES = 3
_AGAINST = {"all_rows": "all annotations", "own_paper_out": "own paper out"}


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A patient and what ailed them.

    :param group: cases that resemble each other share it: their paper; intervals redraw groups.
    :param text: where findings are to be read first. :param paper: that describes the case, or "".
    """

    id: str
    group: str
    disease: Curie
    observed: tuple[Curie, ...] = ()
    excluded: tuple[Curie, ...] = ()
    text: str = ""
    age: str | None = None
    sex: str | None = None
    paper: str = ""


def phenopacket_cases(folder: Path) -> list[KnownCase]:
    """The visible cases of the Phenopacket Store. :raises InputError: when they cannot be read."""
    return [
        KnownCase(
            row["id"],
            row["pmid"],
            Curie.parse(row["disease_id"]),
            tuple(map(Curie.parse, row["observed"])),
            tuple(map(Curie.parse, row["excluded"])),
            age=row["age"],
            sex=row["sex"] if row["sex"] in ("MALE", "FEMALE") else None,
            paper=row["pmid"],
        )
        for row in _json_lines(folder / "cases.jsonl.gz")
    ]


def lirical_ranks(folder: Path) -> dict[str, dict[str, float]]:
    """Setting -> case -> LIRICAL's rank, ties against it; infinite where the disease has no row left."""
    ranks: dict[str, dict[str, float]] = {}
    with _opened(folder / "lirical_visible600.tsv.gz") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            rank = float(row["rank"]) if row["rank"].isdigit() else float("inf")
            ranks.setdefault(_AGAINST.get(row["setting"], row["setting"]), {})[row["case_id"]] = (
                rank
            )
    return ranks


def symptom_texts(folder: Path) -> list[KnownCase]:
    """The visible half of Symptom2Disease: free texts."""
    meant = dict(_labels()["symptom2disease"])
    with _opened(folder / "symptom2disease_text.csv.gz") as stream:
        rows = list(csv.DictReader(stream))
    return [
        KnownCase(str(n), str(n), meant[row["label"]], text=row["text"])
        for n, row in enumerate(rows, 1)
        if row["label"] in meant
    ]


def ddxplus_cases(folder: Path, *, whole_questions: bool) -> list[KnownCase]:
    """The visible patients of DDXPlus, by the protocol of this file."""
    with _opened(folder / "release_evidences.json.gz") as stream:
        evidences = json.load(stream)
    antecedents = {name for name, told in evidences.items() if told["is_antecedent"]}
    meant, terms = dict(_labels()["ddxplus"]), _evidences()
    cases = []
    for row in _json_lines(folder / "test_patients_sample.visible.jsonl.gz"):
        told = [e for e in row["evidences"] if _question(e) not in antecedents]
        used = _first(told, row["initial_evidence"], whole_questions)
        observed = [term for evidence in used for term in terms.get(evidence, ())]
        cases.append(
            KnownCase(
                str(row["id"]),
                str(row["id"]),
                meant[row["pathology"]],
                tuple(dict.fromkeys(observed)),
                age=f"P{row['age']}Y",
                sex={"M": "MALE", "F": "FEMALE"}[row["sex"]],
            )
        )
    return cases


def diseases_of_set(name: str) -> tuple[str, ...]:
    """The diseases that a set's labels mean, to rank among."""
    return tuple(str(disease) for _, disease in _labels()[name])


def _first(told: Sequence[str], initial: str, whole_questions: bool) -> list[str]:
    if not whole_questions:
        return [initial, *[e for e in told if e != initial][:N_EVIDENCES]]
    asked = list(dict.fromkeys(q for e in told if (q := _question(e)) != _question(initial)))
    return [initial, *[e for e in told if _question(e) in asked[:N_EVIDENCES]]]


def _question(evidence: str) -> str:
    return evidence.partition("_@_")[0]


@cache
def _labels() -> Mapping[str, tuple[tuple[str, Curie], ...]]:
    labels: dict[str, list[tuple[str, Curie]]] = {}
    for row in _table("diagnosis_labels.tsv"):
        labels.setdefault(row["set"], []).append((row["label"], Curie.parse(row["disease"])))
    return {name: tuple(pairs) for name, pairs in labels.items()}


@cache
def _evidences() -> Mapping[str, tuple[Curie, ...]]:
    terms: dict[str, list[Curie]] = {}
    for row in _table("ddxplus_evidences.tsv"):
        terms.setdefault(row["evidence"], []).append(Curie.parse(row["finding"]))
    return {evidence: tuple(found) for evidence, found in terms.items()}


def _table(name: str) -> list[dict[str, str]]:
    text = files("kgbuilder.evaluate").joinpath("tables", name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with _opened(path) as stream:
        for line in stream:
            yield json.loads(line)


def _opened(path: Path) -> Any:
    try:
        return gzip.open(path, "rt", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot read the cases: {error}",
            where=str(path),
            hint="the environment variable KGBUILDER_CORPORA names the folder of the sets",
        ) from None
