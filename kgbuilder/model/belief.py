"""How far a statement is believed: the only probability algebra of the house.

- OR over independent sources: ``1 - Π(1 - p)``; within one source (a document, a table) the
  strongest evidence counts, since a paper's paraphrases are not independent;
- AND along a derivation: ``reliability(rule) × Π belief(premise)``;
- refutations: times ``1 - OR(refuting evidence)``.

Laws (tests/laws/test_belief.py): in [0, 1]; support never lowers, refutation never raises; a chain is
never stronger than its weakest premise; order changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgbuilder.model.statement import (
    CuratedEvidence,
    DerivedEvidence,
    Evidence,
    How,
    Statement,
    TextEvidence,
    evidence_key,
)

__all__ = ["CURATED_RELIABILITY", "belief", "evidence_probability", "source_of"]

CURATED_RELIABILITY: dict[How, float] = {How.READ: 0.97, How.IMPORTED: 0.95, How.RECALLED: 0.70}
"""Probability that one curated record is right. Priors of ours, not measured: a record that was read
at its source is doubted for slips of copying, an imported table somewhat more, a recalled fact much."""

TEXT_CEILING = 0.95
"""However sure the model is, one sentence is not believed more: sentences themselves err."""


def evidence_probability(evidence: Evidence) -> float:
    """The probability in [0, 1] that this piece of evidence is right, support or refutation alike."""
    match evidence:
        case TextEvidence():
            # Written so that NaN, which compares with nothing, counts as 0.
            return min(evidence.probability, TEXT_CEILING) if evidence.probability > 0.0 else 0.0
        case CuratedEvidence():
            return CURATED_RELIABILITY[evidence.how]
        case DerivedEvidence():
            product = 1.0
            for premise in sorted(map(belief, evidence.premises)):
                product *= premise
            return product


def source_of(evidence: Evidence) -> str:
    """What this evidence is not independent within: its document, its table, its derivation."""
    match evidence:
        case TextEvidence():
            return f"document {evidence.document_id}"
        case CuratedEvidence():
            return f"table {evidence.source}"
        case DerivedEvidence():
            return f"derivation {evidence_key(evidence)}"


def belief(statement: Statement) -> float:
    """Belief in [0, 1] over all evidence of ``statement``."""
    support = _any_of(e for e in statement.evidence if not e.refutes)
    refutation = _any_of(e for e in statement.evidence if e.refutes)
    return support * (1.0 - refutation)


def _any_of(evidence: Iterable[Evidence]) -> float:
    strongest: dict[str, float] = {}
    for item in evidence:
        source = source_of(item)
        strongest[source] = max(strongest.get(source, 0.0), evidence_probability(item))
    none = 1.0
    for probability in sorted(strongest.values()):
        none *= 1.0 - probability
    return 1.0 - none
