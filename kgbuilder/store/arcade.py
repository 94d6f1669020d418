"""ArcadeDB in this process: the Java machine, an open database, and what it says in our words.

ArcadeDB (https://arcadedb.com, Apache-2.0) is a Java engine with openCypher; ``arcadedb-embedded``
brings it with a Java of its own. The machine is started by the first graph that is opened, once a
process, and ends with it. Nothing here knows what the graph means.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kgbuilder.store.arcade_errors import in_our_words
from kgbuilder.store.json_lines import to_ascii_line

__all__ = [
    "Arcade",
    "BulkLoader",
    "create_database",
    "java_class",
    "java_list",
    "java_map",
    "start_java",
]

HEAP = "1g"
"""What the Java machine may keep in memory beside Python: it bounds the memory of a merge."""

JVM_OPTIONS = (
    f"-Xmx{HEAP}",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    # Signals stay the system's and Python's: its own exit on SIGTERM ran into Python's and crashed.
    "-Xrs",
    f"-XX:ErrorFile={os.devnull}",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF8",
    # No log of its own on our standard error: what fails is raised.
    f"-Djava.util.logging.config.file={Path(__file__).with_name('logging.properties')}",
    # The HTTP server frees its buffers by a way that Java calls deprecated, on our standard error.
    "--sun-misc-unsafe-memory-access=allow",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
    # A query reads the graph, not the files and the network of whoever runs it.
    "-Darcadedb.opencypher.loadCsv.allowFileUrls=false",
    "-Darcadedb.opencypher.loadCsv.allowRemoteUrls=false",
    # A full compaction of an index takes all records of a key into memory at once: of a word that three
    # million quotes have, more than there is (26.10.2). Without it the parts stay, each with a filter.
    "-Darcadedb.indexCompactionFullSeriesThreshold=0",
    # A commit reaches the disk, as far as data goes, before it is reported done.
    "-Darcadedb.txWalFlush=1",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
)

Row = dict[str, Any]

ROWS_AT_ONCE = 250
"""Of a query that is not wanted whole: some may be long, and these cross the border as one text."""


def start_java() -> None:
    """Start the Java machine unless it runs: arcadedb's own way, less vectors and their warning."""
    import jpype
    from arcadedb_embedded.jvm import get_bundled_jre_lib_path, get_jar_path

    if jpype.isJVMStarted():
        return
    jars = [str(path) for path in sorted(Path(get_jar_path()).glob("*.jar"))]
    # Ctrl-C stays Python's, so that a merge is taken back before the process ends.
    jpype.startJVM(get_bundled_jre_lib_path(), *JVM_OPTIONS, classpath=jars, interrupt=False)
    # Registered after jpype's own, so run before it: the machine would wait for what is open.
    atexit.register(_close_all)


def _close_all() -> None:
    for database in java_class(
        "com.arcadedb.database.DatabaseFactory"
    ).getActiveDatabaseInstances():
        if database.isTransactionActive():
            database.rollback()
        database.close()


def _factory(folder: Path) -> Any:
    import jpype

    start_java()
    return jpype.JClass("com.arcadedb.database.DatabaseFactory")(str(folder.absolute()))


def create_database(folder: Path, schema: Sequence[str]) -> None:
    """Make an empty database at ``folder`` and run ``schema`` (SQL) on it."""
    with in_our_words(folder):
        database = _factory(folder).create()
        try:
            for statement in schema:
                database.command("sql", statement)
        finally:
            database.close()


