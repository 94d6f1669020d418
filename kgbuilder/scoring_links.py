"""Scoring the linker: gold mentions given, and the concepts of a document from its raw text.

Concepts are compared in the identifier space of the corpus: a candidate that a stated mapping joins to
the mention's first one counts there (MeSH for a drug that is first of all DrugBank's).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from kgbuilder.evaluate.annotated import Annotation
from kgbuilder.evaluate.links import (
    LinkReport,
    accuracy_of,
    score_document_concepts,
    score_links,
)
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.model import Candidate, Document, Mention, Span
from kgbuilder.stages import Pipeline

__all__ = ["MentionsGiven", "links_of_gold"]


class MentionsGiven(NamedTuple):
    """A document with its gold mentions, and the same as ours."""

    document: Document
    annotations: Sequence[Annotation]
    mentions: Sequence[Mention]


Ids = dict[str, list[tuple[str, ...]]]
Answers = dict[str, list[frozenset[str]]]


def links_of_gold(
    given: Sequence[MentionsGiven],
    pipeline: Pipeline,
    *,
    types: Collection[str],
    held: Collection[str] = (),
) -> LinkReport:
    """Linking of gold mentions, and of what every stage finds in the raw text.

    :param types: ours that are scored from raw text.
    :param held: ids that an imported vocabulary holds: the accuracy by type is over these; empty: all.
    """
    meant: Ids = {}
    linked: Ids = {}
    by_type: dict[str, tuple[Ids, Answers]] = {}
    for document, scored, mentions in given:
        answers = pipeline.linker.link(document, mentions)
        meant[document.id] = [a.ids for a in scored]
        linked[document.id] = [
            _in_space(candidates, a.ids) for a, candidates in zip(scored, answers, strict=True)
        ]
        for a, mention, candidates in zip(scored, mentions, answers, strict=True):
            ids, told = by_type.setdefault(mention.type.value, ({}, {}))
            ids.setdefault(document.id, []).append(a.ids)
            told.setdefault(document.id, []).append(_answer(candidates, _spaces(a.ids)))
    spaces = _spaces(id for rows in meant.values() for ids in rows for id in ids)
    wanted = {
        row.document.id: [
            LabelledSpan(row.document.id, Span(a.start, a.end), a.type, frozenset(a.ids))
            for a in row.annotations
        ]
        for row in given
    }
    read = {
        row.document.id: _from_text(row.document, pipeline, types=types, spaces=spaces)
        for row in given
    }
    return replace(
        score_links(meant, linked),
        by_type={
            type: accuracy_of(ids, told, held=held) for type, (ids, told) in sorted(by_type.items())
        },
        from_text=score_document_concepts(wanted, read),
    )


def _from_text(
    document: Document, pipeline: Pipeline, *, types: Collection[str], spaces: frozenset[str]
) -> list[LabelledSpan]:
    mentions = [
        f.mention for f in pipeline.read(document).findings if f.mention.type.value in types
    ]
    answers = pipeline.linker.link(document, mentions)
    return [
        LabelledSpan(document.id, mention.span, mention.type.value, _answer(candidates, spaces))
        for mention, candidates in zip(mentions, answers, strict=True)
    ]


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
