"""Curated tables as batches for a graph: any TSV or CSV, by a map that says which column is what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, Origin, batched, qualifiers_of
from kgbuilder.curate.map_file import load_map
from kgbuilder.curate.table_file import Row, iter_rows, table_files
from kgbuilder.curate.table_map import (
    Cell,
    ConceptRule,
    EdgeRule,
    HierarchyRule,
    RowFilter,
    TableMap,
)
from kgbuilder.errors import UsageError
from kgbuilder.model import (
    Concept,
    Curie,
    EntityType,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.protocols import Batch

__all__ = ["beginnings", "import_table"]


def import_table(
    path: str | Path, map: TableMap | str | Path, *, intake: Intake
) -> Iterator[Batch]:
    """Read a table row by row.

    Each claim is a ``CuratedEvidence`` with the map's source and version, how ``imported``, the file's
    name as its address, and the record's own id or ``line N``. A row without an id it needs, or whose
    things a predicate cannot join, is noted in ``intake.issues`` and left out.

    :param path: a file, plain or .gz; or a folder that holds the map's ``file`` or files.
    :raises InputError: when there is no table. :raises ConfigError: when map and table do not fit.
    :raises FormatError: when the file is cut off; what came before was given.
    """
    table = map if isinstance(map, TableMap) else load_map(map)
    files = table_files(Path(path), table)
    return batched(claim for file in files for claim in _claims(file, table, intake))


def _claims(file: Path, table: TableMap, intake: Intake) -> Iterator[Claim]:
    reading = _Reading(table, file, intake)
    n_rows, n_before = 0, intake.n_taken
    for row in iter_rows(file, table, issues=intake.issues):
        n_rows += 1
        intake.n_rows += 1
        if passes(row, table.when, table.unless):
            intake.n_taken += 1
            yield from reading.take(row)
    if intake.n_taken == n_before:
        intake.issues.refuse(
            "nothing-taken",
            where=str(file),
            what=f"map {table.name} takes none of the {n_rows} rows",
            hint="is this the table the map is for? see its `when` and `unless`",
        )
    yield from reading.hierarchies()


def passes(row: Row, when: RowFilter, unless: RowFilter) -> bool:
    """Whether the row's cells are among those of ``when``, and not all among those of ``unless``."""
    if not all(row.cells[column] in cells for column, cells in when):
        return False
    return not unless or not all(row.cells[column] in cells for column, cells in unless)


