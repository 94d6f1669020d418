"""Whether a sentence denies that two of its findings are related: a table of cues, and this engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kgbuilder.errors import ConfigError
from kgbuilder.model import PREDICATES

__all__ = ["Denial", "RelationCue", "denials", "load_cues"]

_SCOPES = frozenset({"before", "between", "after"})
_BREAK = re.compile(
    r"[;:]|\.\s|\b(?:but|however|although|though|whereas|while|except|unlike|despite)\b",
    re.IGNORECASE,
)
_LIST_WORDS = frozenset(
    [
        "and",
        "or",
        "nor",
        "the",
        "a",
        "an",
        "of",
        "with",
        "plus",
        "other",
        "both",
        "either",
        "neither",
        "to",
        "in",
        "on",
        "by",
        "as",
        "for",
    ]
)


@dataclass(frozen=True, slots=True)
class RelationCue:
    """A row of the table."""

    words: str
    scopes: frozenset[str]
    predicates: frozenset[str]
    probability: float


@dataclass(frozen=True, slots=True)
class Denial:
    """``predicate`` is denied for a pair by words at ``[start, end)`` of the sentence."""

    predicate: str
    start: int
    end: int
    probability: float


def parse_cues(lines: Iterable[str]) -> tuple[RelationCue, ...]:
    """Rows of a table ``cue TAB scopes TAB predicates TAB probability``; ``#`` begins a comment.

    :raises ConfigError: for a row with an unknown scope or predicate, or a wrong number of columns.
    """
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(("#", "cue\t")):
            continue
        try:
            words, scopes, predicates, probability = line.rstrip("\n").split("\t")
            row = RelationCue(
                words.casefold(),
                frozenset(scopes.split(",")),
                frozenset(predicates.split(",")),
                float(probability),
            )
        except ValueError as error:
            raise ConfigError(f"not a cue: {error}", where=f"line {number}") from error
        if not (row.scopes <= _SCOPES and row.predicates <= set(PREDICATES)):
            raise ConfigError("unknown scope or predicate", where=f"line {number}: {line.strip()}")
        rows.append(row)
    return tuple(rows)


@cache
def load_cues() -> tuple[RelationCue, ...]:
    """The shipped table."""
    path = resources.files("kgbuilder.relate") / "negated_relations.tsv"
    return parse_cues(path.read_text(encoding="utf-8").splitlines())


def denials(
    text: str,
    first: tuple[int, int],
    second: tuple[int, int],
    mentions: Sequence[tuple[int, int]],
    cues: Sequence[RelationCue],
) -> tuple[Denial, ...]:
    """What ``text`` denies of two mentions (``[start, end)``, the first ends before the second).

    :param mentions: all mentions of the sentence: a list of them does not end a cue's reach.
    """
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter whose lower case is longer would shift offsets
        lowered = text
    found: dict[str, Denial] = {}
    for cue in cues:
        if cue.words not in lowered:
            continue
        for match in re.finditer(rf"\b{re.escape(cue.words)}\b", lowered):
            start, end = match.span()
            if not _reaches(text, start, end, first, second, mentions, cue.scopes):
                continue
            for predicate in sorted(cue.predicates):
                known = found.get(predicate)
                if known is None or cue.probability > known.probability:
                    found[predicate] = Denial(predicate, start, end, cue.probability)
    return tuple(found[name] for name in sorted(found))


def _reaches(
    text: str,
    start: int,
    end: int,
    first: tuple[int, int],
    second: tuple[int, int],
    mentions: Sequence[tuple[int, int]],
    scopes: frozenset[str],
) -> bool:
    if first[1] <= start and end <= second[0]:
        # the subject stands before the cue; the object after it, alone or within a list
        return "between" in scopes and not (
            _BREAK.search(text, first[1], second[0]) or _leaves_list(text, end, second[0], mentions)
        )
    if end <= first[0]:
        return "before" in scopes and not _BREAK.search(text, end, second[0])
    if start >= second[1]:
        return "after" in scopes and not _BREAK.search(text, first[1], start)
    return False


def _leaves_list(text: str, start: int, end: int, mentions: Sequence[tuple[int, int]]) -> bool:
    """Whether a comma in ``[start, end)`` is followed by more than the items of a list."""
    comma = text.find(",", start, end)
    if comma < 0:
        return False
    kept = [" " if any(a <= i < b for a, b in mentions) else text[i] for i in range(comma, end)]
    words = re.findall(r"[^\W\d_]+", "".join(kept).lower())
    return any(word not in _LIST_WORDS for word in words)
