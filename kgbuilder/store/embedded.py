"""A graph on disk that answers Cypher: the ``GraphStore`` contract on ArcadeDB.

A merge is one transaction, so that a process killed at any moment leaves what was reported done and
nothing else, and memory stays flat however much is merged. Several processes may read; one writes at a
time and then has the graph alone: another waits, then is told.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgbuilder.errors import GraphError
from kgbuilder.model import Concept, Curie, Document, EntityType, Statement
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import arcade_rows as rows
from kgbuilder.store import network, questions
from kgbuilder.store.arcade import Arcade
from kgbuilder.store.arcade_merge import merge_batch
from kgbuilder.store.arcade_property_rows import ArcadePropertyRows
from kgbuilder.store.arcade_query import query_rows
from kgbuilder.store.arcade_search import find_words
from kgbuilder.store.as_built import MAX_DOCUMENTS
from kgbuilder.store.graph_folder import create_folder, open_graph
from kgbuilder.store.keys import key_of
from kgbuilder.store.property_rows import PropertyRows
from kgbuilder.store.search import Hit
from kgbuilder.store.stats import GraphStats

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["EmbeddedStore"]


class EmbeddedStore:
    """The graph at ``path``.

    :param create: make one where there is none; else that is an error.
    :param read_only: never write.
    :param timeout_s: how long to wait for another process that has the graph open, in seconds.
    :raises GraphError: when ``path`` is no graph, of a later version or not there, or another process
        has it open.
    """

    __slots__ = ("__weakref__", "_graph", "_read_only", "_release", "_timeout_s", "path")

    def __init__(
        self,
        path: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        timeout_s: float = 5.0,
    ) -> None:
        self.path, self._read_only, self._timeout_s = Path(path), read_only, timeout_s
        may_create = create and not read_only
        if may_create and not self.path.exists():
            create_folder(self.path)
        # Who may make a graph means to fill it; who opens one reads until the first merge.
        self._graph = open_graph(self.path, writing=may_create, timeout_s=timeout_s)
        self._release = weakref.finalize(self, self._graph.close)
        self._release.atexit = False  # Java is down by then, and closed what was open

    def __enter__(self) -> EmbeddedStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; everything merged is on disk already. Closing twice is fine."""
        self._release()

    @property
    def _arcade(self) -> Arcade:
        if not self._release.alive:
            raise GraphError("the graph is closed", where=str(self.path), hint="open it again")
        return self._graph.arcade

    # -- reading ---------------------------------------------------------------------------------

    def concept(self, id: Curie) -> Concept | None:
        """The concept, or None."""
        return rows.find_concept(self._arcade, id)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        """All concepts, or those of one type, in id order; a page at a time."""
        yield from rows.iter_concepts(self._arcade, type)

    def document(self, id: str) -> Document | None:
        """The document, or None."""
        found = rows.documents_of_keys(self._arcade, [key_of(id)])
        return found[key_of(id)][1] if found else None

    def documents(self) -> Iterator[Document]:
        """All documents in id order; a page at a time."""
        yield from rows.iter_documents(self._arcade)

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        """Statements that match every given part, by triple id; a page at a time."""
        yield from rows.iter_statements(
            self._arcade, subject=subject, predicate=predicate, object=object
        )

    def recorded(self, document_id: str) -> str | None:
        """The digest with which a document was merged (see :meth:`merge`), or None."""
        if self._release.alive and (left := self._graph.ledger_left) is not None:
            return left.get(key_of(document_id))
        return rows.find_digest(self._arcade, document_id)

    # -- writing ---------------------------------------------------------------------------------

    def merge(self, batch: Batch, *, ledger: Mapping[str, str] | None = None) -> MergeReport:
        """Add what is not there, in one transaction; see ``protocols.GraphStore``.

        A document named in ``batch.deleted`` goes even where the same batch brings it.

        :param ledger: document id -> digest of its text and of whatever read it; after a space its
            version may follow. It is recorded, and a document that was recorded with another digest
            loses its old evidence first.
        :raises GraphError: when evidence quotes what its document does not say, another process has
            the graph open, it is read-only or the disk full; nothing is changed then.
        """
        if self._read_only:
            raise GraphError(
                "this graph was opened for reading",
                where=str(self.path),
                hint="open it for writing",
            )
        _ = self._arcade
        arcade = self._graph.for_writing(timeout_s=self._timeout_s)
        return merge_batch(arcade, batch, dict(ledger or {}))

    def is_as_built(self) -> bool:
        """Whether nothing was written since :meth:`leave_as_built`, and nobody reads it here: then
        :meth:`recorded` needs no database, and a build has nothing to add but what is not recorded.
        """
        return self._release.alive and self._graph.find_as_built()

    def leave_as_built(self) -> None:
        """Say that a build is complete: that the graph holds no names which decide what is read, and
        all that is to be added to what is merged. Nothing where that is no gain; see ``as_built``.
        """
        if (ledger := rows.find_ledger(self._arcade, at_most=MAX_DOCUMENTS)) is not None:
            self._graph.leave_as_built(ledger)

    # -- giving out ------------------------------------------------------------------------------

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph with plain attributes; see :func:`kgbuilder.store.network.to_networkx`."""
        return network.to_networkx(self)

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Nodes and edges; see :func:`kgbuilder.store.network.to_pandas`."""
        return network.to_pandas(self)

    def property_rows(self) -> PropertyRows:
        """All of the graph as the properties that Cypher sees, for exports to copy."""
        return ArcadePropertyRows(self._arcade)

    def search(self, words: str, *, limit: int = 20) -> list[Hit]:
        """Concepts, quotes and documents that hold every word, the best first."""
        return find_words(self._arcade, words, limit=limit)

    def stats(self) -> GraphStats:
        """Counts of everything."""
        return rows.count_graph(self._arcade)

    def query(
        self, cypher: str, parameters: Mapping[str, Any] | None = None
    ) -> list[dict[str, object]]:
        """The rows of a Cypher query that only reads, as plain values; see ``query_rows``.

        :param parameters: values for ``$name`` in the query: given so, a text is never Cypher.
        :raises UsageError: when it would write, or is no Cypher.
        """
        return query_rows(self._arcade, cypher, parameters or {})

    # -- asking ----------------------------------------------------------------------------------

    drugs = questions.drugs
    evidence = questions.evidence
    paths = questions.paths
