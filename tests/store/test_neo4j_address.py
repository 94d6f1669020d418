"""Addresses and credentials: what is refused before any server is asked, and what is never told."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from kgbuilder.errors import GraphError, UsageError
from kgbuilder.store.neo4j_server import Server, credentials_of
from kgbuilder.store.open import open_store


@pytest.mark.parametrize(
    "address",
    [
        "neo4j://neo4j:s3cret@localhost",
        "bolt://s3cret@localhost:7687",
        "neo4j+s://x:s3cret@abc.databases.neo4j.io",
        "neo4j://x:s3cret@host:port",
    ],
)
def test_an_address_with_a_password_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(address)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("neo4j://", "no host"),
        ("neo4j://localhost/pubmed", "NEO4J_DATABASE=pubmed"),
        ("bolt://localhost:99999", "not the address"),
        ("bolt://localhost:seven", "not the address"),
        ("bolt://localhost?policy=x", "not an address"),
        ("http://localhost:7474", "neo4j"),
        ("Neo4j://localhost", "begins neither"),
        ("neo4j+tls://ann:s3cret@localhost", "begins neither"),
    ],
)
def test_a_malformed_address_is_wrong_usage(address: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        open_store(address)


@pytest.mark.parametrize("scheme", ["neo4j", "bolt", "neo4j+s", "bolt+ssc"])
def test_a_server_that_is_not_there_is_told_with_its_address(
    scheme: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "s3cret")
    with caplog.at_level(logging.DEBUG), pytest.raises(GraphError) as caught:
        Server(f"{scheme}://127.0.0.1:9", timeout_s=1)
    assert caught.value.where == f"{scheme}://127.0.0.1:9"
    assert "does not answer" in str(caught.value)
    assert "s3cret" not in caplog.text


def test_credentials_come_from_the_environment() -> None:
    assert credentials_of({}) is None
    assert credentials_of({"NEO4J_USERNAME": "ann"}) is None
    assert credentials_of({"NEO4J_PASSWORD": "s3cret"}) == ("neo4j", "s3cret")
    both = {"NEO4J_USERNAME": "ann", "NEO4J_PASSWORD": "s3cret"}
    assert credentials_of(both) == ("ann", "s3cret")


def test_a_password_is_taken_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("kgbuilder", "ann"): "s3cret"}
    keyring, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    keyring.get_password = lambda service, user: kept.get((service, user))  # type: ignore[attr-defined]
    errors.KeyringError = OSError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert credentials_of({"NEO4J_USERNAME": "ann"}) == ("ann", "s3cret")
    assert credentials_of({"NEO4J_USERNAME": "bob"}) is None


class Driver:
    """Takes what the official driver would take, and answers nothing."""

    def __init__(self, address: str, **given: object) -> None:
        self.address, self.given = address, given
        self.sessions: list[dict[str, object]] = []

    def get_server_info(self) -> SimpleNamespace:
        return SimpleNamespace(agent="Neo4j/5.26.30")

    def close(self) -> None: ...

    def session(self, **given: object) -> Session:
        self.sessions.append(given)
        return Session()


class Session:
    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute_read(self, work: Callable[[object], object]) -> object:
        return None

    execute_write = execute_read


@pytest.mark.parametrize(
    "address",
    [
        "neo4j+s://1a2b3c4d.databases.neo4j.io",
        "neo4j+ssc://graphs.example.org:7687",
        "bolt+s://[::1]:7687",
        "neo4j://localhost",
    ],
)
@pytest.mark.parametrize("database", ["", "pubmed"])
def test_every_session_is_of_the_database_that_was_named(
    address: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Driver] = []

    def driver(address: str, **given: object) -> Driver:
        made.append(Driver(address, **given))
        return made[-1]

    monkeypatch.setattr("neo4j.GraphDatabase.driver", driver)
    monkeypatch.setenv("NEO4J_DATABASE", database)
    monkeypatch.setenv("NEO4J_USERNAME", "ann")
    monkeypatch.setenv("NEO4J_PASSWORD", "s3cret")
    server = Server(address)
    server.read(lambda tx: None)
    server.write(lambda tx: None)
    (only,) = made
    assert only.address == address
    assert only.given["auth"] == ("ann", "s3cret")
    assert [s["database"] for s in only.sessions] == [database or None] * 2
    assert [s["default_access_mode"] for s in only.sessions] == ["READ", "WRITE"]
    # What was written is read again, whichever server of a cluster answers.
    assert only.sessions[0]["bookmark_manager"] is only.sessions[1]["bookmark_manager"] is not None
