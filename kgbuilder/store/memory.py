"""A graph in memory: dicts with indexes, given out as networkx or pandas on demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kgbuilder.errors import GraphError
from kgbuilder.model import (
    Concept,
    Curie,
    Document,
    EntityType,
    Statement,
    is_linked,
)
from kgbuilder.model.versions import digest_in, join_entries
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store import network, questions
from kgbuilder.store.keys import key_of
from kgbuilder.store.merging import (
    canonical_concept,
    check_documents,
    check_quotes,
    documents_of,
    is_held_so,
    join_concepts,
    join_documents,
    statements_left,
)
from kgbuilder.store.search import Hit, search
from kgbuilder.store.stats import GraphStats, stats_of

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["MemoryStore"]


@dataclass(slots=True)
class MemoryStore:
    """The ``GraphStore`` contract in memory. What is merged is kept until the process ends."""

    _concepts: dict[Curie, Concept] = field(default_factory=dict)
    _statements: dict[str, Statement] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)
    _ledger: dict[str, str] = field(default_factory=dict)
    _by_subject: dict[Curie, set[str]] = field(default_factory=dict)
    _by_object: dict[Curie, set[str]] = field(default_factory=dict)
    _by_document: dict[str, set[str]] = field(default_factory=dict)

    # -- reading ---------------------------------------------------------------------------------

    def concept(self, id: Curie) -> Concept | None:
        """The concept, or None."""
        return self._concepts.get(id)

    def concepts(self, type: EntityType | None = None) -> Iterator[Concept]:
        """All concepts, or those of one type, in id order."""
        for id in sorted(self._concepts, key=key_of):
            concept = self._concepts[id]
            if type is None or concept.type == type:
                yield concept

    def document(self, id: str) -> Document | None:
        """The document, or None."""
        return self._documents.get(id)

    def documents(self) -> Iterator[Document]:
        """All documents in id order."""
        for id in sorted(self._documents, key=key_of):
            yield self._documents[id]

    def statements(
        self,
        *,
        subject: Curie | None = None,
        predicate: str | None = None,
        object: Curie | None = None,
    ) -> Iterator[Statement]:
        """Statements that match every given part, by triple id."""
        ids: Iterable[str] = self._statements
        if subject is not None:
            ids = self._by_subject.get(subject, set())
        if object is not None:
            ends = self._by_object.get(object, set())
            ids = ends if subject is None else ends & set(ids)
        for id in sorted(ids):
            statement = self._statements[id]
            if predicate is None or statement.triple.predicate.name == predicate:
                yield statement

    def recorded(self, document_id: str) -> str | None:
        """The digest with which a document was merged (see :meth:`merge`), or None."""
        return self._ledger.get(document_id)

    # -- writing ---------------------------------------------------------------------------------

    def merge(self, batch: Batch, *, ledger: Mapping[str, str] | None = None) -> MergeReport:
        """Add what is not there; see ``protocols.GraphStore``.

        A document named in ``batch.deleted`` goes even where the same batch brings it.

        :param ledger: document id -> digest of its text and of whatever read it; after a space its
            version may follow. It is recorded, and a document that was recorded with another digest
            loses its old evidence first.
        :raises GraphError: when evidence quotes what its document does not say; nothing is changed.
        """
        gone = set(batch.deleted)
        ledger = {id: entry for id, entry in (ledger or {}).items() if id not in gone}
        fresh = [d for d in batch.documents if d.id not in gone]
        for document in (d for d in batch.described if d.id not in gone):
            entry = self._ledger.get(document.id)
            if is_held_so(document, self._text_of(document.id, {}, gone), entry, ledger):
                fresh.append(document)
            else:
                ledger.pop(document.id, None)
        check_documents(fresh)
        texts = {d.id: d.text for d in fresh}
        statements = statements_left(batch.statements, gone)
        for statement in statements:
            check_quotes(statement.evidence, lambda name: self._text_of(name, texts, gone))

        n_removed = sum(id in self._documents for id in gone)
        stale = {id for id, text in texts.items() if self._is_changed(id, text)}
        stale |= {id for id, digest in ledger.items() if self._is_read_otherwise(id, digest)}
        self._remove_evidence(gone | stale)
        for id in gone:
            self._documents.pop(id, None)
            self._ledger.pop(id, None)
        n_documents = sum(self._put_document(d) for d in fresh)
        for id, entry in ledger.items():
            self._ledger[id] = join_entries(self._ledger.get(id, entry), entry)
        n_concepts = sum(self._put_concept(c) for c in batch.concepts)
        n_statements = n_evidence = 0
        for statement in statements:
            is_new, n_more = self._put_statement(statement)
            n_statements += is_new
            n_evidence += n_more
        return MergeReport(n_concepts, n_statements, n_evidence, n_documents, n_removed)

    def close(self) -> None:
        """Nothing to do: there is no file."""

    def _text_of(self, id: str, texts: dict[str, str], gone: set[str]) -> str | None:
        if id in texts:
            return texts[id]
        document = None if id in gone else self._documents.get(id)
        return document.text if document else None

    def _is_changed(self, id: str, text: str) -> bool:
        old = self._documents.get(id)
        return old is not None and old.text != text

    def _is_read_otherwise(self, id: str, digest: str) -> bool:
        return digest_in(self._ledger.get(id, digest)) != digest_in(digest)

    def _put_document(self, document: Document) -> bool:
        old = self._documents.get(document.id)
        if old is not None and old.text == document.text:
            self._documents[document.id] = join_documents(old, document)
            return False
        self._documents[document.id] = document
        self._ledger.pop(document.id, None)
        return True

    def _put_concept(self, concept: Concept) -> bool:
        old = self._concepts.get(concept.id)
        if old is None:
            self._concepts[concept.id] = canonical_concept(concept)
        else:
            self._concepts[concept.id] = join_concepts(old, concept)
        return old is None

    def _put_statement(self, statement: Statement) -> tuple[bool, int]:
        triple = statement.triple
        old = self._statements.get(triple.id)
        merged = statement if old is None else old.with_evidence(statement.evidence)
        self._statements[triple.id] = merged
        self._by_subject.setdefault(triple.subject, set()).add(triple.id)
        self._by_object.setdefault(triple.object, set()).add(triple.id)
        for item in statement.evidence:
            for document_id in documents_of(item):
                self._by_document.setdefault(document_id, set()).add(triple.id)
        return old is None, len(merged.evidence) - (len(old.evidence) if old else 0)

    def _remove_evidence(self, gone: set[str]) -> None:
        touched = {id for name in gone for id in self._by_document.pop(name, ())}
        for id in touched:
            statement = self._statements[id]
            left = statements_left([statement], gone)
            if left:
                self._statements[id] = left[0]
            else:
                self._remove_statement(statement)

    def _remove_statement(self, statement: Statement) -> None:
        triple = statement.triple
        del self._statements[triple.id]
        for index, end in (
            (self._by_subject, triple.subject),
            (self._by_object, triple.object),
        ):
            index[end].discard(triple.id)
            if not index[end]:
                del index[end]
        for document_id in {d for item in statement.evidence for d in documents_of(item)}:
            self._by_document.get(document_id, set()).discard(triple.id)
        for end in (triple.subject, triple.object):
            # A node that only this text named goes with it; a vocabulary's concept stays.
            if not is_linked(end) and end not in self._by_subject and end not in self._by_object:
                self._concepts.pop(end, None)

    # -- giving out ------------------------------------------------------------------------------

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph with plain attributes; see :func:`kgbuilder.store.network.to_networkx`."""
        return network.to_networkx(self)

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Nodes and edges; see :func:`kgbuilder.store.network.to_pandas`."""
        return network.to_pandas(self)

    def search(self, words: str, *, limit: int = 20) -> list[Hit]:
        """Concepts, documents and quotes that hold every word."""
        return search(self, words, limit=limit)

    def stats(self) -> GraphStats:
        """Counts of everything."""
        return stats_of(self)

    def query(
        self, cypher: str, parameters: Mapping[str, Any] | None = None
    ) -> list[dict[str, object]]:
        """No Cypher here. :raises GraphError: always."""
        raise GraphError(
            "a graph in memory answers no Cypher",
            where=cypher[:80],
            hint="build it into a path such as graph.kg, or use graph.to_networkx()",
        )

    # -- asking: as of other graphs, so that the same code is told why it cannot ------------------

    drugs = questions.drugs
    evidence = questions.evidence
    paths = questions.paths
