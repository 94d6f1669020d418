"""Scoring relations: with the gold mentions given, or end to end from the raw text.

With gold mentions a corpus' own concept identifiers say which mentions are one thing. End to end every
stage is ours, and ends are compared in the identifier space of the corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.calibration import score_calibration
from kgbuilder.evaluate.corpora import AnnotatedDocument, Annotation
from kgbuilder.evaluate.labels import DENIED, Labels
from kgbuilder.evaluate.records import LabelledRelation
from kgbuilder.evaluate.relations import RelationReport, score_relations
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
from kgbuilder.stages import Pipeline

__all__ = [
    "document_of",
    "meant_relations",
    "relations_end_to_end",
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

    The calibration error is of "these two are related so", over all that is told at any probability.
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
        said = told.relate(text, sentences, findings)
        read[document.id] = [row for row, _ in told_relations(document, said, labels, ends)]
        pairs = {_pair(r) for r in meant[document.id]}
        if labels.all_related:
            read[document.id] = [r for r in read[document.id] if _pair(r) in pairs]
        elif anyway is not None and not labels.denied:
            right = {(_pair(r), r.type) for r in meant[document.id]}
            every = anyway.relate(text, sentences, findings)
            best: dict[object, tuple[float, bool]] = {}
            for row, p in told_relations(document, every, labels, ends):
                best[_pair(row)] = max(
                    best.get(_pair(row), (0.0, False)), (p, (_pair(row), row.type) in right)
                )
            sure += best.values()
    report = score_relations(meant, read)
    if not sure:
        return report
    error = score_calibration([min(1.0, p) for p, _ in sure], [right for _, right in sure]).ece
    return replace(report, ece=error)


def relations_end_to_end(gold: Gold, labels: Labels, pipeline: Pipeline) -> RelationReport:
    """Relations between concepts, read from the text alone by all stages; a finding counts as the best
    candidate in an identifier space that the corpus uses. A relation with an end that has none says
    nothing in the terms of the corpus: it is counted beside, not scored.

    :raises UsageError: when the corpus relates mentions, not concepts, or there is no relater.
    """
    _relater(labels, pipeline)
    if not labels.by_concept:
        raise UsageError(
            "only relations of concepts can be scored from raw text",
            hint="bc5cdr-test; evaluate relations gives the mentions",
        )
    meant: Rows = {}
    read: Rows = {}
    n_outside = 0
    for document in gold:
        text = document_of(document)
        meant[document.id] = meant_relations(document, scored_annotations(document, labels), labels)
        spaces = {id.partition(":")[0] for a in document.entities for id in a.ids if ":" in id}
        reading = pipeline.read(text)
        mentions = [f.mention for f in reading.findings]
        candidates = dict(zip(mentions, pipeline.linker.link(text, mentions), strict=True))

        def ends(
            finding: Finding,
            candidates: Mapping[Mention, Sequence[object]] = candidates,
            spaces: set[str] = spaces,
        ) -> Iterable[str]:
            ids = [str(getattr(c, "concept", "")) for c in candidates.get(finding.mention, ())]
            kept = [id for id in ids if id.partition(":")[0] in (spaces or {"MESH"})]
            return (kept[0].partition(":")[2] if kept and not spaces else (kept or [""])[0],)

        told = [row for row, _ in told_relations(document, reading.relations, labels, ends)]
        read[document.id] = [row for row in told if row.head and row.tail]
        n_outside += len(told) - len(read[document.id])
    return replace(score_relations(meant, read), n_outside=n_outside)


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


def _pair(relation: LabelledRelation) -> object:
    return frozenset((relation.head, relation.tail))
