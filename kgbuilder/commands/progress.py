"""How far a build is, on a terminal: documents, their rate, and the time left by the bytes left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from kgbuilder.train.progress_line import ProgressLine

__all__ = ["BuildProgress"]

PAUSE_S = 0.2
"""Between two changes of the line, in seconds."""

WINDOW_S = 300.0
"""Rates are those of the last seconds, since a build that goes on skips at first what is done."""


class BuildProgress:
    """Says nothing on a pipe.

    :param n_bytes: of all sources; None where that is not known: then no time left is told.
    :param line: where it is written; standard error when left out.
    :param clock: seconds, as ``time.monotonic`` gives them.
    """

    def __init__(
        self,
        n_bytes: int | None,
        *,
        line: ProgressLine | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._n_bytes, self._n_read = n_bytes, 0
        self._line, self._clock = line or ProgressLine(), clock
        self._marks: deque[tuple[float, int, int]] = deque([(clock(), 0, 0)])

    def n_bytes_read(self, n: int) -> None:
        """``n`` more bytes were read."""
        self._n_read += n

    def n_documents_done(self, n: int) -> None:
        """``n`` documents are done in all."""
        now = self._clock()
        if now - self._marks[-1][0] < PAUSE_S:
            return
        self._marks.append((now, n, self._n_read))
        while now - self._marks[1][0] > WINDOW_S:
            self._marks.popleft()
        begun, n_before, n_read_before = self._marks[0]
        seconds = max(now - begun, PAUSE_S)
        told = f"{n:,} documents, {(n - n_before) / seconds:,.1f} a second"
        n_fresh = self._n_read - n_read_before
        if self._n_bytes is not None and n_fresh and self._n_read <= self._n_bytes:
            left = round(seconds * (self._n_bytes - self._n_read) / n_fresh)
            told += f", {timedelta(seconds=left)} left"
        self._line.show(told)

    def end(self) -> None:
        """Leave the line and begin the next."""
        self._line.end()