@dataclass(slots=True)
class _Reading:
    """A table being read. Held of it: the codes of hierarchies, whose parents may come last."""

    table: TableMap
    file: Path
    intake: Intake
    codes: list[dict[str, Curie]] = field(default_factory=list)
    origins: dict[tuple[str, str], Origin] = field(default_factory=dict)
    last_refused: int = 0

    def take(self, row: Row) -> Iterator[Claim]:
        types: dict[Curie, EntityType] = {}
        for concept in self.table.concepts:
            if passes(row, concept.when, concept.unless):
                yield from self._concepts(row, concept, types)
        for edge in self.table.edges:
            if passes(row, edge.when, edge.unless):
                yield from self._edges(row, edge, types)
        while len(self.codes) < len(self.table.hierarchies):
            self.codes.append({})
        for held, hierarchy in zip(self.codes, self.table.hierarchies, strict=False):
            code = row.cells[hierarchy.code]
            if code not in self.table.missing and passes(row, hierarchy.when, hierarchy.unless):
                for id in self._ids(hierarchy.id, row):
                    if id in types or not self.table.concepts:
                        held[code] = id

    def hierarchies(self) -> Iterator[Statement]:
        """A code's parent is the longest of its beginnings that is a code of the table."""
        predicate = predicate_of("IS_A")
        for held, rule in zip(self.codes, self.table.hierarchies, strict=False):
            origin = self._origin(self.table.source.constant, self.table.version.constant)
            for code, id in held.items():
                parent = next((held[p] for p in beginnings(code, rule) if p in held), None)
                if parent is not None and parent != id:
                    evidence = origin.evidence(code)
                    yield Statement(Triple.of(id, predicate, parent), (evidence,))

    def _origin(self, source: str, version: str) -> Origin:
        source = source or self.table.name
        if (source, version) not in self.origins:
            self.origins[source, version] = self.intake.origin(
                source, version=version, licence=self.table.licence, file=self.file.name
            )
        return self.origins[source, version]

    def _concepts(
        self, row: Row, rule: ConceptRule, types: dict[Curie, EntityType]
    ) -> Iterator[Concept]:
        type = next(iter(self._values(rule.type, row)), "")
        if not type:
            return
        name = " ".join(self._values(rule.name, row))
        ids = self._ids(rule.id, row)
        if not ids:
            self._refuse_without_id(row, f"a {type} without an id")
            return
        if not name:
            what = f"{', '.join(map(str, ids))} has no name here; its edges are taken"
            self.intake.issues.warn("missing-name", where=self._where(row), what=what)
            return
        synonyms = tuple(self._values(rule.synonyms, row)) if rule.synonyms else ()
        for id in ids:
            types[id] = EntityType(type)
            yield Concept(id, name, types[id], synonyms)

    def _edges(
        self, row: Row, rule: EdgeRule, types: Mapping[Curie, EntityType]
    ) -> Iterator[Statement]:
        predicates = self._values(rule.predicate, row)
        if not predicates:
            return
        subjects, objects = self._ids(rule.subject, row), self._ids(rule.object, row)
        if not subjects or not objects:
            end = "subject" if not subjects else "object"
            self._refuse_without_id(row, f"no {end} id")
            return
        origin = self._origin(
            " ".join(self._values(self.table.source, row)),
            " ".join(self._values(self.table.version, row)),
        )
        qualifiers = {
            name: self._first(alternatives, row) for name, alternatives in rule.qualifiers
        }
        evidence = origin.evidence(
            self._record_id(row),
            qualifiers=qualifiers_of(qualifiers),
            refutes=bool(rule.refutes) and passes(row, rule.refutes, ()),
        )
        for name in dict.fromkeys(predicates):
            for subject in subjects:
                for object in objects:
                    yield from self.intake.statement(
                        subject, name, object, evidence, where=self._where(row), types=types
                    )

    def _refuse_without_id(self, row: Row, what: str) -> None:
        # Once a row, though its thing and its claim both lack the id.
        if row.number != self.last_refused:
            self.intake.issues.refuse("missing-id", where=self._where(row), what=what)
            self.last_refused = row.number

    def _first(self, alternatives: tuple[Cell, ...], row: Row) -> str:
        for cell in alternatives:
            values = self._values(cell, row)
            if values:
                return " | ".join(values)
        return ""

    def _record_id(self, row: Row) -> str:
        if self.table.record:
            return " ".join(row.cells[column] for column in self.table.record)
        return f"line {row.number}"

    def _ids(self, cell: Cell, row: Row) -> list[Curie]:
        ids: list[Curie] = []
        for value in self._values(cell, row):
            if cell.unlinked:
                ids.append(unlinked_id(EntityType(cell.unlinked), value))
                continue
            try:
                whole = ":" in value and not cell.prefix
                ids.append(Curie.parse(value) if whole else Curie(cell.prefix, value))
            except UsageError as error:
                self.intake.issues.refuse(
                    "bad-id", where=self._where(row), what=error.what, hint=error.hint
                )
        return ids

    def _values(self, cell: Cell, row: Row) -> list[str]:
        if not cell.column:
            return [cell.constant] if cell.constant else []
        text = row.cells[cell.column]
        if text in self.table.missing or not passes(row, cell.when, cell.unless):
            return []
        pieces = text.split(cell.separator) if cell.separator else [text]
        meant = [self._meaning(cell, piece.strip(), row) for piece in pieces if piece.strip()]
        return [value for value in meant if value]

    def _meaning(self, cell: Cell, text: str, row: Row) -> str:
        if cell.values is None and cell.starts is None:
            return text
        if cell.values is not None and text in cell.values:
            return cell.values[text]
        for start in sorted(cell.starts or (), key=len, reverse=True):
            if text.startswith(start):
                return (cell.starts or {})[start]
        if cell.others == "keep":
            return text
        if cell.others == "warn":
            self.intake.issues.warn(
                "unmapped-value",
                where=self._where(row),
                what=f"column {cell.column} says {text[:80]!r}, which map {self.table.name} lacks",
                hint="add it to values or starts, or say others = keep or drop",
            )
        return ""

    def _where(self, row: Row) -> str:
        return f"{self.file}:{row.number}"


def beginnings(code: str, rule: HierarchyRule) -> Iterator[str]:
    """The codes above ``code``, the nearest first."""
    if rule.separator:
        parts = code.split(rule.separator)
        yield from (rule.separator.join(parts[:n]) for n in range(len(parts) - 1, 0, -1))
    else:
        yield from (code[:n] for n in reversed(rule.lengths) if n < len(code))
