"""A Neo4j server for the tests: the one that ``deploy/neo4j`` starts, once a test run."""

from __future__ import annotations

import atexit
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from kgbuilder.store.neo4j import Neo4jStore

ROOT = Path(__file__).parents[2]


@cache
def deploy() -> ModuleType:
    """``deploy/neo4j/server.py``, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("neo4j_deploy", ROOT / "deploy/neo4j/server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def running_home() -> Path:
    """The folder of a server that runs until the tests end, or of the one that the developer runs."""
    if given := os.environ.get("KGBUILDER_TEST_NEO4J_HOME"):
        return Path(given)
    home = Path(tempfile.mkdtemp(prefix="kgbuilder-neo4j-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(deploy().stop, home)
    deploy().start(home)
    return home


def skip_without(*programs: str) -> None:
    """Skip the test, saying what is missing."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no {' or '.join(missing)} on this machine: see .ci/run for the packages")


def server() -> object:
    """The running server; skips where there are no Java and Maven to run one."""
    skip_without("java", "mvn")
    return deploy().find_running(running_home())


@contextmanager
def in_neo4j() -> Iterator[Neo4jStore]:
    """An empty graph on the server."""
    address = server().address  # type: ignore[attr-defined]
    with Neo4jStore(address) as store:
        wipe(address)
        yield store


def told_until_killed(code: str, most: int, *, seed: int) -> list[str]:
    """The lines that a client prints, which runs ``code`` on the server, until SIGKILL ends it after
    one to ``most`` of them, or a moment later."""
    chance = random.Random(seed)
    address = server().address  # type: ignore[attr-defined]
    client = subprocess.Popen(
        [sys.executable, "-c", code, address], stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    lines = [client.stdout.readline() for _ in range(chance.randint(1, most))]
    time.sleep(chance.random() / 20)
    client.send_signal(signal.SIGKILL)
    lines += client.stdout.readlines()
    client.wait()
    return lines


def wipe(address: str) -> None:
    """Delete all nodes and relationships; the schema stays."""
    import neo4j

    with neo4j.GraphDatabase.driver(address) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
