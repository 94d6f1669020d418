"""``kgbuilder evaluate relations`` and ``relations-from-text``, on corpora of one document."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from kgbuilder.cli import main

TEXT = "Cisplatin caused nephrotoxicity. Fluconazole was given, and no deafness was seen."


def annotated(piece: str, type: str, id: str) -> dict[str, object]:
    start = TEXT.index(piece)
    return {"start": start, "end": start + len(piece), "text": piece, "type": type, "ids": [id]}


@pytest.mark.parametrize(
    ("disease", "right"), [("MESH:D007674", 1.0), ("MESH:D003638", 0.0)], ids=["told", "not told"]
)
def test_relations_are_scored_from_raw_text(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    disease: str,
    right: float,
) -> None:
    document = {
        "id": "1",
        "text": TEXT,
        "split": "dev",
        "entities": [
            annotated("Cisplatin", "Chemical", "MESH:D002945"),
            annotated("Fluconazole", "Chemical", "MESH:D015725"),
            annotated("nephrotoxicity", "Disease", "MESH:D007674"),
            annotated("deafness", "Disease", "MESH:D003638"),
        ],
        "relations": [{"type": "CID", "head": "MESH:D002945", "tail": disease}],
    }
    (tmp_path / "bc5cdr").mkdir()
    path = tmp_path / "bc5cdr" / "docs.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(document).encode(), mtime=0))
    monkeypatch.setenv("KGBUILDER_CORPORA", str(tmp_path))
    assert main(["evaluate", "relations-from-text", "--corpus", "bc5cdr-dev", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["n_documents"] == 1
    assert told["pair"]["recall"] == right
    assert told["pair"]["counts"]["n_gold"] == 1


def test_the_calibration_is_that_of_the_predicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "Fluconazole inhibits the metabolism of warfarin."
    drugs = [
        {"id": name, "start": text.index(name), "end": text.index(name) + len(name), "type": "drug"}
        for name in ("Fluconazole", "warfarin")
    ]
    pairs = [["Fluconazole", "warfarin", "advise"]]
    sentence = {"id": "d.s0", "text": text, "entities": drugs, "pairs": pairs}
    (tmp_path / "ddi2013").mkdir()
    corpus = json.dumps({"id": "d", "split": "test_ddi", "sentences": [sentence]}).encode()
    (tmp_path / "ddi2013" / "docs.jsonl.gz").write_bytes(gzip.compress(corpus, mtime=0))
    monkeypatch.setenv("KGBUILDER_CORPORA", str(tmp_path))
    assert main(["evaluate", "relations", "--corpus", "ddi-test", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pair"]["f1"], told["typed"]["f1"]) == (1.0, 0.0), "a mechanism, not an advice"
    (only,) = told["calibration"]["bins"]
    assert (only["n"], only["share_right"]) == (1, 1.0), "they interact"
    assert told["calibration"]["ece"] == pytest.approx(1 - only["mean_probability"])
    assert main(["evaluate", "relations", "--corpus", "ddi-test"]) == 0
    assert "(1 pairs, 10 bins of equal width)" in capsys.readouterr().out
