"""Addresses and credentials: what is refused before any server is asked, and what is never told."""

from __future__ import annotations

import logging
import sys
from types import ModuleType

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
