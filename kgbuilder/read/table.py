"""Rows of CSV, TSV and JSONL: one document a row, its text exactly as the row gives it."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import IO

from kgbuilder.errors import FormatError
from kgbuilder.issues import Issues
from kgbuilder.model import Curie, DeletedDocument, Document
from kgbuilder.read.composition import Composition
from kgbuilder.read.stream import iter_bytes, iter_text_lines

__all__ = ["Columns", "CsvReader", "JsonlReader", "columns_of", "known_columns"]

MAX_FIELD = 1 << 24
"""Characters of one CSV field at most; an unclosed quote would else swallow the rest of the file."""

_DELIMITERS = (",", "\t", ";", "|")
_ISO_DATE = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:[T ].*)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Number(str):
    """A JSON number as it was written: ``7`` stays "7", ``1.0`` stays "1.0"."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. ``id`` None: the row's number is the id."""

    text: str
    id: str | None
    others: Mapping[str, str]
    """Role (title, abstract, date, pmid, pmcid, doi, kind) -> column."""


@cache
def known_columns() -> Mapping[str, tuple[str, ...]]:
    """Role -> the names that are taken for it (``columns.toml``)."""
    text = files("kgbuilder.read").joinpath("columns.toml").read_text("utf-8")
    return {role: tuple(names) for role, names in tomllib.loads(text).items()}


def columns_of(
    names: Sequence[str],
    *,
    id_column: str | None,
    text_column: str | None,
    source: str,
    issues: Issues,
) -> Columns:
    """Settle the columns; a name that was not given and is not plainly ``id`` or ``text`` is a guess,
    which is said in ``issues``.

    :raises FormatError: when a given column is not there, or no text column can be told.
    """
    folded = {re.sub(r"[\s-]+", "_", name.strip().casefold()): name for name in reversed(names)}
    found = {
        role: next((folded[name] for name in known if name in folded), None)
        for role, known in known_columns().items()
    }
    for given in (id_column, text_column):
        if given is not None and given not in names:
            raise FormatError(
                f"no column {given!r}",
                where=source,
                hint=f"the columns are: {', '.join(map(repr, names[:30]))}",
            )
    text = text_column or found["text"]
    if text is None:
        raise FormatError(
            "no column is known to hold the text",
            where=source,
            hint=f"name it with text_column (--text-column); columns: {', '.join(names[:30])}",
        )
    id = id_column or found["id"]
    if id == text:
        id = id_column
    guesses = [
        f"{role} from column {name!r}"
        for role, name, given in (("text", text, text_column), ("id", id, id_column))
        if given is None and name is not None and name != role
    ]
    if id is None:
        guesses.append("no id column: ids are the file's name and the row's number")
    if guesses:
        issues.warn(
            "guessed-columns",
            where=source,
            what="guessed: " + "; ".join(guesses),
            hint="name them with id_column and text_column (--id-column, --text-column)",
        )
    others = {
        r: c for r, c in found.items() if c is not None and c != text and r not in ("id", "text")
    }
    return Columns(text, id, others)


