"""Lexicons: which concepts a name names. Found by the name itself, never by likeness.

A :class:`Lexicon` stands over tables of names. A table is read when first asked for one of its types,
so that a question about drugs never loads diseases.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from kgbuilder.model import IDENTIFIER_SPACES, Concept, Curie, EntityType
from kgbuilder.ontology.normalize import normalize

__all__ = ["Entry", "Lexicon", "Name", "NameSource", "NameStatus", "Names", "unambiguous"]


class NameStatus(StrEnum):
    """What a name is to its concept."""

    PREFERRED = "preferred"
    SYNONYM = "synonym"
    BRAND = "brand"
    ABBREVIATION = "abbreviation"
    SALT = "salt"
    """A salt or ester form that has no identifier of its own in the same space."""
    CODE = "code"


_STATUS_ORDER = {status: i for i, status in enumerate(NameStatus)}
_TYPE_ORDER = {type: i for i, type in enumerate(EntityType)}


@dataclass(frozen=True, slots=True)
class Name:
    """A row: ``text`` names ``concept``.

    :param preferred: the concept's preferred name. :param source: who says so; ``version`` of it.
    """

    text: str
    concept: Curie
    preferred: str
    type: EntityType
    status: NameStatus
    source: str
    version: str


class NameSource(Protocol):
    """A table of names that is read on first use."""

    types: frozenset[EntityType]

    def rows(self, key: str) -> tuple[Name, ...]:
        """The names whose normal form is ``key``."""
        ...

    def concept(self, id: Curie) -> Concept | None:
        """The concept, with its synonyms; None where the table does not hold it."""
        ...

    def __iter__(self) -> Iterator[Name]: ...

    def entries(self, word: str) -> Iterator[Entry]:
        """The names whose normal form begins with this word, without the cost of a row."""
        ...


Entry = tuple[str, str, str, str, EntityType]
"""Normal form, name, concept's identifier, status, type: what a recognizer looks for."""


