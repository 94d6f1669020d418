"""Scoring relations: with the gold mentions given, or end to end from the raw text.

With gold mentions a corpus' own concept identifiers say which mentions are one thing. End to end every
stage is ours. Ends are then compared as the corpus relates things: concepts in its identifier space,
mentions by type and place.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.calibration import score_calibration
from kgbuilder.evaluate.corpora import AnnotatedDocument, Annotation
from kgbuilder.evaluate.labels import DENIED, Labels
from kgbuilder.evaluate.records import LabelledRelation, LabelledSpan, type_classes
from kgbuilder.evaluate.relations import RelationReport, score_relations
from kgbuilder.evaluate.spans import align
from kgbuilder.model import (
    PREDICATES,
    Assertion,
    Curie,
    Document,
    EntityType,
    Finding,
    Mention,
    Relation,
    Span,
    unlinked_id,
)
from kgbuilder.protocols import Relater
from kgbuilder.relate.transformer import TransformerRelater
from kgbuilder.stages import Pipeline, Reading

__all__ = [
    "document_of",
    "meant_relations",
    "relations_from_text",
    "relations_of_gold",
    "scored_annotations",
    "told_relations",
]

Gold = Sequence[AnnotatedDocument]
Rows = dict[str, list[LabelledRelation]]
Ends = Callable[[Finding], Iterable[str]]
"""What a finding counts as: the identifier of a mention, or of concepts."""


def relations_of_gold(gold: Gold, labels: Labels, pipeline: Pipeline) -> RelationReport:
    """Relations between the gold mentions. Where the corpus pairs only what is related, the likeliest
    predicate is asked for, and other pairs are not scored.

    The calibration is that of a relation's probability, which is of its predicate: a wrong detail is
    not held against it. Where only related pairs are asked about, the relater does not know that.

    :raises UsageError: when the corpus has no relations to score, or there is no relater.
    """
    relater = _relater(labels, pipeline)
    anyway = relater.at(0.0) if isinstance(relater, TransformerRelater) else None
    told = anyway if labels.all_related and anyway else relater
    meant: Rows = {}
    read: Rows = {}
    sure: list[tuple[float, bool]] = []
    for document in gold:
        text = document_of(document)
        scored = scored_annotations(document, labels)
        by_span = {Span(a.start, a.end): a for a in scored}
        findings = [finding_of(document, a, labels) for a in scored]
        sentences = pipeline.segmenter.sentences(text)

        def ends(finding: Finding, at: Mapping[Span, Annotation] = by_span) -> Iterable[str]:
            annotation = at[finding.mention.span]
            return annotation.ids if labels.by_concept else (annotation.id,)

        meant[document.id] = meant_relations(document, scored, labels)
        said = told_relations(document, told.relate(text, sentences, findings), labels, ends)
        if labels.all_related:
            said = _of_pairs(said, meant[document.id])
        read[document.id] = [row for row, _ in said]
        if anyway is not None and not labels.denied:
            if not labels.all_related:
                every = anyway.relate(text, sentences, findings)
                said = told_relations(document, every, labels, ends)
            sure += _likeliest(said, meant[document.id])
    report = score_relations(meant, read)
    if not sure:
        return report
    return replace(
        report, calibration=score_calibration([p for p, _ in sure], [right for _, right in sure])
    )


def _of_pairs(
    said: Sequence[tuple[LabelledRelation, float]], meant: Sequence[LabelledRelation]
) -> list[tuple[LabelledRelation, float]]:
    """What is told of pairs that the corpus relates: of others it does not say whether they are."""
    pairs = {_pair(row) for row in meant}
    return [(row, p) for row, p in said if _pair(row) in pairs]


def _likeliest(
    said: Sequence[tuple[LabelledRelation, float]], meant: Sequence[LabelledRelation]
) -> list[tuple[float, bool]]:
    """Of each pair the probability of its likeliest predicate, and whether that is right."""
    right = {(_pair(row), _predicate(row)) for row in meant}
    best: dict[Hashable, tuple[float, bool]] = {}
    for row, p in said:
        pair = _pair(row)
        told = (min(1.0, p), (pair, _predicate(row)) in right)
        best[pair] = max(best.get(pair, (0.0, False)), told)
    return list(best.values())


def relations_from_text(gold: Gold, labels: Labels, pipeline: Pipeline) -> RelationReport:
    """Relations read from the text alone by all stages.

    Between concepts, a finding counts as the best candidate in an identifier space that the corpus uses.
    A relation with an end that has none says nothing in the terms of the corpus: it is counted beside,
    not scored. Between mentions, a relation is found when both its ends are, with span and type
    (``overlapping``: with type, at least one code point shared, one to one); one with an end that the
    corpus does not annotate is wrong. Where the corpus pairs only what is related, other pairs are not
    scored.

    :raises UsageError: when the corpus has no relations to score, or there is no relater.
    """
    _relater(labels, pipeline)
    meant: Rows = {}
    read: Rows = {}
    near: Rows = {}
    n_outside = 0
    for document in gold:
        scored = scored_annotations(document, labels)
        meant[document.id] = meant_relations(document, scored, labels)
        reading = pipeline.read(document_of(document))
        if labels.by_concept:
            ends = _by_concept(document, reading, pipeline)
            told = [row for row, _ in told_relations(document, reading.relations, labels, ends)]
            read[document.id] = [row for row in told if row.head and row.tail]
            n_outside += len(told) - len(read[document.id])
            continue
        for side, exact in ((read, True), (near, False)):
            ends = _by_place(scored, reading.findings, labels, exact=exact)
            said = told_relations(document, reading.relations, labels, ends)
            if labels.all_related:
                said = _of_pairs(said, meant[document.id])
            side[document.id] = [row for row, _ in said]
    report = score_relations(meant, read)
    if labels.by_concept:
        return replace(report, n_outside=n_outside)
    overlapping = score_relations(meant, near)
    return replace(report, pair_overlapping=overlapping.pair, typed_overlapping=overlapping.typed)


def _by_concept(document: AnnotatedDocument, reading: Reading, pipeline: Pipeline) -> Ends:
    """The best candidate in an identifier space that the corpus uses; "" where there is none."""
    spaces = {id.partition(":")[0] for a in document.entities for id in a.ids if ":" in id}
    mentions = [f.mention for f in reading.findings]
    candidates = dict(zip(mentions, pipeline.linker.link(reading.document, mentions), strict=True))

    def ends(finding: Finding) -> Iterable[str]:
        ids = [str(c.concept) for c in candidates.get(finding.mention, ())]
        kept = [id for id in ids if id.partition(":")[0] in (spaces or {"MESH"})]
        return (kept[0].partition(":")[2] if kept and not spaces else (kept or [""])[0],)

    return ends


def _by_place(
    scored: Sequence[Annotation], findings: Sequence[Finding], labels: Labels, *, exact: bool
) -> Ends:
    """The annotation whose place and type a finding has; of another finding its own place, which is
    none of the corpus.
    """
    gold = [LabelledSpan("", Span(a.start, a.end), labels.mentions[a.type][0]) for a in scored]
    found = [LabelledSpan("", f.mention.span, f.mention.type.value) for f in findings]
    ids = {Span(a.start, a.end): a.id for a in scored}
    classes = type_classes(labels.equivalent, labels.types())
    same = {
        (p.span, p.type): ids[g.span]
        for g, p in align(gold, found, classes=classes)
        if g.span == p.span or not exact
    }

    def ends(finding: Finding) -> Iterable[str]:
        span, type = finding.mention.span, finding.mention.type.value
        return (same.get((span, type), f"@{span.start}-{span.end}"),)

    return ends


def _relater(labels: Labels, pipeline: Pipeline) -> Relater:
    if not labels.relations or pipeline.relater is None:
        raise UsageError("the corpus has no relations to score, or the recipe no relater")
    return pipeline.relater


def document_of(document: AnnotatedDocument) -> Document:
    """The text as the stages take it."""
    kind = "note" if document.is_note else "paper"
    return Document(document.id, document.text, document.id, kind=kind)


def scored_annotations(document: AnnotatedDocument, labels: Labels) -> list[Annotation]:
    """Annotations of scored labels, each place once, in text order."""
    places: dict[tuple[int, int], Annotation] = {}
    for annotation in document.entities:
        if annotation.type in labels.mentions:
            places.setdefault((annotation.start, annotation.end), annotation)
    return [places[place] for place in sorted(places)]


def mention_of(
    document: AnnotatedDocument, annotation: Annotation, types: Mapping[str, tuple[str, ...]]
) -> Mention:
    """The annotation as the stages take it. :param types: label -> ours, of which the first is taken."""
    span = Span(annotation.start, annotation.end)
    type = EntityType(types[annotation.type][0])
    return Mention(document.id, span, span.of(document.text), type)


def finding_of(document: AnnotatedDocument, annotation: Annotation, labels: Labels) -> Finding:
    mention = mention_of(document, annotation, labels.mentions)
    concept = unlinked_id(mention.type, mention.text)
    if annotation.ids and labels.by_concept:
        concept = Curie("GOLD", "|".join(sorted(annotation.ids)))
    return Finding(mention, Assertion(), concept, mention.text)


def meant_relations(
    document: AnnotatedDocument, scored: Sequence[Annotation], labels: Labels
) -> list[LabelledRelation]:
    """Gold relations whose ends are scored, by the first of our names for their type."""
    types: dict[str, str] = {}
    for a in scored:
        for name in a.ids if labels.by_concept else (a.id,):
            types.setdefault(name, labels.mentions[a.type][0])
    rows = []
    for r in document.relations:
        if r.head not in types or r.tail not in types:
            continue
        ends = sorted((types[r.head], types[r.tail]))
        names = labels.relation(r.type, ends)
        if names:
            symmetric = names[0] == DENIED or (labels.by_concept and len(labels.relations) > 1)
            rows.append(
                LabelledRelation(
                    document.id, r.head, r.tail, names[0], symmetric=symmetric or _either(names[0])
                )
            )
    return rows


def _either(name: str) -> bool:
    predicate = name.partition(":")[0]
    return predicate in PREDICATES and PREDICATES[predicate].symmetric


def told_relations(
    document: AnnotatedDocument, relations: Sequence[Relation], labels: Labels, ends: Ends
) -> list[tuple[LabelledRelation, float]]:
    """What was read, in the names of the corpus; what it does not name is left out."""
    rows = []
    for relation in relations:
        if relation.negated != labels.denied:
            continue
        subject, object = relation.subject, relation.object
        types = sorted((subject.mention.type.value, object.mention.type.value))
        name = relation.predicate.name
        full = f"{name}:{relation.detail}" if relation.detail else name
        known = (
            DENIED if labels.denied else labels.name_of(full, types) or labels.name_of(name, types)
        )
        if known is None:
            continue
        symmetric = known == DENIED or (labels.by_concept and len(labels.relations) > 1)
        rows += [
            (
                LabelledRelation(
                    document.id, one, other, known, symmetric=symmetric or _either(known)
                ),
                relation.probability,
            )
            for one in ends(subject)
            for other in ends(object)
        ]
    return rows


def _pair(relation: LabelledRelation) -> Hashable:
    return frozenset((relation.head, relation.tail))


def _predicate(relation: LabelledRelation) -> str:
    return relation.type.partition(":")[0]
