"""What is scored: frozen records of gold and predicted mentions and relations."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kgbuilder.model import Assertion, Span

__all__ = ["Equivalent", "LabelledRelation", "LabelledSpan", "Type", "document_ids", "type_classes"]

Type = str
"""An ``EntityType`` or a corpus' own label; compared as text."""

Equivalent = frozenset[frozenset[Type]]
"""Groups of types that count as one, where a corpus has one label for what we tell apart."""

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A mention, gold or predicted.

    :param span: half-open, in code points of the document's text.
    :param concepts: identifiers; several where a composite mention names several, none where unlinked.
    :param assertion: how it is meant, where that is annotated.
    """

    document_id: str
    span: Span
    type: Type
    concepts: frozenset[str] = frozenset()
    assertion: Assertion | None = None


@dataclass(frozen=True, slots=True)
class LabelledRelation:
    """A relation between two things, gold or predicted.

    :param head: and ``tail``: what identifies the two, the same way in gold and prediction: spans for
        mention-level corpora, concept ids for document-level ones.
    :param symmetric: the order of the two says nothing.
    """

    document_id: str
    head: Hashable
    tail: Hashable
    type: Type
    symmetric: bool = field(default=False)


def document_ids(
    gold: Mapping[str, Sequence[_Row]], predicted: Mapping[str, Sequence[_Row]]
) -> list[str]:
    """Every document of either side, sorted: a document without prediction counts as missed."""
    return sorted(gold.keys() | predicted.keys())


def type_classes(equivalent: Equivalent, types: Iterable[Type]) -> dict[Type, Type]:
    """Each type -> the name it is counted under: its group, sorted and joined by ``|``, or itself.

    Groups that share a type are one group.
    """
    groups: list[set[Type]] = []
    for group in sorted(equivalent, key=sorted):
        merged = set(group)
        for other in [known for known in groups if known & merged]:
            groups.remove(other)
            merged |= other
        groups.append(merged)
    classes = {type: "|".join(sorted(group)) for group in groups for type in group}
    return {type: classes.get(type, type) for type in types}
