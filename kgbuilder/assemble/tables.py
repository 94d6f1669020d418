"""Curated tables as batches for a graph: any TSV or CSV, by a map that says which column is what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.assemble.map_file import load_map
from kgbuilder.assemble.table_file import Row, iter_rows, table_path
from kgbuilder.assemble.table_map import (
    Cell,
    ConceptRule,
    EdgeRule,
    HierarchyRule,
    RowFilter,
    TableMap,
)
from kgbuilder.assemble.types import prefix_types
from kgbuilder.errors import KgError, UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    EntityType,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.protocols import Batch

__all__ = ["RowCounts", "import_table"]

ROWS_PER_BATCH = 2000


@dataclass(slots=True)
class RowCounts:
    """What became of the rows; filled while :func:`import_table` runs.

    :param n_rows: rows with as many cells as the header. :param n_taken: those the filters let pass.
    """

    n_rows: int = 0
    n_taken: int = 0


def import_table(
    path: str | Path,
    map: TableMap | str | Path,
    *,
    issues: Issues,
    counts: RowCounts | None = None,
) -> Iterator[Batch]:
    """Read a table row by row; a batch holds what some thousand rows say.

    Each claim is a ``CuratedEvidence`` with the map's source and version, how ``imported``, the file's
    name as its address, and the record's own id or ``line N``. A row without an id it needs, or whose
    things a predicate cannot join, is noted in ``issues`` and left out.

    :param path: a file, plain or .gz; or a folder that holds the map's ``file``.
    :raises InputError: when there is no table. :raises ConfigError: when map and table do not fit.
    :raises FormatError: when the file is cut off; what came before was given.
    """
    table = map if isinstance(map, TableMap) else load_map(map)
    file = table_path(Path(path), table)
    counts = RowCounts() if counts is None else counts
    reading = _Reading(table, file, issues)
    n_held = 0
    try:
        for row in iter_rows(file, table, issues=issues):
            counts.n_rows += 1
            if not passes(row, table.when, table.unless):
                continue
            counts.n_taken += 1
            reading.take(row)
            n_held += 1
            if n_held == ROWS_PER_BATCH:
                yield reading.batch()
                n_held = 0
    except KgError:
        # What the table said before it broke off is kept, as what a killed process reported is.
        if n_held:
            yield reading.batch()
        raise
    if not counts.n_taken:
        issues.refuse(
            "nothing-taken",
            where=str(file),
            what=f"map {table.name} takes none of the {counts.n_rows} rows",
            hint="is this the table the map is for? see its `when` and `unless`",
        )
    reading.take_hierarchies()
    yield from reading.batches()


def passes(row: Row, when: RowFilter, unless: RowFilter) -> bool:
    """Whether the row's cells are among those of ``when``, and not all among those of ``unless``."""
    if not all(row.cells[column] in cells for column, cells in when):
        return False
    return not unless or not all(row.cells[column] in cells for column, cells in unless)


