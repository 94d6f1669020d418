"""A graph on disk for many programs at once: ArcadeDB's server in this process, over Bolt and HTTP.

Who asks has one right, to read records: whatever would change data, types, settings or files is refused
by the server, in every language it speaks. Its own administrator has a password that nobody knows.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgbuilder.errors import GraphError
from kgbuilder.store.arcade import java_class, start_java
from kgbuilder.store.arcade_errors import in_our_words
from kgbuilder.store.graph_folder import held_alone

__all__ = ["DATABASE", "Listener", "serving"]

DATABASE = "graph"
"""What clients call the database, where they name one."""

_MAY_READ = {"types": {"*": {"access": ["readRecord"]}}}
_NOTHING: dict[str, Any] = {"types": {"*": {"access": []}}}
_NO_LIMITS: dict[str, Any] = {"resultSetLimit": -1, "readTimeout": -1, "access": []}
_GROUPS = {"reader": {**_NO_LIMITS, **_MAY_READ}, "*": {**_NO_LIMITS, **_NOTHING}}


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a server listens. ``host`` is a name or an address of this machine."""

    host: str
    bolt_port: int
    http_port: int

    @property
    def bolt(self) -> str:
        """The address for drivers, Browser, cypher-shell and ourselves."""
        return f"bolt://{_reached(self.host)}:{self.bolt_port}"

    @property
    def http(self) -> str:
        """The address to post ``{"language": "opencypher", "command": QUERY, "params": {}}`` to."""
        return f"http://{_reached(self.host)}:{self.http_port}/api/v1/query/{DATABASE}"


def _free_port(host: str, port: int) -> int:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            found: int = probe.getsockname()[1]
            return found
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise GraphError(
            f"cannot listen there: {reason}",
            where=f"{host}:{port}",
            hint="another port: --bolt-port, --http-port; 0 takes any that is free",
        ) from error


def _reached(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - asked for by the user; see commands.serving
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


@contextmanager
def serving(
    path: Path,
    *,
    host: str,
    bolt_port: int,
    http_port: int,
    user: str,
    password: str,
    timeout_s: float = 5.0,
) -> Iterator[Listener]:
    """Serve the graph at ``path`` for as long as the context is open; nobody else has it meanwhile.

    :param bolt_port: and ``http_port``: 0 takes any that is free.
    :raises GraphError: as :func:`open_graph`, when a port is taken, ``host`` is none of this machine's,
        or the server cannot start.
    """
    with held_alone(path, timeout_s=timeout_s) as (database, lock):
        at = Listener(host, _free_port(host, bolt_port), _free_port(host, http_port))
        root = Path(tempfile.mkdtemp(prefix="kgbuilder-serve-"))  # nobody else may look into it
        try:
            with in_our_words(path):
                server = _started(root, database.resolve(), at, user, password)
            try:
                lock.announce(at.bolt)
                yield at
            finally:
                server.stop()
        finally:
            shutil.rmtree(root, ignore_errors=True)


def _started(root: Path, database: Path, at: Listener, user: str, password: str) -> Any:
    start_java()
    (root / "config").mkdir()
    (root / "databases").mkdir()
    (root / "databases" / DATABASE).symlink_to(database, target_is_directory=True)
    groups = {"version": 2, "databases": {"*": {"groups": _GROUPS}}}
    (root / "config" / "server-groups.json").write_text(json.dumps(groups), "utf-8")
    settings = java_class("com.arcadedb.ContextConfiguration")()
    for name, value in {
        "server.rootPath": str(root),
        "server.rootPassword": secrets.token_urlsafe(32),
        "server.httpIncomingHost": at.host,
        "server.httpIncomingPort": at.http_port,
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "bolt.host": at.host,
        "bolt.port": at.bolt_port,
        "bolt.defaultDatabase": DATABASE,
    }.items():
        settings.setValue(f"arcadedb.{name}", value)
    server = java_class("com.arcadedb.server.ArcadeDBServer")(settings)
    try:
        server.start()
        security = server.getSecurity()
        reader = {
            "name": user,
            "password": str(security.encodePassword(password)),
            "databases": {DATABASE: ["reader"]},
        }
        security.createUser(
            java_class("com.arcadedb.serializer.json.JSONObject")(json.dumps(reader))
        )
    except BaseException:
        server.stop()  # what had started keeps the process alive
        raise
    return server
