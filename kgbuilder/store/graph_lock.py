"""The lock of a graph's folder: readers share it; who writes or serves has it alone and says so."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kgbuilder.errors import GraphError

__all__ = ["BUSY", "GraphLock"]

BUSY = (
    "another process has this graph open",
    "wait until it is done, or close it there (graph.close(), or end the program), then run this again",
)


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has a graph alone, as the lock's file says."""

    pid: int
    address: str = ""
    """Where it is served."""


class GraphLock:
    """The lock at ``path``, a file that is there. Two of one process exclude each other, too.

    :raises OSError: when the file cannot be opened.
    """

    __slots__ = ("_handle", "_is_alone", "path")

    def __init__(self, path: Path) -> None:
        self.path, self._is_alone = path, False
        self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))

    def wait(self, *, alone: bool, timeout_s: float) -> None:
        """Take the lock, or change how it is held. :raises GraphError: when it stays taken, saying by
        whom; at once where the graph is served, which does not end soon.
        """
        if sys.platform == "win32":
            return  # ArcadeDB's own lock keeps out a second writer there
        import fcntl

        deadline = time.monotonic() + timeout_s
        mode = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        while True:
            try:
                fcntl.flock(self._handle, mode | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = self._holder()
                if time.monotonic() >= deadline or (holder and holder.address):
                    raise _busy(holder, self.path.parent) from None
                time.sleep(0.05)
            else:
                break
        if alone != self._is_alone:
            self._is_alone = alone
            self._write(_Holder(os.getpid()) if alone else None)

    def announce(self, address: str) -> None:
        """Say where the graph is served, by who has it alone."""
        self._write(_Holder(os.getpid(), address))

    def close(self) -> None:
        """Give it back."""
        if self._is_alone:
            self._write(None)
        os.close(self._handle)

    def _write(self, holder: _Holder | None) -> None:
        text = json.dumps(asdict(holder)) + "\n" if holder else ""
        with suppress(OSError):  # in a folder that cannot be written nobody is told
            self.path.write_text(text, "utf-8")

    def _holder(self) -> _Holder | None:
        """Who has it alone; None where it is readers, or not known."""
        import fcntl

        try:
            holder = _Holder(**json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        try:  # of one that was killed the name stays, but not the lock
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return holder
        fcntl.flock(self._handle, fcntl.LOCK_UN)
        return None


def _busy(holder: _Holder | None, folder: Path) -> GraphError:
    what, hint = BUSY
    if holder is not None:
        what = f"process {holder.pid} has this graph open"
    if holder is not None and holder.address:
        what = f"process {holder.pid} serves this graph"
        hint = f"ask there, as in: kgbuilder stats {holder.address}; or stop it (Ctrl-C)"
    return GraphError(what, where=str(folder), hint=hint)
