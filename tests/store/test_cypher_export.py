"""The Cypher script: read back by a small lexer of Cypher, every string is what it was; run twice on a
server, the graph is there once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgbuilder.issues import Issues
from kgbuilder.protocols import Batch
from kgbuilder.store.exporting import export
from kgbuilder.store.keys import KEY_LIMIT
from kgbuilder.store.memory import MemoryStore
from tests.contracts.test_neo4j_store import assert_it_shows
from tests.contracts.test_stores import content
from tests.store import graphs as g
from tests.store import hostile
from tests.store.neo4j_server import in_neo4j, server

STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9A-F]{4}|.)")
SHORT = {"n": "\n", "r": "\r", "t": "\t"}


def script(batch: Batch, path: Path) -> tuple[str, Issues]:
    store, issues = MemoryStore(), Issues()
    store.merge(batch)
    export(store, "cypher", path, issues=issues)
    with path.open(encoding="utf-8", newline="") as file:
        return file.read(), issues


def unescaped(text: str) -> str:
    return ESCAPE.sub(
        lambda m: (
            chr(int(m[1][1:], 16)) if m[1][0] == "u" and len(m[1]) == 5 else SHORT.get(m[1], m[1])
        ),
        text,
    )


def strings_and_rest(text: str) -> tuple[set[str], str]:
    """The values of all string literals, joined where ``+`` joins them, and the text without them."""
    joined = re.sub(r"\\\\' \+ '", r"\\\\", text)
    return {unescaped(m[1]) for m in STRING.finditer(joined)}, STRING.sub("''", text)


def test_every_string_is_data(tmp_path: Path) -> None:
    text, issues = script(hostile.batch(), tmp_path / "g.cypher")
    strings, rest = strings_and_rest(text)
    for name in hostile.NAMES:
        assert name in strings
        assert f"also {name}" in strings
    assert "DETACH" not in rest
    assert "//" not in rest
    assert set(re.findall(r"[^\x20-\x7e\n]", rest)) == set()
    assert not issues.counts()


def test_no_backslash_stands_before_a_u_of_a_name(tmp_path: Path) -> None:
    """Neo4j 4 reads ``\\uXXXX`` anywhere before it looks for strings."""
    text, _ = script(hostile.batch(), tmp_path / "g.cypher")
    assert all(m[0][2:] != "0027" for m in re.finditer(r"\\u[0-9A-Fa-f]{4}", text))
    assert "\\\\u" not in text


def test_each_command_ends_its_line(tmp_path: Path) -> None:
    text, _ = script(g.SAMPLE, tmp_path / "g.cypher")
    commands = text.split(";\n")
    assert commands.pop() == ""
    assert all(re.match(r"(CREATE (CONSTRAINT|INDEX)|CALL|UNWIND) ", c) for c in commands)
    assert not any(re.search(r"\bCREATE \(", c) for c in commands), "run twice, it is once"


def test_a_long_id_fits_an_index_and_stays_its_own(tmp_path: Path) -> None:
    text, _ = script(hostile.batch(), tmp_path / "g.cypher")
    ids = re.findall(r"`(?:id|subject|object|document)`: '((?:[^'\\]|\\.)*)'", text)
    assert max(map(len, ids)) <= KEY_LIMIT + 100


def test_large_graphs_come_in_pieces(tmp_path: Path) -> None:
    text, _ = script(hostile.batch(), tmp_path / "g.cypher")
    assert max(map(len, text.split(";\n"))) < 1_000_000
    edges = tuple(
        g.edge(type(g.WARFARIN)("X", str(n)), "SAME_AS", g.WARFARIN, g.TABLE) for n in range(1200)
    )
    text, _ = script(Batch((), edges), tmp_path / "h.cypher")
    assert text.count("[r:SAME_AS") == 3


@pytest.mark.extra
def test_run_twice_on_a_server_the_graph_is_there_once(tmp_path: Path) -> None:
    import neo4j

    memory = MemoryStore()
    for batch in (g.SAMPLE, hostile.batch()):
        memory.merge(batch)
    export(memory, "cypher", tmp_path / "g.cypher")
    # Strings hold no end of a line, so that one after a semicolon ends a statement.
    commands = (tmp_path / "g.cypher").read_text("utf-8").split(";\n")
    with in_neo4j() as store:
        with neo4j.GraphDatabase.driver(server().address) as driver:  # type: ignore[attr-defined]
            for command in [*commands, *commands]:
                if command.strip():
                    driver.execute_query(command)
        assert content(store) == content(memory)
        assert_it_shows(store, memory)
