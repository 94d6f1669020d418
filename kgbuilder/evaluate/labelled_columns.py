"""Sentences in columns, a token a line: CoNLL, BIO (IOB1, IOB2), BILOU, BIOES.

A blank line ends a sentence; ``-DOCSTART-``, ``# newdoc id = X`` or ``###MEDLINE:X`` begins a
document. Columns are divided by tabs where half of the lines hold one, else by spaces. The token is the
first column; the tag is the last one that looks like tags. The original spaces are lost: tokens are
joined by one space, sentences by a line feed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument, Annotation
from kgbuilder.evaluate.labelled_text import text_of
from kgbuilder.issues import Issues

__all__ = ["read_columns", "spans_of_tags", "tag_column"]

_TAG = re.compile(r"(?P<mark>[BIESLUMW])[-_](?P<type>\S.*)")
_NEW_DOCUMENT = re.compile(r"-DOCSTART-|#\s*newdoc\b(?:\s+id)?|###MEDLINE:", re.IGNORECASE)
_BEGINS, _SINGLE, _ENDS = "B", "SUW", "EL"

RUN = 20
"""Sentences that make one group where a file marks no documents: neighbours are likely to be from one
text, and must not be divided between training and development."""


def tag_column(rows: Sequence[Sequence[str]]) -> int | None:
    """Which column holds the tags: the last one where nearly all values are tags and some is not
    ``O``; else the last one that holds ``O`` and little else. None when no column looks like tags.

    >>> tag_column([["a", "NN", "O"], ["b", "NN", "B-Drug"]])
    2
    """
    width = Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 0
    whole = [row for row in rows if len(row) == width]
    loose = None
    for column in range(width - 1, 0, -1):
        values = [row[column] for row in whole]
        n_marked = sum(1 for v in values if _TAG.fullmatch(v))
        n_outside = values.count("O")
        if n_marked + n_outside >= 0.95 * len(values) and n_marked + n_outside:
            return column
        if loose is None and n_outside >= 0.3 * len(values):
            loose = column
    return loose


@dataclass(slots=True)
class _Sentence:
    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    broken: str = ""


@dataclass(slots=True)
class _Document:
    id: str
    sentences: list[_Sentence] = field(default_factory=list)


def read_columns(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One document per marked document, or per sentence where none is marked (then ``group`` keeps
    neighbours together). A sentence with a line that lacks its tag is refused whole, as nobody knows
    what was meant.

    :raises InputError: when no column looks like tags.
    """
    lines = text_of(path, issues=issues).split("\n")
    place = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    head = [line for line in lines[:20000] if line.strip()]
    tabs = 2 * sum("\t" in line for line in head) >= len(head)
    column = tag_column([row for line in head if (row := _cells(line, tabs))])
    if column is None:
        raise InputError(
            "no column of tags",
            where=str(path),
            hint="a token a line, its tag (O, B-Drug, I-Drug, ...) in the last column, "
            "a blank line after each sentence",
        )
    documents = _documents(lines, column, tabs, place, issues)
    marked = any(document.id for document in documents)
    plain = all(
        tag == "O" or not _TAG.fullmatch(tag)
        for document in documents
        for sentence in document.sentences
        for tag in sentence.tags
    )
    strict = _has_begin_after_outside(documents)
    for number, document in enumerate(documents):
        rows = []
        for sentence in document.sentences:
            if sentence.broken:
                issues.refuse("missing-tag", where=f"{place}:{sentence.line}", what=sentence.broken)
                continue
            where = f"{place}:{sentence.line}"
            spans = spans_of_tags(
                sentence.tags, where=where, issues=issues, strict=strict, plain=plain
            )
            rows.append((sentence, spans))
        if marked:
            if rows:
                id = document.id or f"{place}:{number}"
                yield _annotated(id, id, rows)
            continue
        for at, (sentence, spans) in enumerate(rows):
            group = f"{place}:run{at // RUN}"
            yield _annotated(f"{place}:{sentence.line}", group, [(sentence, spans)])


def _cells(line: str, tabs: bool) -> list[str]:
    cells = line.rstrip("\r").split("\t") if tabs else line.split()
    return [cell.strip() for cell in cells] if any(cell.strip() for cell in cells) else []


