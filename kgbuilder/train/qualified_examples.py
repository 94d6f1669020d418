"""What a qualifier's weights learn from: labelled mentions, and notes as words read them."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kgbuilder.config import QualifyRecipe, Recipe, RelateRecipe
from kgbuilder.errors import InputError
from kgbuilder.evaluate.annotated import AnnotatedDocument
from kgbuilder.model import Assertion, Document, Mention, Sentence
from kgbuilder.nn.assertion_model import MarkedMention, pieces_of_mentions
from kgbuilder.nn.assertion_training import AssertionExample
from kgbuilder.nn.pieces import Pieces
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.qualify.meaning import categories_of
from kgbuilder.scoring_relations import document_of, mention_of
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.train.labelled_recipe import NotesTable
from kgbuilder.wire import pipeline_of

__all__ = ["STATUSES", "TYPES", "MeantSentence", "QualifiedExamples", "notes_of"]

TYPES = ("Drug", "Disease", "Phenotype", "Procedure")
STATUSES = (
    "", "negated", "historical", "historical+negated", "uncertain", "hypothetical", "planned",
    "family", "family+negated", "other",
)  # fmt: skip
"""Sets of the categories that qualify's table of cues has, joined by ``+``; the empty one is a plain
fact. Of a new model: one that goes on from a qualifier has that one's."""

MAX_PIECES = 250
"""Of an example; what lies behind is not learned from."""
_HARM = ("other", "family", "hypothetical", "uncertain", "planned", "historical")
"""Where two are said and no status has both, the first of these is kept: what hurts most if missed."""


@dataclass(frozen=True, slots=True)
class MeantSentence:
    """A sentence, its mentions, and how each is meant by its label."""

    sentence: Sentence
    mentions: tuple[Mention, ...]
    meant: tuple[Assertion, ...]


class QualifiedExamples:
    """Makes examples of sentences. :param statuses: as :data:`STATUSES`."""

    def __init__(self, pieces: Pieces, types: Sequence[str], statuses: Sequence[str]) -> None:
        self._pieces, self._types = pieces, tuple(types)
        self._statuses = [frozenset(filter(None, status.split("+"))) for status in statuses]
        self._segmenter = ClinicalSegmenter()

    def sentences(
        self, document: AnnotatedDocument, labels: Mapping[str, tuple[str, ...]]
    ) -> list[MeantSentence]:
        """Those in which a mention is labelled with how it is meant, read as a note. A mention that
        goes on behind its sentence is passed over, and so is one whose label means nothing here.
        """
        text = replace(document_of(document), kind="note")
        told = [a for a in document.entities if a.assertion and labels[a.type][0]]
        rows = []
        for sentence in self._segmenter.sentences(text):
            start, end = sentence.span.start, sentence.span.end
            inside = [a for a in told if start <= a.start and a.end <= end]
            if inside:
                mentions = tuple(mention_of(document, a, labels) for a in inside)
                meant = tuple(a.assertion for a in inside if a.assertion)
                rows.append(MeantSentence(sentence, mentions, meant))
        return rows

    def of_labels(self, row: MeantSentence) -> Iterator[AssertionExample]:
        """What the labels say."""
        said = [self._number(categories_of(meant)) for meant in row.meant]
        yield from self._example(row.sentence, row.mentions, said, 1.0)

    def of_words(
        self,
        words: ContextQualifier,
        sentence: Sentence,
        mentions: Sequence[Mention],
        weight: float,
    ) -> Iterator[AssertionExample]:
        """What the words of the sentence say, whatever its section."""
        kept = [m for m in mentions if m.type.value in self._types]
        said = [self._number(s.categories) for s in words.said(sentence, kept)]
        yield from self._example(sentence, kept, said, weight)

    def _example(
        self, sentence: Sentence, mentions: Sequence[Mention], said: Sequence[int], weight: float
    ) -> Iterator[AssertionExample]:
        if not mentions:
            return
        at = sentence.span.start
        marked = [MarkedMention(m.span.start - at, m.span.end - at, m.type.value) for m in mentions]
        found = pieces_of_mentions(sentence.text, marked, self._pieces, self._types)
        ids = (self._pieces.start_id, *found.pieces.ids[:MAX_PIECES], self._pieces.end_id)
        marks = np.pad(found.marks[:MAX_PIECES], ((1, 1), (0, 0)))
        kept = [i for i, p in enumerate(found.places) if len(p) and p.max() < MAX_PIECES]
        if kept:
            places = tuple(found.places[i] + 1 for i in kept)
            yield AssertionExample(ids, marks, places, tuple(said[i] for i in kept), weight)

    def _number(self, categories: frozenset[str]) -> int:
        for first in _HARM:
            if first in categories:
                both = frozenset({first, "negated"} & categories)
                return self._statuses.index(both if both in self._statuses else frozenset({first}))
        return self._statuses.index(categories & {"negated"})


def notes_of(
    table: NotesTable, corpora: Path, examples: QualifiedExamples
) -> list[AssertionExample]:
    """Examples of unlabelled notes: mentions found by us, meant as the words say.

    :raises InputError: when a file is not there.
    """
    if not table.corpora:
        return []
    texts: list[str] = []
    for name in table.corpora:
        path = corpora / name
        if not path.exists():
            hint = "KGBUILDER_CORPORA names the folder; or leave [notes] out"
            raise InputError("no such corpus", where=str(path), hint=hint)
        with gzip.open(path, "rt", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        texts += [r.get("note") or r.get("text") or "" for r in records if r["split"] == "train"]
    random.Random(table.seed).shuffle(texts)  # noqa: S311
    chosen = [text for text in texts if text][: table.n_texts]
    pipeline = pipeline_of(Recipe(qualify=QualifyRecipe("words"), relate=RelateRecipe("none")))
    words = ContextQualifier()
    made: list[AssertionExample] = []
    for number, text in enumerate(chosen):
        document = Document(f"note-{number}", text, "notes", kind="note")
        for sentence, row in zip(*pipeline.mentions(document), strict=True):
            made += examples.of_words(words, sentence, row, table.weight)
    return made
