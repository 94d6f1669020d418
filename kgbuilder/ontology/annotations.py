"""Disease annotations (``phenotype.hpoa``) and gene-disease pairs, as columns.

Format: https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/ (tab
separated, ``#`` comments, then a header row).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError, InputError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie

__all__ = [
    "FREQUENCY_BANDS",
    "Annotations",
    "Disease",
    "GenePairs",
    "Texts",
    "frequency_of",
    "read_annotations",
    "read_genes",
]

FREQUENCY_BANDS: dict[str, tuple[float, float]] = {
    "HP:0040280": (1.00, 1.00),
    "HP:0040281": (0.80, 0.99),
    "HP:0040282": (0.30, 0.79),
    "HP:0040283": (0.05, 0.29),
    "HP:0040284": (0.01, 0.04),
    "HP:0040285": (0.00, 0.00),
}
"""Share of patients, from and to, as the definitions of the terms below HP:0040279 (Frequency) state:
obligate, very frequent, frequent, occasional, very rare, excluded."""

_HEADER = (
    "database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence", "onset",
    "frequency", "sex", "modifier", "aspect", "biocuration",
)  # fmt: skip
_RATIO = re.compile(r"(\d+)\s*/\s*(\d+)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease that is annotated. ``names`` as the source writes them, the first row's first."""

    id: Curie
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The first name."""
        return self.names[0]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of text: ``values[code]`` per row, each text held once."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]

    def __getitem__(self, row: int) -> str:
        return self.values[int(self.codes[row])]


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """One entry per row of the file, in file order; every array has shape (n_rows,).

    :param line: 1-based line in the file, which names the record.
    :param disease: index into the diseases. :param term: row of the ontology's hierarchy.
    :param negated: the row says NOT: patients with the disease do not have it.
    :param share: of patients who have it, in [0, 1]; nan where the row states none. A band counts as its
        middle. :param n_patients: the denominator where the row is a count (``3/7``), else 0.
    :param reference: ``PMID:…`` and others, several joined by ``;``.
    :param evidence: PCS published clinical study, TAS traceable author statement, IEA electronic.
    :param aspect: P phenotype, I inheritance, C course, M modifier, H past history.
    """

    line: NDArray[np.int32]
    disease: NDArray[np.int32]
    term: NDArray[np.int32]
    negated: NDArray[np.bool_]
    share: NDArray[np.float64]
    n_patients: NDArray[np.int32]
    reference: Texts
    evidence: Texts
    onset: Texts
    frequency: Texts
    sex: Texts
    aspect: Texts

    def __len__(self) -> int:
        return len(self.disease)


@dataclass(frozen=True, slots=True, eq=False)
class GenePairs:
    """Genes and the diseases they are listed with: ``symbols[i]``, ``ncbi_ids[i]``, ``disease[i]``."""

    symbols: tuple[str, ...]
    ncbi_ids: tuple[str, ...]
    disease: NDArray[np.int32]


def frequency_of(text: str) -> tuple[float, int]:
    """``(share in [0, 1] or nan, number of patients or 0)`` of a frequency column.

    >>> frequency_of("3/4"), frequency_of("25%"), frequency_of("HP:0040280")
    ((0.75, 4), (0.25, 0), (1.0, 0))
    """
    text = text.strip()
    band = FREQUENCY_BANDS.get(text)
    if band:
        return (band[0] + band[1]) / 2, 0
    ratio = _RATIO.fullmatch(text)
    if ratio and 0 < int(ratio[2]) <= 1_000_000 and int(ratio[1]) <= int(ratio[2]):
        return int(ratio[1]) / int(ratio[2]), int(ratio[2])
    percent = _PERCENT.fullmatch(text)
    if percent and float(percent[1]) <= 100:
        return float(percent[1]) / 100, 0
    return math.nan, 0


class _Coder:
    """Gives each text a number, in order of appearance."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        return self._codes.setdefault(text, len(self._codes))

    def texts(self, codes: Sequence[int]) -> Texts:
        return Texts(tuple(self._codes), np.array(codes, dtype=np.int32))


