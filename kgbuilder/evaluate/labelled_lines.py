"""Lines of text with their mentions marked in place, and how each is meant: quick to write by hand.

    Off [[warfarin|Drug|stopped]] since [[PE|Disease|past]] in 2019.

The words are rows of ``tables/line_statuses.tsv``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from kgbuilder.evaluate.annotated import AnnotatedDocument, Annotation
from kgbuilder.evaluate.labelled_text import text_of
from kgbuilder.issues import Issues

__all__ = ["MARK", "line_statuses", "read_lines"]

MARK = re.compile(r"\[\[(\S(?:[^|\[\]]*\S)?)\|([^|\[\]]+)\|([^|\[\]]+)\]\]")

Attributes = tuple[tuple[str, str], ...]


@cache
def line_statuses() -> Mapping[str, Attributes]:
    """Word -> what it says, as attributes of an annotation."""
    path = resources.files("kgbuilder.evaluate") / "tables" / "line_statuses.tsv"
    text = path.read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    rows = csv.DictReader(lines, delimiter="\t")
    return {row.pop("word"): tuple(sorted(row.items())) for row in rows}


def read_lines(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One note a line; empty lines are passed over. A line with half a mark, or a word that is not in
    the table, is refused and the rest goes on.
    """
    for number, line in enumerate(text_of(path, issues=issues).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        text, entities = _parse(line)
        if "[[" in text or "]]" in text:
            hint = "[[name|TYPE|STATUS]]"
            issues.refuse("bad-mark", where=where, what=f"a mark that is none: {text}", hint=hint)
        elif unknown := sorted({e.id for e in entities} - line_statuses().keys()):
            hint = f"known: {', '.join(line_statuses())}"
            issues.refuse("bad-status", where=where, what=f"unknown status {unknown}", hint=hint)
        else:
            marked = tuple(
                Annotation(f"T{n}", e.start, e.end, e.type, attrs=line_statuses()[e.id])
                for n, e in enumerate(entities, 1)
            )
            id = f"{path.stem}:{number}"
            yield AnnotatedDocument(id, text, marked, group=id, kind="note")


def _parse(line: str) -> tuple[str, list[Annotation]]:
    """The text without its marks, and these, each with its word as id."""
    text, entities, at = "", [], 0
    for mark in MARK.finditer(line):
        text += line[at : mark.start()]
        end = len(text) + len(mark[1])
        entities.append(Annotation(mark[3].strip(), len(text), end, mark[2].strip()))
        text += mark[1]
        at = mark.end()
    return text + line[at:], entities
