"""The rules of ``tables/context_rules.tsv`` as one trie over words; classes of words are edges of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib.resources import files

from kgbuilder.errors import ConfigError
from kgbuilder.model import EntityType, Polarity
from kgbuilder.qualify.words import BREAK, MINUS, PLUS, STOP

__all__ = [
    "CATEGORIES",
    "Default",
    "Direction",
    "Match",
    "Reach",
    "Rule",
    "RuleTrie",
    "read_defaults",
]

CATEGORIES = (
    "negated", "withheld", "uncertain", "hypothetical", "historical", "past", "planned", "current",
    "family", "other",
)  # fmt: skip

_START_AFTER = frozenset([",", ";", "(", "<colon>", STOP, BREAK])
_END_BEFORE = frozenset([",", ";", ".", ")", "?", "!", "/", STOP, BREAK, PLUS, MINUS, "-"])


class Direction(StrEnum):
    """Where a cue's scope lies, or what else a row does."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BIDIRECTIONAL = "bidirectional"
    TERMINATE = "terminate"
    TERMINATE_LIST = "terminate_list"
    PSEUDO = "pseudo"


class Reach(StrEnum):
    """How far a scope goes; a number in the table is words."""

    SENTENCE = "sentence"
    CLAUSE = "clause"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``categories`` holds one for a cue, any number for a terminator."""

    cue: str
    categories: frozenset[str]
    direction: Direction
    reach: Reach
    max_words: int | None
    types: frozenset[EntityType]

    @property
    def is_cue(self) -> bool:
        """Whether the row gives findings a category."""
        return self.direction in (Direction.FORWARD, Direction.BACKWARD, Direction.BIDIRECTIONAL)

    def speaks_of(self, type: EntityType) -> bool:
        """Whether the row is about findings of this type."""
        return not self.types or type in self.types


@dataclass(frozen=True, slots=True)
class Match:
    """Rules whose cue covers words ``[start, end)``."""

    start: int
    end: int
    rules: tuple[Rule, ...]


_Word = tuple[tuple[str, ...], bool]
"""What may stand at one place of a cue, and whether the place may be empty."""


class _Node:
    """Where a run of words has led in cues. What follows is worked out when a text gets here: the cues
    have thirty thousand spellings, and a note meets a few hundred.
    """

    def __init__(self) -> None:
        self.open: list[tuple[Rule, tuple[_Word, ...], int]] = []
        """Cues that may go on here, and how much of each is behind; in the order of the table."""

    @cached_property
    def rules(self) -> list[Rule]:
        """Of the cues that may end here."""
        ended = [rule for rule, words, place in self._places() if place == len(words)]
        return list(dict.fromkeys(ended))

    @cached_property
    def next(self) -> dict[str, _Node]:
        """By the next word."""
        nodes: dict[str, _Node] = {}
        for rule, words, place in self._places():
            for choice in words[place][0] if place < len(words) else ():
                nodes.setdefault(choice, _Node()).open.append((rule, words, place + 1))
        return nodes

    def _places(self) -> Iterator[tuple[Rule, tuple[_Word, ...], int]]:
        """What is open, and what it is once words that may be missing are left out."""
        for rule, words, place in self.open:
            yield rule, words, place
            while place < len(words) and words[place][1]:
                place += 1
                yield rule, words, place


class RuleTrie:
    """All rules at once: matching costs one step per word, whatever the number of rules.

    :raises ConfigError: when a row of the table is wrong; it names the line.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self._classes = _read_classes()
        known = {name for names in self._classes.values() for name in names}
        for line_number, cells in _rows("context_rules.tsv", n_columns=5):
            rule = _parse_rule(cells, where=f"context_rules.tsv:{line_number}")
            words = _words_of(rule.cue)
            for choices, _ in words:
                for word in choices:
                    if not word or (word[0] == "@" and word not in known):
                        raise ConfigError(
                            f"no such word or class of words: {word!r}",
                            where=f"context_rules.tsv:{line_number}",
                            hint="classes are the rows of word_classes.tsv",
                        )
            self._root.open.append((rule, words, 0))
        first = self._root.next
        self._first = frozenset(first) | {
            word for word, names in self._classes.items() if not first.keys().isdisjoint(names)
        }

    def matches(self, words: list[str]) -> Iterator[list[Match]]:
        """For each word that cues begin with, in order: those cues, the longest first."""
        first = self._first
        from_edge = "<start>" in first
        from_number = "<n>" in first
        for i, word in enumerate(words):
            if (
                word in first
                or (from_number and word[0].isdigit())
                or (from_edge and _at_start(words, i))
            ):
                ends: dict[int, list[Rule]] = {}
                self._walk(self._root, words, i, ends)
                if ends:
                    yield [Match(i, end, tuple(ends[end])) for end in sorted(ends, reverse=True)]

    def _walk(self, node: _Node, words: list[str], i: int, ends: dict[int, list[Rule]]) -> None:
        """Note in ``ends`` the rules of every cue from ``node`` on, by where it ends."""
        if node.rules and node is not self._root:
            ends.setdefault(i, []).extend(node.rules)
        following = node.next
        if not following:
            return
        if i < len(words):
            word = words[i]
            if word in following:
                self._walk(following[word], words, i + 1, ends)
            for name in self._classes.get(word, ()):
                if name in following:
                    self._walk(following[name], words, i + 1, ends)
            if "<n>" in following and word[0].isdigit():
                self._walk(following["<n>"], words, i + 1, ends)
            if "<year>" in following and _is_year(word):
                self._walk(following["<year>"], words, i + 1, ends)
            if "_" in following and word[0].isalpha():
                self._walk(following["_"], words, i + 1, ends)
        if "<start>" in following and _at_start(words, i):
            self._walk(following["<start>"], words, i, ends)
        if "<end>" in following and (i == len(words) or words[i] in _END_BEFORE):
            self._walk(following["<end>"], words, i, ends)


