from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from kgbuilder.errors import InputError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.reason.cases import (
    BrokenCase,
    Case,
    diagnosis_to_json,
    error_to_json,
    iter_cases,
    read_cases,
)
from kgbuilder.reason.diagnosis import PhenotypeRanker
from tests.reason.diagnosis_samples import hp, small_hpo


def cases(*lines: str | bytes, issues: Issues | None = None) -> list[Case | BrokenCase]:
    raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
    notepad = issues if issues is not None else Issues()
    return list(iter_cases(raw, source="c.jsonl", issues=notepad))


def test_a_whole_case() -> None:
    (case,) = cases(
        json.dumps(
            {
                "id": "a",
                "observed": ["HP:1000002", "hp_1000003", "fits"],
                "excluded": ["HP:2000002"],
                "text": "note",
                "age": "P6Y",
                "sex": "female",
                "genes": ["FITZ"],
                "candidates": ["OMIM:1"],
                "leave_out_pmid": 12,
                "disease_id": "OMIM:9",
            }
        )
    )
    assert case == Case(
        "a",
        tuple(hp("1000002", "1000003")),
        tuple(hp("2000002")),
        "note",
        "P6Y",
        "FEMALE",
        ("FITZ",),
        ("OMIM:1",),
        "12",
        ("'fits': not an identifier",),
    )


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        "7",
        b"\xff\xfe\x00",
        '{"id": "x", "observed": 5}',
        '{"id": "x", "observed": [5]}',
        '{"id": "x", "text": {}}',
        '{"id": "x", "age": true}',
        "[" * 100_000,
    ],
)
def test_a_broken_line_is_counted_and_answered(line: str | bytes) -> None:
    issues = Issues()
    found = cases('{"id": 1}', line, '{"id": 3}', issues=issues)
    assert [type(case) for case in found] == [Case, BrokenCase, Case]
    assert isinstance(found[1], BrokenCase)
    assert found[1].error
    assert issues.counts() == {"case": 1}
    assert [issue.where for issue in issues] == ["c.jsonl:2"]


def test_ids_are_echoed_as_given_and_repeats_are_said() -> None:
    issues = Issues()
    given = ["a", 7, 0.5, None, ["x"], {"y": 1}, "a", "ä\u0000"]
    found = cases(*(json.dumps({"id": id}) for id in given), issues=issues)
    assert [case.id for case in found] == given
    assert issues.counts() == {"case-id": 1}


def test_empty_lines_between_cases_keep_the_order() -> None:
    found = cases('{"id": 1}', "\n", "  ", '{"id": 2}', "\n", "\n")
    assert [case.id for case in found] == [1, None, None, 2]


def test_files(tmp_path: Path) -> None:
    plain, packed = tmp_path / "c.jsonl", tmp_path / "c.jsonl.gz"
    content = b'\xef\xbb\xbf{"id": 1}\r\n{"id": 2}'
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    for path in (plain, packed):
        assert [case.id for case in read_cases(path, issues=Issues())] == [1, 2]
    (tmp_path / "empty.jsonl").touch()
    assert list(read_cases(tmp_path / "empty.jsonl", issues=Issues())) == []


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"id": 1}\n' * 100)[:30])
    for path in (tmp_path / "none.jsonl", tmp_path, cut):
        with pytest.raises(InputError, match="cannot read the cases"):
            list(read_cases(path, issues=Issues()))


def test_the_json_has_every_promised_field() -> None:
    ranker = PhenotypeRanker(small_hpo())
    answer = ranker.diagnose(observed=hp("1000003", "9999999"), excluded=hp("3000002"), top=2)
    whole = json.loads(json.dumps(diagnosis_to_json(answer, id="p1", not_understood=["x"])))
    assert list(whole)[:3] == ["id", "diagnoses", "not_understood"]
    assert {"none_of_these", "red_flags", "next", "understood", "guess", "caveat"} <= set(whole)
    assert "among the 7 diseases ranked" in whole["caveat"]
    assert whole["id"] == "p1"
    assert whole["not_understood"][0] == "x"
    assert "HP:9999999" in whole["not_understood"][1]
    assert len(whole["diagnoses"]) == 2
    first = whole["diagnoses"][0]
    assert {"rank", "id", "same_as", "name", "posterior", "contributions"} <= set(first)
    assert (first["rank"], first["id"], first["same_as"]) == (1, "OMIM:100001", [])
    assert [c["present"] for c in first["contributions"]] == [True, False]
    part = first["contributions"][0]
    assert {"finding", "present", "match", "log_ratio", "evidence"} <= set(part)
    assert (part["finding"], part["match"]) == ("HP:1000003", "exact")
    assert part["log_ratio"] == answer[0].contributions[0].log_ratio
    assert part["evidence"][0]["record"] == "line 3, citing PMID:11"
    assert part["evidence"][0]["qualifiers"]["frequency"] == "9/10"


def test_an_error_has_every_field_too() -> None:
    told = error_to_json(7, "why")
    assert told["error"] == "why"
    assert (told["id"], told["diagnoses"], told["not_understood"]) == (7, [], [])
    ranker = PhenotypeRanker(small_hpo())
    assert set(told) == {*diagnosis_to_json(ranker.diagnose(observed=hp("1000003"))), "error"}


def test_nothing_of_the_line_but_the_case_is_used() -> None:
    (case,) = cases('{"id": 1, "observed": ["HP:1000002"], "pmid": "PMID:1", "genes": null}')
    assert isinstance(case, Case)
    assert (case.leave_out_pmid, case.genes, case.observed) == (None, (), (Curie("HP", "1000002"),))
