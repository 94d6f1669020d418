"""One door to labelled files of any kind: columns (CoNLL, BIO, BILOU), BRAT, PubTator, JSON lines, lines
with marks in them.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.annotated import AnnotatedDocument, read_jsonl
from kgbuilder.evaluate.labelled_brat import read_brat
from kgbuilder.evaluate.labelled_columns import read_columns
from kgbuilder.evaluate.labelled_lines import MARK, read_lines
from kgbuilder.evaluate.labelled_pubtator import PUBTATOR_TEXT, read_labelled_pubtator
from kgbuilder.evaluate.labelled_text import text_of
from kgbuilder.issues import Issues

__all__ = ["read_labelled"]

_ENDINGS = {".conll", ".conllu", ".iob", ".iob2", ".bio", ".bilou", ".bioes"} | {
    *(".tsv", ".tab", ".txt", ".pubtator", ".jsonl")
}
_SPLIT = re.compile(r"(train|dev|devel|development|valid|validation|test)(?![a-z])", re.IGNORECASE)
_FOREIGN = {
    "<": ("XML", "export it as BRAT, PubTator, CoNLL columns or JSON lines"),
    "%PDF": ("a PDF", "labels are read from BRAT, PubTator, CoNLL columns or JSON lines"),
    "PK\x03\x04": ("a ZIP archive", "unpack it and give the folder"),
}


def read_labelled(path: Path | str, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Documents of a labelled file or folder, its format told by its content. What is wrong in it is
    noted in ``issues`` and the rest goes on.

    A folder is BRAT where it holds ``.ann`` files, else our own where it holds ``gold.jsonl``, else
    every file with a known ending in it is read; a file named train, dev or test so marks its
    documents' ``split``.

    :raises InputError: when nothing is there, or nothing that is known.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("no such file or folder", where=str(path), hint="is the path right?")
    documents = _of_folder(path, issues) if path.is_dir() else _of_file(path, issues)
    first = next(documents, None)
    if first is None:
        raise InputError("no labelled document in it", where=str(path))
    return itertools.chain([first], documents)


def _of_folder(path: Path, issues: Issues) -> Iterator[AnnotatedDocument]:
    if any(path.rglob("*.ann")):
        yield from read_brat(path, issues=issues)
        return
    if (path / "gold.jsonl").exists():
        yield from read_jsonl(path / "gold.jsonl", issues=issues)
        return
    found = [p for p in sorted(path.iterdir()) if p.is_file() and _ending(p) in _ENDINGS]
    for file in found:
        try:
            for document in _of_file(file, issues):
                yield replace(document, split=document.split or _split_of(file))
        except InputError as error:
            issues.refuse("not-labelled", where=str(file), what=error.what, hint=error.hint)
    if not found:
        raise InputError(
            "no labelled file in the folder",
            where=str(path),
            hint="BRAT (.txt and .ann), PubTator, CoNLL columns, JSON lines, or marked lines",
        )


def _ending(path: Path) -> str:
    return Path(path.name.removesuffix(".gz").removesuffix(".xz")).suffix.lower()


def _split_of(path: Path) -> str:
    found = _SPLIT.match(path.name) or _SPLIT.search(path.name)
    if not found:
        return ""
    word = found[1].lower()
    return word if word in ("train", "test") else "dev"


def _of_file(path: Path, issues: Issues) -> Iterator[AnnotatedDocument]:
    if path.suffix == ".ann" or (path.suffix == ".txt" and path.with_suffix(".ann").exists()):
        yield from read_brat(path, issues=issues)
        return
    head = text_of(path, issues=Issues()).lstrip("\ufeff \r\n\t")[:4096]
    if not head:
        raise InputError("the file is empty", where=str(path))
    for mark, (what, hint) in _FOREIGN.items():
        if head.startswith(mark):
            raise InputError(f"{what} is not read as labels", where=str(path), hint=hint)
    line = head.split("\n", 1)[0].rstrip("\r")
    if line.startswith("{"):
        if not _is_line_of_json(line) and len(line) < 4096:
            raise InputError(
                "JSON, but not one object a line", where=str(path), hint="write it as JSON lines"
            )
        yield from read_jsonl(path, issues=issues)
    elif PUBTATOR_TEXT.fullmatch(line):
        yield from read_labelled_pubtator(path, issues=issues)
    elif MARK.search(head):
        yield from read_lines(path, issues=issues)
    else:
        yield from read_columns(path, issues=issues)


def _is_line_of_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
