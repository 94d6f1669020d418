"""Rows of a query on paper: nothing a terminal would act on, nothing a spreadsheet would lose."""

from __future__ import annotations

import csv
import io

from kgbuilder.commands.query_rows import rows_to_csv, rows_to_table

NODE = {"labels": ["Drug", "Entity"], "properties": {"id": "X:1", "name": "warfarin"}}
EDGE = {"type": "TREATS", "start": "X:1", "end": "X:2", "properties": {"belief": 0.876}}
PATH = {"nodes": [NODE, NODE], "relationships": [EDGE]}


def test_a_table_shows_graph_values_briefly() -> None:
    lines = list(rows_to_table([{"a": NODE, "b": EDGE, "c": PATH, "d": [1, None, 0.123456]}]))
    assert lines[0].split() == ["a", "b", "c", "d"]
    assert "(:Drug warfarin)" in lines[2]
    assert "(X:1)-[:TREATS 0.88]->(X:2)" in lines[2]
    assert "(:Drug warfarin)-[:TREATS]-(:Drug warfarin)" in lines[2]
    assert "[1, , 0.1235]" in lines[2]


def test_a_table_acts_on_no_terminal() -> None:
    hostile = "a\x1b[2Jb\nc\r\t\u202eevil\u2028" + "x" * 100_000
    lines = list(rows_to_table([{"n": hostile, hostile[:9]: 1}]))
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 400


def test_csv_comes_back() -> None:
    rows = [{"a": 'q"uo,te\nline', "b": None}, {"a": "=1+1", "b": True, "c": [1, "x"]}]
    text = "\n".join(rows_to_csv(rows)) + "\n"
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b", "c"],
        ['q"uo,te\nline', "", ""],
        ["=1+1", "true", '[1, "x"]'],
    ]
