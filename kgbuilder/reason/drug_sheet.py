"""Everything the shipped tables hold about one drug, row by row with its source: a reviewer's view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kgbuilder.errors import InputError
from kgbuilder.model import Curie, How
from kgbuilder.reason.drug_facts import Source
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.knowledge import DrugKnowledge

__all__ = ["DrugSheet", "SheetRow", "sheet_to_json", "sheet_to_text", "sheets_of"]

_TABLES = (
    "enzymes", "effects", "therapeutic_index", "exposure", "onset", "classes", "warnings", "direct",
    "ndf_rt", "patient_rules",
)  # fmt: skip
_NOT_A_FACT = frozenset(("drug", "id", "id_a", "id_b", "source", "section", "how"))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the table, its line in the file, the fact's columns, and where it was had."""

    table: str
    line: int
    fact: tuple[tuple[str, str], ...]
    source: Source
    section: str
    how: How


@dataclass(frozen=True, slots=True)
class DrugSheet:
    """A drug and its rows; ``lacks`` says what no row states, empty for a covered drug."""

    id: Curie
    name: str
    lacks: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def sheets_of(drug: str, knowledge: DrugKnowledge, resolver: DrugResolver) -> tuple[DrugSheet, ...]:
    """The sheet of a drug by name, brand or DrugBank id; of a product one per ingredient.

    :raises InputError: when the name is not understood; near names are told, never taken.
    """
    given = resolver.resolve(drug, None)
    sheets = tuple(
        DrugSheet(id, name, knowledge.uncovered(id), tuple(_rows(id, knowledge)))
        for id, name in ((part.answer.id, part.answer.name) for part in given.parts())
        if id is not None and name is not None
    )
    if not sheets:
        raise InputError(
            f"{drug!r} is not understood: {given.answer.why}",
            where="knowledge show",
            hint="a generic name, a brand, or a DrugBank id such as DB00682",
        )
    return sheets


def sheet_to_text(sheet: DrugSheet) -> str:
    """For people: a block per table, a line per row, its source behind it."""
    state = f"not covered: no row states its {', its '.join(sheet.lacks)}"
    lines = [f"{sheet.name} ({sheet.id}): {state if sheet.lacks else 'covered'}"]
    if not sheet.rows:
        lines.append("no row of any table is about it")
    table = ""
    for row in sheet.rows:
        if row.table != table:
            table = row.table
            lines.append(f"{table}.tsv")
        fact = "; ".join(value for _, value in row.fact) or "none"
        lines.append(f"  line {row.line}: {fact} [{row.how}: {_cited(row)}]")
    return "\n".join(lines)


def sheet_to_json(sheet: DrugSheet) -> Iterator[dict[str, object]]:
    """For programs: first the drug, then an object per row.

    The first: ``drug id covered lacks rows``. A row: ``drug id table line`` and the table's own
    columns, then ``how source`` (``id document publisher date address section``).
    """
    yield {
        "drug": sheet.name,
        "id": str(sheet.id),
        "covered": not sheet.lacks,
        "lacks": list(sheet.lacks),
        "rows": len(sheet.rows),
    }
    for row in sheet.rows:
        yield {
            "drug": sheet.name,
            "id": str(sheet.id),
            "table": row.table,
            "line": row.line,
            **dict(row.fact),
            "how": row.how.value,
            "source": {
                "id": row.source.id,
                "document": row.source.document,
                "publisher": row.source.publisher,
                "date": row.source.date,
                "address": row.source.address,
                "section": row.section,
            },
        }


def _rows(id: Curie, knowledge: DrugKnowledge) -> Iterator[SheetRow]:
    for table in _TABLES:
        for line, fields in knowledge.rows(table):
            named = (fields.get(column) for column in ("id", "id_a", "id_b"))
            if id.prefix == "DRUGBANK" and id.local_id in named:
                yield SheetRow(
                    table,
                    line,
                    tuple((c, v) for c, v in fields.items() if c not in _NOT_A_FACT and v),
                    knowledge.sources[fields["source"]],
                    fields["section"],
                    How(fields["how"]),
                )


def _cited(row: SheetRow) -> str:
    """Document, section, date and address, what there is of them."""
    parts = (row.source.document, row.section, row.source.date, row.source.address)
    return ", ".join(part for part in parts if part)
