"""MAP.toml, the whole of it: which column of a table is what. ``map_file`` reads it into these types.

::

    source = "SIDER"                  # the evidence's source: a text, or a CELL
    version = "4.1"                   # "" when the file does not say and the user must: --version
    licence = "CC BY-NC-SA 4.0"
    address = "https://..."           # optional, where the table can be had
    file = "effects*.tsv.gz"          # optional, which file or files to take when PATH is a folder
    format = "tsv"                    # optional, tsv or csv; else by the file's name
    header = ["a", "b"]               # optional, column names of a file that has no header line
    missing = ["NA"]                  # optional, cells that say nothing, besides empty ones
    record = ["a", "b"]               # optional, columns whose cells name a record; else the row number
    when = { a = ["x", "y"] }         # optional, take only rows where column a holds x or y
    unless = { b = ["no"] }           # optional, leave out rows where column b holds no

    [[concept]]                       # a thing that a row names; any number of these
    id = CELL                         # a column, or a cell with prefix = "DRUGBANK"
    type = "Drug"                     # a node type, or a CELL
    name = CELL
    synonyms = CELL                   # optional; with separator, several
    when = ..., unless = ...          # optional

    [[edge]]                          # a claim that a row makes; any number of these
    subject = CELL                    # an id
    predicate = "CAUSES"              # a predicate, or a CELL
    object = CELL                     # an id
    refutes = { a = ["no"] }          # optional, rows that deny the claim
    when = ..., unless = ...          # optional
    [edge.qualifiers]                 # optional, name = CELL or a list of them (the first that speaks)

    [[hierarchy]]                     # IS_A edges from codes whose beginning is the parent's code
    id = CELL
    code = "column"
    separator = "."                   # D02.705 is below D02; or
    lengths = [1, 3, 4, 5, 7]         # A01AA is below A01A

A CELL is a column's name, or a table::

    { column = "a", prefix = "MESH", separator = "|", when = {...}, unless = {...},
      unlinked = "Drug",                     # an id for a thing that only a name is given of
      values = { x = "INHIBITS", y = "" },   # what a cell means here; "" says nothing
      starts = { "C" = "Disease" },          # or what its beginning means, the longest first;
                                             # starts = "mesh_branches" is tables/mesh_branches.tsv
      schema = "drugbank",                   # or the predicate by relation_types.tsv
      others = "warn" }                      # a cell that values, starts, schema lack: keep, drop, warn
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Cell", "ConceptRule", "EdgeRule", "HierarchyRule", "RowFilter", "TableMap"]

RowFilter = tuple[tuple[str, frozenset[str]], ...]
"""Columns and the cells they may hold: all columns must agree."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value comes from: a ``constant``, or a column of the row and what its cells mean."""

    constant: str = ""
    column: str = ""
    prefix: str = ""
    unlinked: str = ""
    separator: str = ""
    values: Mapping[str, str] | None = None
    starts: Mapping[str, str] | None = None
    others: str = "warn"
    when: RowFilter = ()
    unless: RowFilter = ()


@dataclass(frozen=True, slots=True)
class ConceptRule:
    """A thing that a row names."""

    id: Cell
    type: Cell
    name: Cell
    synonyms: Cell | None
    when: RowFilter
    unless: RowFilter


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """A claim that a row makes."""

    subject: Cell
    predicate: Cell
    object: Cell
    qualifiers: tuple[tuple[str, tuple[Cell, ...]], ...]
    refutes: RowFilter
    when: RowFilter
    unless: RowFilter


@dataclass(frozen=True, slots=True)
class HierarchyRule:
    """IS_A edges by codes."""

    id: Cell
    code: str
    separator: str
    lengths: tuple[int, ...]
    when: RowFilter
    unless: RowFilter


@dataclass(frozen=True, slots=True)
class TableMap:
    """A whole MAP.toml."""

    name: str
    source: Cell
    version: Cell
    licence: str
    address: str
    file: str
    format: str
    header: tuple[str, ...]
    missing: frozenset[str]
    record: tuple[str, ...]
    when: RowFilter
    unless: RowFilter
    concepts: tuple[ConceptRule, ...]
    edges: tuple[EdgeRule, ...]
    hierarchies: tuple[HierarchyRule, ...]
