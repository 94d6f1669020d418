"""``kgbuilder serve``: a graph on disk for many programs at once, until it is told to stop."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kgbuilder.commands.output import print_json, print_line
from kgbuilder.errors import UsageError

__all__ = ["run_serve"]

PUBLIC_PASSWORD = "kgbuilder"  # noqa: S105 - said to everybody; good for this machine only
LEAST = 8
"""Characters of a password that others may try."""


def run_serve(arguments: Namespace) -> int:
    """Serve until SIGINT or SIGTERM, then close the graph."""
    from kgbuilder.store.arcade_server import serving
    from kgbuilder.store.first_format import convert, is_first_format

    if "://" in arguments.graph:
        raise UsageError("that is served already", where=arguments.graph, hint="serve a path")
    path, host = Path(arguments.graph), arguments.host
    user, password = _credentials(host)
    if is_first_format(path):
        convert(path)
    with (
        _told_to_stop() as stopped,
        serving(
            path,
            host=host,
            bolt_port=arguments.bolt_port,
            http_port=arguments.http_port,
            user=user,
            password=password,
        ) as at,
    ):
        if arguments.json:
            print_json({"bolt": at.bolt, "http": at.http, "user": user})
        else:
            for line in _told(at.bolt, at.http, user, is_public=password == PUBLIC_PASSWORD):
                print_line(line)
        sys.stdout.flush()
        # A signal that one of Java's threads gets is dealt with here, once this thread wakes up.
        while not stopped.wait(timeout=0.5):
            continue
    return 0


def _credentials(host: str) -> tuple[str, str]:
    """Whom the server lets in. :raises UsageError: when a stranger could guess it."""
    from kgbuilder.store.neo4j_server import credentials_of

    given = credentials_of(os.environ)
    user = os.environ.get("NEO4J_USERNAME") or "neo4j"
    if user == "root":
        raise UsageError("root is the server's own", hint="set NEO4J_USERNAME to another name")
    password = given[1] if given else PUBLIC_PASSWORD
    if not _is_this_machine(host) and (password == PUBLIC_PASSWORD or len(password) < LEAST):
        raise UsageError(
            f"who listens beyond this machine needs a password of {LEAST} characters or more",
            where=f"--host {host}",
            hint="set NEO4J_PASSWORD, for the server and for whoever asks it",
        )
    return user, password


def _is_this_machine(host: str) -> bool:
    """Whether only programs of this machine reach ``host``."""
    try:
        found = socket.getaddrinfo(host, None)
        return all(ipaddress.ip_address(where[0]).is_loopback for *_, where in found)
    except (OSError, ValueError):
        return False


def _told(bolt: str, http: str, user: str, *, is_public: bool) -> Iterator[str]:
    yield f"Bolt {bolt}   HTTP {http}"
    secret = PUBLIC_PASSWORD if is_public else "$NEO4J_PASSWORD"
    if is_public:
        yield f"User {user}, password {PUBLIC_PASSWORD}: whoever uses this machine may read the graph."
    else:
        yield f"User {user}, the password that was set here."
    prefix = f"NEO4J_PASSWORD={PUBLIC_PASSWORD} " if is_public else ""
    yield f"  {prefix}kgbuilder query {bolt} contradictions"
    yield f"  cypher-shell -a {bolt} -u {user} -p {secret}"
    yield (
        f"  curl -u {user}:{secret} {http} "
        """-d '{"language": "opencypher", "command": "MATCH (d:Drug) RETURN d.name LIMIT 5"}'"""
    )
    yield "It answers what reads; nothing can be changed. Ctrl-C stops it."


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set while the context is open."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {kind: signal.signal(kind, stop) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
