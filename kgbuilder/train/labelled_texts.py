"""A table of labelled texts: read in whatever encoding it has, cleaned, and divided by label."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import random
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.issues import Issues

__all__ = ["LabelledText", "TextSet", "read_labelled_texts", "split_by_label"]

VALIDATION_SHARE = 0.15
_LEAST = 2
"""A label with fewer texts cannot be both trained on and chosen by."""
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its label; ``line`` is where it stands in the file."""

    text: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class TextSet:
    """The clean rows of a file.

    :param encoding: that it was read in. :param dropped: reason -> how many rows, in order.
    """

    rows: tuple[LabelledText, ...]
    labels: tuple[str, ...]
    encoding: str
    dropped: tuple[tuple[str, int], ...]

    @property
    def digest(self) -> str:
        """Of everything that is trained on and chosen by."""
        told = repr([(row.text, row.label) for row in self.rows])
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def read_labelled_texts(
    path: Path, *, text_column: str = "text", label_column: str = "label", issues: Issues
) -> TextSet:
    """Read a CSV (``,`` ``;`` tab or ``|``; .gz too) and drop what cannot be learned from: empty texts
    and labels, repeats, texts that stand under two labels, labels with a single text. Every kind of row
    that was dropped is told.

    :raises InputError: when it cannot be read, lacks a column, or nothing is left of two labels.
    """
    text, encoding = _decoded(path)
    if encoding != "utf-8":
        issues.warn("encoding", where=str(path), what=f"not UTF-8; read as {encoding}")
    dialect = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect)
    csv.field_size_limit(10_000_000)
    header = [name.strip().casefold() for name in next(reader, [])]
    at = {name: _column(header, name, path) for name in (text_column, label_column)}
    dropped: Counter[str] = Counter()
    rows: list[LabelledText] = []
    try:
        for cells in reader:
            if len(cells) <= max(at.values()):
                dropped["too few columns"] += 1
                continue
            row = LabelledText(
                _clean(cells[at[text_column]]), _clean(cells[at[label_column]]), reader.line_num
            )
            if not row.text or not row.label:
                dropped["no label" if row.text else "no text"] += 1
            else:
                rows.append(row)
    except csv.Error as error:
        raise InputError(f"not a CSV: {error}", where=f"{path}, line {reader.line_num}") from None
    rows = _without_single(_without_repeats(rows, dropped), dropped)
    labels = tuple(sorted({row.label for row in rows}))
    for reason, n in dropped.items():
        issues.warn("dropped-rows", where=str(path), what=f"{n} rows: {reason}")
    if len(labels) < _LEAST:
        raise InputError(
            f"{len(rows)} usable rows with {len(labels)} labels",
            where=str(path),
            hint="at least two labels with two different texts each are needed",
        )
    return TextSet(tuple(rows), labels, encoding, tuple(dropped.items()))


def split_by_label(
    rows: Sequence[LabelledText], *, share: float = VALIDATION_SHARE, seed: int
) -> tuple[list[LabelledText], list[LabelledText]]:
    """``(to train on, to choose by)``: of every label about ``share`` of its texts, one at least, and
    one left at least. The same for the same seed, whatever the order of the rows.
    """
    train: list[LabelledText] = []
    chosen: list[LabelledText] = []
    for label in sorted({row.label for row in rows}):
        own = sorted((row for row in rows if row.label == label), key=lambda row: row.text)
        random.Random(f"{seed}/{label}").shuffle(own)  # noqa: S311
        n = min(len(own) - 1, max(1, round(share * len(own))))
        chosen += own[:n]
        train += own[n:]
    return train, chosen


def _decoded(path: Path) -> tuple[str, str]:
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read: {error}", where=str(path)) from None
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
    for mark, encoding in marks.items():
        if raw.startswith(mark):
            return raw.decode(encoding, "replace"), "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), "cp1252"


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(_DELIMITERS, key=head.count)


def _column(header: Sequence[str], name: str, path: Path) -> int:
    if name.casefold() not in header:
        raise InputError(
            f"no column {name!r}; there are {', '.join(header) or 'none'}",
            where=str(path),
            hint="name them with --text-column and --label-column",
        )
    return header.index(name.casefold())


def _clean(cell: str) -> str:
    """White space made single, control characters and halves of surrogate pairs taken out."""
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in cell)
    return " ".join(kept.split())


def _without_repeats(rows: list[LabelledText], dropped: Counter[str]) -> list[LabelledText]:
    labels: dict[str, set[str]] = {}
    for row in rows:
        labels.setdefault(row.text.casefold(), set()).add(row.label)
    kept: list[LabelledText] = []
    seen: set[str] = set()
    for row in rows:
        key = row.text.casefold()
        if len(labels[key]) > 1:
            dropped["the same text stands under two labels"] += 1
        elif key in seen:
            dropped["repeats"] += 1
        else:
            seen.add(key)
            kept.append(row)
    return kept


def _without_single(rows: list[LabelledText], dropped: Counter[str]) -> list[LabelledText]:
    counts = Counter(row.label for row in rows)
    kept = [row for row in rows if counts[row.label] >= _LEAST]
    if len(kept) < len(rows):
        dropped["the only text of its label"] += len(rows) - len(kept)
    return kept
