"""PubTator with its annotations: ``ID|t|title``, ``ID|a|abstract``, then mention lines (id, start, end,
text, type, concepts) and relation lines (id, type, concept, concept).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.evaluate.labelled_text import text_of
from kgbuilder.issues import Issues

__all__ = ["PUBTATOR_TEXT", "read_labelled_pubtator"]

PUBTATOR_TEXT = re.compile(r"([^|\t\r\n]{1,64})\|([ta])\|([^\r\n]*)")


@dataclass(slots=True)
class _Block:
    id: str = ""
    title: str = ""
    abstract: str = ""
    lines: list[tuple[int, list[str]]] = field(default_factory=list)


def read_labelled_pubtator(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """A document per block; text is title, line feed, abstract, as the offsets count it. Relations
    join concept ids.

    :raises InputError: when no block is there.
    """
    block, n_read = _Block(), 0
    for number, raw in enumerate([*text_of(path, issues=issues).split("\n"), ""], 1):
        line = raw.rstrip("\r")
        found = PUBTATOR_TEXT.fullmatch(line)
        if (not line.strip() or (found and block.id not in ("", found[1]))) and block.id:
            yield _document(block, path.name, issues)
            block, n_read = _Block(), n_read + 1
        if found:
            block.id = found[1]
            if found[2] == "t":
                block.title = found[3]
            else:
                block.abstract = found[3]
        elif line.strip():
            cells = line.split("\t")
            if not block.id or cells[0].strip() != block.id or len(cells) < 4:
                issues.refuse(
                    "malformed-line",
                    where=f"{path.name}:{number}",
                    what=f"no text and no annotation of the document it stands in: {line[:60]!r}",
                )
            else:
                block.lines.append((number, cells))
    if not n_read:
        raise InputError(
            "no PubTator block", where=str(path), hint="ID|t|title, then ID|a|abstract"
        )


def _document(block: _Block, name: str, issues: Issues) -> AnnotatedDocument:
    text = f"{block.title}\n{block.abstract}" if block.abstract else block.title
    entities: list[Annotation] = []
    relations: list[AnnotatedRelation] = []
    for number, cells in block.lines:
        where = f"{name}:{number}"
        if not cells[1].strip().isdigit():
            relations.append(
                AnnotatedRelation(cells[1].strip(), cells[2].strip(), cells[3].strip())
            )
            continue
        if len(cells) < 5 or not cells[2].strip().isdigit() or not cells[4].strip():
            issues.refuse("bad-annotation", where=where, what="not: id, start, end, text, type")
            continue
        start, end = int(cells[1]), int(cells[2])
        if not 0 <= start < end <= len(text):
            issues.refuse("bad-span", where=where, what=f"{start}-{end} lies outside the text")
            continue
        if text[start:end].split() != cells[3].split():
            issues.refuse(
                "offset-mismatch",
                where=where,
                what=f"the line says {cells[3][:40]!r}, the text there {text[start:end][:40]!r}",
                hint="offsets count characters of: title, one line feed, abstract",
            )
            continue
        ids = re.split(r"[|;,]", cells[5]) if len(cells) > 5 else []
        concepts = tuple(i.strip() for i in ids if i.strip() not in ("", "-1", "-"))
        entities.append(Annotation(f"T{len(entities) + 1}", start, end, cells[4].strip(), concepts))
    return AnnotatedDocument(
        block.id,
        text,
        tuple(sorted(entities, key=lambda e: (e.start, e.end, e.type))),
        tuple(relations),
        block.id,
        title_end=len(block.title) if block.abstract else 0,
    )