def _documents(
    lines: Sequence[str], column: int, tabs: bool, place: str, issues: Issues
) -> list[_Document]:
    documents = [_Document("")]
    sentence = _Sentence(0)
    names: Counter[str] = Counter()

    def close() -> None:
        nonlocal sentence
        if sentence.tokens or sentence.broken:
            documents[-1].sentences.append(sentence)
        sentence = _Sentence(0)

    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r")
        start = _NEW_DOCUMENT.match(line)
        if start:
            close()
            name = line[start.end() :].strip(" =:\t").split("\t")[0].split(" ")[0]
            id = name if name.strip("-OX_") else f"{place}:{number}"
            names[id] += 1
            documents.append(_Document(id if names[id] == 1 else f"{id}#{names[id]}"))
            continue
        cells = _cells(line, tabs)
        if not cells:
            close()
            continue
        if line.startswith("#") and (len(cells) <= column or not _is_tag(cells[column])):
            continue  # a comment, as CoNLL-U has them
        sentence.line = sentence.line or number
        if len(cells) <= column or not cells[column]:
            sentence.broken = sentence.broken or (
                f"line {number} has {len(cells)} columns and no tag; the sentence was left out"
            )
        elif cells[0]:
            sentence.tokens.append(cells[0])
            sentence.tags.append(cells[column])
    close()
    return [document for document in documents if document.sentences]


def _is_tag(value: str) -> bool:
    return value == "O" or bool(_TAG.fullmatch(value))


def _has_begin_after_outside(documents: Sequence[_Document]) -> bool:
    """Whether mentions begin with B wherever they stand: IOB2 and its kin. In IOB1 a mention begins
    with I, and B stands only between two that touch.
    """
    for document in documents:
        for sentence in document.sentences:
            before = "O"
            for tag in sentence.tags:
                if tag[0] == _BEGINS and before == "O" and _TAG.fullmatch(tag):
                    return True
                before = tag
    return False


def spans_of_tags(
    tags: Sequence[str],
    *,
    where: str,
    issues: Issues,
    strict: bool = True,
    plain: bool = False,
) -> list[tuple[int, int, str]]:
    """``[start, end)`` in tokens and the type. Schemes may be mixed: B and S (U, W) begin, I and M go
    on, E (L) ends. An I or E with nothing to go on from begins a mention, as conlleval has it.

    :param strict: such an I is named in ``issues``. :param plain: tags are bare types, and neighbours
        of one type are one mention.
    """
    spans: list[tuple[int, int, str]] = []
    open_type = ""
    for i, tag in enumerate(tags):
        match = _TAG.fullmatch(tag)
        if tag == "O":
            open_type = ""
            continue
        if match is None:
            if not plain:
                issues.refuse(
                    "bad-tag", where=where, what=f"{tag!r} is no tag; read as O", hint="O, B-X, I-X"
                )
                open_type = ""
                continue
            mark, type = "I", tag
        else:
            mark, type = match["mark"], match["type"]
        goes_on = mark not in _BEGINS + _SINGLE and type == open_type
        if goes_on:
            spans[-1] = (spans[-1][0], i + 1, type)
        else:
            if mark in "IM" + _ENDS and strict and not plain:
                issues.warn(
                    "stray-inside",
                    where=where,
                    what=f"{tag} with no mention of its type before it begins one",
                )
            spans.append((i, i + 1, type))
        open_type = "" if mark in _SINGLE + _ENDS else type
    return spans


def _annotated(
    id: str, group: str, rows: Sequence[tuple[_Sentence, list[tuple[int, int, str]]]]
) -> AnnotatedDocument:
    parts: list[str] = []
    entities: list[Annotation] = []
    at = 0
    for sentence, spans in rows:
        starts = []
        for token in sentence.tokens:
            starts.append(at)
            at += len(token) + 1
        for first, last, type in spans:
            end = starts[last - 1] + len(sentence.tokens[last - 1])
            entities.append(Annotation(f"T{len(entities) + 1}", starts[first], end, type))
        parts.append(" ".join(sentence.tokens))
    return AnnotatedDocument(id, "\n".join(parts), tuple(entities), group=group)