@dataclass(frozen=True, slots=True)
class CsvReader:
    """Reads CSV, TSV and the like with a header line.

    :param delimiter: guessed from the header where None.
    :param kind: ``note`` or ``paper``; None: a row with its own ``kind`` says so, a table with PMIDs
        or abstracts holds papers, others hold notes.
    """

    id_column: str | None = None
    text_column: str | None = None
    delimiter: str | None = None
    kind: str | None = None

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield a document per row; a malformed row is refused with its line.

        :raises FormatError: where the columns cannot be told, or the bytes break off.
        """
        lines = iter_text_lines(iter_bytes(stream, source=source), source=source, issues=issues)
        first = next((item for item in lines if item[1].strip(" \t\r\n")), None)
        if first is None:
            issues.refuse("empty-text", where=source, what="the file holds no row")
            return
        if "\r" in first[1].rstrip("\r\n"):
            raise FormatError(
                "lines end in a carriage return alone",
                where=source,
                hint="save it with other line ends",
            )
        delimiter = self.delimiter or _delimiter_of(first[1], self.text_column)
        header = [name.strip() for name in next(csv.reader([first[1]], delimiter=delimiter), [])]
        columns = columns_of(
            header,
            id_column=self.id_column,
            text_column=self.text_column,
            source=source,
            issues=issues,
        )
        for n_row, (line, row) in enumerate(
            _iter_csv(lines, delimiter=delimiter, n=len(header), source=source, issues=issues), 1
        ):
            values = dict(zip(header, row, strict=True))
            where = f"{source}: line {line}"
            document = _document(
                values,
                columns,
                where=where,
                source=source,
                n_row=n_row,
                kind=self.kind,
                issues=issues,
            )
            if document is not None:
                yield document


@dataclass(frozen=True, slots=True)
class JsonlReader:
    """Reads JSON Lines: one object a line. Parameters as for :class:`CsvReader`."""

    id_column: str | None = None
    text_column: str | None = None
    kind: str | None = None

    def read(
        self, stream: IO[bytes], *, source: str, issues: Issues
    ) -> Iterator[Document | DeletedDocument]:
        """Yield a document per line; a malformed line is refused with its number.

        :raises FormatError: where the bytes break off, or no line has a known text key.
        """
        columns: Columns | None = None
        lines = iter_text_lines(iter_bytes(stream, source=source), source=source, issues=issues)
        for number, line in lines:
            if not line.strip(" \t\r\n"):
                continue
            where = f"{source}: line {number}"
            values = _parse_object(line, where, issues)
            if values is None:
                continue
            if columns is None or columns.text not in values:
                # Keys may differ from line to line; what an earlier line settled is kept if it fits.
                try:
                    settled = columns_of(
                        list(values),
                        id_column=self.id_column if self.id_column in values else None,
                        text_column=self.text_column,
                        source=where,
                        issues=issues if columns is None else Issues(),
                    )
                except FormatError as error:
                    issues.refuse("no-text", where=where, what=error.what, hint=error.hint)
                    continue
                columns = columns or settled
            else:
                settled = columns
            document = _document(
                values,
                settled,
                where=where,
                source=source,
                n_row=number,
                kind=self.kind,
                issues=issues,
            )
            if document is not None:
                yield document


def _parse_object(line: str, where: str, issues: Issues) -> dict[str, object] | None:
    try:
        values = json.loads(line.removeprefix("\ufeff"), parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError) as error:
        issues.refuse("malformed-row", where=where, what=f"not JSON: {error}")
        return None
    if not isinstance(values, dict):
        issues.refuse(
            "malformed-row", where=where, what="not a JSON object", hint='{"id":..., "text":...}'
        )
        return None
    return values


def _document(
    values: Mapping[str, object],
    columns: Columns,
    *,
    where: str,
    source: str,
    n_row: int,
    kind: str | None,
    issues: Issues,
) -> Document | None:
    text = values.get(columns.text)
    if not isinstance(text, str) or isinstance(text, _Number) or not text.strip():
        said = "is not text" if text is not None and not isinstance(text, str) else "is empty"
        issues.refuse("no-text", where=where, what=f"column {columns.text!r} {said}")
        return None
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
        issues.warn(
            "lone-surrogate", where=where, what="half of a character was replaced by U+FFFD"
        )
    id = values.get(columns.id) if columns.id is not None else None
    if not isinstance(id, str) or not id.strip():
        if columns.id is not None:
            issues.warn(
                "no-id", where=where, what=f"no id in {columns.id!r}; took the row's number {n_row}"
            )
        id = f"{PurePath(source).name}#{n_row}"

    def stated(role: str) -> str:
        value = values.get(columns.others.get(role, ""))
        return value.strip() if isinstance(value, str) else ""

    title, date = stated("title"), _ISO_DATE.fullmatch(stated("date"))
    own = stated("kind") if stated("kind") in ("note", "paper") else None
    is_abstract = columns.text in (
        columns.others.get("abstract"),
        "abstract",
        "Abstract",
        "ABSTRACT",
    )
    identifiers = _identifiers(stated)
    paper = Composition()
    if is_abstract:  # the title is part of the paper's text; any other text stays as it is given
        paper.add(title, kind="title")
        paper.add(text, kind="abstract")
        text = paper.text
    return Document(
        id=str(id),
        text=text,
        source=source,
        kind=kind or own or ("paper" if is_abstract or identifiers else "note"),
        title=title,
        sections=paper.sections(),
        identifiers=identifiers,
        date=date.group(1) if date else None,
    )


def _identifiers(stated: Callable[[str], str]) -> tuple[Curie, ...]:
    found: list[Curie] = []
    if re.fullmatch(r"[1-9]\d{0,8}", stated("pmid")):
        found.append(Curie("PMID", stated("pmid")))
    if re.fullmatch(r"PMC\d+", stated("pmcid")):
        found.append(Curie("PMCID", stated("pmcid")))
    if re.match(r"10\.\d{4,}/\S", stated("doi")):
        found.append(Curie("DOI", stated("doi")))
    return tuple(found)


def _delimiter_of(header: str, text_column: str | None) -> str:
    def merit(delimiter: str) -> tuple[bool, int]:
        names = [n.strip() for n in next(csv.reader([header], delimiter=delimiter), [])]
        folded = {re.sub(r"[\s-]+", "_", n.casefold()) for n in names}
        wanted = {text_column} if text_column else set(known_columns()["text"])
        hit = bool(wanted & (set(names) if text_column else folded))
        return hit, len(names)

    return max(_DELIMITERS, key=merit)


def _iter_csv(
    lines: Iterator[tuple[int, str]], *, delimiter: str, n: int, source: str, issues: Issues
) -> Iterator[tuple[int, list[str]]]:
    """Rows of ``n`` fields with the line they begin on. A row that breaks the quoting rules is read
    as it stands if that gives ``n`` fields, else refused, and reading goes on behind its first line.
    """
    # The module's own limit of 128 KiB a field is below long notes; it can only be set for all.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD))
    pending: deque[tuple[int, str]] = deque()

    def next_line() -> tuple[int, str] | None:
        return pending.popleft() if pending else next(lines, None)

    while (begin := next_line()) is not None:
        taken = [begin]
        if not begin[1].strip(" \t\r\n"):
            continue

        def feed(taken: list[tuple[int, str]] = taken) -> Iterator[str]:
            yield taken[0][1]
            size = len(taken[0][1])
            while (item := next_line()) is not None:
                taken.append(item)
                size += len(item[1])
                if size > MAX_FIELD:
                    return
                yield item[1]

        try:
            row = next(csv.reader(feed(), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            # Most often a stray quote: give back what it swallowed, judge the first line alone.
            pending.extendleft(reversed(taken[1:]))
            row = begin[1].rstrip("\r\n").split(delimiter)
            if len(row) == n:
                issues.warn(
                    "stray-quote",
                    where=f"{source}: line {begin[0]}",
                    what=f"quotes are not as CSV has them ({error}); the row was read as it stands",
                )
            else:
                issues.refuse(
                    "malformed-row",
                    where=f"{source}: line {begin[0]}",
                    what=f"malformed row: {error}",
                )
                continue
        if len(row) == n:
            yield begin[0], row
        else:
            issues.refuse(
                "malformed-row",
                where=f"{source}: line {begin[0]}",
                what=f"{len(row)} fields where the header has {n}",
            )
