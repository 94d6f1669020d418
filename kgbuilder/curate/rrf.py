"""Rich Release Format: RxNorm (RXNCONSO, RXNREL) and the UMLS (MRCONSO, with MRSTY beside it).

Columns: https://www.nlm.nih.gov/research/umls/rxnorm/docs/techdoc.html and
https://www.ncbi.nlm.nih.gov/books/NBK9685/ (UMLS Reference Manual, chapter 3). Cells end with ``|``. The
rows of one concept stand together, so one concept is held at a time. What is suppressed (SUPPRESS other
than N) or not English is counted and left out.

A code of another vocabulary in a concept is a SAME_AS edge when ``tables/rrf_sources.tsv`` names the
vocabulary and the atom's term type, since the release says that its atoms are synonyms; where it holds
two codes of that vocabulary, neither is. Of RXNREL a row reads "RXCUI2 RELA RXCUI1"; which RELA is a
predicate stands in ``relation_types.tsv``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, Origin
from kgbuilder.curate.review_tables import rrf_sources, rxnorm_roles, semantic_types
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError, InputError
from kgbuilder.model import Concept, Curie, EntityType, Statement

__all__ = ["read_rxnorm", "read_umls"]

CONSO = (
    "CUI", "LAT", "TS", "LUI", "STT", "SUI", "ISPREF", "AUI", "SAUI", "SCUI", "SDUI", "SAB", "TTY",
    "CODE", "STR", "SRL", "SUPPRESS", "CVF",
)  # fmt: skip
"""Of MRCONSO; RXNCONSO has the same with RXCUI and RXAUI for CUI and AUI."""
REL = (
    "RXCUI1", "RXAUI1", "STYPE1", "REL", "RXCUI2", "RXAUI2", "STYPE2", "RELA", "RUI", "SRUI", "SAB",
    "SL", "DIR", "RG", "SUPPRESS", "CVF",
)  # fmt: skip
STY = ("CUI", "TUI", "STN", "STY", "ATUI", "CVF")

RXNORM_LICENCE = "RxNorm is public domain; other vocabularies in it under the UMLS licence"
UMLS_LICENCE = "UMLS Metathesaurus licence: no redistribution; see its appendices by vocabulary"
_RXNORM_DATE = re.compile(r"RxNorm_\w+?_(\d{8})", re.IGNORECASE)
_UMLS_RELEASE = re.compile(r"\b(?:19|20)\d{2}A[A-C]\b")
_OMIM = re.compile(r"\d{6}")

Row = dict[str, str]


def read_rxnorm(path: Path, intake: Intake) -> Iterator[Claim]:
    """RXNCONSO.RRF, RXNREL.RRF, or both where ``path`` is their folder (or the one above ``rrf``)."""
    names = ("RXNCONSO.RRF", "RXNREL.RRF")
    dated = _RXNORM_DATE.search(str(path.resolve()))
    for file in _files(path, names):
        origin = intake.origin(
            "RxNorm", version=dated[1] if dated else "", licence=RXNORM_LICENCE, file=file.name
        )
        if file.name.upper().startswith("RXNREL"):
            yield from _relations(file, origin, intake)
        else:
            for cui, rows in _concepts(file, intake):
                yield from _rxnorm_concept(cui, rows, origin, intake)


def read_umls(path: Path, intake: Intake) -> Iterator[Claim]:
    """MRCONSO.RRF, with the MRSTY.RRF beside it, which says what type a concept has. Both are read side
    by side and must be sorted by CUI, as they are released.

    :raises InputError: when there is no MRSTY.RRF beside it.
    """
    (conso,) = _files(path, ("MRCONSO.RRF",))
    beside = conso.parent
    (sty,) = _files(beside, ("MRSTY.RRF",))
    found = _UMLS_RELEASE.search(str(conso.resolve()))
    origin = intake.origin(
        "UMLS", version=found[0] if found else "", licence=UMLS_LICENCE, file=conso.name
    )
    types = _sorted_types(sty, intake)
    at, type = next(types, ("", None))
    last = ""
    for cui, rows in _concepts(conso, intake):
        if cui < last:
            intake.issues.refuse(
                "not-sorted",
                where=f"{conso}: {cui}",
                what=f"it stands after {last}; without order its type is not found",
                hint="sort MRCONSO.RRF and MRSTY.RRF with LC_ALL=C sort",
            )
            continue
        last = cui
        while at and at < cui:
            at, type = next(types, ("", None))
        yield from _umls_concept(cui, rows, type if at == cui else None, origin, intake)


def _files(path: Path, names: tuple[str, ...]) -> list[Path]:
    if not path.is_dir():
        return [path]
    folders = [path, *(path / inner for inner in ("rrf", "META"))]
    found = [
        p
        for name in names
        for folder in folders
        for p in (folder / name, folder / f"{name}.gz")
        if p.is_file()
    ]
    if not found:
        raise InputError(
            f"no {' or '.join(names)} here",
            where=str(path),
            hint="give the folder of the RRF files",
        )
    return found


def _rows(path: Path, columns: tuple[str, ...], intake: Intake) -> Iterator[tuple[int, Row]]:
    read = 0
    for number, line in iter_lines(path, issues=intake.issues):
        cells = line.rstrip("\r\n").split("|")
        if len(cells) not in (len(columns), len(columns) + 1):
            intake.issues.refuse(
                "broken-row",
                where=f"{path}:{number}",
                what=f"{len(cells)} cells where {path.name} has {len(columns)}",
            )
            continue
        read += 1
        yield number, dict(zip(columns, cells, strict=False))
    if not read:
        raise FormatError(
            f"no row of {len(columns)} cells between bars", where=str(path), hint="an RRF file"
        )


def _concepts(path: Path, intake: Intake) -> Iterator[tuple[str, list[Row]]]:
    """A concept's rows that are in use and English, one concept at a time."""

    def in_use() -> Iterator[Row]:
        for number, row in _rows(path, CONSO, intake):
            intake.n_rows += 1
            if not row["CUI"] or not row["STR"].strip():
                intake.issues.refuse(
                    "missing-id", where=f"{path}:{number}", what="no concept id, or no name"
                )
            elif row["LAT"] != "ENG":
                intake.leave_out("names in other languages")
            elif row["SUPPRESS"] not in ("", "N"):
                intake.leave_out("suppressed names")
            else:
                yield row

    for cui, rows in groupby(in_use(), key=lambda row: row["CUI"]):
        yield cui, list(rows)


