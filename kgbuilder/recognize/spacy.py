"""Any spaCy or scispaCy pipeline with named entities as a recognizer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy as spacy_library

from kgbuilder.errors import InputError
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.labels import ForeignLabels

__all__ = ["SpacyRecognizer"]

_ENTITY_MAKERS = ("ner", "entity_ruler", "span_ruler")


class SpacyRecognizer:
    """The entities (``doc.ents``) of a spaCy pipeline, with the types that ``labels.toml`` gives their
    labels. spaCy states no probability, so every score is 1.

    :param pipeline: an installed pipeline's name, a folder, or a loaded ``Language``.
    :param labels: label -> type, before the table; "" leaves a label out.
    :param issues: where labels that nothing maps are named; :attr:`unmapped` counts them always.
    :param max_chars: a longer sentence is read in pieces, cut at white space.
    :raises InputError: when the pipeline cannot be loaded. :raises ConfigError: when none of its
        labels has a type here.
    """

    def __init__(
        self,
        pipeline: Any,
        *,
        labels: Mapping[str, EntityType | str] | None = None,
        issues: Issues | None = None,
        max_chars: int = 100_000,
    ) -> None:
        self._nlp = _load(pipeline) if isinstance(pipeline, str | Path) else pipeline
        meta = self._nlp.meta
        self.name = f"spacy {meta['lang']}_{meta['name']} {meta['version']}"
        self._labels = ForeignLabels(self.name, labels=labels, issues=issues)
        self._max_chars = min(max_chars, self._nlp.max_length)
        stated = self._nlp.pipe_labels
        self._labels.require_any(
            label for maker in _ENTITY_MAKERS for label in stated.get(maker, ())
        )

    @property
    def unmapped(self) -> Counter[str]:
        """How many entities were left out, by the label that nothing maps."""
        return Counter(self._labels.unmapped)

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions with spans in document offsets, sorted, not overlapping."""
        rows: list[list[Mention]] = [[] for _ in sentences]
        pieces = (
            (sentence.text[start:end], (row, start))
            for row, sentence in enumerate(sentences)
            for start, end in _pieces_of(sentence.text, self._max_chars)
        )
        for doc, (row, start) in self._nlp.pipe(pieces, as_tuples=True):
            sentence = sentences[row]
            for entity in doc.ents:
                mention = self._mention(
                    sentence, start + entity.start_char, start + entity.end_char, entity.label_
                )
                if mention is not None:
                    rows[row].append(mention)
        return [tuple(row) for row in rows]

    def _mention(self, sentence: Sentence, start: int, end: int, label: str) -> Mention | None:
        type = self._labels.type_of(label)
        text = sentence.text[start:end]
        if type is None or not text.strip():
            return None
        start += len(text) - len(text.lstrip())
        end -= len(text) - len(text.rstrip())
        base = sentence.span.start
        return Mention(
            sentence.document_id, Span(base + start, base + end), sentence.text[start:end], type
        )


def _load(pipeline: str | Path) -> Any:
    try:
        return spacy_library.load(pipeline)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"cannot load the spaCy pipeline: {str(error).splitlines()[0]}",
            where=str(pipeline),
            hint="give a folder or the name of an installed pipeline (pip install it first)",
        ) from None


def _pieces_of(text: str, size: int) -> Iterator[tuple[int, int]]:
    """``[start, end)`` of pieces of at most ``size`` characters, cut behind white space if there is."""
    start = 0
    while len(text) - start > size:
        spaces = list(re.finditer(r"\s+", text[start : start + size]))
        cut = start + (spaces[-1].end() if spaces else size)
        yield start, cut
        start = cut
    if start < len(text):
        yield start, len(text)
