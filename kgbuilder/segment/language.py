"""Is a text English? The cues of negation and family are English words, and what is not read with them
would come out as plain facts: such a text is told as not read, never read wrongly.

A text is of another language when at least two different function words of that language stand in it,
more of its words are among them than twice those that are English ones, and they are one word in twelve
or more (``tables/function_words.tsv``); or when most of its letters are not Latin ones. Short and
telegraphic texts hold few function words of any language and pass. Of 20,299 English
notes, abstracts and sentences of 26 corpora it takes none for foreign.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from importlib.resources import files

__all__ = ["ENGLISH", "language_of"]

ENGLISH = "en"
_MIN_DIFFERENT, _MIN_SHARE, _LEAD = 2, 1 / 12, 2
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000
"""Characters that are looked at."""


def language_of(text: str) -> str:
    """The code (ISO 639-1) of the language whose function words ``text`` holds, ``und`` for letters
    that are not Latin; ``en`` where nothing says otherwise.

    >>> language_of("El paciente no tiene fiebre ni tos."), language_of("No fever, chills or cough.")
    ('es', 'en')
    """
    sample = text[:_SAMPLE]
    if not sample.isascii() and _is_not_latin(sample):
        return "und"
    words = Counter(word.casefold() for word in _WORD.findall(sample))
    n_words = words.total()
    best = ENGLISH, 0
    n_english = sum(n for word, n in words.items() if word in _function_words()[ENGLISH])
    for language, function_words in _function_words().items():
        held = [n for word, n in words.items() if word in function_words]
        if language != ENGLISH and len(held) >= _MIN_DIFFERENT and sum(held) > best[1]:
            best = language, sum(held)
    language, n_held = best
    foreign = n_held > _LEAD * n_english and n_held >= _MIN_SHARE * n_words
    return language if foreign else ENGLISH


def _is_not_latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    strange = sum(
        not c.isascii() and not unicodedata.name(c, "").startswith("LATIN") for c in letters
    )
    return 2 * strange > len(letters)


@cache
def _function_words() -> dict[str, frozenset[str]]:
    path = files("kgbuilder.segment") / "tables" / "function_words.tsv"
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return {
        row[0]: frozenset(row[1].split())
        for row in rows
        if len(row) == 2 and row[0] != "language" and not row[0].startswith("#")
    }
