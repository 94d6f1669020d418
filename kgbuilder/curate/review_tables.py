"""The tables that decide what an import takes, in ``tables/``: each row a decision to review.

``-`` as a type, role or prefix means: known, and deliberately not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kgbuilder.assemble.table import table_rows
from kgbuilder.errors import UsageError
from kgbuilder.model import Curie, EntityType

__all__ = [
    "RrfSource",
    "biolink_categories",
    "hetionet_kinds",
    "mesh_branches",
    "rrf_sources",
    "rxnorm_roles",
    "same_as_id",
    "semantic_types",
    "type_of_branch",
]

_DATED = re.compile(r"_\d{4}_\d{2}_\d{2}$")


@dataclass(frozen=True, slots=True)
class RrfSource:
    """Which atoms of a source vocabulary (``SAB``) stand for the concept itself, and its id here."""

    prefix: str
    term_types: frozenset[str]


def _types(name: str, key: str) -> Mapping[str, EntityType | None]:
    return {
        row[key]: None if row["type"] == "-" else EntityType(row["type"])
        for row in table_rows(name, "curate")
    }


@cache
def mesh_branches() -> Mapping[str, str]:
    """Beginning of a MeSH tree number -> node type, "" for a branch that is left out."""
    return {
        row["start"]: row["type"].replace("-", "")
        for row in table_rows("mesh_branches.tsv", "curate")
    }


@cache
def type_of_branch(tree_number: str) -> EntityType | None:
    """The node type of a MeSH tree number, by its longest beginning in the table."""
    starts = mesh_branches()
    longest = max((s for s in starts if tree_number.startswith(s)), key=len, default="")
    type = starts.get(longest, "")
    return EntityType(type) if type else None


@cache
def biolink_categories() -> Mapping[str, EntityType | None]:
    """Biolink category -> node type; None for one that is not taken."""
    return _types("biolink_categories.tsv", "category")


@cache
def semantic_types() -> Mapping[str, EntityType | None]:
    """UMLS semantic type (``T047``) -> node type."""
    return _types("semantic_types.tsv", "tui")


@cache
def hetionet_kinds() -> Mapping[str, tuple[EntityType | None, str]]:
    """Hetionet's kind of node -> node type, and the prefix that its ids lack ("" for none)."""
    types = _types("hetionet_kinds.tsv", "kind")
    return {
        row["kind"]: (types[row["kind"]], row["prefix"])
        for row in table_rows("hetionet_kinds.tsv", "curate")
    }


@cache
def rxnorm_roles() -> Mapping[str, str]:
    """RxNorm term type -> ``name``, ``synonym`` or ``-``."""
    return {row["tty"]: row["role"] for row in table_rows("rxnorm_term_types.tsv", "curate")}


@cache
def rrf_sources(release: str) -> Mapping[str, RrfSource]:
    """Source vocabularies (``SAB``) of ``rxnorm`` or ``umls`` whose codes are taken as SAME_AS."""
    return {
        row["sab"]: RrfSource(row["prefix"], frozenset(row["term_types"].split()))
        for row in table_rows("rrf_sources.tsv", "curate")
        if row["release"] == release
    }


@cache
def _xref_prefixes(exact: bool) -> Mapping[str, str]:
    return {
        row["written"]: row["prefix"]
        for row in table_rows("xrefs.tsv", "curate")
        if exact or not row["exact_only"]
    }


def same_as_id(written: Curie, *, exact: bool = False) -> Curie | None:
    """The id that a cross reference names, under the prefix used here; None where tables/xrefs.tsv says
    that it is no identity, or does not know the vocabulary.

    :param exact: the source says that the two are the same.

    >>> same_as_id(Curie("MSH", "D003924")), same_as_id(Curie("PMID", "1"))
    (Curie(prefix='MESH', local_id='D003924'), None)
    """
    prefixes = _xref_prefixes(exact)
    prefix = prefixes.get(written.prefix) or prefixes.get(_DATED.sub("", written.prefix), "-")
    if prefix == "-":
        return None
    try:
        return Curie(prefix, written.local_id)
    except UsageError:
        return None
