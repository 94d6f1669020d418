"""Scoring how findings are meant: gold mentions given, or from the raw text."""

from __future__ import annotations

from collections.abc import Sequence

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.annotated import AnnotatedDocument, Annotation
from kgbuilder.evaluate.assertions import AssertionReport, aligned_assertions, score_assertions
from kgbuilder.evaluate.labels import Labels
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.model import Assertion, Mention, Sentence, Span
from kgbuilder.scoring_relations import document_of, mention_of, scored_annotations
from kgbuilder.stages import Pipeline

__all__ = ["assertions_from_text", "assertions_of_gold"]

Gold = Sequence[AnnotatedDocument]


def assertions_of_gold(gold: Gold, labels: Labels, pipeline: Pipeline) -> AssertionReport:
    """The gold mentions as the qualifier reads them in our sentences.

    :raises UsageError: when the corpus says of no mention how it is meant.
    """
    meant: dict[str, list[Assertion]] = {}
    read: dict[str, list[Assertion]] = {}
    for document, told in _told(gold, labels):
        found = _qualified(document, told, labels, pipeline)
        both = [(a.assertion, found[a]) for a in told if a in found]
        meant[document.id] = [gold for gold, _ in both if gold]
        read[document.id] = [ours for _, ours in both]
    return score_assertions(meant, read)


def assertions_from_text(gold: Gold, labels: Labels, pipeline: Pipeline) -> AssertionReport:
    """The gold mentions as every stage reads the text: a finding of any type that overlaps one stands
    for it. What is found beside them is not scored.

    :raises UsageError: when the corpus says of no mention how it is meant.
    """
    wanted: dict[str, list[LabelledSpan]] = {}
    read: dict[str, list[LabelledSpan]] = {}
    for document, told in _told(gold, labels):
        wanted[document.id] = [
            LabelledSpan(document.id, Span(a.start, a.end), a.type, assertion=a.assertion)
            for a in told
        ]
        read[document.id] = [
            LabelledSpan(document.id, f.mention.span, f.mention.type.value, assertion=f.assertion)
            for f in pipeline.read(document_of(document)).findings
        ]
    aligned = aligned_assertions(wanted, read)
    return score_assertions(
        {id: [g for g, _ in row] for id, row in aligned.items()},
        {id: [p for _, p in row] for id, row in aligned.items()},
    )


def _told(gold: Gold, labels: Labels) -> list[tuple[AnnotatedDocument, list[Annotation]]]:
    """Documents with the scored annotations of which the corpus says how they are meant."""
    told = [
        (document, [a for a in scored_annotations(document, labels) if a.assertion])
        for document in gold
    ]
    if not any(row for _, row in told):
        raise UsageError(
            "the corpus says of no mention how it is meant", hint="attrs: polarity, ..."
        )
    return [(document, row) for document, row in told if row]


def _qualified(
    document: AnnotatedDocument,
    annotations: Sequence[Annotation],
    labels: Labels,
    pipeline: Pipeline,
) -> dict[Annotation, Assertion]:
    """What the qualifier says of each gold mention, in the sentence in which it begins."""
    sentences = pipeline.segmenter.sentences(document_of(document))
    rows: list[list[tuple[Annotation, Mention]]] = [[] for _ in sentences]
    for annotation in annotations:
        mention = mention_of(document, annotation, labels.mentions)
        at = _sentence_at(sentences, mention.span)
        if at is not None:
            rows[at].append((annotation, mention))
    meant = pipeline.qualifier.qualify(sentences, [[m for _, m in row] for row in rows])
    return {
        annotation: assertion
        for row, assertions in zip(rows, meant, strict=True)
        for (annotation, _), assertion in zip(row, assertions, strict=True)
    }


def _sentence_at(sentences: Sequence[Sentence], span: Span) -> int | None:
    """The sentence in which the mention begins."""
    for at, sentence in enumerate(sentences):
        if sentence.span.start <= span.start < sentence.span.end:
            return at
    return None
