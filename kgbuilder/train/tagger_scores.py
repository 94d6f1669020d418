"""How good a tagger is on documents that it did not learn from: while it learns, and as it ships."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.evaluate.spans import SpanReport, score_spans
from kgbuilder.model import Span
from kgbuilder.nn.decode import word_spans
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.tagger_training import log_probabilities
from kgbuilder.protocols import Recognizer
from kgbuilder.recognize.transformer import TransformerRecognizer
from kgbuilder.scoring_relations import document_of
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.train.tagged_examples import CorpusLabels, PlacedExample, mapped_spans

__all__ = ["Dev", "answers_f1", "compare", "dev_f1", "score_exported"]

THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""``min_score`` that are compared on the development documents."""

Dev = Sequence[tuple[AnnotatedDocument, CorpusLabels, list[tuple[int, PlacedExample]]]]
"""Documents with what their labels mean, and their examples with the offsets of their sentences."""


def dev_f1(model: Tagger, dev: Dev, space: LabelSpace, padding_id: int) -> float:
    """Strict micro F1 of the model as it is, without any threshold."""
    flat = [placed.example for _, _, rows in dev for _, placed in rows]
    return answers_f1(log_probabilities(model, flat, padding_id=padding_id), dev, space)


def answers_f1(answers: Iterable[NDArray[np.float32]], dev: Dev, space: LabelSpace) -> float:
    """The same of ``[n_words, n_labels]`` log-probabilities for each example of ``dev``, in order."""
    each = iter(answers)
    said: dict[str, list[LabelledSpan]] = {}
    for document, _, rows in dev:
        for offset, placed in rows:
            for found in word_spans(next(each), space):
                start, end = placed.words[found.start][0], placed.words[found.end - 1][1]
                span = Span(offset + start, offset + end)
                said.setdefault(document.id, []).append(LabelledSpan(document.id, span, found.type))
    return compare([(d, t) for d, t, _ in dev], said, n_samples=0).strict.f1


def compare(
    gold: Sequence[tuple[AnnotatedDocument, CorpusLabels]],
    said: Mapping[str, Sequence[LabelledSpan]],
    *,
    n_samples: int = 1000,
) -> SpanReport:
    """Score against the mentions that have a type; what is said within a stretch of which nothing is
    known, or is of a type that the set does not mark, counts neither way.
    """
    right: dict[str, list[LabelledSpan]] = {}
    kept: dict[str, list[LabelledSpan]] = {}
    alike: set[frozenset[str]] = set()
    for document, table in gold:
        spans = mapped_spans(document, table)
        unknown = [Span(a, b) for a, b, types in spans if not types]
        right[document.id] = [LabelledSpan(document.id, Span(a, b), t[0]) for a, b, t in spans if t]
        kept[document.id] = [
            m
            for m in said.get(document.id, ())
            if m.type in table.annotates and not any(m.span.overlaps(u) for u in unknown)
        ]
        alike |= {frozenset(types) for _, _, types in spans if len(types) > 1}
    return score_spans(right, kept, equivalent=frozenset(alike), n_samples=n_samples)


def score_exported(
    into: Path,
    gold: Sequence[tuple[AnnotatedDocument, CorpusLabels]],
    dictionary: Recognizer | None,
) -> tuple[float, SpanReport]:
    """The exported model, as ``extract`` runs it (without what the dictionary adds), on the documents to
    choose by: the threshold that is best there, and the score at it.
    """
    recognizer = TransformerRecognizer(into, dictionary=dictionary, min_score=0.0)
    segmenter = ClinicalSegmenter()
    said: dict[str, list[tuple[float, LabelledSpan]]] = {}
    for document, _ in gold:
        sentences = segmenter.sentences(document_of(document))
        said[document.id] = [
            (m.score, LabelledSpan(document.id, m.span, str(m.type)))
            for row in recognizer.recognize(sentences)
            for m in row
        ]

    def at(least: float, n_samples: int) -> SpanReport:
        kept = {id: [m for score, m in rows if score >= least] for id, rows in said.items()}
        return compare(gold, kept, n_samples=n_samples)

    best = max(THRESHOLDS, key=lambda least: (round(at(least, 0).strict.f1, 4), -abs(least - 0.5)))
    return best, at(best, 1000)
