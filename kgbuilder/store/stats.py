"""What is in a graph, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kgbuilder.model import PATIENT, Curie, Statement, is_linked
from kgbuilder.printable import printable
from kgbuilder.protocols import GraphView
from kgbuilder.store.network import bare_labels

__all__ = ["GraphStats", "contradictions", "is_contradicted", "stats_of", "stats_to_text"]

KEPT_CONTRADICTIONS = 20


@dataclass(frozen=True, slots=True)
class GraphStats:
    """Counts of a graph.

    :param n_nodes: concepts, patients and ends of edges that no concept describes.
    :param n_unlinked: nodes ``TEXT:...`` that no vocabulary names.
    :param by_label: label -> nodes. :param by_predicate: predicate -> edges.
    :param n_contradicted: edges that have both support and refutation.
    :param contradictions: the first of them by triple id, as ``(triple id, text)``.
    """

    n_nodes: int
    n_edges: int
    n_evidence: int
    n_documents: int
    n_unlinked: int
    by_label: dict[str, int]
    by_predicate: dict[str, int]
    n_contradicted: int
    contradictions: tuple[tuple[str, str], ...] = ()

    def to_record(self) -> dict[str, object]:
        """The same as a JSON object."""
        return {
            "n_nodes": self.n_nodes,
            "n_edges": self.n_edges,
            "n_evidence": self.n_evidence,
            "n_documents": self.n_documents,
            "n_unlinked": self.n_unlinked,
            "by_label": self.by_label,
            "by_predicate": self.by_predicate,
            "n_contradicted": self.n_contradicted,
            "contradictions": [{"id": id, "statement": text} for id, text in self.contradictions],
        }


def is_contradicted(statement: Statement) -> bool:
    """Whether some of its evidence supports it and some refutes it."""
    return len({e.refutes for e in statement.evidence}) == 2


def contradictions(view: GraphView) -> Iterator[Statement]:
    """The statements that some evidence supports and some refutes, by triple id."""
    return filter(is_contradicted, view.statements())


def by_count(counts: Counter[str]) -> dict[str, int]:
    """The counts, largest first; ties by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def stats_of(view: GraphView) -> GraphStats:
    """Count everything in one pass over concepts, documents and statements."""
    labels: Counter[str] = Counter()
    predicates: Counter[str] = Counter()
    n_unlinked = n_evidence = n_contradicted = 0
    known: set[Curie] = set()
    for concept in view.concepts():
        known.add(concept.id)
        labels[concept.type.value] += 1
        n_unlinked += not is_linked(concept.id)
    first: list[tuple[str, str]] = []
    for statement in view.statements():
        triple = statement.triple
        predicates[triple.predicate.name] += 1
        n_evidence += len(statement.evidence)
        if is_contradicted(statement):
            n_contradicted += 1
            if len(first) < KEPT_CONTRADICTIONS:
                first.append((triple.id, str(triple)))
    bare = bare_labels(view, known)
    labels.update(bare.values())
    n_unlinked += sum(not is_linked(end) and end.prefix != PATIENT for end in bare)
    return GraphStats(
        n_nodes=labels.total(),
        n_edges=predicates.total(),
        n_evidence=n_evidence,
        n_documents=sum(1 for _ in view.documents()),
        n_unlinked=n_unlinked,
        by_label=by_count(labels),
        by_predicate=by_count(predicates),
        n_contradicted=n_contradicted,
        contradictions=tuple(first),
    )


def stats_to_text(stats: GraphStats) -> str:
    """A table for a terminal."""
    lines = [
        f"{stats.n_documents} documents, {stats.n_nodes} nodes ({stats.n_unlinked} unlinked), "
        f"{stats.n_edges} edges, {stats.n_evidence} pieces of evidence",
    ]
    for title, counts in (("nodes", stats.by_label), ("edges", stats.by_predicate)):
        lines.append(f"\n{title}")
        lines += [f"  {name:<20} {n:>9,}" for name, n in counts.items()]
    lines.append(f"\n{stats.n_contradicted} edges that some evidence supports and some refutes")
    lines += [f"  {printable(text)}" for _, text in stats.contradictions]
    return "\n".join(lines)
