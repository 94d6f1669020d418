"""Documents into a graph: cut into shards, read anywhere, merged by one writer in the order they came.

A shard is a run of documents that the ledger does not hold. What is read in it depends on the shard and
on nothing else, so that other processes or a cluster may read it; a shard is done when its merge is. A
killed build goes on where it was, and one that is run again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from kgbuilder.assemble.statements import paper_of, statements_of
from kgbuilder.issues import Issue, Issues, Level
from kgbuilder.model import (
    Concept,
    DeletedDocument,
    Document,
    Statement,
    content_hash,
    is_linked,
)
from kgbuilder.model.versions import digest_in, is_newer, is_older
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.stages import Pipeline, foreign_issue

__all__ = [
    "BuildReport",
    "LedgerStore",
    "ReadHere",
    "Shard",
    "ShardReader",
    "ShardReading",
    "build_graph",
    "read_shard",
]

MAX_DOCUMENTS = 32
MAX_CHARACTERS = 60_000
"""A shard is closed at either: some seconds of reading, which is what a kill costs a worker."""

WITHDRAWN = "withdrawn"
"""What the ledger says of a document that its source withdrew: it stays out, whatever comes first."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Documents to read, no two of one id, and then ids to take out.

    :param described: newer versions of documents whose texts are as they were read before.
    :param ledger: id -> what the ledger will say of it, one for each document.
    """

    documents: tuple[Document, ...] = ()
    described: tuple[Document, ...] = ()
    deleted: tuple[str, ...] = ()
    ledger: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShardReading:
    """What one shard brings into the graph. ``unread``: what was wrong with documents left out."""

    batch: Batch
    unread: tuple[Issue, ...]
    n_findings: int
    n_unlinked: int
    n_relations: int


class ShardReader(Protocol):
    """Reads shards, here or in other processes."""

    @property
    def name(self) -> str:
        """Everything that decides what is read in a text; the ledger compares it."""
        ...

    def read(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, ShardReading]]:
        """Each shard with what was read in it, in the order given; takes few shards ahead."""
        ...


class LedgerStore(Protocol):
    """What a build asks of a store: see ``protocols.GraphStore``."""

    def recorded(self, document_id: str) -> str | None:
        """What the ledger says of a document, None for nothing."""
        ...

    def merge(self, batch: Batch, *, ledger: Mapping[str, str] | None = None) -> MergeReport:
        """Merge, and record ``ledger``, in one step."""
        ...


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    :param n_skipped: documents that were in the ledger, their text unchanged, and repeats.
    :param n_superseded: of which the graph holds a newer version, or that were withdrawn.
    """

    n_read: int
    n_skipped: int
    n_superseded: int
    n_deleted: int
    n_findings: int
    n_unlinked: int
    n_relations: int
    n_new_statements: int


def read_shard(shard: Shard, pipeline: Pipeline) -> ShardReading:
    """Run every stage on every document. A document on which a stage fails is left out and told, since
    a dump must not end at one record, and so is one that is not English; it is not in the ledger, so
    the next build tries it again.
    """
    documents: list[Document] = []
    statements: list[Statement] = []
    concepts: dict[Concept, None] = {}
    unread: list[Issue] = []
    n_findings = n_unlinked = n_relations = 0
    for document in shard.documents:
        try:
            reading = pipeline.read(document)
            if issue := foreign_issue(reading):
                unread.append(issue)
                continue
            part = statements_of(
                document,
                reading.findings,
                reading.relations,
                extractor=pipeline.name,
                sentences=reading.sentences,
            )
        except Exception as error:  # whatever a stage raises is of this one document
            unread.append(
                Issue(
                    Level.REFUSED,
                    "document-failed",
                    where=f"{document.source}: {document.id[:80]}",
                    what=f"a stage failed on this document: {error!r:.200}",
                )
            )
            continue
        documents.append(document)
        statements += part.statements
        concepts.update(dict.fromkeys(part.concepts))
        n_findings += len(reading.findings)
        n_unlinked += sum(not is_linked(finding.concept) for finding in reading.findings)
        n_relations += len(reading.relations)
    batch = Batch(tuple(concepts), tuple(statements), tuple(documents), shard.deleted)
    return ShardReading(batch, tuple(unread), n_findings, n_unlinked, n_relations)


@dataclass(frozen=True, slots=True)
class ReadHere:
    """Reads in this process."""

    pipeline: Pipeline

    @property
    def name(self) -> str:
        """The pipeline's name for the ledger."""
        return self.pipeline.reader

    def read(self, shards: Iterator[Shard]) -> Iterator[tuple[Shard, ShardReading]]:
        """One after the other."""
        for shard in shards:
            yield shard, read_shard(shard, self.pipeline)


