"""Many batches into a Neo4j server, two at a time: it writes one while the rows of the other are made.

Merges take turns by the writers' lock. Here a transaction that does nothing else holds that lock for a
round of batches, and each is merged beside it in a transaction of its own: there whole, or not at all.
Two go at once where neither can see what the other does: they state different things, of things that a
concept describes. Whatever else comes is merged alone, and so is what was under way when the lock was
lost, as it is when the server was killed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby, islice

from kgbuilder.model import PATIENT
from kgbuilder.protocols import Batch, MergeReport
from kgbuilder.store.merging import canonical_statement
from kgbuilder.store.neo4j_merge import MustBeAlone, merge_batch
from kgbuilder.store.neo4j_server import Server, Transaction

__all__ = ["merge_side_by_side"]

N_SESSIONS = 2
"""Three were no faster, on two cores."""
ROUND = 40
"""Batches after which other programs that write get their turn."""


def merge_side_by_side(
    server: Server,
    batches: Iterable[Batch],
    *,
    lock: Callable[[Transaction], None],
    alone: Callable[[Batch], MergeReport],
) -> Iterator[MergeReport]:
    """Merge every batch. :returns: what each brought, once it is there; not always in order.

    :param lock: takes the writers' lock in a transaction.
    :param alone: merges a batch in its turn.
    """
    for only_states, run in groupby(batches, key=_only_states):
        if not only_states or server.is_arcadedb:
            yield from map(alone, run)
            continue
        left = iter(run)
        for first in left:
            aside: list[Batch] = []
            server.write(lock)  # for good: what the round's own transaction writes is taken back
            yield from _round(server, chain((first,), islice(left, ROUND - 1)), lock, aside)
            yield from map(alone, aside)


def _only_states(batch: Batch) -> bool:
    """Whether it brings statements alone, none of a patient: no concept describes these."""
    if batch.concepts or batch.documents or batch.deleted:
        return False
    ends = (end for s in batch.statements for end in (s.triple.subject, s.triple.object))
    return all(end.prefix != PATIENT for end in ends)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    batch: Batch
    ids: frozenset[str]
    report: Future[MergeReport]


def _round(
    server: Server,
    batches: Iterator[Batch],
    lock: Callable[[Transaction], None],
    aside: list[Batch],
) -> Iterator[MergeReport]:
    """Merge batches side by side; what cannot be merged so is put ``aside``. After a few of these, or
    without the lock, the rest is left where it is.
    """
    under_way: deque[_UnderWay] = deque()
    with server.holding(lock) as is_held, ThreadPoolExecutor(N_SESSIONS) as pool:

        def merged(batch: Batch) -> MergeReport:
            def work(tx: Transaction) -> MergeReport:
                report = merge_batch(tx, batch, {}, is_alone=False)
                if not is_held():
                    raise MustBeAlone
                return report

            return server.write(work)

        def landed() -> Iterator[MergeReport]:
            done = under_way.popleft()
            try:
                yield done.report.result()
            except MustBeAlone:
                aside.append(done.batch)

        while len(aside) < N_SESSIONS and is_held():
            batch = next(batches, None)
            if batch is None:
                break
            ids = frozenset(canonical_statement(s).triple.id for s in batch.statements)
            while len(under_way) > N_SESSIONS or any(ids & other.ids for other in under_way):
                yield from landed()
            under_way.append(_UnderWay(batch, ids, pool.submit(merged, batch)))
        while under_way:
            yield from landed()
