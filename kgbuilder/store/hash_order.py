"""Rows in the order of a hash, where there may be more of them than memory should hold.

Hashes are spread evenly, so that the first digits of each say in which of some equal parts its row
belongs. The parts are kept in files for the time being, and each is sorted by itself: nothing is
compared over the borders of a part.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Generic, TypeVar

from kgbuilder.errors import GraphError

__all__ = ["HashOrder"]

Row = TypeVar("Row")

ROWS_A_PART = 20_000
"""How many rows of one sort are sorted together, more or less: some 30 MB."""

MOST_PARTS = 4096
"""Each is a file, and takes a call of the system each time that waiting rows are written."""

WAITING = 50_000
"""Rows that are kept in memory before they are written; fewer are never written at all."""


class HashOrder(Generic[Row]):
    """Takes rows in any order and gives them back by their hashes, part after part.

    :param hash_of: a row's hash: lower hexadecimal digits, four or more; rows may share one.
    :param n_parts: two orders with as many parts have rows of the same hash in the same part.
    :raises GraphError: from :meth:`extend`, when the files for the time being cannot be written.
    """

    def __init__(self, hash_of: Callable[[Row], str], *, n_parts: int) -> None:
        self._hash_of, self._n_parts = hash_of, n_parts
        self._waiting: dict[int, list[Row]] = {}
        self._n_waiting = 0
        self._files: dict[int, Path] = {}
        self._folder: Path | None = None
        self._done = ExitStack()

    @staticmethod
    def parts_for(n_rows: int) -> int:
        """How many parts so many rows of one sort want."""
        return min(MOST_PARTS, n_rows // ROWS_A_PART + 1)

    def __enter__(self) -> HashOrder[Row]:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.close()

    def extend(self, rows: Iterable[Row]) -> None:
        """Take rows."""
        for row in rows:
            part = int(self._hash_of(row)[:4], 16) * self._n_parts >> 16
            self._waiting.setdefault(part, []).append(row)
            self._n_waiting += 1
        if self._n_waiting > WAITING:
            self._write()

    def parts(self) -> Iterator[list[Row]]:
        """Each part once, sorted; rows of one hash in the order in which they came."""
        for part in range(self._n_parts):
            rows = [*self._written(part), *self._waiting.pop(part, ())]
            rows.sort(key=self._hash_of)
            yield rows

    def _write(self) -> None:
        try:
            if self._folder is None:
                made = tempfile.TemporaryDirectory(prefix="kgbuilder-")
                self._folder = Path(self._done.enter_context(made))
            for part, rows in self._waiting.items():
                path = self._files.setdefault(part, self._folder / f"{part:04}")
                with path.open("ab") as file:
                    pickle.dump(rows, file, protocol=5)
        except OSError as error:
            raise GraphError(
                f"no room to sort what is read: {error.strerror}",
                where=tempfile.gettempdir(),
                hint="let TMPDIR name a folder with as much room as the export takes",
            ) from error
        self._waiting, self._n_waiting = {}, 0

    def _written(self, part: int) -> Iterator[Row]:
        if (path := self._files.pop(part, None)) is None:
            return
        with path.open("rb") as file:
            end = path.stat().st_size
            while file.tell() < end:
                rows: Any = pickle.load(file)  # noqa: S301  # written by this process, for itself
                yield from rows
        path.unlink()
