"""A graph on disk: one folder, made whole or not at all, checked when opened, locked while open.

    graph.kg/kgbuilder.json    what it is: {"format": 2}
    graph.kg/lock              see ``graph_lock``
    graph.kg/arcadedb/         the database, opened when something is asked that needs it
    graph.kg/built.json        see ``as_built``

ArcadeDB opens a folder once in a process, so all stores of a process that name it share what is opened.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kgbuilder.errors import GraphError
from kgbuilder.store.arcade import Arcade, create_database
from kgbuilder.store.arcade_errors import in_our_words
from kgbuilder.store.arcade_schema import EVENTS, SCHEMA
from kgbuilder.store.as_built import find_as_built, write_as_built
from kgbuilder.store.graph_lock import GraphLock

__all__ = ["FORMAT", "OpenGraph", "create_folder", "held_alone", "is_graph_folder", "open_graph"]

FORMAT = 2
"""Written into the folder; one of a later format is refused, not guessed at. 1 was an SQLite file."""

NOT_A_GRAPH = "a graph is made by: kgbuilder build SOURCE... --into GRAPH"
MARKER, LOCK, DATABASE, BUILT = "kgbuilder.json", "lock", "arcadedb", "built.json"


def create_folder(path: Path, *, fill: Callable[[Path], None] = lambda database: None) -> bool:
    """Make a graph at ``path``: beside it first, then in one step under its name.

    :param fill: puts into the database, which is empty and closed, what the graph shall hold.
    :returns: False when another process made a graph there meanwhile, which is left as it is.
    :raises GraphError: when the folder that shall hold it is not there or cannot be written.
    """
    if not path.parent.exists():
        raise GraphError("the folder is not there", where=str(path.parent), hint="make it first")
    with in_our_words(path):
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}.", dir=path.parent))
    try:
        create_database(draft / DATABASE, SCHEMA)
        fill(draft / DATABASE)
        (draft / LOCK).touch()
        (draft / MARKER).write_text(json.dumps({"format": FORMAT}) + "\n", "utf-8")
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o777 & ~mask)
        with in_our_words(path):
            try:
                draft.rename(path)
            except OSError as error:  # a file or a folder that is not empty stands there
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                    raise
                return False
        return True
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def is_graph_folder(path: Path) -> bool:
    """Whether :func:`create_folder` made what is there."""
    return (path / MARKER).is_file()


def _check_folder(path: Path) -> None:
    if not path.exists():
        raise GraphError("there is no graph", where=str(path), hint=NOT_A_GRAPH)
    if not is_graph_folder(path):
        what = "this folder is not a graph" if path.is_dir() else "this file is not a graph"
        raise GraphError(what, where=str(path), hint=NOT_A_GRAPH)
    try:
        format = json.loads((path / MARKER).read_text("utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraphError(f"the graph is damaged: {error}", where=str(path / MARKER)) from error
    if format != FORMAT:
        raise GraphError(
            f"the graph has format version {format}, this kgbuilder reads {FORMAT}",
            where=str(path),
            hint="use the kgbuilder that wrote it, export it to jsonl and import that",
        )


class OpenGraph:
    """The database of one folder, with its lock, opened when it is first needed.

    Readers of several processes share a graph; who writes has it alone. A reader becomes the writer
    when it first writes.
    """

    __slots__ = (
        "_arcade",
        "_lock",
        "_timeout_s",
        "_to_leave",
        "_was_shared",
        "is_writer",
        "ledger_left",
        "n_users",
        "path",
    )

    def __init__(self, path: Path, *, writing: bool, timeout_s: float) -> None:
        _check_folder(path)
        self.path, self.n_users, self.is_writer = path, 0, writing
        self._timeout_s, self._was_shared = timeout_s, False
        self._arcade: Arcade | None = None
        self._to_leave: Mapping[str, str] | None = None
        self.ledger_left: Mapping[str, str] | None = None
        """What :meth:`find_as_built` found, until something is written."""
        with in_our_words(path):
            self._lock = GraphLock(path / LOCK)
        try:
            self._lock.wait(alone=writing, timeout_s=timeout_s)
            if sys.platform == "win32":
                _ = self.arcade  # whose own lock is the only one there
        except BaseException:
            self._lock.close()
            raise

    @property
    def arcade(self) -> Arcade:
        """The database. :raises GraphError: when it is damaged."""
        if self._arcade is None:
            with _GUARD:
                if self._arcade is None:
                    self._arcade = self._open(writing=self.is_writer, timeout_s=self._timeout_s)
        return self._arcade

    def _open(self, *, writing: bool, timeout_s: float) -> Arcade:
        folder = self.path / DATABASE
        try:
            arcade = Arcade(folder, read_only=not writing)
            if writing:
                arcade.add_property("Evidence", "event", EVENTS)
            return arcade
        except GraphError as error:
            if writing or "needs recovery" not in str(error.__cause__):
                raise
        # Who wrote last was killed: what was reported done is in the log, and a writer puts it in place.
        self._lock.wait(alone=True, timeout_s=timeout_s)
        Arcade(folder, read_only=False).close()
        self._lock.wait(alone=False, timeout_s=timeout_s)
        return Arcade(folder, read_only=True)

    def for_writing(self, *, timeout_s: float) -> Arcade:
        """The database, to write. :raises GraphError: when another process has the graph open."""
        self.ledger_left = self._to_leave = None
        if not self.is_writer:
            try:
                self._lock.wait(alone=True, timeout_s=timeout_s)
            except GraphError:
                self._lock.wait(alone=False, timeout_s=timeout_s)  # what asking took away
                raise
            if self._arcade is not None:
                self._arcade.reopen_to_write()
                self._arcade.add_property("Evidence", "event", EVENTS)
            self.is_writer = True
        return self.arcade

    def add_user(self) -> None:
        """One more store of this process uses it."""
        self._was_shared |= self.n_users > 0
        self.n_users += 1

    def find_as_built(self) -> bool:
        """Whether all is as a build left it; then its ledger is known without the database."""
        if self._arcade is None and self.ledger_left is None:
            self.ledger_left = find_as_built(self.path / BUILT, self.path / DATABASE)
        return self.ledger_left is not None

    def leave_as_built(self, ledger: Mapping[str, str]) -> None:
        """Leave ``ledger`` for the next build, unless something is written until all is closed, or
        another store of this process may have written what the build does not know.
        """
        if self.is_writer and not self._was_shared:
            self._to_leave = ledger

    def close(self) -> None:
        """Close it for one user; the last one closes the database and gives the lock back."""
        with _GUARD:
            self.n_users -= 1
            if self.n_users == 0:
                del _OPEN[self.path]
                try:
                    if self._arcade is not None:
                        self._arcade.close()
                    if self._to_leave is not None:
                        write_as_built(self.path / BUILT, self.path / DATABASE, self._to_leave)
                finally:
                    self._lock.close()


@contextmanager
def held_alone(path: Path, *, timeout_s: float) -> Iterator[tuple[Path, GraphLock]]:
    """The folder of the database, closed, and the lock, which nobody else has meanwhile.

    :raises GraphError: as :func:`open_graph`.
    """
    _check_folder(path)
    with in_our_words(path):
        lock = GraphLock(path / LOCK)
    try:
        lock.wait(alone=True, timeout_s=timeout_s)
        yield path / DATABASE, lock
    finally:
        lock.close()


# One Java machine a process, and it opens a folder once: so what is open is known a process, too.
_OPEN: dict[Path, OpenGraph] = {}
_GUARD = threading.RLock()


def open_graph(path: Path, *, writing: bool, timeout_s: float) -> OpenGraph:
    """The graph at ``path``, opened now or before in this process.

    :raises GraphError: when it is no graph, of a later version, or another process has it.
    """
    with _GUARD, in_our_words(path):
        path = path.resolve()
        graph = _OPEN.get(path)
        if graph is None:
            graph = _OPEN[path] = OpenGraph(path, writing=writing, timeout_s=timeout_s)
        elif writing:
            graph.for_writing(timeout_s=timeout_s)
        graph.add_user()
        return graph