def build_graph(
    documents: Iterable[Document | DeletedDocument],
    *,
    reader: ShardReader,
    store: LedgerStore,
    issues: Issues,
    progress: Callable[[int], None] = lambda n_done: None,
) -> BuildReport:
    """Read ``documents`` with ``reader`` and merge them into ``store``.

    Skipped are documents that the ledger holds with the same text and models, those of which it holds
    a newer version, and those that were withdrawn. So the order in which versions and withdrawals come
    changes nothing, and a second build is a no-op.

    :param progress: told how many documents are done, from time to time.
    """
    plan = _Plan(documents, reader.name, store, progress)
    n_read = n_deleted = n_findings = n_unlinked = n_relations = n_new = 0
    for shard, reading in reader.read(plan.shards()):
        for issue in reading.unread:
            issues.add(issue)
        batch = replace(reading.batch, described=shard.described)
        known = [d.id for d in (*batch.documents, *batch.described)]
        report = MergeReport()
        if known or shard.deleted:  # else a store that is as it was needs not be opened
            report = store.merge(batch, ledger={id: shard.ledger[id] for id in known})
        if shard.deleted:
            store.merge(Batch(), ledger=dict.fromkeys(shard.deleted, WITHDRAWN))
        for issue in plan.done(shard, reading.batch.documents):
            issues.add(issue)
        n_read += len(reading.batch.documents)
        n_deleted += report.n_removed_documents
        n_findings += reading.n_findings
        n_unlinked += reading.n_unlinked
        n_relations += reading.n_relations
        n_new += report.n_new_statements
    return BuildReport(
        n_read=n_read,
        n_skipped=plan.n_skipped,
        n_superseded=plan.n_superseded,
        n_deleted=n_deleted,
        n_findings=n_findings,
        n_unlinked=n_unlinked,
        n_relations=n_relations,
        n_new_statements=n_new,
    )


def _read_of(document: Document) -> tuple[str, ...]:
    """What of a document decides what is read in it, and what the evidence says of it."""
    sections = (f"{s.span.start} {s.span.end} {s.title} {s.kind}" for s in document.sections)
    paper = paper_of(document)
    return document.kind, document.title, document.text, paper, *sections


class _Plan:
    """Cuts documents into shards and leaves out what the ledger, or a shard on its way, holds."""

    def __init__(
        self,
        documents: Iterable[Document | DeletedDocument],
        reader: str,
        store: LedgerStore,
        progress: Callable[[int], None],
    ) -> None:
        self._documents, self._reader, self._store = documents, reader, store
        self._progress = progress
        self._on_the_way: dict[str, str] = {}
        self._unread: set[str] = set()
        self._n_merged = 0
        self.n_skipped = self.n_superseded = 0

    def shards(self) -> Iterator[Shard]:
        documents: list[Document] = []
        described: list[Document] = []
        deleted: list[str] = []
        ledger: dict[str, str] = {}
        n_characters = 0
        for item in self._documents:
            was = self._recorded(item.id)
            entry = self._entry_if_wanted(item, was)
            if entry is None:
                self._progress(self._n_done)
                continue
            is_full = len(ledger) >= MAX_DOCUMENTS or n_characters >= MAX_CHARACTERS
            if is_full or item.id in ledger:
                yield Shard(tuple(documents), tuple(described), tuple(deleted), ledger)
                documents, described, deleted, ledger, n_characters = [], [], [], {}, 0
            ledger[item.id] = self._on_the_way[item.id] = entry
            if isinstance(item, DeletedDocument):
                deleted.append(item.id)
            elif was is not None and digest_in(was) == digest_in(entry):
                described.append(item)
            else:
                documents.append(item)
                n_characters += len(item.text)
        if ledger:
            yield Shard(tuple(documents), tuple(described), tuple(deleted), ledger)

    def done(self, shard: Shard, read: Iterable[Document]) -> list[Issue]:
        """Count a shard of which these were read. :returns: what is refused with one that was not: a
        newer version, of the same text, of a document on which a stage failed when it was on its way.
        """
        asked = {d.id for d in shard.documents}
        failed = asked.difference(d.id for d in read)
        self._unread = (self._unread - asked | failed) & self._on_the_way.keys()
        refused = [d for d in shard.described if d.id in self._unread]
        self.n_skipped += len(shard.described) - len(refused)
        for id, entry in shard.ledger.items():
            if self._on_the_way.get(id) == entry:
                del self._on_the_way[id]
        self._n_merged += len(shard.documents) + len(refused)
        self._progress(self._n_done)
        return [
            Issue(
                Level.REFUSED,
                "document-failed",
                where=f"{d.source}: {d.id[:80]}",
                what="the version before it, of the same text, could not be read",
            )
            for d in refused
        ]

    @property
    def _n_done(self) -> int:
        return self._n_merged + self.n_skipped + self.n_superseded

    def _recorded(self, id: str) -> str | None:
        return self._on_the_way.get(id) or self._store.recorded(id)

    def _entry_if_wanted(self, item: Document | DeletedDocument, known: str | None) -> str | None:
        """What the ledger will say of it; None where nothing is to be done.

        :param known: what it says now.
        """
        if isinstance(item, DeletedDocument):
            return None if known == WITHDRAWN else WITHDRAWN
        digest = content_hash(*_read_of(item), self._reader)
        if known == WITHDRAWN:
            self.n_superseded += 1
            return None
        version = item.version or ""
        if known is not None:
            _, _, known_version = known.partition(" ")
            if digest_in(known) == digest and not is_newer(version, known_version):
                self.n_skipped += 1
                return None
            if is_older(version, known_version):
                self.n_superseded += 1
                return None
        return f"{digest} {version}".rstrip()
