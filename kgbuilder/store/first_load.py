"""The first load of a graph: an export, whole, into a folder that is not there yet.

ArcadeDB's bulk loader is faster than merging into what may be there, but, killed, leaves half of what it
wrote. So the graph is made beside, under another name, until all is on disk. What an export promises
(each thing once, in order of id) is checked on the way, as the loader looks nothing up.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.model import Curie
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store.arcade import Arcade, BulkLoader
from kgbuilder.store.arcade_rows import documents_of_keys
from kgbuilder.store.arcade_search import named_properties
from kgbuilder.store.circles import without_search_for_circles
from kgbuilder.store.cypher import (
    Properties,
    bare_properties,
    document_properties,
    edge_properties,
    evidence_properties,
)
from kgbuilder.store.graph_folder import create_folder
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import (
    canonical_concept,
    canonical_statement,
    check_documents,
    check_quotes,
    documents_of,
)
from kgbuilder.store.network import BareEnds, label_of_end
from kgbuilder.store.tally import Tally

__all__ = ["NotInOrder", "load_whole"]

AHEAD = 2
"""Batches made ready while the loader, in a thread of its own, writes another."""


class NotInOrder(GraphError):
    """The batches repeat something or are not sorted, as an export is: merge them instead."""


def load_whole(path: Path, batches: Iterable[Batch]) -> MergeReport:
    """Make the graph at ``path`` of all ``batches``: concepts, then documents, then statements, each
    once and sorted by id, as :func:`kgbuilder.store.jsonl.iter_jsonl_batches` gives an export.

    :raises NotInOrder: when they are not; there is no graph then.
    :raises GraphError: as ``EmbeddedStore.merge``, or when a graph was made there meanwhile.
    """
    reports: list[MergeReport] = []

    def fill(database: Path) -> None:
        arcade = Arcade(database, read_only=False)
        try:
            reports.append(_load(arcade, batches))
        finally:
            arcade.close()

    with without_search_for_circles():
        is_made = create_folder(path, fill=fill)
    if not is_made:
        raise GraphError("something was put there meanwhile", where=str(path), hint="move it")
    return reports[0]


def _load(arcade: Arcade, batches: Iterable[Batch]) -> MergeReport:
    rows = _Rows(arcade)
    places = _Places()
    with arcade.bulk_loader() as loader, ThreadPoolExecutor(max_workers=1) as writer:
        running: deque[Future[None]] = deque()
        for batch in batches:
            # Quotes are checked against documents that are written.
            while len(running) > (0 if batch.statements and rows.has_fresh_documents else AHEAD):
                running.popleft().result()
            ready = rows.of(batch)
            _add_types(arcade, ready)
            running.append(writer.submit(_write, loader, places, ready))
        while running:
            running.popleft().result()
        writer.submit(loader.close).result()
    rows.relabel()
    return rows.report


@dataclass(slots=True)
class _Places:
    """Where the writer put nodes and documents, by id."""

    nodes: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch as rows; ends of edges are ids, of which the writer knows the places."""

    nodes: Mapping[str, list[Properties]]
    documents: list[Properties]
    edges: Mapping[str, list[tuple[str, str, Properties]]]
    evidence: list[Properties]
    sources: list[tuple[int, str]]
    """Which piece of the evidence rests on the document of which id."""


def _add_types(arcade: Arcade, ready: _Ready) -> None:
    for label in sorted(ready.nodes):
        arcade.add_type("VERTEX", label, "Entity")
    for predicate in sorted(ready.edges):
        arcade.add_type("EDGE", predicate, "Statement")


def _write(loader: BulkLoader, places: _Places, ready: _Ready) -> None:
    for label, rows in ready.nodes.items():
        made = loader.add_vertices(label, rows)
        places.nodes.update((str(row["id"]), rid) for row, rid in zip(rows, made, strict=True))
    if ready.documents:
        made = loader.add_vertices("Document", ready.documents)
        found = zip(ready.documents, made, strict=True)
        places.documents.update((str(row["id"]), rid) for row, rid in found)
    for predicate, edges in ready.edges.items():
        for one, two, row in edges:
            row["_src"], row["_dst"] = places.nodes[one], places.nodes[two]
        loader.add_edges(predicate, [row for _, _, row in edges])
    if ready.evidence:
        made = loader.add_vertices("Evidence", ready.evidence)
        sources = [(made[number], places.documents[id]) for number, id in ready.sources]
        loader.add_edges("FROM", [{"_src": one, "_dst": two} for one, two in sources])


