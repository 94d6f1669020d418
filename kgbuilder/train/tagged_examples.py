"""Annotated documents to training examples of a tagger: types mapped, sentences cut, words labelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.model import Sentence, Span
from kgbuilder.nn.examples import free_of_overlap, sentence_bounds
from kgbuilder.nn.hints import hints_of
from kgbuilder.nn.labels import LabelledSpan, LabelSpace, allowed_labels
from kgbuilder.nn.pieces import Pieces, iter_windows
from kgbuilder.nn.tagger import TaggedExample
from kgbuilder.protocols import Recognizer

__all__ = ["CorpusLabels", "ExampleMaker", "PlacedExample", "iter_sentences", "mapped_spans"]


@dataclass(frozen=True, slots=True)
class CorpusLabels:
    """What a corpus' labels mean here.

    :param labels: corpus label -> our types, any of which may be right; ("",) or () says that nothing
        is known about the stretch. A label that is not there marks nothing.
    :param annotates: types that the corpus marks everywhere; a word outside its mentions may be of any
        other type.
    :param merge_before: label -> labels with which it makes one mention when it stands right before.
    """

    labels: Mapping[str, tuple[str, ...]]
    annotates: frozenset[str]
    merge_before: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> CorpusLabels:
        """Of a corpus' table in a tagger's recipe."""
        annotates = frozenset(table["annotates"])
        return cls(table["labels"], annotates, table.get("merge_before", {}))


def mapped_spans(document: AnnotatedDocument, table: CorpusLabels) -> list[LabelledSpan]:
    """The document's mentions in our types, without overlaps (the longest stay)."""
    spans: list[LabelledSpan] = []
    skip: set[int] = set()
    entities = [e for e in document.entities if e.end > e.start]
    for i, entity in enumerate(entities):
        if i in skip:
            continue
        start, label = entity.start, entity.type
        if label in table.merge_before:
            for j in range(i + 1, min(i + 4, len(entities))):
                other = entities[j]
                if other.type in table.merge_before[label] and other.start == entity.end + 1:
                    entity, label = other, other.type
                    skip.add(j)
                    break
        if label in table.labels:
            types = tuple(t for t in table.labels[label] if t)
            spans.append((start, entity.end, types))
    return free_of_overlap(spans)


def iter_sentences(
    document: AnnotatedDocument, spans: Sequence[LabelledSpan]
) -> Iterator[tuple[int, str, list[LabelledSpan]]]:
    """``(offset, text, spans within it)`` of the document's sentences."""
    protected = [(a, b) for a, b, types in spans if types]
    for a, b in sentence_bounds(document.text, protected, title_end=document.title_end):
        inner = [(s - a, e - a, t) for s, e, t in spans if s < b and a < e]
        yield a, document.text[a:b], inner


@dataclass(frozen=True, slots=True)
class PlacedExample:
    """An example and where its words stand: ``words`` are ``[start, end)`` in the given text."""

    example: TaggedExample
    words: tuple[tuple[int, int], ...]


class ExampleMaker:
    """Turns texts with spans into examples; gathers the table of allowed label sets.

    :param dictionary: points out names of vocabularies, as hints; None: there are none.
    """

    def __init__(
        self,
        pieces: Pieces,
        space: LabelSpace,
        *,
        max_pieces: int,
        dictionary: Recognizer | None,
    ) -> None:
        self.pieces, self.space = pieces, space
        self._max_pieces, self._dictionary = max_pieces, dictionary
        self._sets: dict[frozenset[int], int] = {}

    def examples(
        self,
        text: str,
        spans: Sequence[LabelledSpan],
        annotated: frozenset[str],
        *,
        in_note: bool = False,
    ) -> list[PlacedExample]:
        """Windows of ``text`` with what the corpus leaves possible."""
        words = self.pieces.of(text)
        names: list[tuple[int, int, str]] = []
        if self._dictionary is not None and text:
            (named,) = self._dictionary.recognize([Sentence("", Span(0, len(text)), text)])
            names = [(m.span.start, m.span.end, m.type.value) for m in named]
        hints = hints_of(text, words.words, words.first, len(words.ids), names, in_note=in_note)
        allowed = allowed_labels(words.words, spans, annotated=annotated, space=self.space)
        rows = [self._sets.setdefault(s, len(self._sets)) for s in allowed]
        bounds = [*words.first, len(words.ids)]
        made = []
        for window in iter_windows(words, max_pieces=self._max_pieces, overlap=0):
            a, b = bounds[window.start], bounds[window.end]
            b = min(b, a + 510)  # one word may have more pieces than the encoder has places
            ids = (self.pieces.start_id, *words.ids[a:b], self.pieces.end_id)
            inside = range(window.start, window.end)
            example = TaggedExample(
                ids,
                tuple(words.first[i] - a + 1 for i in inside),
                tuple(rows[i] for i in inside),
                np.pad(hints[a:b], ((1, 1), (0, 0))),
                tuple(text[slice(*words.words[i])] for i in inside),
            )
            made.append(PlacedExample(example, tuple(words.words[i] for i in inside)))
        return made

    def allowed_sets(self) -> NDArray[np.bool_]:
        """``[n_sets, n_labels]``: the sets that examples point to so far."""
        table = np.zeros((len(self._sets), self.space.n_labels), dtype=np.bool_)
        for labels, row in self._sets.items():
            table[row, sorted(labels)] = True
        return table
