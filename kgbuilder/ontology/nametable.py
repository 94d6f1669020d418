"""A table of names as sorted lines of text: opened in milliseconds, searched by bisection.

``names``: ``key, text, id, status, source`` per line, sorted; ``key`` is the normal form of the name,
and ``text`` is left empty where the name is written like its key. ``concepts``: ``id, type, name`` per
line, sorted. Nothing is parsed until a name is asked for, so a table of 100,000 names is ready at once.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from kgbuilder.errors import FormatError
from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.ontology.lexicon import Entry, Name, NameStatus
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.sorted_lines import SortedLines

__all__ = ["NameTable", "Packed", "pack_names", "unpacked"]

Packed = tuple[bytes, bytes]
"""The names and the concepts of a table, each as gzip-compressed UTF-8 lines."""

Sources = Mapping[str, tuple[str, str]]
"""The short code of a source, as the lines carry it -> its name and version. A line whose source is no
code of this mapping carries ``name|version`` itself."""


class NameTable:
    """Names of the given types.

    :param load: gives the two parts when the table is first used.
    :param indexed: False: names to link with that no recognizer should search texts for.
    """

    def __init__(
        self,
        types: Iterable[EntityType],
        sources: Sources,
        load: Callable[[], Packed],
        *,
        indexed: bool = True,
    ) -> None:
        self.types = frozenset(types)
        self.indexed = indexed
        self._sources = sources
        self._load = load

    def rows(self, key: str) -> tuple[Name, ...]:
        """The names whose normal form is ``key``."""
        return tuple([self._name(line) for line in self._parts[0].starting(f"{key}\t")])

    def concept(self, id: Curie) -> Concept | None:
        """The concept, with its other names in order; None where it is not here."""
        held = self._concept_row(str(id))
        if held is None:
            return None
        type, preferred = held
        own = [self._name(line) for line in self._lines_of.get(str(id), ())]
        others = dict.fromkeys(row.text for row in own if row.text != preferred)
        return Concept(id, preferred, type, tuple(others))

    def __iter__(self) -> Iterator[Name]:
        return (self._name(line) for line in self._parts[0])

    def entries(self, word: str) -> Iterator[Entry]:
        """The names whose normal form begins with ``word``; the table must hold one type only. None are
        given where it is not indexed.
        """
        if not self.indexed:
            return
        (type,) = self.types
        end = len(word)
        # The key that is the word stands before those that go on with a blank: a tab sorts first.
        for line in self._parts[0].since(f"{word}\t"):
            if not line.startswith(word) or line[end] not in "\t ":
                break
            key, text, id, status, _ = line.split("\t")
            yield key, text or key, id, status, type

    def __len__(self) -> int:
        return len(self._parts[0])

    @cached_property
    def _parts(self) -> tuple[SortedLines, SortedLines]:
        names, concepts = self._load()
        return SortedLines(unpacked(names)), SortedLines(unpacked(concepts))

    @cached_property
    def _lines_of(self) -> dict[str, list[str]]:
        lines: dict[str, list[str]] = {}
        for line in self._parts[0]:
            lines.setdefault(line.split("\t", 3)[2], []).append(line)
        return lines

    def _name(self, line: str) -> Name:
        key, text, id, status, source = line.split("\t")
        held = self._concept_row(id)
        if held is None:
            raise FormatError(f"a name of {id}, which the table of concepts lacks", where=line)
        name, version = self._sources.get(source) or source.split("|", 1)
        return Name(
            text or key, Curie.parse(id), held[1], held[0], NameStatus(status), name, version
        )

    def _concept_row(self, id: str) -> tuple[EntityType, str] | None:
        row = self._parts[1].value(id)
        if row is None:
            return None
        type, _, preferred = row.partition("\t")
        return EntityType(type), preferred


def unpacked(part: bytes) -> bytes:
    """The lines of one part. :raises FormatError: when it is not gzip-compressed."""
    if not part:
        raise FormatError("a table of names is damaged: it is empty")
    try:
        return gzip.decompress(part)
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"a table of names is damaged: {error}") from None


def pack_names(rows: Iterable[Name], *, codes: Mapping[str, str] | None = None) -> Packed:
    """The two parts of a table that holds ``rows``. Equal rows give equal bytes, in any order.

    :param codes: the name of each source -> its short code; without one, name and version are written.
    """
    names: dict[tuple[str, str, str], str] = {}
    concepts: set[str] = set()
    for row in rows:
        key = normalize(row.text)
        if not key:
            continue
        written = _flat(row.text)
        text = "" if written == key else written
        source = f"{row.source}|{row.version}" if codes is None else codes[row.source]
        line = f"{key}\t{text}\t{row.concept}\t{row.status}\t{source}"
        # One line per concept and name up to case: the likelier status stays, then the capitals.
        place = (key, written.casefold(), str(row.concept))
        held = names.get(place)
        if held is None or _order(line) < _order(held):
            names[place] = line
        concepts.add(f"{row.concept}\t{row.type.value}\t{_flat(row.preferred)}")
    return _packed(names.values()), _packed(concepts)


def _order(line: str) -> tuple[int, bool, str]:
    _, text, _, status, _ = line.split("\t")
    return list(NameStatus).index(NameStatus(status)), not text, line


def _flat(text: str) -> str:
    return " ".join(text.split())


def _packed(lines: Iterable[str]) -> bytes:
    return gzip.compress("".join(f"{line}\n" for line in sorted(lines)).encode(), mtime=0)
