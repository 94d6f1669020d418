"""Questions in Python that a graph answers by Cypher, with nouns as answers and the Cypher to be seen.

    answer = graph.drugs(treats="hypertension")
    print(answer.cypher, answer.parameters)
    for drug in answer: print(drug.name)

Each function builds one query from fixed parts; what the caller gives goes in as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, overload

from kgbuilder.errors import UsageError
from kgbuilder.model import PATIENT_PREDICATES, PREDICATES, Concept, Evidence, predicate_of
from kgbuilder.store.codec import concept_from_record, evidence_from_record, parse_record

__all__ = ["Answer", "Path", "Step", "drugs", "evidence", "paths"]

T = TypeVar("T")
Parameters = Mapping[str, Any]


class CypherGraph(Protocol):
    """What a graph must do to be asked."""

    def query(self, cypher: str, parameters: Parameters | None = None) -> list[dict[str, object]]:
        """The rows of a query that reads."""
        ...


@dataclass(frozen=True, slots=True)
class Answer(Sequence[T], Generic[T]):
    """The items found, in order, and the query that found them."""

    items: tuple[T, ...]
    cypher: str
    parameters: dict[str, Any]

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self.items[index]

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a path, as the graph directs it; ``belief`` in [0, 1]."""

    subject: str
    predicate: str
    object: str
    statement_id: str
    belief: float


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from one thing to another; ``names`` has one more than ``steps``."""

    names: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def belief(self) -> float:
        """That every step holds, in [0, 1]: never more than the weakest step."""
        product = 1.0
        for step in self.steps:
            product *= step.belief
        return product

    def __str__(self) -> str:
        shown = [self.names[0]]
        for step, name in zip(self.steps, self.names[1:], strict=True):
            shown.append(f"-[{step.predicate} {step.belief:.2f}]-> {name}")
        return " ".join(shown)


def _asked(
    graph: CypherGraph, cypher: str, parameters: dict[str, Any], read: Callable[[Any], T]
) -> Answer[T]:
    rows = graph.query(cypher, parameters)
    return Answer(tuple(read(row) for row in rows), cypher, parameters)


def _is_called(node: str, parameter: str) -> str:
    """The condition that a node has a name, or the id, that a parameter gives."""
    return (
        f"({node}.id = ${parameter} OR toLower({node}.name) = toLower(${parameter}) "
        f"OR any(name IN {node}.synonyms WHERE toLower(name) = toLower(${parameter})))"
    )


def _concept(row: Any) -> Concept:
    return concept_from_record(parse_record(row["record"], where="concept"))


def drugs(
    graph: CypherGraph,
    *,
    name: str | None = None,
    treats: str | None = None,
    causes: str | None = None,
    interacts_with: str | None = None,
    min_belief: float = 0.0,
    limit: int = 100,
) -> Answer[Concept]:
    """Drugs by name, or by what they are stated to do, in name order.

    Each of ``name``, ``treats``, ``causes`` and ``interacts_with`` is a name, a synonym or an id, case
    aside; what is given must all hold.

    :param min_belief: of every edge that is followed, in [0, 1]; edges with refutation only never count.
    :param limit: at most so many.
    """
    parameters: dict[str, Any] = {"limit": limit}
    lines = ["MATCH (d:Drug)"]
    conditions = ["d.record IS NOT NULL"]
    if name is not None:
        conditions.append(_is_called("d", "name"))
        parameters["name"] = name
    for word, predicate, arrow, value in (
        ("treats", "TREATS", "->", treats),
        ("causes", "CAUSES", "->", causes),
        ("interacts_with", "INTERACTS_WITH", "-", interacts_with),
    ):
        if value is not None:
            lines.append(f"MATCH (d)-[{word}_edge:{predicate}]{arrow}({word}_end:Entity)")
            conditions.append(_is_called(f"{word}_end", word))
            conditions.append(f"{word}_edge.n_support > 0 AND {word}_edge.belief >= $min_belief")
            parameters |= {word: value, "min_belief": min_belief}
    lines.append(f"WHERE {' AND '.join(conditions)}")
    lines.append("RETURN DISTINCT d.record AS record, d.name AS name ORDER BY name LIMIT $limit")
    return _asked(graph, "\n".join(lines), parameters, _concept)


def evidence(
    graph: CypherGraph, subject: str, predicate: str, object: str, *, limit: int = 100
) -> Answer[Evidence]:
    """What speaks for and against an edge: support first, the most probable first.

    :param subject: and ``object``: a name, a synonym or an id, case aside; a symmetric predicate may be
        asked either way. :raises UnknownName: for an unknown predicate.
    """
    kind = predicate_of(predicate.upper())
    arrow = "-" if kind.symmetric else "->"
    cypher = "\n".join(
        (
            f"MATCH (a:Entity) WHERE {_is_called('a', 'subject')}",
            f"MATCH (b:Entity) WHERE {_is_called('b', 'object')}",
            f"MATCH (a)-[r:{kind.name}]{arrow}(b)",
            # ArcadeDB knows r.id in the next pattern only after a WITH.
            "WITH r MATCH (e:Evidence {statement_id: r.id})",
            "RETURN e.record AS record ORDER BY e.refutes, e.probability DESC, e.key LIMIT $limit",
        )
    )
    parameters = {"subject": subject, "object": object, "limit": limit}
    return _asked(
        graph,
        cypher,
        parameters,
        lambda row: evidence_from_record(parse_record(row["record"], where="evidence")),
    )


def paths(
    graph: CypherGraph, start: str, end: str, *, max_length: int = 4, limit: int = 25
) -> Answer[Path]:
    """The shortest ways between two things over facts about medicine, in the graph's own order.

    No way leads over a patient.

    :param start: and ``end``: a name, a synonym or an id, case aside.
    :param max_length: edges, 1 to 6.
    :raises UsageError: for another ``max_length``.
    """
    if not 1 <= max_length <= 6:
        raise UsageError(f"max_length {max_length}", hint="1 to 6 edges")
    types = "|".join(name for name in PREDICATES if name not in PATIENT_PREDICATES)
    cypher = "\n".join(
        (
            f"MATCH (a:Entity) WHERE {_is_called('a', 'start')}",
            f"MATCH (b:Entity) WHERE {_is_called('b', 'end')} AND a.id <> b.id",
            f"MATCH p = allShortestPaths((a)-[:{types}*..{max_length}]-(b))",
            "RETURN [n IN nodes(p) | n.name] AS names,",
            "       [r IN relationships(p) | [startNode(r).id, type(r), endNode(r).id, r.id, r.belief]]"
            " AS steps",
            "LIMIT $limit",
        )
    )
    parameters = {"start": start, "end": end, "limit": limit}
    return _asked(graph, cypher, parameters, _path)


def _path(row: Any) -> Path:
    return Path(tuple(row["names"]), tuple(Step(*step) for step in row["steps"]))
