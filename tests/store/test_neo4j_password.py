"""A server that asks a password: it is given from the environment, and told nowhere."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from kgbuilder.errors import GraphError
from kgbuilder.store.neo4j import Neo4jStore
from tests.store import graphs as g
from tests.store.neo4j_server import deploy, server, skip_without

pytestmark = pytest.mark.extra
SECRET = "s3cret-and-long"


def test_a_server_with_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    skip_without("java", "mvn")
    running = deploy().start(tmp_path, password=SECRET)
    try:
        monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
        with pytest.raises(GraphError, match="refused the user or password") as caught:
            Neo4jStore(running.address)
        assert "NEO4J_PASSWORD" in caught.value.hint
        with caplog.at_level(logging.DEBUG):
            monkeypatch.setenv("NEO4J_PASSWORD", "wrong-" + SECRET)
            with pytest.raises(GraphError, match="refused") as caught:
                Neo4jStore(running.address)
            monkeypatch.setenv("NEO4J_PASSWORD", SECRET)
            with Neo4jStore(running.address) as store:
                store.merge(g.SAMPLE)
                assert store.stats().n_edges == 7
            monkeypatch.setenv("NEO4J_DATABASE", "nowhere")
            with Neo4jStore(running.address) as store, pytest.raises(GraphError, match="database"):
                store.stats()
        assert SECRET not in caplog.text
        error: BaseException | None = caught.value
        while error is not None:
            assert SECRET not in str(error) + repr(error)
            error = error.__cause__ or error.__context__
    finally:
        deploy().stop(tmp_path)


def test_a_server_without_authentication_ignores_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = server().address  # type: ignore[attr-defined]
    monkeypatch.setenv("NEO4J_USERNAME", "ann")
    monkeypatch.setenv("NEO4J_PASSWORD", SECRET)
    with Neo4jStore(address) as store:
        assert store.query("RETURN 1 AS one") == [{"one": 1}]
