"""Names that a vocabulary files under one concept although they name opposite things.

MeSH lists entry terms that are narrower than their descriptor: "hyperreflexia" and "hyporeflexia" both
lead to "Reflex, Abnormal", "type 1" and "type 2 tyrosinemia" to "Tyrosinemias". Good for finding papers;
as an identity it would merge what must stay apart. The pairs are in ``tables/opposites.tsv``; names that
differ in their numbers only are treated alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.ontology.normalize import normalize, singular_of
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["opposed_names", "without_opposites"]

_NUMBER = re.compile(r"\b\d+(?=[a-d]?\b)")


def without_opposites(rows: Iterable[Name]) -> list[Name]:
    """``rows`` without the synonyms that have their opposite among the names of the same concept.
    Preferred names stay.
    """
    held = list(rows)
    names: dict[str, set[str]] = {}
    for row in held:
        names.setdefault(str(row.concept), set()).add(normalize(row.text))
    opposed = {id: opposed_names(keys) for id, keys in names.items() if len(keys) > 1}
    return [
        row
        for row in held
        if row.status is NameStatus.PREFERRED
        or normalize(row.text) not in opposed.get(str(row.concept), ())
    ]


def opposed_names(keys: Iterable[str]) -> frozenset[str]:
    """Of the normalized names of one concept, those whose opposite, or other number, is among them."""
    held = set(keys)
    found: set[str] = set()
    by_shape: dict[str, set[str]] = {}
    pairs = _pairs()
    for key in held:
        if _NUMBER.search(key):
            by_shape.setdefault(_NUMBER.sub("#", key), set()).add(key)
        for pattern, other in pairs:
            if pattern.search(key):
                opposite = pattern.sub(other, key, count=1)
                if opposite in held:
                    found |= {key, opposite}
    for same_shape in by_shape.values():
        if len(same_shape) > 1:
            found |= same_shape
    # Word order and number do not make a name mean more: the turned and plural forms go as well.
    turned = {_bag(key) for key in found}
    return frozenset(found | {key for key in held if _bag(key) in turned})


def _bag(key: str) -> tuple[str, ...]:
    words = (next(iter(singular_of(word)), word) for word in key.split())
    return tuple(sorted(words))


@cache
def _pairs() -> Sequence[tuple[re.Pattern[str], str]]:
    pairs: list[tuple[re.Pattern[str], str]] = []
    for row in read_table("opposites"):
        end = r"\b" if row["part"] == "word" else ""
        for one, other in ((row["one"], row["other"]), (row["other"], row["one"])):
            pairs.append((re.compile(rf"\b{one}{end}"), other))
    return pairs
