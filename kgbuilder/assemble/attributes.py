"""Whose dose is it? Attribute mentions of a sentence, given to the finding they belong to.

Attributes that follow each other ("10 mg oral") go together. They belong

1. to the finding right before them ("lisinopril 10 mg", "lisinopril (10 mg)"), unless that has such an
   attribute already; a severity rather to the one right after it;
2. else to the finding right after them ("5 mg of warfarin", "severe headache");
3. else to the nearest before them in the sentence ("warfarin for a clot, 5 mg").

Dose, route and frequency belong to drugs only. What has no owner by these rules is given to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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

_RIGHT_AFTER = re.compile(r"[\s:()@–-]*")
_RIGHT_BEFORE = re.compile(r"[^\S\n]*(?:of[^\S\n]+)?")


def attributes_of(document: Document, placed: Sequence[Placed]) -> dict[int, Qualifiers]:
    """Index of a finding -> its attributes, sorted by name; of each name the first mentioned.

    :param placed: all findings of the document, in text order.
    """
    found: dict[int, dict[str, str]] = {}
    for group in _groups(document, placed):
        held = {NAMES[placed[j][0].mention.type]: placed[j][0].mention.text for j in group}
        owner = _owner(document, placed, group, found)
        if owner is not None:
            names = found.setdefault(owner, {})
            for name, text in held.items():
                names.setdefault(name, text)
    return {i: tuple(sorted(names.items())) for i, names in found.items()}


def _groups(document: Document, placed: Sequence[Placed]) -> Iterator[list[int]]:
    """Runs of attributes with white space between, alike in whether they belong to drugs only."""
    group: list[int] = []
    for j, (finding, sentence) in enumerate(placed):
        type = finding.mention.type
        if type not in NAMES:
            continue
        types = {placed[k][0].mention.type for k in group}
        is_next = (
            group
            and group[-1] == j - 1
            and placed[j - 1][1] == sentence
            and type not in types
            and (type in OF_DRUGS) == types.issubset(OF_DRUGS)
            and _gap(document, placed, j - 1).isspace()
        )
        if group and not is_next:
            yield group
            group = []
        group.append(j)
    if group:
        yield group


def _gap(document: Document, placed: Sequence[Placed], i: int) -> str:
    """The text between mention ``i`` and the next."""
    return document.text[placed[i][0].mention.span.end : placed[i + 1][0].mention.span.start]


def _owner(
    document: Document,
    placed: Sequence[Placed],
    group: Sequence[int],
    found: Mapping[int, Mapping[str, str]],
) -> int | None:
    first, last = group[0], group[-1]
    types = {placed[j][0].mention.type for j in group}
    wants_drug = types.issubset(OF_DRUGS)
    before = _before(placed, first, wants_drug=wants_drug)
    after = last + 1 if _may_own(placed, last, last + 1, wants_drug=wants_drug) else None
    if after is not None and not _RIGHT_BEFORE.fullmatch(_gap(document, placed, last)):
        after = None
    if after is not None and before is not None:
        is_told = any(NAMES[type] in found.get(before, {}) for type in types)
        if types == {EntityType.SEVERITY} or is_told:
            return after
        return before if _touches(document, placed, before, first) else after
    return before if before is not None else after


def _may_own(placed: Sequence[Placed], j: int, k: int, *, wants_drug: bool) -> bool:
    if not 0 <= k < len(placed) or placed[k][1] != placed[j][1]:
        return False
    type = placed[k][0].mention.type
    return type == EntityType.DRUG or (type in NODE_TYPES and not wants_drug)


def _before(placed: Sequence[Placed], j: int, *, wants_drug: bool) -> int | None:
    """The nearest finding before ``j`` in its sentence that may own it."""
    for k in range(j - 1, -1, -1):
        if placed[k][1] != placed[j][1]:
            return None
        if _may_own(placed, j, k, wants_drug=wants_drug):
            return k
    return None


def _touches(document: Document, placed: Sequence[Placed], i: int, j: int) -> bool:
    """Whether nothing but other attributes and what :data:`_RIGHT_AFTER` allows lies between."""
    return all(
        _RIGHT_AFTER.fullmatch(_gap(document, placed, k))
        and (k == i or placed[k][0].mention.type not in NODE_TYPES)
        for k in range(i, j)
    )
