"""Several runs write their tables beside one manifest."""

from __future__ import annotations

import gzip
from pathlib import Path

from kgbuilder.ontology.packed_tables import write_tables


def packed(names: str, concepts: str) -> tuple[bytes, bytes]:
    return gzip.compress(names.encode()), gzip.compress(concepts.encode())


def test_a_run_leaves_the_tables_of_another_alone(tmp_path: Path) -> None:
    assert write_tables(tmp_path, {"b": packed("x\ny\n", "z\n")}) == [
        "b.names.tsv.gz",
        "b.concepts.tsv.gz",
    ]
    write_tables(tmp_path, {"a": packed("", "z\n")})
    rows = [row.split("\t") for row in (tmp_path / "MANIFEST.tsv").read_text().splitlines()]
    assert [row[:2] for row in rows] == [
        ["file", "n_lines"],
        ["a.concepts.tsv.gz", "1"],
        ["a.names.tsv.gz", "0"],
        ["b.concepts.tsv.gz", "1"],
        ["b.names.tsv.gz", "2"],
    ]


def test_equal_content_is_no_change_and_a_check_writes_nothing(tmp_path: Path) -> None:
    write_tables(tmp_path, {"b": packed("x\n", "z\n")})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = (gzip.compress(b"x\n", 1), gzip.compress(b"z\n", 1))
    assert write_tables(tmp_path, {"b": again}, check=True) == []
    assert write_tables(tmp_path, {"b": packed("new\n", "z\n")}, check=True) == ["b.names.tsv.gz"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
