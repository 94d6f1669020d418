"""SSSOM: mappings with their metadata, TSV (https://mapping-commons.github.io/sssom/).

Columns read: ``subject_id subject_label subject_category predicate_id predicate_modifier object_id
object_label object_category mapping_justification confidence record_id``; the header of ``#`` lines says
``mapping_set_id mapping_set_version mapping_date license``. Which predicate is an identity stands in
``relation_types.tsv`` (sssom): exact matches are, nothing else is. ``predicate_modifier: Not`` refutes.

How a mapping was made (``mapping_justification``, ``confidence``) goes along as a qualifier: whether a
match that was only made of equal names is believed is for the reader of the evidence to say.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from kgbuilder.assemble.types import prefix_types
from kgbuilder.curate.intake import Claim, Intake, Origin, qualifiers_of
from kgbuilder.curate.review_tables import biolink_categories, same_as_id
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError, UsageError
from kgbuilder.model import Concept, Curie

__all__ = ["read_sssom"]

NEEDED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
NO_TERM = "sssom:NoTermFound"


def read_sssom(path: Path, intake: Intake) -> Iterator[Claim]:
    """The claims of one file with its metadata inside, or in the ``.yml`` of the same name beside it.

    :raises FormatError: when a needed column is missing.
    """
    metadata: dict[str, str] = {}
    rows = _rows(path, metadata, intake)
    header = next(rows, (0, []))[1]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise FormatError(
            f"no column {', '.join(missing)}", where=str(path), hint="an .sssom.tsv is expected"
        )
    beside = path.with_name(path.name.removesuffix(".gz").removesuffix(".tsv") + ".yml")
    if not metadata and beside.is_file():
        for _, line in iter_lines(beside, issues=intake.issues):
            _read_metadata(line, metadata)
    origin = intake.origin(
        metadata.get("mapping_set_id", "") or path.name,
        version=metadata.get("mapping_set_version", "") or metadata.get("mapping_date", ""),
        licence=metadata.get("license", ""),
        file=path.name,
    )
    for number, cells in rows:
        where = f"{path}:{number}"
        intake.n_rows += 1
        if len(cells) != len(header):
            intake.issues.refuse(
                "broken-row",
                where=where,
                what=f"{len(cells)} cells where the header has {len(header)}",
            )
            continue
        yield from _claims(dict(zip(header, cells, strict=True)), origin, intake, where)


def _rows(path: Path, metadata: dict[str, str], intake: Intake) -> Iterator[tuple[int, list[str]]]:
    """Rows with their line; ``metadata`` is filled with the plain values of the header's YAML."""
    for number, line in iter_lines(path, issues=intake.issues):
        if not line.startswith("#"):
            try:
                cells = next(csv.reader([line.rstrip("\r\n")], delimiter="\t"), [])
            except csv.Error as error:
                intake.issues.refuse("broken-row", where=f"{path}:{number}", what=str(error))
                continue
            yield number, [cell.strip() for cell in cells]
            continue
        _read_metadata(line[1:].removeprefix(" "), metadata)


def _read_metadata(line: str, metadata: dict[str, str]) -> None:
    """A plain ``key: value`` of YAML; what is indented belongs to a list or a map: passed over."""
    key, colon, value = line.partition(":")
    if colon and value.strip() and not key.startswith((" ", "\t")):
        metadata[key.strip()] = value.strip().strip("\"'")


def _claims(row: Mapping[str, str], origin: Origin, intake: Intake, where: str) -> Iterator[Claim]:
    if NO_TERM in (row["subject_id"], row["object_id"]):
        intake.leave_out("rows that say there is no match")
        return
    relation = intake.relation("sssom", row["predicate_id"], where=where)
    if relation is None:
        return
    ids: list[Curie] = []
    for side in ("subject", "object"):
        try:
            written = Curie.parse(row[f"{side}_id"])
        except UsageError as error:
            intake.issues.refuse("bad-id", where=where, what=error.what, hint=error.hint)
            return
        ids.append(same_as_id(written, exact=True) or written)
    intake.n_taken += 1
    for side, id in zip(("subject", "object"), ids, strict=True):
        label = row.get(f"{side}_label", "")
        type = prefix_types().get(id.prefix) or biolink_categories().get(
            row.get(f"{side}_category", "")
        )
        if label and type:
            yield Concept(id, label, type)
    evidence = origin.evidence(
        row.get("record_id") or f"{ids[0]} {row['predicate_id']} {ids[1]}",
        refutes=row.get("predicate_modifier", "").casefold() == "not",
        qualifiers=qualifiers_of(
            {
                "justification": row["mapping_justification"],
                "confidence": row.get("confidence", ""),
                "match": row["predicate_id"],
            }
        ),
    )
    yield from intake.statement(ids[0], relation.predicate, ids[1], evidence, where=where)
