"""The table of dialects, run on a real Neo4j: what it says of Neo4j is so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.store.neo4j import Neo4jStore
from tests.store import graphs as g
from tests.store.neo4j_server import in_neo4j
from tests.store.test_cypher import dialect

pytestmark = pytest.mark.extra
PARAMETERS = {"label": "Drug", "type": "CAUSES"}
TOLD = {"0": 0, "false": False}


@pytest.fixture(scope="module")
def graph() -> Iterator[Neo4jStore]:
    """The sample, which no test changes."""
    with in_neo4j() as store:
        store.merge(g.SAMPLE)
        yield store


@pytest.mark.parametrize("row", dialect(), ids=lambda row: row["what"])
def test_the_table_says_of_neo4j_what_it_does(graph: Neo4jStore, row: dict[str, str]) -> None:
    told = row["neo4j"].partition(":")[0]
    if told in ("refused", "as configured"):
        # The server's own word: a file that is not in its import folder.
        match = "Cannot load" if told == "as configured" else "the query failed"
        with pytest.raises(UsageError, match=match):
            graph.query(row["query"], PARAMETERS)
        return
    answer = graph.query(row["query"], PARAMETERS)
    assert answer
    if told in TOLD:
        assert answer == [{"n": TOLD[told]}]
    if row["instead"]:
        instead = graph.query(row["instead"], PARAMETERS)
        assert instead == answer if told == "answers" else instead
