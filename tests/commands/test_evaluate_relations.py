"""``kgbuilder evaluate relations-from-text``: every stage ours, on a corpus of one document."""

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
