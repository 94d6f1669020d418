"""``kgbuilder import`` and ``export`` as typed: counts, versions, exit codes, a graph comes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgbuilder.cli import main
from tests.curate import slices


@pytest.fixture
def hpo(tmp_path: Path) -> Path:
    folder = tmp_path / "hpo"
    folder.mkdir()
    for name, text in {"hp.obo": slices.HP_OBO, "phenotype.hpoa": slices.HPOA}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def test_counts_sources_and_what_was_left_out(
    hpo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = str(tmp_path / "g.kg")
    assert main(["import", "hpo", str(hpo), "--into", graph, "--json"]) == 1, "two rows are broken"
    told = json.loads(capsys.readouterr().out)
    assert (told["n_rows"], told["n_taken"], told["n_new_statements"]) == (11, 6, 7)
    assert told["n_refused"] == 2
    assert told["left_out"]["obsolete terms"] == 1
    assert [(s["source"], s["version"]) for s in told["sources"]] == [
        ("Human Phenotype Ontology", "2031-02-03"),
        ("HPO annotations", "2031-02-03"),
    ]
    assert main(["import", "hpo", str(hpo), "--into", graph]) == 1
    captured = capsys.readouterr()
    assert "0 new concepts, 0 new statements, 0 new evidence" in captured.out
    assert "left out: 1 obsolete terms" in captured.out
    assert "phenotype.hpoa:9" in captured.err


def test_a_version_is_asked_for_and_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(slices.DDINTER)
    arguments = ["import", "ddinter", str(tmp_path / "a.csv"), "--into", str(tmp_path / "g.kg")]
    assert main(arguments) == 0
    assert "--version" in capsys.readouterr().err
    assert main([*arguments, "--version", "2.0"]) == 0
    captured = capsys.readouterr()
    assert "version 2.0, licence: CC BY-NC-SA 4.0" in captured.out
    assert not captured.err


def test_nothing_is_made_of_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = tmp_path / "g.kg"
    (tmp_path / "no.xml").write_text("<html/>")
    for what, path in (("drugbank", "no.xml"), ("mesh", "nowhere"), ("mash", "no.xml")):
        code = main(["import", what, str(tmp_path / path), "--into", str(graph)])
        assert code == (2 if what == "mash" else 1)
        assert "Traceback" not in capsys.readouterr().err
        assert not graph.exists()


def test_a_graph_comes_back(hpo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph, copy = str(tmp_path / "g.kg"), str(tmp_path / "copy.kg")
    main(["import", "hpo", str(hpo), "--into", graph])
    first, second = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert main(["export", graph, "--to", "jsonl", str(first)]) == 0
    assert main(["import", "jsonl", str(first), "--into", copy]) == 0
    assert main(["export", copy, "--to", "jsonl", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()
    again = str(tmp_path / "kgx.kg")
    assert main(["export", graph, "--to", "kgx", str(tmp_path / "x")]) == 0
    assert main(["import", "kgx", str(tmp_path / "x"), "--into", again]) == 0
    capsys.readouterr()
    assert main(["stats", graph, "--json"]) == main(["stats", again, "--json"]) == 0
    one, other = map(json.loads, capsys.readouterr().out.splitlines())
    assert one == other
