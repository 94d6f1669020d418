from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from kgbuilder.errors import InputError
from kgbuilder.issues import Issues
from kgbuilder.train.labelled_texts import read_labelled_texts, split_by_label

ROWS = [f"{label} text {i},{label}" for label in ("flu", "gout") for i in range(10)]


def write(path: Path, lines: list[str], *, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_what_cannot_be_learned_from_is_dropped_and_told(tmp_path: Path) -> None:
    lines = [
        "text,label",
        *ROWS,
        "flu text 0,flu",
        "Same,flu",
        "same,gout",
        ",flu",
        "no label,",
        "short",
        "alone,rare",
    ]
    issues = Issues()
    texts = read_labelled_texts(write(tmp_path / "a.csv", lines), issues=issues)
    assert texts.labels == ("flu", "gout")
    assert len(texts.rows) == 20
    assert dict(texts.dropped) == {
        "repeats": 1,
        "the same text stands under two labels": 2,
        "no text": 1,
        "no label": 1,
        "too few columns": 1,
        "the only text of its label": 1,
    }
    assert len(list(issues)) == 6


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_delimiters(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [f"Fieber und Übelkeit {i}{delimiter}Grippe" for i in range(3)]
    rows += [f"Schmerz {i}{delimiter}Gicht" for i in range(3)]
    lines = [f"TEXT{delimiter}Label", *rows]
    path = write(tmp_path / "a.csv", lines, encoding=encoding)
    texts = read_labelled_texts(path, issues=Issues())
    assert texts.rows[0].text == "Fieber und Übelkeit 0"
    assert texts.labels == ("Gicht", "Grippe")


def test_other_columns_and_gz(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join(["d,t", *(r[::-1] for r in [])]).encode()))
    with pytest.raises(InputError, match="no column 'text'"):
        read_labelled_texts(path, issues=Issues())
    with pytest.raises(InputError, match="0 usable rows"):
        read_labelled_texts(path, text_column="t", label_column="d", issues=Issues())
    path.write_bytes(b"no gzip")
    with pytest.raises(InputError, match="cannot read"):
        read_labelled_texts(path, issues=Issues())


def test_the_split_holds_every_label_on_both_sides_and_follows_the_seed(tmp_path: Path) -> None:
    texts = read_labelled_texts(write(tmp_path / "a.csv", ["text,label", *ROWS]), issues=Issues())
    train, chosen = split_by_label(texts.rows, share=0.2, seed=7)
    assert Counter(row.label for row in chosen) == {"flu": 2, "gout": 2}
    assert not {row.text for row in train} & {row.text for row in chosen}
    assert split_by_label(tuple(reversed(texts.rows)), share=0.2, seed=7) == (train, chosen)
    assert split_by_label(texts.rows, share=0.2, seed=8) != (train, chosen)
