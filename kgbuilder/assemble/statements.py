"""What a document's findings and relations say, as statements with their sentences.

Facts about medicine come from relations only. A note's findings become its patient's edges. What is
denied, supposed, past or somebody else's never becomes a plain fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgbuilder.assemble.patient import patient_statements
from kgbuilder.assemble.quoting import Sentences, relation_span
from kgbuilder.assemble.reliability import reliability
from kgbuilder.assemble.types import type_of
from kgbuilder.model import (
    NODE_TYPES,
    PATIENT_PREDICATES,
    Concept,
    Curie,
    Document,
    EntityType,
    Finding,
    Relation,
    Sentence,
    Statement,
    TextEvidence,
    Triple,
)
from kgbuilder.model.statement import PAPER
from kgbuilder.protocols import Batch

__all__ = ["statements_of"]


def statements_of(
    document: Document,
    findings: Sequence[Finding],
    relations: Sequence[Relation],
    *,
    extractor: str,
    sentences: Sequence[Sentence] = (),
    concept_types: Mapping[Curie, EntityType] | None = None,
) -> Batch:
    """Everything that one document brings into a graph: itself, its concepts, its statements.

    :param extractor: names and versions of the models, as evidence carries them.
    :param sentences: the document's, for quoting findings; without them lines are cut at full stops.
    :param concept_types: types of concepts whose identifier does not tell (MESH), where known.
    """
    types = concept_types or {}
    statements = [
        statement
        for relation in relations
        if (statement := _fact_of(document, relation, extractor, types)) is not None
    ]
    related = [f for r in relations for f in (r.subject, r.object)]
    if document.kind == "note":
        statements += patient_statements(
            document,
            findings,
            sentences=Sentences(document, sentences),
            extractor=extractor,
            concept_types=types,
        )
    ends = {end for s in statements for end in (s.triple.subject, s.triple.object)}
    return Batch(
        concepts=_concepts_of([*findings, *related], ends, types),
        statements=tuple(statements),
        documents=(document,),
    )


def _fact_of(
    document: Document,
    relation: Relation,
    extractor: str,
    types: Mapping[Curie, EntityType],
) -> Statement | None:
    subject, object, predicate = relation.subject, relation.object, relation.predicate
    if predicate.name in PATIENT_PREDICATES or subject.concept == object.concept:
        return None
    if not all(f.may_state(document.kind, denied=relation.negated) for f in (subject, object)):
        return None
    subject_type, object_type = type_of(subject, types), type_of(object, types)
    if subject_type not in NODE_TYPES or object_type not in NODE_TYPES:
        return None  # whose dose it is says something of the edge of the drug, and is none itself
    if subject_type.value not in predicate.domain or object_type.value not in predicate.range:
        return None
    span, qualifiers = relation_span(document, relation)
    if relation.detail:
        qualifiers = (("detail", relation.detail), *qualifiers)
    if paper := paper_of(document):
        qualifiers = ((PAPER, paper), *qualifiers)
    evidence = TextEvidence(
        document.id,
        span,
        span.of(document.text),
        extractor,
        reliability(relation.probability, predicate.name, extractor),
        refutes=relation.negated,
        section=relation.sentences[0].section,
        qualifiers=tuple(sorted(qualifiers)),
    )
    return Statement(Triple.of(subject.concept, predicate, object.concept), (evidence,))


def paper_of(document: Document) -> str:
    """What a paper's record and its full text share, "" where the document states none."""
    stated = {id.prefix: id for id in document.identifiers}
    return next((str(stated[space]) for space in ("PMID", "DOI", "PMCID") if space in stated), "")


def _concepts_of(
    findings: Sequence[Finding],
    ends: set[Curie],
    types: Mapping[Curie, EntityType],
) -> tuple[Concept, ...]:
    concepts: dict[Curie, Concept] = {}
    for finding in findings:
        type = type_of(finding, types)
        if finding.concept in ends and type in NODE_TYPES:
            concept = Concept(finding.concept, finding.name, type)
            concepts.setdefault(finding.concept, concept)
    return tuple(concepts[id] for id in sorted(concepts))
