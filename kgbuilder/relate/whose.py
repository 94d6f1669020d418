"""Which drug of a sentence a condition belongs to, where brackets, arrows and plain verbs say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgbuilder.model import EntityType, Finding, Sentence
from kgbuilder.ontology.ways import CONDITIONS

__all__ = ["is_anothers", "is_belied"]

_OWN = re.compile(
    r"\s*(?:\(|[-=]+>|→|:)\s*"
    r"|\s+(?:has|had )?(?:caused|causes|causing|gave|gives|produced|led to|resulted in)"
    r"\s+(?:[a-z]+\s+){0,2}",
    re.IGNORECASE,
)
"""Between a drug and what it did: "lamotrigine (rash)", "codeine -> nausea", "aripiprazole caused"."""

_STOPPED = re.compile(
    r"\b(?:stopped|held|discontinued|withdrawn|ceased) (?:for|because|due|owing)\b", re.IGNORECASE
)


_EASED = re.compile(
    r",? (?:(?:is|are|has|much|now|a lot|a bit|slightly|somewhat) )*"
    r"(?:better|improv(?:ed|ing)|eas(?:ed|ing)|settling|well controlled)\b",
    re.IGNORECASE,
)


def is_anothers(sentence: Sentence, known: Sequence[Finding], i: int, j: int) -> bool:
    """Whether of ``known[i]`` and ``known[j]``, in text order, the condition belongs to another drug: to
    one right before it ("quetiapine, lamotrigine (rash)"), or before the bracket that it is in.
    """
    first, second = known[i].mention, known[j].mention
    at = sentence.span.start
    start, end = first.span.end - at, second.span.start - at
    if first.type in CONDITIONS and second.type is EntityType.DRUG:
        earlier = any(other.mention.type is EntityType.DRUG for other in known[:i])
        return earlier and _closes_bracket(sentence.text, start, end)
    if first.type is not EntityType.DRUG or second.type not in CONDITIONS:
        return False
    return any(
        _OWN.fullmatch(sentence.text, other.mention.span.end - at, end)
        for other in known[i + 1 : j]
        if other.mention.type is EntityType.DRUG
    )


def is_belied(sentence: Sentence, drug: Finding, predicate: str, condition: Finding) -> bool:
    """Whether words beside the pair speak against the relation: what a drug "was stopped because of" it
    does not treat, and what is "better" is no harm of it.
    """
    at = sentence.span.start
    start, end = drug.mention.span.end - at, condition.mention.span.start - at
    if predicate == "TREATS":
        return start < end and _STOPPED.search(sentence.text, start, end) is not None
    return predicate == "CAUSES" and (
        _EASED.match(sentence.text, condition.mention.span.end - at) is not None
    )


def _closes_bracket(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` closes a bracket before it opens one."""
    close = text.find(")", start, end)
    return close >= 0 and "(" not in text[start:close]
