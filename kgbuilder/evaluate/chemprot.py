"""ChemProt in the two shapes that can be had: marked sentences, and tokenised abstracts.

The marked sentences do not say which of the two mentions is the chemical. One of each pair is, so it is
told from the letters of the names: log-odds of character triples, counted over the typed names of the
tokenised development abstracts that lie beside them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.annotated import (
    AnnotatedDocument,
    AnnotatedRelation,
    Annotation,
    records,
)
from kgbuilder.issues import Issues

__all__ = ["read_chemprot_documents", "read_chemprot_sentences"]

_MARKED = re.compile(r"<< (?P<a>.*?) >>|\[\[ (?P<b>.*?) \]\]")
_NAMES = Path("document_level") / "dev.jsonl.gz"


@dataclass(frozen=True, slots=True)
class _Row:
    """A marked sentence: text without marks, the two places (``<< >>`` first), label."""

    place: str
    text: str
    spans: tuple[tuple[int, int], tuple[int, int]]
    label: str


class _NameTypes:
    """How much a name looks like a chemical rather than a gene, in nats; 0 without typed names."""

    def __init__(self, typed: Iterable[tuple[str, str]]) -> None:
        self._counts = {"CHEMICAL": Counter[str](), "GENE": Counter[str]()}
        for name, type in typed:
            self._counts[type].update(_triples(name))
        self._totals = {type: c.total() for type, c in self._counts.items()}
        self._n_triples = len(set().union(*self._counts.values())) or 1

    def __call__(self, name: str) -> float:
        return sum(self._log("CHEMICAL", t) - self._log("GENE", t) for t in _triples(name))

    def _log(self, type: str, triple: str) -> float:
        n = self._counts[type][triple] + 0.5
        return math.log(n / (self._totals[type] + 0.5 * self._n_triples))


def _triples(name: str) -> list[str]:
    padded = f"^{re.sub('[0-9]', '0', name.casefold())}$"
    return [padded[i : i + 3] for i in range(len(padded) - 2)] or [padded]


def read_chemprot_sentences(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Sentences with their marked pairs as relations Chemical -> Gene, by class (``INHIBITOR``, ...).

    Rows of one sentence are one document, but a row whose mentions overlap others stands by itself.
    """
    beside = path.parent.parent / _NAMES
    chemical = _NameTypes(_typed_names(beside, issues) if beside.exists() else ())
    by_text: dict[str, list[_Row]] = {}
    for place, record in records(path, issues):
        row = _row(place, str(record.get("text", "")), str(record.get("label", "")))
        if row is None:
            issues.refuse("bad-record", where=place, what="not two marked mentions")
        else:
            by_text.setdefault(row.text, []).append(row)
    for text, rows in by_text.items():
        yield from _documents(text, rows, chemical)


def _row(place: str, raw: str, label: str) -> _Row | None:
    pieces: list[str] = []
    spans: dict[str, tuple[int, int]] = {}
    at = length = 0
    for match in _MARKED.finditer(raw):
        pieces.append(raw[at : match.start()])
        length += len(pieces[-1])
        name = match["a"] or match["b"] or ""
        spans["b" if match["b"] else "a"] = (length, length + len(name))
        pieces.append(name)
        length += len(name)
        at = match.end()
    pieces.append(raw[at:])
    if set(spans) != {"a", "b"} or not label:
        return None
    return _Row(place, "".join(pieces), (spans["a"], spans["b"]), label)


def _documents(text: str, rows: list[_Row], chemical: _NameTypes) -> Iterator[AnnotatedDocument]:
    def score(span: tuple[int, int]) -> float:
        return chemical(text[slice(*span)])

    def lead(row: _Row) -> float:
        return score(row.spans[0]) - score(row.spans[1])

    types: dict[tuple[int, int], str] = {}
    together: list[tuple[_Row, tuple[int, int], tuple[int, int]]] = []
    alone: list[tuple[_Row, tuple[int, int], tuple[int, int]]] = []
    for row in sorted(rows, key=lambda r: (-abs(lead(r)), r.place)):  # the surest first
        drug, gene = row.spans if lead(row) >= 0 else row.spans[::-1]
        free = all(
            span in types or all(span[1] <= a or b <= span[0] for a, b in types)
            for span in (drug, gene)
        )
        if free and types.get(drug, "Chemical") == "Chemical" and types.get(gene, "Gene") == "Gene":
            types |= {drug: "Chemical", gene: "Gene"}
            together.append((row, drug, gene))
        else:
            alone.append((row, drug, gene))
    for group in [together, *([one] for one in alone)]:
        if group:
            yield _document(text, group)


def _document(
    text: str, rows: list[tuple[_Row, tuple[int, int], tuple[int, int]]]
) -> AnnotatedDocument:
    entities: dict[str, Annotation] = {}
    relations = []
    for row, drug, gene in rows:
        ends = []
        for type, (start, end) in (("Chemical", drug), ("Gene", gene)):
            id = f"{start}-{end}"
            entities[id] = Annotation(id, start, end, type)
            ends.append(id)
        relations.append(AnnotatedRelation(row.label, *ends))
    ordered = sorted(entities.values(), key=lambda e: (e.start, e.end))
    first = min(row.place for row, _, _ in rows)
    unique = tuple(sorted(set(relations), key=lambda r: (r.head, r.tail, r.type)))
    return AnnotatedDocument(first, text, tuple(ordered), unique, group=text)


def read_chemprot_documents(path: Path, *, issues: Issues) -> Iterator[AnnotatedDocument]:
    """One document per sentence of the tokenised abstracts, tokens joined by one space; relations
    Chemical -> Gene by group (``CPR:4``), which the corpus states within a sentence alone.
    """
    for place, record in records(path, issues):
        try:
            yield from list(_tokenised(record))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            issues.refuse("bad-record", where=place, what=f"not a ChemProt document: {error!r}")


def _tokenised(record: dict[str, Any]) -> Iterator[AnnotatedDocument]:
    group, done = str(record["doc_key"]), 0  # places are counted in tokens of the whole abstract
    rows = zip(record["sentences"], record["ner"], record["relations"], strict=True)
    for number, (words, named, related) in enumerate(rows):
        tokens = [str(token) for token in words]
        starts = [0, *accumulate(len(token) + 1 for token in tokens)]
        entities: dict[str, Annotation] = {}
        for first, last, type in named:
            if not done <= first <= last < done + len(tokens):
                raise ValueError(f"tokens {first} to {last} are not of sentence {number}")
            id, end = f"{first}-{last}", starts[last - done] + len(tokens[last - done])
            entities[id] = Annotation(id, starts[first - done], end, str(type).capitalize())
        relations = []
        for a, b, c, d, type in related:
            head, tail = f"{a}-{b}", f"{c}-{d}"
            if entities[head].type == "Gene":
                head, tail = tail, head
            relations.append(AnnotatedRelation(str(type), head, tail))
        ordered = sorted(entities.values(), key=lambda e: (e.start, e.end, e.type))
        yield AnnotatedDocument(
            f"{group}.{number}", " ".join(tokens), tuple(ordered), tuple(relations), group
        )
        done += len(tokens)


def _typed_names(path: Path, issues: Issues) -> Iterator[tuple[str, str]]:
    for document in read_chemprot_documents(path, issues=issues):
        for e in document.entities:
            yield document.text[e.start : e.end].replace(" ", ""), e.type.upper()
