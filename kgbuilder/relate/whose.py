"""Which drug of a sentence a condition belongs to, where brackets, arrows and plain verbs say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgbuilder.model import EntityType, Finding, Sentence
from kgbuilder.ontology.ways import CONDITIONS

__all__ = ["is_anothers"]

_OWN = re.compile(
    r"\s*(?:\(|[-=]+>|→|:)\s*"
    r"|\s+(?:has|had )?(?:caused|causes|causing|gave|gives|produced|led to|resulted in)"
    r"\s+(?:[a-z]+\s+){0,2}",
    re.IGNORECASE,
)
"""Between a drug and what it did: "lamotrigine (rash)", "codeine -> nausea", "aripiprazole caused"."""


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


def _closes_bracket(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` closes a bracket before it opens one."""
    close = text.find(")", start, end)
    return close >= 0 and "(" not in text[start:close]
