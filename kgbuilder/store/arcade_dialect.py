"""Queries that ArcadeDB 26.10.2 would answer wrongly: told rather than answered, wherever it runs."""

from __future__ import annotations

import re

from kgbuilder.errors import UsageError

__all__ = ["refuse_misread"]


def refuse_misread(cypher: str) -> None:
    """:raises UsageError: for a query that ArcadeDB would answer wrongly; see ``cypher_dialect.tsv``."""
    _refuse_edges_named_in_maps_only(cypher)
    _refuse_unheeded_labels(cypher)


_QUOTED = re.compile(
    r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL
)


def _refuse_edges_named_in_maps_only(cypher: str) -> None:
    """ArcadeDB does not load an edge that only ``{key: r.id}`` names, and finds nothing.

    Told rather than answered wrongly. :raises UsageError: for such a query.
    """
    text = _QUOTED.sub("''", cypher)
    for name in sorted(set(re.findall(r"\[\s*(\w+)\s*[:\]*{]", text))):
        n_in_maps = len(re.findall(rf"\w\s*:\s*{name}\.\w+\s*[,}}]", text))
        n_uses = len(re.findall(rf"(?<![\w.$])(?<!\[){name}\b(?!\s*:)", text))
        if n_in_maps and n_uses <= n_in_maps:
            raise UsageError(
                f"this store answers nothing where only a map in braces names the edge {name}",
                where=" ".join(cypher.split())[:80],
                hint=f"write it as a condition: MATCH (e) WHERE e.key = {name}.key",
            )


_FIRST_NODE = re.compile(r"(?:\bMATCH|,|=|Paths?\s*\()\s*\(\s*\w*\s*:[\w\s:&|]*\$\(", re.IGNORECASE)


def _refuse_unheeded_labels(cypher: str) -> None:
    """ArcadeDB heeds ``$($label)`` in the first node of a path only, else it takes everything.

    Told rather than answered wrongly. :raises UsageError: for such a query.
    """
    if re.search(
        r"\$(?:any|all)?\s*\(", _FIRST_NODE.sub("(", _QUOTED.sub("''", cypher)), re.IGNORECASE
    ):
        raise UsageError(
            "this store heeds a label from a parameter in the first node of a path only, and no type",
            where=" ".join(cypher.split())[:80],
            hint="write it as a condition: WHERE $label IN labels(n), WHERE type(r) = $type",
        )
