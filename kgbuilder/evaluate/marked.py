"""Sentences of our own, marked by hand: tables that a clinician can read and correct.

Columns ``predicate``, ``pairs`` (``1-2; not 3-2``: numbers of mentions, subject first), ``text`` with
mentions in brackets (``[D aspirin]``). Half of a table is for tuning and half for scoring, by a hash of
the sentence, so that no one chooses which.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.errors import FormatError
from kgbuilder.evaluate.annotated import (
    AnnotatedDocument,
    AnnotatedRelation,
    Annotation,
    open_text,
)
from kgbuilder.issues import Issues
from kgbuilder.model import PREDICATES, EntityType

__all__ = ["NEGATED", "read_marked"]

NEGATED = " Negated"
"""Ends the type of a relation that a sentence denies."""

_LETTERS = {"D": "Drug", "C": "Disease", "P": "Phenotype", "G": "Gene", "V": "Variant"}
_MENTION = re.compile(r"\[([A-Z]) ([^\[\]]+)\]")
_PAIR = re.compile(r"(not )?(\d+)-(\d+)")


def read_marked(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One document a row, in the split ``dev`` or ``test``. A row that cannot be read is refused.

    :raises FormatError: when the table lacks a column.
    """
    with open_text(path) as lines:
        rows = csv.DictReader(
            (line for line in lines if not line.startswith("#")),
            delimiter="\t",
            quoting=csv.QUOTE_NONE,
        )
        missing = {"predicate", "pairs", "text"} - set(rows.fieldnames or ())
        if missing:
            raise FormatError(f"the table has no column {sorted(missing)}", where=str(path))
        for number, row in enumerate(rows, start=1):
            place = f"{path.stem}:{number}"
            try:
                yield _document(place, row["text"], row["predicate"], row["pairs"])
            except (ValueError, KeyError, AttributeError, TypeError) as error:
                issues.refuse("bad-row", where=place, what=f"not a marked sentence: {error}")


def _document(id: str, marked: str, predicate: str, pairs: str) -> AnnotatedDocument:
    text, at = "", 0
    entities: list[Annotation] = []
    for match in _MENTION.finditer(marked):
        text += marked[at : match.start()]
        type = EntityType(_LETTERS[match[1]]).value
        entities.append(Annotation(str(len(entities) + 1), len(text), len(text + match[2]), type))
        text += match[2]
        at = match.end()
    text += marked[at:]
    if predicate not in PREDICATES:
        raise ValueError(f"no predicate {predicate!r}")
    relations = []
    for part in filter(None, map(str.strip, pairs.split(";"))):
        pair = _PAIR.fullmatch(part)
        if pair is None or not all(1 <= int(n) <= len(entities) for n in pair.groups()[1:]):
            raise ValueError(f"no pair of its mentions: {part!r}")
        type = predicate + (NEGATED if pair[1] else "")
        relations.append(AnnotatedRelation(type, pair[2], pair[3]))
    digest = hashlib.sha256(text.encode()).digest()
    split = "test" if digest[0] % 2 else "dev"
    return AnnotatedDocument(id, text, tuple(entities), tuple(relations), id, split)
