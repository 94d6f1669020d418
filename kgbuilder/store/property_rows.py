"""A graph as the properties that its store shows, to be copied into files without a noun between.

A store that holds them gives them as they stand (see :class:`HasPropertyRows`); of any other graph they
are made of its nouns. Either way equal graphs give equal rows in equal order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from kgbuilder.model import Curie
from kgbuilder.protocols import GraphView
from kgbuilder.store.codec import evidence_to_record, triple_to_record
from kgbuilder.store.cypher import (
    Properties,
    bare_properties,
    concept_properties,
    edge_properties,
    evidence_properties,
)
from kgbuilder.store.json_lines import to_line
from kgbuilder.store.network import BareEnds
from kgbuilder.store.tally import Tally

__all__ = ["HasPropertyRows", "PropertyRows", "StatementRecords", "rows_of"]

StatementRecords = tuple[str, str, list[str]]
"""Of a statement its id, the ``record`` of its edge, and those of its evidence by key."""


class PropertyRows(Protocol):
    """What ``cypher`` says of a graph: for a node its label and properties. Each part is in id order."""

    def concepts(self) -> Iterator[tuple[str, Properties]]:
        """The nodes that a concept describes."""
        ...

    def statements(self) -> Iterator[tuple[Properties, list[Properties]]]:
        """Each edge with its evidence, which is in order of its keys and never empty."""
        ...

    def bare_ends(self) -> Iterator[tuple[str, Properties]]:
        """The nodes that no concept describes; asked for once the other parts were read to the end."""
        ...

    def records(self) -> Iterator[StatementRecords]:
        """The statements, of which only the exact JSON is wanted."""
        ...


@runtime_checkable
class HasPropertyRows(Protocol):
    """A store that holds the properties."""

    def property_rows(self) -> PropertyRows:
        """All of the graph, as it stands."""
        ...


def rows_of(view: GraphView) -> PropertyRows:
    """The rows of any graph; they are read once."""
    return view.property_rows() if isinstance(view, HasPropertyRows) else _RowsOfNouns(view)


class _RowsOfNouns:
    __slots__ = ("_bare", "_known", "_view")

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._known: set[Curie] = set()
        self._bare = BareEnds(self._known)

    def concepts(self) -> Iterator[tuple[str, Properties]]:
        for concept in self._view.concepts():
            self._known.add(concept.id)
            yield concept.type.value, concept_properties(concept)

    def statements(self) -> Iterator[tuple[Properties, list[Properties]]]:
        for statement in self._view.statements():
            triple = statement.triple
            self._bare.add(triple)
            evidence = [evidence_properties(triple, item) for item in statement.evidence]
            yield edge_properties(triple, Tally.of(statement)), evidence

    def bare_ends(self) -> Iterator[tuple[str, Properties]]:
        for end, label in self._bare.labels().items():
            yield label, bare_properties(end)

    def records(self) -> Iterator[StatementRecords]:
        for statement in self._view.statements():
            evidence = [to_line(evidence_to_record(item)) for item in statement.evidence]
            yield statement.triple.id, to_line(triple_to_record(statement.triple)), evidence