class _Rows:
    """Turns batches into rows, and checks them."""

    __slots__ = ("_arcade", "_bare", "_known", "_labels", "_last", "has_fresh_documents", "report")

    def __init__(self, arcade: Arcade) -> None:
        self._arcade = arcade
        self._known: set[Curie] = set()
        self._bare = BareEnds(self._known)
        self._labels: dict[Curie, str] = {}
        """Of nodes that no concept describes: what the first edge says, for now."""
        self._last = ["", "", ""]
        self.has_fresh_documents = False
        """Whether documents came since the last statement."""
        self.report = MergeReport()

    def of(self, batch: Batch) -> _Ready:
        """The rows of a batch. :raises GraphError: see :func:`load_whole`."""
        self._check_order(batch)
        check_documents(batch.documents)
        self._check_quotes(batch)
        nodes: dict[str, list[Properties]] = defaultdict(list)
        for concept in batch.concepts:
            nodes[concept.type.value].append(named_properties(canonical_concept(concept)))
            self._known.add(concept.id)
        edges: dict[str, list[tuple[str, str, Properties]]] = defaultdict(list)
        evidence: list[Properties] = []
        sources: list[tuple[int, str]] = []
        for statement in map(canonical_statement, batch.statements):
            triple = statement.triple
            for end, is_subject in self._bare.add(triple):
                if end not in self._labels:
                    label = self._labels[end] = label_of_end(triple, is_subject=is_subject)
                    nodes[label].append(bare_properties(end))
            for item in statement.evidence:
                if named := documents_of(item):
                    sources += [(len(evidence), key_of(id)) for id in sorted(named)]
                evidence.append(evidence_properties(triple, item))
            tally = Tally.of(statement)
            ends = str(evidence[-1]["subject"]), str(evidence[-1]["object"])
            edges[triple.predicate.name].append((*ends, edge_properties(triple, tally)))
        self._count(batch, len(evidence))
        return _Ready(
            nodes, [document_properties(d) for d in batch.documents], edges, evidence, sources
        )

    def relabel(self) -> None:
        """Give the nodes that no concept describes the label that all their edges say."""
        for end, label in self._bare.labels().items():
            if label == self._labels[end]:
                continue
            self._arcade.add_type("VERTEX", label, "Entity")
            (row,) = self._arcade.sql(
                "SELECT @rid.asString() AS rid FROM Entity WHERE id = :id", {"id": key_of(end)}
            )
            with self._arcade.transaction():
                self._arcade.retype(row["rid"], label, bare_properties(end))

    # -- checks ----------------------------------------------------------------------------------

    def _check_order(self, batch: Batch) -> None:
        kinds = (
            [key_of(c.id) for c in batch.concepts],
            [key_of(d.id) for d in batch.documents],
            [s.triple.id for s in batch.statements],
        )
        hint = "merge it: EmbeddedStore(path).merge(batch)"
        if batch.deleted or batch.described:
            raise NotInOrder("not the order of an export", hint=hint)
        for number, ids in enumerate(kinds):
            if ids and any(self._last[number + 1 :]):
                raise NotInOrder("not the order of an export", hint=hint)
            for before, id in pairwise((self._last[number], *ids)):
                if not before < id:
                    raise NotInOrder("not the order of an export", where=id[:80], hint=hint)
            self._last[number : number + 1] = ids[-1:] or self._last[number : number + 1]

    def _check_quotes(self, batch: Batch) -> None:
        texts: dict[str, str | None] = {d.id: d.text for d in batch.documents}
        named = {id for s in batch.statements for e in s.evidence for id in documents_of(e)}
        held = documents_of_keys(self._arcade, {key_of(id) for id in named - set(texts)})
        texts |= {id: held[key_of(id)][1].text for id in named - set(texts) if key_of(id) in held}
        for statement in batch.statements:
            check_quotes(statement.evidence, texts.get)
        self.has_fresh_documents = bool(batch.documents) or (
            self.has_fresh_documents and not batch.statements
        )

    def _count(self, batch: Batch, n_evidence: int) -> None:
        old = self.report
        self.report = MergeReport(
            old.n_new_concepts + len(batch.concepts),
            old.n_new_statements + len(batch.statements),
            old.n_new_evidence + n_evidence,
            old.n_new_documents + len(batch.documents),
        )
