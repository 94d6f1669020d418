"""How far statements are believed: the only probability algebra of the house.

Evidence is taken for events in possible worlds. A statement holds where some of its support holds and
none of its refutation; a derivation holds where all its premises do; a sentence or record holds with its
own probability. Belief is the probability of the worlds in which the statement holds, exactly:

- sources are independent: two papers that say the same are an OR, ``1 - Π(1 - p)``;
- what one source says of one triple is one event: of a paper's paraphrases, of its full text and its
  MEDLINE record, of two tables that were both recalled, the strongest counts;
- what two derivations share is one event, too: they are not an OR as if independent, and a premise that
  is used twice is not doubted twice.

Laws (tests/laws/test_belief.py): in [0, 1]; support never lowers, refutation never raises; a chain is
never stronger than its weakest premise, nor an OR than its parts were they independent; order changes
nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from kgbuilder.model.statement import (
    CuratedEvidence,
    DerivedEvidence,
    Evidence,
    How,
    Statement,
    TextEvidence,
    evidence_key,
)

__all__ = [
    "CURATED_RELIABILITY",
    "belief",
    "belief_in_any",
    "belief_of_weights",
    "event_of",
    "evidence_probability",
    "source_of",
    "weights_of",
]

CURATED_RELIABILITY: dict[How, float] = {How.READ: 0.97, How.IMPORTED: 0.95, How.RECALLED: 0.70}
"""Probability that one curated record is right. Priors of ours, not measured: a record that was read
at its source is doubted for slips of copying, an imported table somewhat more, a recalled fact much."""

TEXT_CEILING = 0.95
"""However sure the model is, one sentence is not believed more: sentences themselves err."""


def belief(statement: Statement) -> float:
    """Belief in [0, 1] over all evidence of ``statement``."""
    if not any(isinstance(e, DerivedEvidence) for e in statement.evidence):
        return belief_of_weights(*weights_of(statement.evidence))
    return _probability(_holds(statement), {})


def belief_in_any(statements: Iterable[Statement]) -> float:
    """Belief in [0, 1] that at least one of ``statements`` holds; they may share evidence."""
    return _probability(_any(map(_holds, statements)), {})


def evidence_probability(evidence: Evidence) -> float:
    """The probability in [0, 1] that this piece of evidence is right, support or refutation alike."""
    match evidence:
        case TextEvidence():
            # Written so that NaN, which compares with nothing, counts as 0.
            return min(evidence.probability, TEXT_CEILING) if evidence.probability > 0.0 else 0.0
        case CuratedEvidence():
            return CURATED_RELIABILITY[evidence.how]
        case DerivedEvidence():
            return _probability(_all(map(_holds, evidence.premises)), {})


def source_of(evidence: Evidence) -> str:
    """What this evidence is not independent within: its paper, its table, our memory, its derivation."""
    match evidence:
        case TextEvidence():
            return f"paper {evidence.paper or evidence.document_id}"
        case CuratedEvidence():
            return "memory" if evidence.how is How.RECALLED else f"table {evidence.source}"
        case DerivedEvidence():
            return f"derivation {evidence_key(evidence)}"


def event_of(evidence: Evidence, triple_id: str) -> str:
    """What this evidence is one event with, when it speaks of the triple ``triple_id``: what the same
    source says on the same side.
    """
    return f"{triple_id} {evidence.refutes} {source_of(evidence)}"


# -- without derivations ---------------------------------------------------------------------------

STEPS = 2.0**44
"""Steps a nat that weights are counted in. As whole numbers they add up to the same in any order, and
what was added can be taken off again."""
DIGITS = 12
"""Of a belief that is kept: the steps are finer, and 0.7 stays 0.7."""


def weights_of(evidence: Iterable[Evidence]) -> tuple[int, int]:
    """How much supports and how much refutes: of each side -ln of the probability that no source is
    right, in whole :data:`STEPS`. Of one source the strongest counts, so weights of evidence of
    different sources add up. Not for derivations.
    """
    strongest: dict[tuple[bool, str], float] = {}
    for item in evidence:
        event, probability = (item.refutes, source_of(item)), evidence_probability(item)
        if probability > strongest.get(event, 0.0):
            strongest[event] = probability
    weights = [0, 0]
    for (refutes, _), probability in strongest.items():
        weights[refutes] += _weight(probability)
    return weights[False], weights[True]


@lru_cache(maxsize=1000)  # a table's records are all of one probability
def _weight(probability: float) -> int:
    return round(-math.log1p(-probability) * STEPS)


@lru_cache(maxsize=1000)
def belief_of_weights(support: int, refutation: int) -> float:
    """Belief in [0, 1]: what :func:`_probability` gives without derivations."""
    none_right = math.exp(-refutation / STEPS)
    return round((0.0 - math.expm1(-support / STEPS)) * none_right, DIGITS)  # no -0.0


# -- possible worlds -------------------------------------------------------------------------------

Formula = tuple[object, ...]
"""``("leaf", key, p)``: holds where the number that the world drew for ``key``, uniform in [0, 1), is
below ``p``; leaves of one key hold together as far as they can. ``("not", f)``. ``("all", f, ...)`` of
sorted formulas without repeats; ``("all",)`` is true."""

TRUE: Formula = ("all",)
FALSE: Formula = ("not", TRUE)


def _holds(statement: Statement) -> Formula:
    support, refutation = (
        _any(_event(e, statement.triple.id) for e in statement.evidence if e.refutes == refutes)
        for refutes in (False, True)
    )
    return _all((support, _not(refutation)))


def _event(evidence: Evidence, triple_id: str) -> Formula:
    match evidence:
        case DerivedEvidence():
            return _all(map(_holds, evidence.premises))
        case _:
            return "leaf", event_of(evidence, triple_id), evidence_probability(evidence)


def _not(f: Formula) -> Formula:
    return f[1] if f[0] == "not" else ("not", f)  # type: ignore[return-value]


def _all(formulas: Iterable[Formula]) -> Formula:
    parts: set[Formula] = set()
    for f in formulas:
        parts.update(_parts(f) if f[0] == "all" else (f,))
    if FALSE in parts:
        return FALSE
    return next(iter(parts)) if len(parts) == 1 else ("all", *sorted(parts))


def _any(formulas: Iterable[Formula]) -> Formula:
    return _not(_all(map(_not, formulas)))


def _parts(f: Formula) -> tuple[Formula, ...]:
    return f[1:]  # type: ignore[return-value]


def _probability(f: Formula, known: dict[Formula, float]) -> float:
    """Exact, by Shannon's expansion over what parts share; parts that share nothing are multiplied."""
    if f not in known:
        known[f] = _expanded(f, known)
    return known[f]


