"""A passage of a paper, read for every pair of concepts that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kgbuilder.model import Curie, Document, Finding, Sentence
from kgbuilder.nn.pairs import MAX_PAIRS
from kgbuilder.nn.passages import PASSAGE_PREFIX, chunks, nearest_instances
from kgbuilder.nn.shape import Named, shapes_of
from kgbuilder.relate.pair_model import PairModel
from kgbuilder.relate.readings import Logs, Pair, Reading

__all__ = ["Concepts", "Passage", "concepts_of", "read_passage"]

Concepts = tuple[Curie, Curie]
"""Of a pair, in the order of their names."""


def concepts_of(one: Finding, other: Finding) -> Concepts:
    """Whichever of the two comes first."""
    return min(one.concept, other.concept), max(one.concept, other.concept)


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences that are read together.

    :param is_first: whether the document begins with them.
    :param known: findings that may state a relation, in text order; ``where``: of each the number of
        its sentence.
    :param denied: pairs of concepts that a sentence denies something of: no other is read as stating it.
    :param nearest: of pairs of concepts that a sentence is asked about: its number, and the pair there.
    """

    sentences: Sequence[Sentence]
    is_first: bool
    known: Sequence[Finding]
    where: Sequence[int]
    denied: frozenset[Concepts]
    nearest: Mapping[Concepts, tuple[int, Pair]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Two concepts and the pairs of findings that stand for them, the nearest first."""

    kind: str
    concepts: Concepts
    instances: tuple[Pair, ...]


def read_passage(
    model: PairModel,
    document: Document,
    passage: Passage,
    *,
    worth: Callable[[Reading], bool] = lambda _: True,
) -> list[Reading]:
    """What shape and passage say of each pair of concepts; what its nearest sentence says is left open.

    :param worth: whether the passage is to be read for a pair, by its shape; others are left out.
    """
    asked = _asked(model, passage)
    shapes = _by_shape(model, passage, asked)
    readings = [
        Reading(one.kind, one.instances[0], (), shape, passage.nearest.get(one.concepts))
        for one, shape in zip(asked, shapes, strict=True)
    ]
    kept = [i for i, reading in enumerate(readings) if worth(reading)]
    over_passage = _over_passage(model, document, passage, [asked[i] for i in kept])
    return [
        replace(readings[i], passages=tuple(over_passage.get(number, ())))
        for number, i in enumerate(kept)
    ]


def _asked(model: PairModel, passage: Passage) -> list[_Asked]:
    known = passage.known
    mentions: dict[tuple[Curie, str], list[int]] = {}
    for index, f in enumerate(known):
        mentions.setdefault((f.concept, f.mention.type.value), []).append(index)
    places = [(f.mention.span.start, f.mention.span.end) for f in known]
    groups = list(mentions.values())
    asked = []
    for i, one in enumerate(groups):
        for other in groups[i + 1 :]:
            a, b = known[one[0]], known[other[0]]
            found = model.kinds.order(a, b, PASSAGE_PREFIX)
            if found is None or a.concept == b.concept or concepts_of(a, b) in passage.denied:
                continue
            kind, turned = found
            instances = nearest_instances(
                one, other, places, passage.where, most=model.kinds.instances
            )
            ordered = tuple((y, x) if turned else (x, y) for x, y in instances)
            asked.append(_Asked(kind, concepts_of(a, b), ordered))
    return asked


def _over_passage(
    model: PairModel, document: Document, passage: Passage, asked: Sequence[_Asked]
) -> dict[int, list[tuple[Pair, Logs]]]:
    offset, end = passage.sentences[0].span.start, passage.sentences[-1].span.end
    spans = model.spans(passage.known, offset)
    order: dict[Curie, int] = {}
    numbers = [order.setdefault(f.concept, len(order)) for f in passage.known]
    rows: dict[int, list[tuple[Pair, Logs]]] = {}
    for run in chunks([len(one.instances) for one in asked], most=MAX_PAIRS):
        flat = [(pair, i) for i in run for pair in asked[i].instances]
        answers = model.answers(
            document.text[offset:end],
            spans,
            [pair for pair, _ in flat],
            max_text=model.kinds.passage_pieces,
            numbers=numbers,
        )
        for number, (pair, i) in enumerate(flat):
            if number in answers:
                logs = model.kinds.logs(asked[i].kind, answers[number])
                rows.setdefault(i, []).append((pair, logs))
    return rows


def _by_shape(model: PairModel, passage: Passage, asked: Sequence[_Asked]) -> list[Logs]:
    """The title, which tells what a paper is about, is the document's first sentence alone."""
    behind = 0 if passage.is_first else 1
    named = []
    for f, at in zip(passage.known, passage.where, strict=True):
        kind = model.kinds.class_of[f.mention.type.value]
        span = f.mention.span
        named.append(Named((f.concept, kind), kind, span.start, span.end, at + behind))
    pairs = [(named[a].thing, named[b].thing) for (a, b), *_ in (one.instances for one in asked)]
    shapes = shapes_of(named, len(passage.sentences) + behind, pairs)
    return [model.by_shape(one.kind, shapes[i : i + 1])[0] for i, one in enumerate(asked)]
