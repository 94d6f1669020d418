"""Sentences labelled from afar: a file of places in raw texts, and the reader that looks them up.

A line holds ``file`` (under the corpora folder), ``line`` (0-based), ``start`` and ``end`` of the
sentence in the line's text, ``pairs``: [[start, end, start, end, label]] in offsets of the sentence, the
first of a disease, the second of a phenotype; label ``HAS_PHENOTYPE`` or "" for a pair that no table
holds. So no text is copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kgbuilder.evaluate.annotated import AnnotatedDocument, AnnotatedRelation, Annotation, records
from kgbuilder.issues import Issues

__all__ = ["raw_texts", "read_distant"]

_TEXT_FIELDS = ("text", "abstract")


def raw_texts(path: Path, issues: Issues) -> Iterator[tuple[int, str]]:
    """``(number of the record, its text)`` of a raw corpus file."""
    for number, (_, record) in enumerate(records(path, issues)):
        text = next((record[key] for key in _TEXT_FIELDS if record.get(key)), "")
        yield number, str(text)


def read_distant(path: Path, *, root: Path, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One document a sentence; its group is the text it stands in. A place that is not in its text is
    refused.
    """
    wanted: dict[str, dict[int, list[tuple[int, int, list[list[int | str]]]]]] = {}
    for place, record in records(path, issues):
        try:
            row = (int(record["start"]), int(record["end"]), list(record["pairs"]))
            lines = wanted.setdefault(str(record["file"]), {})
            lines.setdefault(int(record["line"]), []).append(row)
        except (KeyError, TypeError, ValueError) as error:
            issues.refuse("bad-record", where=place, what=f"not a distant label: {error!r}")
    for file in sorted(wanted):
        for number, text in raw_texts(root / file, issues):
            for start, end, pairs in wanted[file].get(number, ()):
                where = f"{file}:{number}"
                if not 0 <= start < end <= len(text):
                    issues.refuse("bad-span", where=where, what="a sentence outside its text")
                    continue
                yield _document(f"{where}:{start}", text[start:end], pairs, where)


def _document(id: str, text: str, pairs: list[list[int | str]], group: str) -> AnnotatedDocument:
    entities: dict[str, Annotation] = {}
    relations = []
    for a, b, c, d, label in pairs:
        ends = []
        for type, start, end in (("Disease", int(a), int(b)), ("Phenotype", int(c), int(d))):
            name = f"{start}-{end}"
            entities.setdefault(name, Annotation(name, start, end, type))
            ends.append(name)
        if label:
            relations.append(AnnotatedRelation(str(label), *ends))
    ordered = tuple(sorted(entities.values(), key=lambda e: (e.start, e.end)))
    return AnnotatedDocument(id, text, ordered, tuple(relations), group)