@dataclass(slots=True)
class _Reading:
    """A table half read: what the rows said since the last batch."""

    table: TableMap
    file: Path
    issues: Issues
    concepts: dict[Concept, None] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    codes: list[dict[str, Curie]] = field(default_factory=list)
    last_refused: int = 0

    def batch(self) -> Batch:
        batch = Batch(concepts=tuple(self.concepts), statements=tuple(self.statements))
        self.concepts, self.statements = {}, []
        return batch

    def batches(self) -> Iterator[Batch]:
        """What is left, in pieces: a hierarchy comes all at once."""
        concepts, statements = tuple(self.concepts), self.statements
        self.concepts, self.statements = {}, []
        for start in range(0, max(len(statements), 1), ROWS_PER_BATCH):
            piece = tuple(statements[start : start + ROWS_PER_BATCH])
            held = concepts if start == 0 else ()
            if piece or held:
                yield Batch(concepts=held, statements=piece)

    def take(self, row: Row) -> None:
        types: dict[Curie, EntityType] = {}
        for concept in self.table.concepts:
            if passes(row, concept.when, concept.unless):
                self._take_concept(row, concept, types)
        for edge in self.table.edges:
            if passes(row, edge.when, edge.unless):
                self._take_edge(row, edge, types)
        while len(self.codes) < len(self.table.hierarchies):
            self.codes.append({})
        for held, hierarchy in zip(self.codes, self.table.hierarchies, strict=False):
            code = row.cells[hierarchy.code]
            if code not in self.table.missing and passes(row, hierarchy.when, hierarchy.unless):
                for id in self._ids(hierarchy.id, row):
                    if id in types or not self.table.concepts:
                        held[code] = id

    def take_hierarchies(self) -> None:
        """A code's parent is the longest of its beginnings that is a code of the table."""
        predicate = predicate_of("IS_A")
        for held, rule in zip(self.codes, self.table.hierarchies, strict=False):
            for code, id in held.items():
                parent = next((held[p] for p in _beginnings(code, rule) if p in held), None)
                if parent is not None and parent != id:
                    evidence = CuratedEvidence(
                        self.table.source.constant or self.table.name,
                        self.table.version.constant or "unknown",
                        code,
                        address=self.file.name,
                    )
                    self.statements.append(Statement(Triple.of(id, predicate, parent), (evidence,)))

    def _take_concept(self, row: Row, rule: ConceptRule, types: dict[Curie, EntityType]) -> None:
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
            self.issues.warn("missing-name", where=self._where(row), what=what)
            return
        synonyms = tuple(self._values(rule.synonyms, row)) if rule.synonyms else ()
        for id in ids:
            types[id] = EntityType(type)
            self.concepts[Concept(id, name, types[id], synonyms)] = None

    def _take_edge(self, row: Row, rule: EdgeRule, types: Mapping[Curie, EntityType]) -> None:
        predicates = self._values(rule.predicate, row)
        if not predicates:
            return
        subjects, objects = self._ids(rule.subject, row), self._ids(rule.object, row)
        if not subjects or not objects:
            end = "subject" if not subjects else "object"
            self._refuse_without_id(row, f"no {end} id")
            return
        evidence = CuratedEvidence(
            " ".join(self._values(self.table.source, row)) or self.table.name,
            " ".join(self._values(self.table.version, row)) or "unknown",
            self._record_id(row),
            address=self.file.name,
            refutes=bool(rule.refutes) and passes(row, rule.refutes, ()),
            qualifiers=tuple(
                (name, value)
                for name, alternatives in rule.qualifiers
                if (value := self._first(alternatives, row))
            ),
        )
        for name in dict.fromkeys(predicates):
            predicate = predicate_of(name)
            for subject in subjects:
                for object in objects:
                    if subject == object:
                        what = f"{subject} {name} itself"
                        self.issues.refuse("self-edge", where=self._where(row), what=what)
                        continue
                    wrong = [
                        f"{id} is a {type}"
                        for id, allowed in ((subject, predicate.domain), (object, predicate.range))
                        if (type := types.get(id) or prefix_types().get(id.prefix))
                        and type.value not in allowed
                    ]
                    if wrong:
                        self.issues.refuse(
                            "wrong-type",
                            where=self._where(row),
                            what=f"{name} cannot join these: {', '.join(wrong)}",
                        )
                        continue
                    triple = Triple.of(subject, predicate, object)
                    self.statements.append(Statement(triple, (evidence,)))

    def _refuse_without_id(self, row: Row, what: str) -> None:
        # Once a row, though its thing and its claim both lack the id.
        if row.number != self.last_refused:
            self.issues.refuse("missing-id", where=self._where(row), what=what)
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
            try:
                whole = ":" in value and not cell.prefix
                ids.append(Curie.parse(value) if whole else Curie(cell.prefix, value))
            except UsageError as error:
                self.issues.refuse(
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
            self.issues.warn(
                "unmapped-value",
                where=self._where(row),
                what=f"column {cell.column} says {text[:80]!r}, which map {self.table.name} lacks",
                hint="add it to values or starts, or say others = keep or drop",
            )
        return ""

    def _where(self, row: Row) -> str:
        return f"{self.file}:{row.number}"


def _beginnings(code: str, rule: HierarchyRule) -> Iterator[str]:
    if rule.separator:
        parts = code.split(rule.separator)
        yield from (rule.separator.join(parts[:n]) for n in range(len(parts) - 1, 0, -1))
    else:
        yield from (code[:n] for n in reversed(rule.lengths) if n < len(code))