class Arcade:
    """An open database. Its methods may be called from any thread; one transaction runs at a time.

    :raises GraphError: when another process has it, or it cannot be opened.
    """

    __slots__ = ("_database", "_folder", "_lock", "_types")

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._folder, self._lock = folder, threading.RLock()
        self._open(read_only=read_only)

    def _open(self, *, read_only: bool) -> None:
        import arcadedb_embedded

        factory = _factory(self._folder)
        mode = java_class("com.arcadedb.engine.ComponentFile$MODE")
        with in_our_words(self._folder):
            opened = factory.open(mode.READ_ONLY if read_only else mode.READ_WRITE)
        self._database = arcadedb_embedded.Database(opened)
        self._types = {str(type.getName()) for type in opened.getSchema().getTypes()}

    def reopen_to_write(self) -> None:
        """Close what was opened to read, and open it to write."""
        with self._lock:
            self.close()
            self._open(read_only=False)

    def close(self) -> None:
        """Close it; closing twice is fine."""
        with self._lock, in_our_words(self._folder):
            self._database.close()

    @contextmanager
    def bulk_loader(self) -> Iterator[BulkLoader]:
        """A way to fill a database that is thrown away unless it is filled whole; see there."""
        loader = BulkLoader(self._database.get_java_database())
        with in_our_words(self._folder):
            yield loader

    # -- asking ----------------------------------------------------------------------------------

    def sql(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows of an SQL query; parameters are ``:name``, lists of plain values among them."""
        with in_our_words(self._folder):
            return self._rows(self._database.query("sql", text, java_map(parameters or {})))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Nobody writes while what is inside goes on."""
        with self._lock:
            yield

    def iter_sql(self, text: str) -> Iterator[list[Row]]:
        """The rows of an SQL query as they come, some at a time. Values are text, numbers, truth values
        and lists of these. The engine holds threads for it until it is read to the end or closed.
        """
        with in_our_words(self._folder), self._database.query("sql", text) as found:
            yield from found.iter_json_batches(ROWS_AT_ONCE)

    def cypher(self, text: str, parameters: Mapping[str, Any]) -> Any:
        """The result of a Cypher query that must not write, for ``values.rows_of`` to read.

        :raises UsageError: when it would write, or is no Cypher.
        """
        return self._database.query("opencypher", text, dict(parameters))

    def has_type(self, name: str) -> bool:
        """Whether any vertex, edge or document is or was of this type."""
        return name in self._types

    def count(self, type: str) -> int:
        """How many records are of this very type."""
        if type not in self._types:
            return 0
        with in_our_words(self._folder):
            return int(self._database.get_java_database().countType(type, False))

    @staticmethod
    def _rows(result: Any) -> list[Row]:
        rows: list[Row] = result.to_list()
        return rows

    # -- writing ---------------------------------------------------------------------------------

    def add_type(self, kind: str, name: str, parent: str) -> None:
        """Make the type ``name`` (of our own vocabulary) unless it is there; no transaction may run.

        :param kind: ``VERTEX`` or ``EDGE``.
        """
        if name not in self._types:
            with self._lock, in_our_words(self._folder):
                ddl = f"CREATE {kind} TYPE `{name}` IF NOT EXISTS EXTENDS {parent} BUCKETS 1"
                self._database.command("sql", ddl)
                self._types.add(name)

    def add_property(self, type: str, name: str, ddl: Sequence[str]) -> None:
        """Run ``ddl``, which makes a property and what belongs to it, unless the type has it."""
        with self._lock, in_our_words(self._folder):
            schema = self._database.get_java_database().getSchema()
            if not schema.getType(type).existsProperty(name):
                for statement in ddl:
                    self._database.command("sql", statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing."""
        with self._lock, in_our_words(self._folder):
            java = self._database.get_java_database()
            java.begin()
            try:
                yield
                java.commit()
            except BaseException:
                if java.isTransactionActive():
                    java.rollback()
                raise

    def add_vertices(self, type: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Make vertices. :returns: their places, in order."""
        java = self._database.get_java_database()
        made = []
        for properties in java_list(rows):
            vertex = java.newVertex(type)
            vertex.fromMap(properties)
            made.append(str(vertex.save().getIdentity()))
        return made

    def add_documents(self, type: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make records that are no part of the graph."""
        java = self._database.get_java_database()
        for properties in java_list(rows):
            document = java.newDocument(type)
            document.fromMap(properties)
            document.save()

    def vertex(self, rid: str) -> Any:
        """The vertex at a place that a query gave."""
        return self._record(rid).asVertex()

    def add_edges(
        self, type: str, ends: Sequence[tuple[Any, Any]], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Make an edge between each two vertices."""
        for (source, target), properties in zip(ends, java_list(rows), strict=True):
            source.newEdge(type, target, properties)

    def put(self, rid: str, properties: Mapping[str, Any]) -> None:
        """Let the record have these properties and no others."""
        record = self._record(rid).modify()
        for name in {str(n) for n in record.getPropertyNames()} - set(properties):
            record.remove(name)
        record.fromMap(java_list([properties])[0])
        record.save()

    def remove(self, rid: str) -> None:
        """Delete a record; a vertex takes its edges with it."""
        self._record(rid).delete()

    def retype(self, rid: str, type: str, properties: Mapping[str, Any]) -> str:
        """Let the vertex be of another type, with these properties and all its edges.

        :returns: its new place.
        """
        old = self._record(rid).asVertex()
        was = old.getIdentity()
        directions = java_class("com.arcadedb.graph.Vertex$DIRECTION")
        # An edge to itself is both outgoing and incoming: taken once.
        edges = [
            *old.getEdges(directions.OUT),
            *(e for e in old.getEdges(directions.IN) if not e.getOut().equals(was)),
        ]
        kept = [
            (
                str(e.getTypeName()),
                e.getOut(),
                e.getIn(),
                [part for name in e.getPropertyNames() for part in (name, e.get(name))],
            )
            for e in edges
        ]
        old.delete()
        (place,) = self.add_vertices(type, [properties])
        new = self.vertex(place)
        for name, source, target, values in kept:
            ends = [new if end.equals(was) else end.asVertex() for end in (source, target)]
            ends[0].newEdge(name, ends[1], *values)
        return place

    def _record(self, rid: str) -> Any:
        place = java_class("com.arcadedb.database.RID")(rid)
        return self._database.get_java_database().lookupByRID(place, True)


class BulkLoader:
    """ArcadeDB's GraphBatch, without a log of what it writes: several times faster than transactions,
    and what a crash leaves is no graph. One thread uses it; all is there once it is closed.
    """

    __slots__ = ("_batch", "_java", "_long")

    AT_ONCE = 10_000
    """Rows that cross the border together."""
    EDGES_A_COMMIT = 5_000
    """A transaction keeps each page that it touches in memory. With 50,000, GraphBatch's own choice, the
    ties of 200,000 pieces of evidence to their documents took more than there is."""
    LONGEST = 40_000
    """Characters of an edge's JSON: GraphBatch writes none that is longer than a page, 64 kB."""

    def __init__(self, java: Any) -> None:
        batch = java.batch().withWAL(False).withCommitEvery(self.EDGES_A_COMMIT)
        self._java, self._batch = java, batch.build()
        self._long: list[tuple[str, str]] = []

    def add_vertices(self, type: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Make vertices. :returns: their places, in order."""
        batcher = java_class("com.arcadedb.python.VertexBatcher")
        places: list[str] = []
        for start in range(0, len(rows), self.AT_ONCE):
            some = json.dumps(rows[start : start + self.AT_ONCE])
            places += str(batcher.createVerticesJson(self._batch, type, some)).split(";")
        return places

    def add_edges(self, type: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make edges between the places ``_src`` and ``_dst`` of each row."""
        batcher = java_class("com.arcadedb.python.EdgeBatcher")
        lines = [to_ascii_line(row) for row in rows]
        self._long += [(type, line) for line in lines if len(line) > self.LONGEST]
        lines = [line for line in lines if len(line) <= self.LONGEST]
        for start in range(0, len(lines), self.AT_ONCE):
            some = ",".join(lines[start : start + self.AT_ONCE])
            batcher.newEdgesJson(self._batch, type, f"[{some}]")

    def close(self) -> None:
        """Write what is left."""
        self._batch.close()
        if self._long:
            place = java_class("com.arcadedb.database.RID")
            self._java.begin()
            for type, line in self._long:
                row = json.loads(line)
                ends = [self._java.lookupByRID(place(row.pop(e)), True) for e in ("_src", "_dst")]
                ends[0].asVertex().newEdge(type, ends[1].asVertex(), java_map(row))
            self._java.commit()


def java_class(name: str) -> Any:
    """A class of the Java machine, which runs."""
    import jpype

    return jpype.JClass(name)


def java_list(values: Sequence[Any]) -> Any:
    """A Java list of plain values, crossing the border once, as JSON."""
    return java_class("com.arcadedb.serializer.json.JSONArray")(json.dumps(values)).toList()


def java_map(parameters: Mapping[str, Any]) -> Any:
    """Named parameters: as :func:`java_list`."""
    return java_list([parameters])[0]
