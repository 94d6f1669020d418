"""A graph on a Neo4j server, shared by all who may reach it.

A merge is one transaction: whoever is killed, server or client, what was reported done is there and
nothing else. Several programs may merge at once; they wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from kgbuilder.errors import GraphError
from kgbuilder.issues import Issues
from kgbuilder.model import Concept, Curie, Document, EntityType, Statement
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import neo4j_cypher as cypher
from kgbuilder.store import neo4j_rows as rows
from kgbuilder.store import network, questions
from kgbuilder.store.neo4j_load import merge_side_by_side
from kgbuilder.store.neo4j_merge import merge_batch
from kgbuilder.store.neo4j_query import query_rows
from kgbuilder.store.neo4j_server import Server, Transaction
from kgbuilder.store.search import Hit
from kgbuilder.store.stats import GraphStats

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["Neo4jStore"]


class Neo4jStore:
    """The ``GraphStore`` contract on a Neo4j server (5.26 or later).

    User and password are taken from ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD`` or the keyring, the
    database from ``NEO4J_DATABASE``; a server without authentication ignores the first two.

    :param address: ``neo4j://host``, ``neo4j+s://host``, ``bolt://host:7687``, ...
    :param read_only: never write.
    :param timeout_s: how long to wait for the server, in seconds.
    :raises GraphError: when the server does not answer or refuses the credentials.
    :raises UsageError: for a malformed address, or one that holds a password.
    """

    __slots__ = ("_has_schema", "_read_only", "_server")

    def __init__(self, address: str, *, read_only: bool = False, timeout_s: float = 5.0) -> None:
        self._server = Server(address, timeout_s=timeout_s)
        self._read_only, self._has_schema = read_only, False

    def __enter__(self) -> Neo4jStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; everything merged is on the server. Closing twice is fine."""
        self._server.close()

    # -- reading ---------------------------------------------------------------------------------

    def concept(self, id: Curie) -> Concept | None:
        """The concept, or None."""
        return rows.find_concept(self._server, id)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        """All concepts, or those of one type, in id order; a page at a time."""
        return rows.iter_concepts(self._server, type)

    def document(self, id: str) -> Document | None:
        """The document, or None."""
        return rows.find_document(self._server, id)[0]

    def documents(self) -> Iterator[Document]:
        """All documents in id order; a page at a time."""
        return rows.iter_documents(self._server)

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        """Statements that match every given part, by triple id; a page at a time."""
        return rows.iter_statements(
            self._server, subject=subject, predicate=predicate, object=object
        )

    def recorded(self, document_id: str) -> str | None:
        """The digest with which a document was merged (see :meth:`merge`), or None."""
        return rows.find_document(self._server, document_id)[1]

    # -- writing ---------------------------------------------------------------------------------

    def merge(self, batch: Batch, *, ledger: Mapping[str, str] | None = None) -> MergeReport:
        """Add what is not there, in one transaction; see ``protocols.GraphStore``.

        A document named in ``batch.deleted`` goes even where the same batch brings it. Labels and
        properties that others gave to the nodes of concepts stay.

        :param ledger: document id -> digest of its text and of whatever read it; after a space its
            version may follow. It is recorded, and a document that was recorded with another digest
            loses its old evidence first.
        :raises GraphError: when evidence quotes what its document does not say, the server stays away,
            or the user may not write; nothing is changed then.
        """
        self._open_to_write()

        def locked(tx: Transaction) -> MergeReport:
            self._lock(tx)
            return merge_batch(tx, batch, ledger or {})

        return self._server.write(locked)

    def merge_all(self, batches: Iterable[Batch]) -> Iterator[MergeReport]:
        """Merge many batches, two at a time where they only state something; see ``neo4j_load``. Each is
        one transaction and is told when it is there, not always in order.

        :raises GraphError: as :meth:`merge`; what was told is there.
        """
        self._open_to_write()
        yield from merge_side_by_side(self._server, batches, lock=self._lock, alone=self.merge)

    @contextmanager
    def unchanged(self, issues: Issues) -> Iterator[None]:
        """What is read inside is of one moment: programs of ours that write wait meanwhile.

        :param issues: told where that could not be had, as by a user who may only read.
        """
        if self._server.is_arcadedb:  # nobody writes to a graph that is served
            yield
            return

        def warn(why: object) -> None:
            issues.warn(
                "not-one-moment",
                where=self._server.address,
                what=f"the graph may be written to while it is read: {why}",
                hint="read it when nothing is built, or as a user who may write, who lets others wait",
            )

        with ExitStack() as stack:
            try:
                is_held = stack.enter_context(self._server.holding(self._lock))
            except GraphError as error:
                warn(error)
                yield
                return
            yield
            if not is_held():
                warn("the server ended the transaction that kept others from it")

    def _open_to_write(self) -> None:
        if self._read_only:
            raise GraphError(
                "this graph was opened for reading",
                where=self._server.address,
                hint="open it for writing",
            )
        self._make_schema()

    def _lock(self, tx: Transaction) -> None:
        """Wait for all others who write."""
        self._check_format(tx.rows(cypher.LOCK, {"format": cypher.FORMAT})[0]["format"])

    def _make_schema(self) -> None:
        if self._has_schema:
            return
        names = {"names": cypher.SCHEMA_NAMES}
        held = self._server.read(lambda tx: tx.rows(cypher.COUNT_SCHEMA, names))
        if held[0]["n"] < len(cypher.SCHEMA):
            self._server.run_each((*cypher.SCHEMA, cypher.AWAIT_SCHEMA))
        self._has_schema = True

    def _check_format(self, format: int) -> None:
        if format != cypher.FORMAT:
            raise GraphError(
                f"the graph has format {format}, this kgbuilder writes {cypher.FORMAT}",
                where=self._server.address,
                hint="use the kgbuilder that wrote it, export it to jsonl and import that",
            )

    # -- giving out ------------------------------------------------------------------------------

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph with plain attributes; see :func:`kgbuilder.store.network.to_networkx`."""
        return network.to_networkx(self)

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Nodes and edges; see :func:`kgbuilder.store.network.to_pandas`."""
        return network.to_pandas(self)

    def search(self, words: str, *, limit: int = 20) -> list[Hit]:
        """Concepts, statements and documents that hold every word, by the full-text indexes: a word
        may go on where the given one ends, not begin before it. The best first.
        """
        return rows.find_words(self._server, words, limit=limit)

    def stats(self) -> GraphStats:
        """Counts of everything."""
        return rows.count_graph(self._server)

    def query(
        self, query: str, parameters: Mapping[str, Any] | None = None
    ) -> list[dict[str, object]]:
        """The rows of a Cypher query that only reads, as plain values; see ``neo4j_query``.

        :param parameters: values for ``$name`` in the query: given so, a text is never Cypher.
        :raises UsageError: when it would write, or is no Cypher.
        """
        return query_rows(self._server, query, parameters or {})

    # -- asking ----------------------------------------------------------------------------------

    drugs = questions.drugs
    evidence = questions.evidence
    paths = questions.paths
