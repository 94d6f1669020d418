"""Any graph view as networkx or pandas, with the labels and attributes of design section 4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TYPE_CHECKING

from kgbuilder.model import (
    PATIENT,
    Concept,
    Curie,
    Predicate,
    Statement,
    Triple,
    is_linked,
)
from kgbuilder.protocols import GraphView
from kgbuilder.store.keys import key_of
from kgbuilder.store.tally import Row, Tally

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = [
    "UNKNOWN",
    "BareEnds",
    "bare_label",
    "bare_labels",
    "edge_attributes",
    "edge_key",
    "edge_rows",
    "label_of_end",
    "node_rows",
    "to_networkx",
    "to_pandas",
]

UNKNOWN = "Unknown"
"""Label of a node that no concept describes and whose edges allow several labels."""

NODE_COLUMNS = ("id", "label", "name", "synonyms", "linked")
EDGE_COLUMNS = ("subject", "predicate", "object", "id", "belief", "n_support", "n_refute", "quote")


def bare_label(end: Curie, places: Iterable[tuple[Predicate, bool]]) -> str:
    """The label of a node that no concept describes: what its edges allow, where that is one label.

    :param places: the predicates at the node, each with whether the node is the subject.
    """
    if end.prefix == PATIENT:
        return PATIENT
    allowed = [kind.domain if is_subject else kind.range for kind, is_subject in places]
    return min((label for one in allowed if len(one) == 1 for label in one), default=UNKNOWN)


def label_of_end(triple: Triple, *, is_subject: bool) -> str:
    """What one edge says; see :func:`bare_label`."""
    end = triple.subject if is_subject else triple.object
    return bare_label(end, [(triple.predicate, is_subject)])


def bare_labels(view: GraphView, known: Set[Curie]) -> dict[Curie, str]:
    """The labels of the ends that none of the concepts ``known`` describes, in id order."""
    ends = BareEnds(known)
    for statement in view.statements():
        ends.add(statement.triple)
    return ends.labels()


class BareEnds:
    """The ends of the triples added that none of the concepts ``known`` describes."""

    __slots__ = ("_known", "_places")

    def __init__(self, known: Set[Curie]) -> None:
        self._known = known
        self._places: dict[Curie, set[tuple[Predicate, bool]]] = {}

    def add(self, triple: Triple) -> list[tuple[Curie, bool]]:
        """Note where its ends stand. :returns: those ends, each with whether it is the subject."""
        ends = ((triple.subject, True), (triple.object, False))
        bare = [place for place in ends if place[0] not in self._known]
        for end, is_subject in bare:
            self._places.setdefault(end, set()).add((triple.predicate, is_subject))
        return bare

    def labels(self) -> dict[Curie, str]:
        """The label of each, in id order; see :func:`bare_label`."""
        return {end: bare_label(end, self._places[end]) for end in sorted(self._places, key=key_of)}


def edge_key(statement: Statement) -> str:
    """The predicate; for a patient's edge that is not plain, the predicate and how it is meant.

    "fever" and "no fever" of one patient are two edges between the same nodes.
    """
    triple = statement.triple
    assertion = triple.assertion
    if assertion is None or assertion.is_plain:
        return triple.predicate.name
    plain = type(assertion)()
    marks = [
        value.value
        for value, usual in (
            (assertion.polarity, plain.polarity),
            (assertion.certainty, plain.certainty),
            (assertion.temporality, plain.temporality),
            (assertion.experiencer, plain.experiencer),
        )
        if value != usual
    ]
    return "/".join((triple.predicate.name, *marks))


def node_rows(view: GraphView) -> Iterator[tuple[Concept | None, Row]]:
    """One row a node, concepts first in id order, then the ends of edges that no concept describes.

    ``id label name linked``, and ``synonyms`` left to the caller, as formats write lists differently.
    """
    known: set[Curie] = set()
    for concept in view.concepts():
        known.add(concept.id)
        yield (
            concept,
            {
                "id": str(concept.id),
                "label": concept.type.value,
                "name": concept.name,
                "linked": is_linked(concept.id),
            },
        )
    for end, label in bare_labels(view, known).items():
        name = end.local_id if label == PATIENT else str(end)
        yield None, {"id": str(end), "label": label, "name": name, "linked": is_linked(end)}


def edge_rows(view: GraphView) -> Iterator[Row]:
    """One row a statement, by triple id; ``subject`` and ``object`` are node ids."""
    for statement in view.statements():
        yield edge_row(statement)


def edge_row(statement: Statement) -> Row:
    """The attributes of one edge, with its ends."""
    triple = statement.triple
    ends: Row = {
        "subject": str(triple.subject),
        "predicate": triple.predicate.name,
        "object": str(triple.object),
    }
    return ends | edge_attributes(triple, Tally.of(statement))


def edge_attributes(triple: Triple, tally: Tally) -> Row:
    """What one edge shows."""
    row: Row = {"id": triple.id, **tally.shown()}
    if triple.assertion is not None:
        row["polarity"] = triple.assertion.polarity.value
        row["certainty"] = triple.assertion.certainty.value
        row["temporality"] = triple.assertion.temporality.value
        row["experiencer"] = triple.assertion.experiencer.value
    return row


def to_networkx(view: GraphView) -> nx.MultiDiGraph:
    """A graph that owes nothing to ours: nodes keyed by id, edges by :func:`edge_key`.

    Node attributes ``id label name synonyms linked``; edge attributes ``predicate id belief n_support
    n_refute quote``, qualifiers where sources state them, the assertion where it is a patient's edge.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    for concept, row in node_rows(view):
        synonyms = list(concept.synonyms) if concept else []
        graph.add_node(row["id"], **row, synonyms=synonyms)
    for statement in view.statements():
        row = edge_row(statement)
        subject, object = row.pop("subject"), row.pop("object")
        graph.add_edge(subject, object, key=edge_key(statement), **row)
    return graph


def to_pandas(view: GraphView) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two frames, nodes and edges; columns as the attributes of :func:`to_networkx`."""
    import pandas as pd

    nodes = [
        {**row, "synonyms": list(concept.synonyms) if concept else []}
        for concept, row in node_rows(view)
    ]
    edges = list(edge_rows(view))
    extra = sorted({column for row in edges for column in row} - set(EDGE_COLUMNS))
    return (
        pd.DataFrame(nodes, columns=list(NODE_COLUMNS)),
        pd.DataFrame(edges, columns=[*EDGE_COLUMNS, *extra]),
    )
