"""Rows in the order of a hash, where there may be more of them than memory should hold.

Hashes are spread evenly, so that the first digits of each say in which of some equal parts its row
belongs. The parts stand in a file for the time being, and each is sorted by itself: nothing is compared
over the borders of a part.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Any

from kgbuilder.errors import GraphError

__all__ = ["HashOrder"]

Row = dict[str, Any]

ROWS_A_PART = 20_000
"""How many rows of one sort are sorted together, more or less: some 30 MB."""

MOST_PARTS = 4096

WAITING = 30_000_000
"""Characters of records that are kept in memory before they are written; fewer are never written."""


class HashOrder:
    """Takes rows in any order and gives them back by their hashes, part after part.

    A file for the time being has no name where the system allows it, so that nothing stays of it,
    whatever happens. To be closed.

    :param key: where a row has its hash: lower hexadecimal digits, four or more; rows may share one.
        How long a row is, its ``record`` says.
    :param n_parts: two orders with as many parts have rows of the same hash in the same part.
    :raises GraphError: when the file for the time being cannot be written or read.
    """

    def __init__(self, key: str, *, n_parts: int) -> None:
        self._key, self._n_parts = key, n_parts
        self._waiting: dict[int, list[Row]] = defaultdict(list)
        self._n_waiting = 0
        self._file: IO[bytes] | None = None
        self._places: dict[int, list[int]] = defaultdict(list)
        """Part -> where in the file lists of its rows begin."""

    @staticmethod
    def parts_for(n_rows: int) -> int:
        """How many parts so many rows of one sort want."""
        return min(MOST_PARTS, n_rows // ROWS_A_PART + 1)

    def __enter__(self) -> HashOrder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # a full disk was told; what is left is thrown away
                self._file.close()

    def extend(self, rows: Iterable[Row]) -> None:
        """Take rows."""
        for row in rows:
            self._waiting[int(row[self._key][:4], 16) * self._n_parts >> 16].append(row)
            self._n_waiting += len(row["record"])
        if self._n_waiting > WAITING:
            self._write()

    def parts(self) -> Iterator[list[Row]]:
        """Each part once, sorted; rows of one hash in the order in which they came."""
        for part in range(self._n_parts):
            rows = [*self._written(part), *self._waiting.pop(part, ())]
            rows.sort(key=lambda row: str(row[self._key]))
            yield rows

    def _write(self) -> None:
        with _told():
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="kgbuilder-")  # noqa: SIM115  # __exit__
            for part, rows in self._waiting.items():
                self._places[part].append(self._file.tell())
                pickle.dump(rows, self._file, protocol=5)
            self._file.flush()
        self._waiting.clear()
        self._n_waiting = 0

    def _written(self, part: int) -> Iterator[Row]:
        for place in self._places.pop(part, ()):
            assert self._file is not None  # noqa: S101  # places are in it
            with _told():
                self._file.seek(place)
                rows: list[Row] = pickle.load(self._file)  # noqa: S301  # this process wrote it
            yield from rows


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GraphError(
            f"no room to sort what is read: {error.strerror or error}",
            where=os.environ.get("TMPDIR") or tempfile.tempdir or "the folder for temporary files",
            hint="let TMPDIR name a folder with as much room as the export takes",
        ) from error
