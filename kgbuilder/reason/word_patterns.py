"""Patterns of what notes say in plain words, as tables write them: kinds of words stand in braces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kgbuilder.errors import ConfigError
from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.reason.needed_words import needed_words
from kgbuilder.reason.shipped_tables import shipped_rows

__all__ = ["WordPattern", "mention_at", "word_pattern"]


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A regular expression of a row of whole words, without regard to case.

    :param text: with ``{name}`` for a kind of words of lay_words.tsv.
    :param needs: words of which a match holds one, see :func:`needed_words`.
    :param where: the row.
    """

    text: str
    needs: frozenset[str]
    where: str

    def may_match(self, folded: str) -> bool:
        """Whether a sentence, folded, has a word that it needs."""
        return not self.needs or any(word in folded for word in self.needs)

    @property
    def compiled(self) -> re.Pattern[str]:
        """Compiled when first asked for. :raises ConfigError: for a pattern that is none."""
        return _compiled(self.text, self.where)


def word_pattern(text: str, *, table: str, line: int) -> WordPattern:
    """The pattern of a line of ``table.tsv``."""
    needs = needed_words(text, _needs_of_kinds())
    return WordPattern(text, needs, f"tables/{table}.tsv, line {line}")


def mention_at(sentence: Sentence, start: int, end: int) -> Mention:
    """The words ``[start, end)`` of a sentence's text as a mention of a phenotype."""
    at = sentence.span.start
    span = Span(at + start, at + end)
    return Mention(sentence.document_id, span, sentence.text[start:end], EntityType.PHENOTYPE)


@cache
def _kinds() -> dict[str, str]:
    return {
        row["name"]: row["pattern"] for _, row in shipped_rows("lay_words", ("name", "pattern"))
    }


@cache
def _needs_of_kinds() -> dict[str, frozenset[str]]:
    return {name: needed_words(pattern) for name, pattern in _kinds().items()}


@cache
def _compiled(text: str, where: str) -> re.Pattern[str]:
    for name, meant in _kinds().items():
        text = text.replace(f"{{{name}}}", f"(?:{meant})")
    try:
        return re.compile(rf"(?<![\w'’-])(?:{text})(?![\w-])", re.IGNORECASE)
    except re.error as error:
        raise ConfigError(f"bad pattern: {error}", where=where) from error