def read_annotations(
    path: Path, *, term_rows: Mapping[str, int], issues: Issues
) -> tuple[tuple[Disease, ...], Annotations, str]:
    """Diseases, annotations and the release of ``phenotype.hpoa``.

    :param term_rows: hierarchy row per id, alternative and replaced ids too. A row with another id, with
        too few columns or with a frequency that cannot be read is noted; the last is kept without it.
    :raises InputError: when it cannot be opened. :raises FormatError: when the header is another.
    """
    release, names = "", dict[str, list[str]]()
    numbers: dict[str, list[int]] = {k: [] for k in ("line", "disease", "term", "not", "n")}
    shares: list[float] = []
    texts = ("reference", "evidence", "onset", "frequency", "sex", "aspect")
    coders = {name: _Coder() for name in texts}
    codes: dict[str, list[int]] = {name: [] for name in texts}
    column = {name: place for place, name in enumerate(_HEADER)}
    disease_rows: dict[str, int] = {}
    known_frequency: dict[str, tuple[float, int]] = {}
    seen_header = False
    try:
        stream = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", where=str(path)) from error
    with stream:
        for number, line in enumerate(stream, 1):
            if line.startswith("#"):
                if line.startswith("#version:"):
                    release = line.partition(":")[2].strip()
                continue
            cells = line.rstrip("\r\n").split("\t")
            if not seen_header:
                if tuple(cells[:4]) != _HEADER[:4]:
                    raise FormatError(
                        f"the header is {cells[:4]}, not {list(_HEADER[:4])}",
                        where=f"{path}:{number}",
                        hint="the format of phenotype.hpoa since 2023 is expected",
                    )
                seen_header = True
                continue
            if len(cells) < len(_HEADER) - 1 or ":" not in cells[0]:
                if cells != [""]:
                    issues.refuse(
                        "hpoa-row", where=f"{path}:{number}", what="not an annotation row"
                    )
                continue
            row = term_rows.get(cells[3])
            if row is None:
                issues.refuse(
                    "hpoa-term", where=f"{path}:{number}", what=f"{cells[3]} is no current term"
                )
                continue
            frequency = cells[column["frequency"]]
            if frequency not in known_frequency:
                known_frequency[frequency] = frequency_of(frequency)
                if frequency and math.isnan(known_frequency[frequency][0]):
                    issues.warn(
                        "hpoa-frequency",
                        where=f"{path}:{number}",
                        what=f"cannot read {frequency!r}",
                    )
            share, n = known_frequency[frequency]
            variants = names.setdefault(cells[0], [])
            if cells[1] not in variants:
                variants.append(cells[1])
            numbers["line"].append(number)
            numbers["disease"].append(disease_rows.setdefault(cells[0], len(disease_rows)))
            numbers["term"].append(row)
            numbers["not"].append(cells[2] == "NOT")
            numbers["n"].append(n)
            shares.append(share)
            for name in texts:
                codes[name].append(coders[name].code(cells[column[name]]))
    if not seen_header:
        raise FormatError("no header row in it", where=str(path))
    annotations = Annotations(
        np.array(numbers["line"], dtype=np.int32),
        np.array(numbers["disease"], dtype=np.int32),
        np.array(numbers["term"], dtype=np.int32),
        np.array(numbers["not"], dtype=np.bool_),
        np.array(shares, dtype=np.float64),
        np.array(numbers["n"], dtype=np.int32),
        *(coders[name].texts(codes[name]) for name in texts),
    )
    diseases = tuple(Disease(Curie.parse(id), tuple(found)) for id, found in names.items())
    return diseases, annotations, release


def read_genes(path: Path, *, diseases: Sequence[Disease], issues: Issues) -> GenePairs:
    """Each (gene, disease) of ``genes_to_phenotype.txt`` once, sorted. Diseases without annotations are
    left out, since they cannot be ranked.
    """
    rows = {str(disease.id): row for row, disease in enumerate(diseases)}
    pairs: set[tuple[str, str, int]] = set()
    try:
        stream = path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror or error}", where=str(path)) from error
    with stream:
        next(stream, "")
        for number, line in enumerate(stream, 2):
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) < 6:
                issues.refuse("gene-row", where=f"{path}:{number}", what="fewer than six columns")
            elif cells[5] in rows:
                pairs.add((cells[1], cells[0], rows[cells[5]]))
    ordered = sorted(pairs)
    return GenePairs(
        tuple(symbol for symbol, _, _ in ordered),
        tuple(id for _, id, _ in ordered),
        np.array([row for _, _, row in ordered], dtype=np.int32),
    )
