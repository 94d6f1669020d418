"""From what a sentence says of a finding, and the section it stands in, to how the finding is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kgbuilder.model import (
    Assertion,
    Certainty,
    EntityType,
    Experiencer,
    Polarity,
    Span,
    Temporality,
)
from kgbuilder.qualify.rules import Default

__all__ = ["Said", "assertion_of", "categories_of"]


@dataclass(frozen=True, slots=True)
class Said:
    """The categories that a sentence gives a finding, of those of the table of cues, and the words that
    do, as places in the document.

    :param only_seem: categories of which the sentence has words that are none ("a family of four").
    """

    categories: frozenset[str] = frozenset()
    cues: tuple[Span, ...] = ()
    only_seem: frozenset[str] = frozenset()


def assertion_of(said: Said, type: EntityType, defaults: Iterable[Default]) -> Assertion:
    """What is said, and of what is not said the section's ``defaults``."""
    holds = set(said.categories)
    for default in defaults:
        if default.speaks_of(type, negated="negated" in said.categories) and not is_settled(
            default.category, said.categories
        ):
            holds.add(default.category)
    if holds & {"family", "other"}:
        holds.discard("historical")  # what a relative had is no time of the patient's
    return Assertion(
        polarity=Polarity.NEGATED if "negated" in holds else Polarity.AFFIRMED,
        certainty=Certainty.HYPOTHETICAL
        if "hypothetical" in holds
        else Certainty.UNCERTAIN
        if "uncertain" in holds
        else Certainty.CERTAIN,
        temporality=Temporality.PLANNED
        if "planned" in holds
        else Temporality.HISTORICAL
        if "historical" in holds
        else Temporality.CURRENT,
        experiencer=Experiencer.FAMILY
        if "family" in holds
        else Experiencer.OTHER
        if "other" in holds
        else Experiencer.PATIENT,
        cues=said.cues,
    )


def categories_of(assertion: Assertion) -> frozenset[str]:
    """The categories that say the assertion: what :func:`assertion_of` makes it of."""
    values = (assertion.polarity, assertion.certainty, assertion.temporality, assertion.experiencer)
    return frozenset(value.value for value in values) - _PLAIN


_PLAIN = frozenset({"affirmed", "certain", "current", "patient"})


def is_settled(category: str, said: frozenset[str]) -> bool:
    """Whether the sentence itself says what the section would say by default."""
    if category == "planned":
        return bool(said & {"historical", "planned", "current", "hypothetical"})
    if category == "historical":
        return bool(said & {"historical", "planned", "current"})
    if category in ("family", "other"):
        return bool(said & {"family", "other"})
    return category in said