def _expanded(f: Formula, known: dict[Formula, float]) -> float:
    match f:
        case ("leaf", _, float(p)):
            return p
        case ("not", tuple(inner)):
            return 1.0 - _probability(inner, known)
    product = 1.0
    for group in _groups(_parts(f)):
        if len(group) == 1:
            product *= _probability(group[0], known)
            continue
        counts = Counter(key for part in group for key in _leaves(part))
        shared = min(counts, key=lambda key: (-counts[key], key))
        edges = sorted({0.0, 1.0, *(p for part in group for p in _leaves(part).get(shared, ()))})
        product *= sum(
            (high - low) * _probability(_all(_given(part, shared, low) for part in group), known)
            for low, high in pairwise(edges)
        )
    return product


def _leaves(f: Formula) -> dict[str, set[float]]:
    """Key -> the probabilities of its leaves in ``f``."""
    found: dict[str, set[float]] = {}
    match f:
        case ("leaf", str(key), float(p)):
            found[key] = {p}
        case _:
            for part in _parts(f):
                for key, edges in _leaves(part).items():
                    found.setdefault(key, set()).update(edges)
    return found


def _groups(parts: tuple[Formula, ...]) -> list[list[Formula]]:
    """The parts, together those that share a key, however far round."""
    groups: list[tuple[set[str], list[Formula]]] = []
    for part in parts:
        keys, members = set(_leaves(part)), [part]
        apart = []
        for others, their in groups:
            if others.isdisjoint(keys):
                apart.append((others, their))
            else:
                keys |= others
                members = [*their, *members]
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def _given(f: Formula, key: str, drawn: float) -> Formula:
    """``f`` in the worlds that drew ``drawn`` for ``key``."""
    match f:
        case ("leaf", str(name), float(p)):
            return f if name != key else (TRUE if drawn < p else FALSE)
        case ("not", tuple(inner)):
            return _not(_given(inner, key, drawn))
        case _:
            return _all(_given(part, key, drawn) for part in _parts(f))
