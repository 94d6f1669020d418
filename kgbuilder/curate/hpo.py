"""The Human Phenotype Ontology's release: ``hp.obo``, and ``phenotype.hpoa`` as HAS_PHENOTYPE.

Columns of phenotype.hpoa (https://obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa/):
``database_id disease_name qualifier hpo_id reference evidence onset frequency sex modifier aspect
biocuration``, below comments of which ``#version:`` is the release. Only aspect P says what patients
have. ``NOT``, a frequency of 0 and "excluded" refute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, Origin, qualifiers_of
from kgbuilder.curate.obo import NAMES, read_obo
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError, InputError, UsageError
from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.ontology.annotations import frequency_of

__all__ = ["read_hpo"]

COLUMNS = (
    "database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence", "onset",
    "frequency", "sex", "modifier", "aspect",
)  # fmt: skip
ASPECTS = {
    "I": "inheritance", "C": "clinical course", "M": "clinical modifier", "H": "past medical history",
}  # fmt: skip


def read_hpo(path: Path, intake: Intake) -> Iterator[Claim]:
    """``hp.obo``, ``phenotype.hpoa``, or both where ``path`` is their folder.

    :raises InputError: when neither is there.
    """
    files = [path]
    if path.is_dir():
        wanted = ("hp.obo", "phenotype.hpoa")
        files = [p for name in wanted for p in sorted(path.glob(f"{name}*")) if p.is_file()]
        if not files:
            raise InputError(f"neither {' nor '.join(wanted)} is here", where=str(path))
    for file in files:
        yield from read_obo(file, intake) if ".obo" in file.suffixes else _annotations(file, intake)


def _annotations(path: Path, intake: Intake) -> Iterator[Claim]:
    lines = iter_lines(path, issues=intake.issues)
    version, column = _head(lines, path)
    origin = intake.origin(
        "HPO annotations", version=version, licence=NAMES["hp"][1], file=path.name
    )
    named: set[Concept] = set()
    for number, line in lines:
        intake.n_rows += 1
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) < len(column):
            what = f"{len(cells)} cells where the header has {len(column)}"
            intake.issues.refuse("broken-row", where=f"{path}:{number}", what=what)
            continue
        row = {name: cells[i].strip() for name, i in column.items()}
        for claim in _claims(row, number, origin, intake, f"{path}:{number}"):
            if isinstance(claim, Concept):  # each row repeats its disease
                if claim in named:
                    continue
                named.add(claim)
            yield claim


def _head(lines: Iterator[tuple[int, str]], path: Path) -> tuple[str, dict[str, int]]:
    """The version that the comments state, and the place of each column that is read."""
    version = ""
    for _, line in lines:
        if line.startswith("#version:"):
            version = line.partition(":")[2].strip()
        if line.startswith("#"):
            continue
        names = [cell.strip() for cell in line.split("\t")]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise FormatError(
                f"no column {', '.join(missing)}",
                where=str(path),
                hint="a phenotype.hpoa of 2023 or later is expected",
            )
        return version, {name: names.index(name) for name in COLUMNS}
    raise FormatError("no header row in it", where=str(path))


def _claims(
    row: Mapping[str, str], number: int, origin: Origin, intake: Intake, where: str
) -> Iterator[Claim]:
    if row["aspect"] != "P":
        intake.leave_out(f"rows of aspect {ASPECTS.get(row['aspect'], row['aspect'])}")
        return
    relation = intake.relation("hpo", "annotation", where=where)
    if relation is None:
        return
    try:
        disease, term = Curie.parse(row["database_id"]), Curie.parse(row["hpo_id"])
    except UsageError as error:
        intake.issues.refuse("bad-id", where=where, what=error.what, hint=error.hint)
        return
    intake.n_taken += 1
    if row["disease_name"]:
        yield Concept(disease, row["disease_name"], EntityType.DISEASE)
    share, _ = frequency_of(row["frequency"])
    qualifiers = {
        "reference": row["reference"].replace(";", " | "),
        "evidence_code": row["evidence"],
        "onset": row["onset"],
        "frequency": row["frequency"],
        "sex": row["sex"],
        "modifier": row["modifier"],
    }
    evidence = origin.evidence(
        f"{disease} {term} line {number}",
        refutes=row["qualifier"] == "NOT" or share == 0.0,
        qualifiers=qualifiers_of(qualifiers),
    )
    yield from intake.statement(disease, relation.predicate, term, evidence, where=where)
