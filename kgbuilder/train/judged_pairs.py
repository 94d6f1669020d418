"""Annotated documents to pairs of mentions with the labels that the annotation allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.issues import Issues
from kgbuilder.model import PREDICATES, EntityType
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.pair_classifier import PairExample
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.pieces import Pieces

__all__ = ["CLASSES", "Judgement", "PlacedPass", "judgements_of", "passes_of"]

PAIRS_IN_TRAINING = 24
"""Of one pass: training's attention is quadratic in them."""

CLASSES = {
    EntityType.DRUG: "drug",
    EntityType.DISEASE: "condition",
    EntityType.PHENOTYPE: "condition",
}
"""Types that are alike to a relater; any other is a class of its own."""


def class_of(type: str) -> str:
    """The class of a type of ours."""
    return CLASSES.get(EntityType(type), type.lower())


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two mentions of a sentence, indexes into its spans, subject first (of one class: in text order).

    :param labels: what may be right; ("none",) where the set relates them not.
    """

    first: int
    second: int
    kind: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's mentions ``(start, end, class)`` and what is judged of their pairs."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    judgements: tuple[Judgement, ...]


def judgements_of(
    document: AnnotatedDocument,
    types: Mapping[str, tuple[str, ...]],
    relations: Mapping[str, str],
    *,
    issues: Issues,
) -> Iterator[Sentence]:
    """The document's sentences with at least two mentions. Relations across sentences, and what a
    predicate cannot join, are noted in ``issues`` and left out.

    :param types: label -> our types, the first counts. Relations join mention ids or concept ids.
    """
    mentions: list[tuple[int, int, str, frozenset[str]]] = []
    for e in sorted(document.entities, key=lambda e: (e.start - e.end, e.start)):
        type = (types.get(e.type) or ("",))[0]
        if type and all(e.end <= m[0] or m[1] <= e.start for m in mentions):
            mentions.append((e.start, e.end, type, frozenset({e.id, *e.ids})))
    mentions.sort(key=lambda m: m[:2])
    related: dict[tuple[str, str], set[str]] = {}
    for r in document.relations:
        related.setdefault((r.head, r.tail), set()).add(relations[r.type])
    met: set[tuple[str, str]] = set()
    protected = [(a, b) for a, b, _, _ in mentions]
    for start, end in sentence_bounds(document.text, protected, title_end=document.title_end):
        inside = [m for m in mentions if start <= m[0] and m[1] <= end]
        found = []
        for i in range(len(inside)):
            for j in range(i + 1, len(inside)):
                if inside[i][3] & inside[j][3]:
                    continue  # one concept, named twice
                found += _judge(inside, i, j, related, met, document.id, issues)
        if len(inside) > 1:
            spans = tuple((a - start, b - start, class_of(t)) for a, b, t, _ in inside)
            yield Sentence(document.text[start:end], spans, tuple(found))
    for (head, tail), labels in related.items():
        if (head, tail) not in met and any(labels):
            issues.warn(
                "across-sentences",
                where=document.id,
                what=f"{head} and {tail} are related but stand in no sentence together; not learned",
            )


def _judge(
    inside: Sequence[tuple[int, int, str, frozenset[str]]],
    i: int,
    j: int,
    related: Mapping[tuple[str, str], set[str]],
    met: set[tuple[str, str]],
    where: str,
    issues: Issues,
) -> list[Judgement]:
    labels: list[str] = []
    turned: list[bool] = []
    for a, b, back in ((i, j, False), (j, i, True)):
        for x in inside[a][3]:
            for y in inside[b][3]:
                if (x, y) in related:
                    met.add((x, y))
                    labels += related[x, y]
                    turned += [back] * len(related[x, y])
    if "" in labels:
        return []
    classes = class_of(inside[i][2]), class_of(inside[j][2])
    if not labels:
        one, other = f"{classes[0]} {classes[1]}", f"{classes[1]} {classes[0]}"
        # the caller keeps the one that some relation of the set has
        kinds = [(i, j, one)] if one == other else [(i, j, one), (j, i, other)]
        return [Judgement(a, b, kind, ("none",)) for a, b, kind in kinds]
    told = []
    for label, back in sorted(set(zip(labels, turned, strict=True))):
        a, b = (j, i) if back else (i, j)
        rule = PREDICATES[label.partition(":")[0]]
        fits = [
            (s, o)
            for s, o in ((a, b), (b, a))
            if inside[s][2] in rule.domain and inside[o][2] in rule.range
        ]
        if not fits:
            what = f"{label} cannot join {inside[a][2]} and {inside[b][2]}; left out"
            issues.refuse("wrong-types", where=where, what=what)
            continue
        subject, object = fits[0]
        if classes[0] == classes[1] and subject > object:
            if not rule.symmetric:
                issues.warn(
                    "against-order",
                    where=where,
                    what=f"{label} whose subject, of its object's class, stands behind: not learned",
                )
                continue
            subject, object = object, subject
        kind = f"{class_of(inside[subject][2])} {class_of(inside[object][2])}"
        told.append((subject, object, kind, label))
    groups: dict[tuple[int, int, str], list[str]] = {}
    for subject, object, kind, label in told:
        groups.setdefault((subject, object, kind), []).append(label)
    return [Judgement(a, b, kind, tuple(names)) for (a, b, kind), names in groups.items()]


@dataclass(frozen=True, slots=True)
class PlacedPass:
    """A pass with the document it is of."""

    document_id: str
    judged: PairExample


def passes_of(
    document_id: str,
    sentences: Iterable[Sentence],
    labels: PairLabels,
    pieces: Pieces,
    *,
    blinded: frozenset[str],
) -> Iterator[PlacedPass]:
    """Passes for the pairs whose kind the model has; a pair in two orders is taken in the first."""
    for sentence in sentences:
        chosen: dict[frozenset[int], Judgement] = {}
        for judgement in sentence.judgements:
            if judgement.kind in labels.kinds:
                chosen.setdefault(frozenset((judgement.first, judgement.second)), judgement)
        pairs = list(chosen.values())
        for layout in lay_out_pairs(
            sentence.text,
            sentence.spans,
            [(p.first, p.second) for p in pairs],
            pieces=pieces,
            classes=labels.classes,
            blinded=blinded,
            max_pairs=PAIRS_IN_TRAINING,
        ):
            mine = [pairs[i] for i in layout.pairs]
            if mine:
                yield PlacedPass(
                    document_id,
                    PairExample(
                        layout,
                        tuple(labels.row(labels.kinds[p.kind], p.kind) for p in mine),
                        tuple(labels.row(p.labels, p.kind) for p in mine),
                        tuple(range(len(mine))),
                    ),
                )