@dataclass(frozen=True, slots=True)
class Default:
    """What a section says of its findings.

    :param polarity: of the findings that it speaks of; None for all.
    :param types: of these findings; empty for all.
    """

    category: str
    polarity: Polarity | None
    types: frozenset[EntityType]

    def speaks_of(self, type: EntityType, *, negated: bool) -> bool:
        """Whether it is about a finding of this type that is, or is not, negated."""
        polarity = Polarity.NEGATED if negated else Polarity.AFFIRMED
        return self.polarity in (None, polarity) and (not self.types or type in self.types)


def read_defaults() -> dict[str, list[Default]]:
    """Section kind -> its rows of ``tables/section_defaults.tsv``.

    :raises ConfigError: when a row is wrong; it names the line.
    """
    defaults: dict[str, list[Default]] = {}
    rows = _rows("section_defaults.tsv", n_columns=4)
    for line_number, (section, category, polarity, types) in rows:
        where = f"section_defaults.tsv:{line_number}"
        if category not in CATEGORIES:
            raise ConfigError(f"no such category: {category!r}", where=where, hint="see the head")
        try:
            default = Default(category, Polarity(polarity) if polarity else None, _types(types))
        except ValueError as error:
            raise ConfigError(str(error), where=where, hint="see the head") from error
        defaults.setdefault(section, []).append(default)
    return defaults


def _read_classes() -> dict[str, tuple[str, ...]]:
    """Word -> the classes it is in, from ``tables/word_classes.tsv``."""
    classes: dict[str, tuple[str, ...]] = {}
    for _, (name, words) in _rows("word_classes.tsv", n_columns=2):
        for word in words.split("|"):
            classes[word] = (*classes.get(word, ()), name)
    return classes


def _rows(table: str, *, n_columns: int) -> Iterator[tuple[int, list[str]]]:
    path = files("kgbuilder.qualify") / "tables" / table
    header = True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if header:
            header = False
            continue
        cells = line.split("\t")
        if len(cells) != n_columns:
            raise ConfigError(
                f"a row has {len(cells)} columns, not {n_columns}",
                where=f"{table}:{number}",
                hint="columns are separated by one tab each",
            )
        yield number, cells


def _parse_rule(cells: list[str], *, where: str) -> Rule:
    cue, category, direction, reach, types = cells
    categories = frozenset(CATEGORIES if category == "any" else category.split("|"))
    if not categories <= set(CATEGORIES):
        raise ConfigError(f"no such category: {category!r}", where=where, hint="see the head")
    try:
        way = Direction(direction)
        extent = Reach.SENTENCE if reach.isdigit() or not reach else Reach(reach)
        of = _types(types)
    except ValueError as error:
        raise ConfigError(str(error), where=where, hint="see the head of the table") from error
    rule = Rule(cue, categories, way, extent, int(reach) if reach.isdigit() else None, of)
    if "negated" in categories and not rule.is_cue:  # what ends or hides it does so with this, too
        return replace(rule, categories=categories | {"withheld"})
    return rule


def _types(cell: str) -> frozenset[EntityType]:
    return frozenset(EntityType(name) for name in cell.split("|")) if cell else frozenset()


def _words_of(cue: str) -> tuple[_Word, ...]:
    """What may stand at each place of a cue."""
    words = []
    for word in cue.lower().split():
        optional = len(word) > 1 and word.endswith("?")
        words.append((tuple(word.removesuffix("?" if optional else "").split("|")), optional))
    return tuple(words)


def _at_start(words: list[str], i: int) -> bool:
    """Nothing before, or a sign that sets apart, or only a list marker such as "-" or "2."."""
    if i == 0 or words[i - 1] in _START_AFTER:
        return True
    return i <= 2 and not any(word[0].isalpha() or word in (PLUS, MINUS) for word in words[:i])


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")
