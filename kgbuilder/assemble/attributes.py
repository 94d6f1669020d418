"""Whose dose is it? Attribute mentions of a sentence, given to the finding they belong to.

An attribute belongs to the finding before it in its sentence: for dose, route and frequency the
nearest drug, for the others the nearest finding. Only where it stands right before the next finding
("10 mg lisinopril", "severe headache") and not right after the one before does it belong to the next.
What stands near none is given to none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgbuilder.model import NODE_TYPES, Document, EntityType, Finding, Qualifiers, Span

__all__ = ["Placed", "attributes_of"]

Placed = tuple[Finding, Span]
"""A finding and the sentence it stands in."""

NAMES = {
    EntityType.DOSE: "dose",
    EntityType.ROUTE: "route",
    EntityType.FREQUENCY: "frequency",
    EntityType.DURATION: "duration",
    EntityType.DATE: "date",
    EntityType.SEVERITY: "severity",
}
"""Attribute type -> qualifier."""

OF_DRUGS = frozenset({EntityType.DOSE, EntityType.ROUTE, EntityType.FREQUENCY})

_RIGHT_AFTER = re.compile(r"[\s,:()@–-]*")
_RIGHT_BEFORE = re.compile(r"[^\S\n]*(?:of[^\S\n]+)?")


def attributes_of(document: Document, placed: Sequence[Placed]) -> dict[int, Qualifiers]:
    """Index of a finding -> its attributes, sorted by name; of each name the first mentioned.

    :param placed: all findings of the document, in text order.
    """
    found: dict[int, dict[str, str]] = {}
    for j, (attribute, _) in enumerate(placed):
        name = NAMES.get(attribute.mention.type)
        owner = None if name is None else _owner(document, placed, j)
        if name is not None and owner is not None:
            found.setdefault(owner, {}).setdefault(name, attribute.mention.text)
    return {i: tuple(sorted(names.items())) for i, names in found.items()}


def _owner(document: Document, placed: Sequence[Placed], j: int) -> int | None:
    wants_drug = placed[j][0].mention.type in OF_DRUGS
    before = _neighbour(placed, j, -1, wants_drug=wants_drug, skip=wants_drug)
    after = _neighbour(placed, j, +1, wants_drug=wants_drug, skip=False)
    if after is not None and not _touches(document, placed, j, after, _RIGHT_BEFORE):
        after = None
    if before is None or (
        after is not None and not _touches(document, placed, before, j, _RIGHT_AFTER)
    ):
        return after
    return before


def _neighbour(
    placed: Sequence[Placed], j: int, step: int, *, wants_drug: bool, skip: bool
) -> int | None:
    """The next finding of the sentence in one direction; ``skip`` passes over those of other types."""
    k = j + step
    while 0 <= k < len(placed) and placed[k][1] == placed[j][1]:
        type = placed[k][0].mention.type
        if type == EntityType.DRUG or (type in NODE_TYPES and not wants_drug):
            return k
        if type in NODE_TYPES and not skip:
            return None
        k += step
    return None


def _touches(
    document: Document, placed: Sequence[Placed], i: int, j: int, gap: re.Pattern[str]
) -> bool:
    """Whether nothing but ``gap`` and other attributes lies between mentions ``i`` and ``j``."""
    for k in range(i, j):
        left, right = placed[k][0].mention.span, placed[k + 1][0].mention.span
        if not gap.fullmatch(document.text[left.end : right.start]):
            return False
        if k > i and placed[k][0].mention.type in NODE_TYPES:
            return False
    return True
