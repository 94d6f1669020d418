"""The saved queries of ``queries/``: Cypher that both stores run, for ``kgbuilder query GRAPH NAME``.

A file begins with comments: its title, then ``// :param name => value`` for each parameter, the value
as JSON, which is also how Neo4j Browser takes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["SavedQuery", "find_saved", "saved_queries"]

_PARAMETER = re.compile(r"^// :param (\w+) => (.+)$")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query with a name. ``parameters`` holds an example's values, to be replaced."""

    name: str
    title: str
    cypher: str
    parameters: dict[str, Any]

    @property
    def example(self) -> str:
        """The query with its example's values written in, to be run and changed by hand."""
        text = self.cypher
        for name, value in self.parameters.items():
            text = text.replace(f"${name}", json.dumps(value))
        return text


def parse_saved(name: str, text: str) -> SavedQuery:
    """The query that the text of a file holds."""
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("//")]
    found = [match for line in comments[1:] if (match := _PARAMETER.match(line))]
    return SavedQuery(
        name,
        comments[0].removeprefix("// "),
        "\n".join(line for line in lines if not line.startswith("//")),
        {match[1]: json.loads(match[2]) for match in found},
    )


@lru_cache(maxsize=1)
def saved_queries() -> tuple[SavedQuery, ...]:
    """All that ship, by name."""
    folder = files("kgbuilder.store") / "queries"
    return tuple(
        parse_saved(path.name.removesuffix(".cypher"), path.read_text("utf-8"))
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
    )


def find_saved(name: str) -> SavedQuery | None:
    """The query called ``name``, or None."""
    return next((query for query in saved_queries() if query.name == name), None)
