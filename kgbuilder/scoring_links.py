"""Scoring the linker: gold mentions given, or the concepts of a document from its raw text.

Concepts are compared in the identifier space of the corpus: a candidate that a stated mapping joins to
the mention's first one counts there (MeSH for a drug that is first of all DrugBank's).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from kgbuilder.evaluate.annotated import AnnotatedDocument
from kgbuilder.evaluate.labels import Labels
from kgbuilder.evaluate.links import (
    ConceptReport,
    LinkReport,
    accuracy_of,
    score_document_concepts,
    score_links,
)
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.model import Candidate, Span
from kgbuilder.scoring_relations import document_of, mention_of, scored_annotations
from kgbuilder.stages import Pipeline

__all__ = ["links_from_text", "links_of_gold"]

Gold = Sequence[AnnotatedDocument]
Ids = dict[str, list[tuple[str, ...]]]
Answers = dict[str, list[frozenset[str]]]


def links_of_gold(
    gold: Gold, labels: Labels, pipeline: Pipeline, *, held: Collection[str] = ()
) -> LinkReport:
    """Linking of the gold mentions.

    :param held: ids that an imported vocabulary holds: the accuracy by type is over these; empty: all.
    """
    meant: Ids = {}
    linked: Ids = {}
    by_type: dict[str, tuple[Ids, Answers]] = {}
    for document in gold:
        scored = scored_annotations(document, labels)
        mentions = [mention_of(document, a, labels.mentions) for a in scored]
        answers = pipeline.linker.link(document_of(document), mentions)
        meant[document.id] = [a.ids for a in scored]
        linked[document.id] = [
            _in_space(candidates, a.ids) for a, candidates in zip(scored, answers, strict=True)
        ]
        for a, mention, candidates in zip(scored, mentions, answers, strict=True):
            ids, told = by_type.setdefault(mention.type.value, ({}, {}))
            ids.setdefault(document.id, []).append(a.ids)
            told.setdefault(document.id, []).append(_answer(candidates, _spaces(a.ids)))
    return replace(
        score_links(meant, linked),
        by_type={
            type: accuracy_of(ids, told, held=held) for type, (ids, told) in sorted(by_type.items())
        },
    )


def links_from_text(gold: Gold, labels: Labels, pipeline: Pipeline) -> ConceptReport:
    """The concepts of each document that every stage finds in the raw text, under scored types, in the
    identifier spaces that the corpus uses.
    """
    wanted = {
        document.id: [
            LabelledSpan(
                document.id,
                Span(a.start, a.end),
                labels.mentions[a.type][0],
                frozenset(a.ids),
            )
            for a in scored_annotations(document, labels)
        ]
        for document in gold
    }
    spaces = _spaces(id for row in wanted.values() for mention in row for id in mention.concepts)
    types = labels.types()
    read: dict[str, list[LabelledSpan]] = {}
    for document in gold:
        text = document_of(document)
        mentions = [
            f.mention for f in pipeline.read(text).findings if f.mention.type.value in types
        ]
        answers = pipeline.linker.link(text, mentions)
        read[document.id] = [
            LabelledSpan(document.id, m.span, m.type.value, _answer(candidates, spaces))
            for m, candidates in zip(mentions, answers, strict=True)
        ]
    return score_document_concepts(wanted, read, equivalent=labels.equivalent)


def _spaces(ids: Iterable[str]) -> frozenset[str]:
    return frozenset(id.partition(":")[0] for id in ids)


def _answer(candidates: Sequence[Candidate], spaces: frozenset[str]) -> frozenset[str]:
    """What a mention was linked to in these identifier spaces: the first candidate, or, where it joins
    several names, all its parts. Empty: refused there.
    """
    inside = [c for c in candidates if c.concept.prefix in spaces]
    parts = frozenset(str(c.concept) for c in inside if c.matched_by == "part")
    return parts or frozenset(str(c.concept) for c in inside[:1])


def _in_space(candidates: Sequence[Candidate], gold: Sequence[str]) -> tuple[str, ...]:
    """Candidates in the identifier spaces that the gold uses: another space cannot be compared."""
    spaces = _spaces(gold)
    return tuple(str(c.concept) for c in candidates if not spaces or c.concept.prefix in spaces)