def _rxnorm_concept(cui: str, rows: list[Row], origin: Origin, intake: Intake) -> Iterator[Claim]:
    roles = rxnorm_roles()
    names: list[str] = []
    others: list[str] = []
    for row in rows:
        if row["SAB"] != "RXNORM":
            continue
        role = roles.get(row["TTY"])
        if role == "name":
            names.append(row["STR"])
        elif role == "synonym":
            others.append(row["STR"])
        elif role == "-":
            intake.leave_out(f"concepts of term type {row['TTY']}")
        else:
            intake.issues.warn(
                "unmapped-value",
                where=f"{origin.file}: {cui}",
                what=f"term type {row['TTY']!r} is not in tables/rxnorm_term_types.tsv",
            )
    if not names:
        n_other = sum(row["SAB"] != "RXNORM" for row in rows)
        intake.leave_out("names of other vocabularies without a concept of RxNorm", n_other)
        return
    intake.n_taken += 1
    id = Curie("RXCUI", cui)
    yield Concept(id, names[0], EntityType.DRUG, tuple(dict.fromkeys((*names[1:], *others))))
    yield from _same(id, rows, "rxnorm", origin, intake)


def _umls_concept(
    cui: str, rows: list[Row], type: EntityType | None, origin: Origin, intake: Intake
) -> Iterator[Claim]:
    if type is None:
        intake.leave_out("concepts of semantic types that are not taken")
        return
    intake.n_taken += 1
    # TS=P, STT=PF, ISPREF=Y is the name that the UMLS prefers.
    preferred = [r["STR"] for r in rows if (r["TS"], r["STT"], r["ISPREF"]) == ("P", "PF", "Y")]
    names = dict.fromkeys((*preferred, *(row["STR"] for row in rows)))
    name, *others = names
    id = Curie("UMLS", cui)
    yield Concept(id, name, type, tuple(others))
    yield from _same(id, rows, "umls", origin, intake)


def _same(
    id: Curie, rows: list[Row], release: str, origin: Origin, intake: Intake
) -> Iterator[Statement]:
    sources = rrf_sources(release)
    found: dict[Curie, Row] = {}
    for row in rows:
        source = sources.get(row["SAB"])
        if source is None or row["TTY"] not in source.term_types or not row["CODE"].strip():
            continue
        code = row["CODE"].strip().removeprefix(f"{source.prefix}:")
        if source.prefix == "OMIM" and not _OMIM.fullmatch(code):
            intake.leave_out("codes that are not OMIM's own")
            continue
        found.setdefault(Curie(source.prefix, code), row)
    n_codes = Counter(other.prefix for other in found)
    for other, row in found.items():
        if n_codes[other.prefix] > 1:
            intake.leave_out(f"codes of {other.prefix} that share a concept with another")
            continue
        evidence = origin.evidence(row["AUI"] or str(id), qualifiers=(("match", row["SAB"]),))
        yield from intake.statement(id, "SAME_AS", other, evidence, where=f"{origin.file}: {id}")


def _relations(path: Path, origin: Origin, intake: Intake) -> Iterator[Statement]:
    for number, row in _rows(path, REL, intake):
        intake.n_rows += 1
        where = f"{path}:{number}"
        if row["SAB"] != "RXNORM" or row["SUPPRESS"] not in ("", "N"):
            intake.leave_out("relations that are not RxNorm's own, or suppressed")
            continue
        if not row["RELA"] or not row["RXCUI1"] or not row["RXCUI2"]:
            intake.leave_out("relations of atoms, or without a RELA")
            continue
        relation = intake.relation("rxnorm", row["RELA"], where=where)
        if relation is None:
            continue
        intake.n_taken += 1
        one, other = Curie("RXCUI", row["RXCUI2"]), Curie("RXCUI", row["RXCUI1"])
        subject, object = (other, one) if relation.swap else (one, other)
        record = row["RUI"] or f"line {number}"
        evidence = origin.evidence(record)
        yield from intake.statement(subject, relation.predicate, object, evidence, where=where)


def _sorted_types(path: Path, intake: Intake) -> Iterator[tuple[str, EntityType | None]]:
    """CUI and type, by CUI. Of several types the first of :class:`EntityType` that is taken."""
    known = semantic_types()
    rows = (row for _, row in _rows(path, STY, intake))
    for cui, group in groupby(rows, key=lambda row: row["CUI"]):
        found = [type for row in group if (type := known.get(row["TUI"])) is not None]
        yield cui, min(found, key=list(EntityType).index, default=None)
