"""What counts where the cues of one finding disagree."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kgbuilder.model import EntityType
from kgbuilder.qualify.rules import Rule

__all__ = ["Cue", "Hit", "settle"]


@dataclass(frozen=True, slots=True)
class Cue:
    """Words ``[start, end)`` of a sentence, and the rule that they are a cue of."""

    start: int
    end: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue whose scope holds the finding, and the words between the two."""

    cue: Cue
    distance: int


def settle(hits: dict[str, Hit], *, in_general: bool) -> None:
    """Where cues of a finding disagree, keep those that count.

    :param in_general: it is a drug in a paper: that it is not to be given says when, not what it does.
    """
    withheld = hits.pop("withheld", None)
    if withheld and not in_general and withheld.distance <= _distance(hits, "negated"):
        hits["negated"] = withheld
    past = hits.pop("past", None)
    if past is not None and past.distance < _distance(hits, "historical"):
        hits["historical"] = past
    if "historical" in hits and "planned" in hits:
        later = _distance(hits, "historical") > _distance(hits, "planned")
        del hits["historical" if later else "planned"]
    current = hits.get("current")
    if current is not None:
        if current.distance <= _distance(hits, "planned"):
            hits.pop("planned", None)  # "plans to continue warfarin"
        # "history of asthma, still active"; but a drug that was stopped stays so
        of_drugs = EntityType.DRUG in current.cue.rule.types
        if not of_drugs and current.distance <= _distance(hits, "historical"):
            hits.pop("historical", None)
    if "hypothetical" in hits:
        # "start X if ..." is a condition, not yet a plan
        for category in ("uncertain", "planned", "historical"):
            hits.pop(category, None)
    if "negated" in hits:
        hits.pop("planned", None)  # "no plans for surgery"
        # "no malignancy was suspected" is sure; "unlikely" both negates and doubts, as one cue
        negated, doubted = hits["negated"].cue, hits.get("uncertain", hits["negated"]).cue
        if (negated.start, negated.end) != (doubted.start, doubted.end):
            del hits["uncertain"]
    if "family" in hits:
        hits.pop("other", None)


def _distance(hits: dict[str, Hit], category: str) -> float:
    """Words between the finding and its cue of a category; infinite where it has none."""
    return hits[category].distance if category in hits else math.inf
