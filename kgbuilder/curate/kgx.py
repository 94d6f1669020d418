"""KGX (https://github.com/biolink/kgx, docs/kgx_format.md): nodes and edges of the Biolink Model, TSV or
JSON lines.

Read of a node: ``id category name synonym`` (an ``xref`` says neither who states it nor how close it is;
``same_as`` edges are read); of an edge: ``id subject predicate object
object_aspect_qualifier object_direction_qualifier negated primary_knowledge_source knowledge_level
agent_type publications supporting_text``, and what our own export adds: ``source_name source_version
source_record`` and qualifiers. Lists are JSON arrays, in TSV separated by ``|``. Categories:
``tables/biolink_categories.tsv``; predicates: ``relation_types.tsv`` (biolink), where ``affects`` is
read with its direction and aspect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, Origin, qualifiers_of
from kgbuilder.curate.review_tables import biolink_categories
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError, InputError, UsageError
from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.store.kgx import QUALIFIERS

__all__ = ["read_kgx"]

LISTS = frozenset({"category", "synonym", "xref", "publications", "supporting_text"})
UNTYPED = "biolink:NamedThing"
"""Of a node of which nothing else is known, such as the other end of a SAME_AS."""

Record = dict[str, list[str]]
"""Property -> values; a plain property has one."""


def read_kgx(path: Path, intake: Intake) -> Iterator[Claim]:
    """Nodes or edges, told by the file's name (``*nodes.tsv``, ``*edges.jsonl``); of a folder, or of the
    stem that several files share, all of them, nodes first.

    Held: the ids of the nodes that were taken, so that no edge leads to what was left out.

    :raises InputError: when no such file is there. :raises FormatError: when a file is not KGX.
    """
    reading = _Reading(intake)
    for file in _files(path):
        kind = "nodes" if "nodes" in file.name else "edges"
        needed = ("id", "category") if kind == "nodes" else ("subject", "predicate", "object")
        take = reading.node if kind == "nodes" else reading.edge
        reading.file = file.name
        for where, record in _records(file, needed, intake):
            intake.n_rows += 1
            yield from take(record, where)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folder, stem = (path, "") if path.is_dir() else (path.parent, path.name)
    found = [
        file
        for kind in ("nodes", "edges")
        for ending in ("tsv", "jsonl")
        for file in sorted(folder.glob(f"{stem}*{kind}.{ending}*"))
    ]
    if not found:
        raise InputError(
            "no nodes and edges in KGX here",
            where=str(path),
            hint="X_nodes.tsv and X_edges.tsv, or .jsonl, are expected",
        )
    return found


def _records(path: Path, needed: tuple[str, ...], intake: Intake) -> Iterator[tuple[str, Record]]:
    is_json = ".jsonl" in path.suffixes
    records = _from_json(path, intake) if is_json else _from_tsv(path, needed, intake)
    n_fitting, n_refused = 0, intake.issues.n_refused
    for where, record in records:
        if all(record.get(name) for name in needed):
            n_fitting += 1
            yield where, record
        else:
            missing = [name for name in needed if not record.get(name)]
            intake.issues.refuse("missing-id", where=where, what=f"no {', '.join(missing)}")
    if not n_fitting and intake.issues.n_refused > n_refused:
        raise FormatError(
            f"no record has {', '.join(needed)}", where=str(path), hint="is it a KGX file?"
        )


def _from_tsv(path: Path, needed: tuple[str, ...], intake: Intake) -> Iterator[tuple[str, Record]]:
    header: list[str] = []
    for number, line in iter_lines(path, issues=intake.issues):
        where, cells = f"{path}:{number}", line.rstrip("\r\n").split("\t")
        if not header:
            header = [name.strip() for name in cells]
            missing = [name for name in needed if name not in header]
            if missing:
                raise FormatError(
                    f"no column {', '.join(missing)}", where=str(path), hint="is it a KGX file?"
                )
            continue
        if len(cells) != len(header):
            what = f"{len(cells)} cells where the header has {len(header)}"
            intake.issues.refuse("broken-row", where=where, what=what)
            continue
        yield (
            where,
            {
                name: [v for v in (cell.split("|") if name in LISTS else [cell]) if v.strip()]
                for name, cell in zip(header, cells, strict=True)
            },
        )


def _from_json(path: Path, intake: Intake) -> Iterator[tuple[str, Record]]:
    for number, line in iter_lines(path, issues=intake.issues):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            intake.issues.refuse("broken-row", where=where, what=f"not JSON: {error}")
            continue
        if not isinstance(value, dict):
            intake.issues.refuse("broken-row", where=where, what="not a JSON object")
            continue
        yield where, {name: _texts(item) for name, item in value.items()}


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [
        str(item).lower() if isinstance(item, bool) else str(item)
        for item in items
        if isinstance(item, str | int | float) and str(item)
    ]


@dataclass(slots=True)
class _Reading:
    intake: Intake
    file: str = ""
    types: dict[Curie, EntityType] = field(default_factory=dict)
    untyped: set[Curie] = field(default_factory=set)
    origins: dict[tuple[str, str, str], Origin] = field(default_factory=dict)

    def node(self, record: Record, where: str) -> Iterator[Claim]:
        id = self._id(record["id"][0], where)
        if id is None:
            return
        if set(record["category"]) == {UNTYPED}:
            self.untyped.add(id)
            self.intake.leave_out("names of nodes without a type")
            return
        type = self._type(record["category"], where)
        if type is None:
            return
        self.intake.n_taken += 1
        name, *_ = record.get("name") or [str(id)]
        self.types[id] = type
        yield Concept(id, name, type, tuple(record.get("synonym", ())))
        # An xref of KGX says neither who states it nor how close it is.
        self.intake.leave_out("xrefs of nodes", len(record.get("xref", ())))

    def edge(self, record: Record, where: str) -> Iterator[Claim]:
        subject, object = (self._id(record[side][0], where) for side in ("subject", "object"))
        if subject is None or object is None:
            return
        relation = self.intake.relation("biolink", _predicate(record), where=where)
        if relation is None:
            return
        if self.types and not all(e in self.types or e in self.untyped for e in (subject, object)):
            self.intake.leave_out("edges of nodes that are not taken")
            return
        self.intake.n_taken += 1
        one = partial(_first, record)
        qualifiers = {name: one(name) for name in QUALIFIERS if name != "licence"}
        qualifiers |= {
            "detail": one("detail") or relation.detail,
            "knowledge_level": one("knowledge_level"),
            "agent_type": one("agent_type"),
            "reference": " | ".join(record.get("publications", ())),
            "supporting_text": " | ".join(record.get("supporting_text", ())),
        }
        evidence = self._origin(one).evidence(
            one("source_record") or one("id") or where.rpartition(":")[2],
            refutes=one("negated") == "true",
            qualifiers=qualifiers_of(qualifiers),
        )
        if relation.swap:
            subject, object = object, subject
        yield from self.intake.statement(
            subject, relation.predicate, object, evidence, where=where, types=self.types
        )

    def _origin(self, one: Callable[[str], str]) -> Origin:
        source = one("source_name") or one("primary_knowledge_source") or self.file
        key = (source, one("source_version"), one("licence"))
        if key not in self.origins:
            self.origins[key] = self.intake.origin(
                source, version=key[1], licence=key[2], file=self.file
            )
        return self.origins[key]

    def _id(self, text: str, where: str) -> Curie | None:
        try:
            return Curie.parse(text)
        except UsageError as error:
            self.intake.issues.refuse("bad-id", where=where, what=error.what, hint=error.hint)
            return None

    def _type(self, categories: list[str], where: str) -> EntityType | None:
        """The type that the categories name; the general ones that KGX adds say nothing beside it."""
        known = biolink_categories()
        types = [type for c in categories if (type := known.get(c)) is not None]
        if types:
            return types[0]
        told = next(c for c in categories if c != UNTYPED)
        if not any(c in known for c in categories):
            self.intake.issues.warn(
                "unmapped-type",
                where=where,
                what=f"category {told[:80]!r} is not in tables/biolink_categories.tsv",
            )
        else:
            self.intake.leave_out(f"nodes of category {told}")
        return None


def _first(record: Mapping[str, list[str]], name: str) -> str:
    return next(iter(record.get(name, ())), "")


def _predicate(record: Record) -> str:
    """The predicate without its prefix; with direction and aspect, where it has them."""
    parts = (
        record["predicate"][0].removeprefix("biolink:"),
        _first(record, "object_direction_qualifier"),
        _first(record, "object_aspect_qualifier"),
    )
    return " ".join(part for part in parts if part)
