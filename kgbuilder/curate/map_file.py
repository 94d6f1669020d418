"""MAP.toml files read into the types of ``table_map``, which tells the format."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from kgbuilder.assemble.schema import relation_types
from kgbuilder.curate.review_tables import mesh_branches
from kgbuilder.curate.table_map import (
    Cell,
    ConceptRule,
    EdgeRule,
    HierarchyRule,
    RowFilter,
    TableMap,
)
from kgbuilder.errors import ConfigError
from kgbuilder.model import NODE_TYPES, PREDICATES

__all__ = ["available_maps", "load_map", "parse_map"]


def available_maps() -> tuple[str, ...]:
    """Names of the maps that ship with the package."""
    folder = files("kgbuilder.curate") / "maps"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


def load_map(name_or_path: str | Path) -> TableMap:
    """A shipped map by name, or any map by path.

    :raises ConfigError: when there is none, or it is wrong; the message names the key.
    """
    name = str(name_or_path)
    if name in available_maps():
        text = (files("kgbuilder.curate") / "maps" / f"{name}.toml").read_text("utf-8")
        return parse_map(text, where=f"map {name}")
    path = Path(name)
    if not path.is_file():
        near = get_close_matches(name, available_maps(), n=3)
        raise ConfigError(
            "there is no such map",
            where=name,
            hint=f"{_did_you_mean(near)}a path to a MAP.toml, or one of {', '.join(available_maps())}",
        )
    try:
        return parse_map(path.read_text("utf-8-sig"), where=name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the map cannot be read: {error}", where=name) from error


def parse_map(text: str, *, where: str) -> TableMap:
    """A map from its text. :raises ConfigError: with the key that is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}", where=where) from None
    keys = _Keys(data, where)
    keys.allow(
        "source", "version", "licence", "address", "file", "format", "header", "missing",
        "record", "when", "unless", "concept", "edge", "hierarchy",
    )  # fmt: skip
    form = keys.text("format")
    if form not in ("", "tsv", "csv"):
        raise ConfigError(f"unknown format {form!r}", where=where, hint="tsv or csv")
    table = TableMap(
        name=Path(where.removeprefix("map ")).stem,
        source=keys.cell("source", constant=True, needed=True),
        version=keys.cell("version", constant=True, needed=data.get("version") != ""),
        licence=keys.text("licence", needed=True),
        address=keys.text("address"),
        file=keys.text("file"),
        format=form,
        header=keys.texts("header"),
        missing=frozenset(("", *keys.texts("missing"))),
        record=keys.texts("record"),
        when=keys.filter("when"),
        unless=keys.filter("unless"),
        concepts=tuple(_concept(k) for k in keys.tables("concept")),
        edges=tuple(_edge(k) for k in keys.tables("edge")),
        hierarchies=tuple(_hierarchy(k) for k in keys.tables("hierarchy")),
    )
    if not (table.concepts or table.edges or table.hierarchies):
        raise ConfigError(
            "the map takes nothing from the table",
            where=where,
            hint="add a [[concept]], an [[edge]] or a [[hierarchy]]",
        )
    return table


def _concept(keys: _Keys) -> ConceptRule:
    keys.allow("id", "type", "name", "synonyms", "when", "unless")
    type = keys.cell("type", constant=True, needed=True)
    _check_names(type, [t.value for t in NODE_TYPES], "node type", keys.where)
    return ConceptRule(
        id=keys.cell("id", needed=True),
        type=type,
        name=keys.cell("name", needed=True),
        synonyms=keys.cell("synonyms") if "synonyms" in keys.data else None,
        when=keys.filter("when"),
        unless=keys.filter("unless"),
    )


def _edge(keys: _Keys) -> EdgeRule:
    keys.allow("subject", "predicate", "object", "qualifiers", "refutes", "when", "unless")
    predicate = keys.cell("predicate", constant=True, needed=True)
    _check_names(predicate, list(PREDICATES), "predicate", keys.where)
    qualifiers = keys.data.get("qualifiers", {})
    if not isinstance(qualifiers, dict):
        raise ConfigError("qualifiers must be a table", where=keys.where)
    inner = _Keys(qualifiers, f"{keys.where}, qualifiers")
    return EdgeRule(
        subject=keys.cell("subject", needed=True),
        predicate=predicate,
        object=keys.cell("object", needed=True),
        qualifiers=tuple((name, inner.cells(name)) for name in sorted(qualifiers)),
        refutes=keys.filter("refutes"),
        when=keys.filter("when"),
        unless=keys.filter("unless"),
    )


