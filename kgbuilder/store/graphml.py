"""A graph as GraphML (http://graphml.graphdrawing.org), as networkx, Gephi and Cytoscape read it.

Nodes and edges carry the attributes of design section 4, without the evidence; the synonyms of a node
are joined by " | ". Sorted, so equal graphs give equal bytes; written as it is read, so memory stays
flat.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TextIO

from kgbuilder.issues import Issues
from kgbuilder.model import Statement
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import Characters
from kgbuilder.store.network import edge_row, node_rows
from kgbuilder.store.tally import EDGE_QUALIFIERS
from kgbuilder.store.whole_file import written_whole

__all__ = ["write_graphml"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold: https://www.w3.org/TR/xml/#charsets"""

NODE_KEYS = (
    ("id", "string"),
    ("label", "string"),
    ("name", "string"),
    ("synonyms", "string"),
    ("linked", "boolean"),
)
EDGE_KEYS = (
    ("predicate", "string"),
    ("id", "string"),
    ("belief", "double"),
    ("n_support", "long"),
    ("n_refute", "long"),
    ("quote", "string"),
    *((name, "string") for name in EDGE_QUALIFIERS),
    ("polarity", "string"),
    ("certainty", "string"),
    ("temporality", "string"),
    ("experiencer", "string"),
)

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""


def write_graphml(view: GraphView, path: Path, *, issues: Issues) -> None:
    """Write the graph. Characters that XML cannot hold become U+FFFD, which ``issues`` is told.

    :raises GraphError: when the file cannot be written.
    """
    with written_whole(path) as file:
        _Writer(file, issues).write(view)


class _Writer:
    __slots__ = ("_characters", "_file")

    def __init__(self, file: TextIO, issues: Issues) -> None:
        self._file, self._characters = file, Characters("XML", _ILLEGAL, issues)

    def write(self, view: GraphView) -> None:
        put = self._file.write
        put(HEAD)
        for prefix, side, keys in (("n", "node", NODE_KEYS), ("e", "edge", EDGE_KEYS)):
            for name, type in keys:
                put(
                    f'  <key id="{prefix}_{name}" for="{side}" attr.name="{name}" '
                    f'attr.type="{type}"/>\n'
                )
        put('  <graph edgedefault="directed">\n')
        for concept, row in node_rows(view):
            id = str(row["id"])
            put(f'    <node id="{self._id(id)}">\n')
            if concept and concept.synonyms:
                row["synonyms"] = " | ".join(concept.synonyms)
            self._data("n", NODE_KEYS, row, id)
            put("    </node>\n")
        for statement in view.statements():
            self._edge(statement)
        put("  </graph>\n</graphml>\n")

    def _edge(self, statement: Statement) -> None:
        row = edge_row(statement)
        where = str(statement.triple)
        source, target = self._id(str(row["subject"])), self._id(str(row["object"]))
        # An id must be unique in the file, so the predicate, networkx' key, cannot be it.
        self._file.write(f'    <edge id="{row["id"]}" source="{source}" target="{target}">\n')
        self._data("e", EDGE_KEYS, row, where)
        self._file.write("    </edge>\n")

    def _data(
        self,
        prefix: str,
        keys: tuple[tuple[str, str], ...],
        row: dict[str, str | int | float | bool],
        where: str,
    ) -> None:
        for name, type in keys:
            if name in row:
                value = str(row[name]).lower() if type == "boolean" else str(row[name])
                self._file.write(
                    f'      <data key="{prefix}_{name}">{self._text(value, where)}</data>\n'
                )

    def _id(self, id: str) -> str:
        return _escaped(self._characters.id(id))

    def _text(self, text: str, where: str) -> str:
        return _escaped(self._characters.text(text, where))


def _escaped(text: str) -> str:
    for character, entity in _ENTITIES:
        text = text.replace(character, entity)
    return text


# Also the white space that a parser would fold in an attribute.
_ENTITIES = (
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"),
    ("\r", "&#13;"), ("\n", "&#10;"), ("\t", "&#9;"),
)  # fmt: skip