class Names:
    """A table of names held in memory: names of a user's graph, of a test.

    :param normal: the names are their own normal forms, so that these need not be found.
    """

    def __init__(self, rows: Iterable[Name], *, normal: bool = False) -> None:
        self._rows = tuple(dict.fromkeys(rows))
        self.types = frozenset(row.type for row in self._rows)
        self._by_key: dict[str, list[Name]] = {}
        self._by_id: dict[Curie, list[Name]] = {}
        for row in self._rows:
            if key := row.text if normal else normalize(row.text):
                self._by_key.setdefault(key, []).append(row)
            self._by_id.setdefault(row.concept, []).append(row)

    def rows(self, key: str) -> tuple[Name, ...]:
        """The names whose normal form is ``key``, in the order given."""
        return tuple(self._by_key.get(key, ()))

    def concept(self, id: Curie) -> Concept | None:
        """The concept, with every other name given for it; None where there is none."""
        rows = self._by_id.get(id)
        if not rows:
            return None
        first = rows[0]
        others = dict.fromkeys(row.text for row in rows if row.text != first.preferred)
        return Concept(id, first.preferred, first.type, tuple(others))

    def __iter__(self) -> Iterator[Name]:
        return iter(self._rows)

    def entries(self, word: str) -> Iterator[Entry]:
        """The names whose normal form begins with ``word``."""
        for key in self._by_word.get(word, ()):
            for row in self._by_key[key]:
                yield key, row.text, str(row.concept), row.status.value, row.type

    @cached_property
    def _by_word(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for key in self._by_key:
            keys.setdefault(key.partition(" ")[0], []).append(key)
        return keys


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names of one or more tables; where two hold the same name of the same concept, the first wins.

    :param refused: names, normalized, that are not looked up under a concept that lists them.
    """

    sources: tuple[NameSource, ...]
    refused: Collection[tuple[str, Curie]] = frozenset()

    def find(self, text: str, *, types: Collection[EntityType] | None = None) -> tuple[Name, ...]:
        """The names that are ``text`` up to normalization, at most one per concept.

        Best first: by type, then by identifier space (:data:`IDENTIFIER_SPACES`), then a name written
        exactly so, then by status. () where no vocabulary holds it. Two concepts of one space in the
        answer mean that the name is ambiguous: :func:`unambiguous` decides.
        """
        key = normalize(text)
        if not key:
            return ()
        best: dict[Curie, tuple[tuple[int, ...], Name]] = {}
        for source in self.sources:
            if types is not None and not source.types.intersection(types):
                continue
            for row in source.rows(key):
                if types is not None and row.type not in types:
                    continue
                if (key, row.concept) in self.refused:
                    continue
                rank = _rank(row, text)
                held = best.get(row.concept)
                if held is None or rank < held[0]:
                    best[row.concept] = (rank, row)
        ordered = sorted(best.values(), key=lambda item: (item[0], item[1].concept))
        return tuple(row for _, row in ordered)

    def concept(self, id: Curie) -> Concept | None:
        """The concept with this identifier, or None."""
        for source in self.sources:
            found = source.concept(id)
            if found is not None:
                return found
        return None

    def with_names(self, rows: Iterable[Name]) -> Lexicon:
        """The same lexicon with ``rows`` before its own; nothing is copied."""
        return Lexicon((Names(rows), *self.sources), self.refused)

    def names(self, types: Collection[EntityType] | None = None) -> Iterator[Name]:
        """Every name of the given types (default: all), table by table."""
        for source in self.sources:
            if types is None or source.types.intersection(types):
                for row in source:
                    if types is None or row.type in types:
                        yield row

    def entries(self, word: str, types: Collection[EntityType]) -> Iterator[Entry]:
        """The names of the given types whose normal form begins with ``word``, for a recognizer."""
        for source in self.sources:
            if source.types.intersection(types):
                yield from (entry for entry in source.entries(word) if entry[4] in types)

    def suggest(
        self, text: str, n: int = 3, *, types: Collection[EntityType] | None = None
    ) -> tuple[str, ...]:
        """Up to ``n`` names that look like ``text``, for the hint of an error message: a person picks
        one. Never used to link.
        """
        key = normalize(text)
        if not key:
            return ()
        near = {
            row.text
            for row in self.names(types)
            if row.text[:1].casefold() == text[:1].casefold()
            and abs(len(row.text) - len(text)) <= 3
        }
        by_folded = {name.casefold(): name for name in sorted(near)}
        close = difflib.get_close_matches(text.casefold(), by_folded, n=n, cutoff=0.75)
        return tuple(by_folded[folded] for folded in close)


def unambiguous(rows: Iterable[Name]) -> tuple[Name, ...]:
    """Of the rows that :meth:`Lexicon.find` gave: one per type and identifier space, none for a space in
    which the name names two concepts, unless it is the preferred name of exactly one of them, or the
    most trusted source that holds it gives it to one only (another list files it elsewhere).

    An abbreviation that is ambiguous in one space is taken in none: () then.
    """
    spaces: dict[tuple[EntityType, str], list[Name]] = {}
    for row in rows:
        spaces.setdefault((row.type, row.concept.prefix), []).append(row)
    kept: list[Name] = []
    for candidates in spaces.values():
        if len(candidates) == 1:
            kept.append(candidates[0])
            continue
        preferred = [row for row in candidates if row.status is NameStatus.PREFERRED]
        trusted = _most_trusted(candidates)
        if len(preferred) == 1:
            kept.append(preferred[0])
        elif trusted is not None:
            kept.append(trusted)
        elif any(row.status is NameStatus.ABBREVIATION for row in candidates):
            return ()
    return tuple(kept)


_TRUSTED = ("MeSH descriptors and entry terms", "corpus")
"""Beginnings of the names of sources that outdo any other for a space: its own vocabulary, then
annotators."""


def _most_trusted(rows: list[Name]) -> Name | None:
    """The only row of the most trusted source that has any; None where it has two, or none has one."""
    for source in _TRUSTED:
        held = [row for row in rows if row.source.startswith(source)]
        if held:
            return held[0] if len(held) == 1 else None
    return None


def _rank(row: Name, text: str) -> tuple[int, ...]:
    spaces = IDENTIFIER_SPACES.get(row.type, ())
    prefix = row.concept.prefix
    space = spaces.index(prefix) if prefix in spaces else len(spaces)
    own, asked = " ".join(row.text.split()), " ".join(text.split())  # as a packed table keeps it
    written = 0 if own == asked else 1 if own.casefold() == asked.casefold() else 2
    return (_TYPE_ORDER[row.type], space, written, _STATUS_ORDER[row.status])