def _hierarchy(keys: _Keys) -> HierarchyRule:
    keys.allow("id", "code", "separator", "lengths", "when", "unless")
    lengths = keys.data.get("lengths", [])
    if not isinstance(lengths, list) or not all(isinstance(n, int) and n > 0 for n in lengths):
        raise ConfigError("lengths must be a list of whole numbers", where=keys.where)
    rule = HierarchyRule(
        id=keys.cell("id", needed=True),
        code=keys.text("code", needed=True),
        separator=keys.text("separator"),
        lengths=tuple(sorted(lengths)),
        when=keys.filter("when"),
        unless=keys.filter("unless"),
    )
    if bool(rule.separator) == bool(rule.lengths):
        raise ConfigError("give either separator or lengths", where=keys.where)
    return rule


def _check_names(cell: Cell, known: Sequence[str], what: str, where: str) -> None:
    names = [cell.constant, *(cell.values or {}).values(), *(cell.starts or {}).values()]
    for name in filter(None, names):
        if name not in known:
            raise ConfigError(
                f"unknown {what} {name!r}",
                where=where,
                hint=_did_you_mean(get_close_matches(name, known, n=3))
                + f"one of {', '.join(sorted(known))}",
            )


def _did_you_mean(near: Sequence[str]) -> str:
    return f"did you mean {' or '.join(near)}? " if near else ""


@dataclass(frozen=True, slots=True)
class _Keys:
    """A TOML table being read, and where it stands."""

    data: Mapping[str, Any]
    where: str

    def allow(self, *known: str) -> None:
        for key in self.data:
            if key not in known:
                near = get_close_matches(key, known, n=3)
                raise ConfigError(
                    f"unknown key {key!r}",
                    where=self.where,
                    hint=f"{_did_you_mean(near)}one of {', '.join(known)}",
                )

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise ConfigError(f"{key} must be a text", where=self.where)
        if needed and not value:
            raise ConfigError(f"{key} is missing", where=self.where)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ConfigError(f"{key} must be a list of texts", where=self.where)
        return tuple(value)

    def filter(self, key: str) -> RowFilter:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise ConfigError(
                f"{key} must be a table", where=self.where, hint=f'{key} = {{ column = ["x"] }}'
            )
        inner = _Keys(value, f"{self.where}, {key}")
        return tuple((column, frozenset(inner.texts(column))) for column in value)

    def tables(self, key: str) -> tuple[_Keys, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise ConfigError(f"{key} must be written [[{key}]]", where=self.where)
        return tuple(
            _Keys(v, f"{self.where}, [[{key}]] number {n}") for n, v in enumerate(value, 1)
        )

    def cells(self, key: str) -> tuple[Cell, ...]:
        value = self.data[key]
        values = value if isinstance(value, list) else [value]
        return tuple(_Keys({key: v}, self.where).cell(key, needed=True) for v in values)

    def cell(self, key: str, *, constant: bool = False, needed: bool = False) -> Cell:
        value = self.data.get(key)
        if isinstance(value, str) and value:
            return Cell(constant=value) if constant else Cell(column=value)
        if value is None or value == "":
            if needed:
                raise ConfigError(f"{key} is missing", where=self.where)
            return Cell()
        if not isinstance(value, dict):
            raise ConfigError(f"{key} must be a text or a table", where=self.where)
        return _Keys(value, f"{self.where}, {key}")._table_cell()

    def _table_cell(self) -> Cell:
        self.allow(
            "column",
            "prefix",
            "unlinked",
            "separator",
            "values",
            "starts",
            "schema",
            "others",
            "when",
            "unless",
        )
        others = self.text("others") or "warn"
        if others not in ("keep", "drop", "warn"):
            raise ConfigError(f"others = {others!r}", where=self.where, hint="keep, drop or warn")
        unlinked = self.text("unlinked")
        if unlinked:
            _check_names(
                Cell(constant=unlinked), [t.value for t in NODE_TYPES], "node type", self.where
            )
        values = self._meanings("values")
        schema = self.text("schema")
        if schema:
            rows = {t: r for (s, t), r in relation_types().items() if s == schema}
            if not rows:
                known = sorted({s for s, _ in relation_types()})
                raise ConfigError(
                    f"relation_types.tsv has no source {schema!r}",
                    where=self.where,
                    hint=f"one of {', '.join(known)}",
                )
            values = {t: r.predicate.name if r.predicate else "" for t, r in rows.items()}
        return Cell(
            column=self.text("column", needed=True),
            prefix=self.text("prefix"),
            unlinked=unlinked,
            separator=self.text("separator"),
            values=values,
            starts=self._starts(),
            others=others,
            when=self.filter("when"),
            unless=self.filter("unless"),
        )

    def _starts(self) -> Mapping[str, str] | None:
        name = self.data.get("starts")
        if not isinstance(name, str):
            return self._meanings("starts")
        if name != "mesh_branches":
            raise ConfigError(f"there is no table {name!r}", where=self.where, hint="mesh_branches")
        return mesh_branches()

    def _meanings(self, key: str) -> Mapping[str, str] | None:
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise ConfigError(f"{key} must be a table of texts", where=self.where)
        return dict(value)
