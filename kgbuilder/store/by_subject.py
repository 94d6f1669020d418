"""The batches of an export in another order: what is stated of one subject together.

A server then looks that node up, and changes its chain of relationships, once for all of them; an export
is in order of ids, where neighbours have nothing in common. Statements wait in temporary files, so
that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from zlib import crc32

from kgbuilder.model import PATIENT, Statement, Triple
from kgbuilder.protocols import Batch
from kgbuilder.store.codec import parse_record, statement_from_record, statement_to_record
from kgbuilder.store.json_lines import to_line

__all__ = ["by_subject"]

N_FILES = 64
"""Each is sorted in memory: 16,000 of a million statements."""
PER_BATCH = 5000


def by_subject(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same concepts and documents as they come, then all statements, sorted by subject within
    each part. Nothing is given of statements before the last batch was read.
    """
    with ExitStack() as opened:
        files = [
            opened.enter_context(TemporaryFile("w+", encoding="utf-8", newline="\n"))
            for _ in range(N_FILES)
        ]
        for batch in batches:
            if batch.concepts or batch.documents or batch.deleted:
                yield Batch(batch.concepts, (), batch.documents, batch.deleted)
            for statement in batch.statements:
                files[_part(statement.triple)].write(to_line(statement_to_record(statement)) + "\n")
        for file in files:
            file.seek(0)
            statements = [statement_from_record(parse_record(x, where="statement")) for x in file]
            statements.sort(key=_place)
            for at in range(0, len(statements), PER_BATCH):
                yield Batch(statements=tuple(statements[at : at + PER_BATCH]))


def _part(triple: Triple) -> int:
    """Which file: what is stated of patients stands apart, since a server takes it batch by batch."""
    if PATIENT in (triple.subject.prefix, triple.object.prefix):
        return N_FILES - 1
    return crc32(str(triple.subject).encode("utf-8", "surrogatepass")) % (N_FILES - 1)


def _place(statement: Statement) -> tuple[str, str]:
    return str(statement.triple.subject), statement.triple.id
