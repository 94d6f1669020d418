"""Recognizing by dictionary: every name that the vocabularies hold, longest first, in one pass.

Alone it misses what is written otherwise, and it is the double of the transformer where no weights are
at hand. Beside the transformer it adds brand names and rare diseases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.ontology.combinations import product_names
from kgbuilder.ontology.lexicon import Lexicon
from kgbuilder.ontology.normalize import normalize, tokens_of
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["DictionaryRecognizer"]

_ORDER = (
    EntityType.DRUG,
    EntityType.PHENOTYPE,
    EntityType.DISEASE,
    EntityType.GENE,
)
"""Which type a name has that several vocabularies hold; see also :func:`_type_of`."""

_CONDITIONS = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_MAX_TOKENS = 12
_REMEMBERED = 1_000
"""Sentences whose names are kept: the tagger asks for them, and then who joins it with them."""
_SCORE = 0.9

_BETWEEN_NAMES = re.compile(r"[.;:!?](?!\d)|\n|[()\[\]]|,(?! type\b)")
"""What ends a name: "nausea, vomiting" are two. In "diabetes mellitus, type 2" the comma is inside."""

_PREFIXED = re.compile(
    r"(?:(?<![A-Za-z\d])(?:\d+|[A-Za-z]|low|non|anti)|yl|oxy|[a-z]o)-$", re.IGNORECASE
)
"""A name after one of these and a hyphen is part of a longer chemical name, or of an adjective."""

_NUMBER = re.compile(r"\d{1,2}[a-dpq]?")
"""The last word of a numbered name: "trisomy 13", "glycogen storage disease 1"."""

_OF_CHROMOSOMES = frozenset({"trisomy", "monosomy", "tetrasomy", "disomy"})

_SIDE = re.compile(r"\b(?:internal|external) \Z", re.IGNORECASE)
"""What stands before a condition and tells it from its look-alike."""

_COUNTS = re.compile(
    r"\s*(?:[-–/%°×+<>=*]|[.,:]\d|[.]\s+\w|(?!(?:was|is|has)\b)[a-z]*s\b"
    r"|(?:to|x|day|week|month|year|hour|hr|h|d|wk|mo|mg|ml|cm|mm|kg)\b)",
    re.IGNORECASE,
)
"""Behind a number that counts or measures, or begins an item of a list: "diarrhea 3 times a day"."""

_Entry = tuple[EntityType, frozenset[str] | None]
"""The type of a name, and the only ways to write it where its case is part of it."""


class _Names(NamedTuple):
    """Names that begin with one word: normal form -> entry, and numbers of words, the most first.

    :param stems: conditions that are numbered, without the number or "type" and number.
    """

    names: Mapping[str, _Entry]
    lengths: tuple[int, ...]
    stems: Mapping[str, EntityType]


_NONE = _Names({}, (), {})


class DictionaryRecognizer:
    """A :class:`kgbuilder.protocols.Recognizer` over the names of ``lexicon``.

    Names of up to three letters, abbreviations and gene symbols count only as they are written in the
    vocabulary; one-letter names and the words of ``tables/dictionary_stop.tsv`` never do. A condition
    that a vocabulary numbers is taken with any number behind it: "trisomy 13" is no "trisomy", whether
    or not it has an entry. So are conditions with "internal" and "external" before them.

    :param types: which mentions to look for.
    """

    name = "dictionary 1"

    def __init__(
        self,
        lexicon: Lexicon,
        *,
        types: Collection[EntityType] = _ORDER,
    ) -> None:
        self._lexicon = lexicon
        self._types = frozenset(types)
        self._met: dict[str, _Names] = {}
        self._mentions = lru_cache(maxsize=_REMEMBERED)(self._found)

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions with spans in document offsets, sorted, not overlapping."""
        return [self._mentions(sentence) for sentence in sentences]

    def _found(self, sentence: Sentence) -> tuple[Mention, ...]:
        tokens = tokens_of(sentence.text)
        words = [token[0] for token in tokens]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            step = 1
            known = self._from(words[at])
            for length in known.lengths:
                if at + length > len(words):
                    continue
                key = words[at] if length == 1 else " ".join(words[at : at + length])
                start, end = tokens[at][1], tokens[at + length - 1][2]
                entry = known.names.get(key) or _numbered(known.stems, key, sentence.text, end)
                if entry is None or not _whole(tokens, at, length):
                    continue
                if entry[0] is EntityType.DRUG and _PREFIXED.search(
                    sentence.text, max(0, start - 8), start
                ):
                    continue
                type, written = entry
                text = sentence.text[start:end]
                if length > 1 and _BETWEEN_NAMES.search(text):
                    continue
                if written is not None and text not in written:
                    continue
                if type in _CONDITIONS and (
                    side := _SIDE.search(sentence.text, max(0, start - 10), start)
                ):
                    start, text = side.start(), sentence.text[side.start() : end]
                found.append(
                    Mention(
                        sentence.document_id,
                        Span(sentence.span.start + start, sentence.span.start + end),
                        text,
                        type,
                        _SCORE,
                    )
                )
                step = length
                break
            at += step
        return tuple(found)

    def _from(self, word: str) -> _Names:
        """The names that begin with ``word``, looked up when it is first met: a text has few words."""
        if word not in self._met:
            self._met[word] = self._looked_up(word)
        return self._met[word]

    def _looked_up(self, word: str) -> _Names:
        stop, signs = self._stop_and_signs
        held: dict[str, list[_Entry]] = {}
        diseases_only: set[str] = set()
        numbered = {word} & _OF_CHROMOSOMES
        for key, text, id, status, type in self._lexicon.entries(word, self._types):
            if type in _CONDITIONS and not id.startswith("OMIM"):
                # OMIM numbers common conditions by locus ("psoriasis 2"), which no note does.
                numbered |= _stem_of(key)
            if key in stop or not _nameable(key, type):
                continue
            written = _spellings(text) if _case_matters(key, text, status, type) else None
            entries = held.get(key)
            if entries is None:
                held[key] = [(type, written)]
            else:
                _add(entries, type, written)
            if type is EntityType.DISEASE and id not in signs and not id.startswith("ICD10CM:R"):
                diseases_only.add(key)  # chapter R of ICD-10-CM: symptoms and signs
        if EntityType.DRUG in self._types:
            # Products with several ingredients have no identifier, so that no vocabulary holds them.
            for key in product_names(word):
                if key not in stop:
                    held.setdefault(key, [(EntityType.DRUG, None)])
        if not held:
            return _NONE
        n_words = {key.count(" ") + 1 for key in held}
        names = {key: _entry_of(dict(rows), key in diseases_only) for key, rows in held.items()}
        stems = {stem: names[stem][0] for stem in numbered if stem in names}
        if self._types & _CONDITIONS:
            stems = dict.fromkeys(numbered & _OF_CHROMOSOMES, EntityType.DISEASE) | stems
        lengths = sorted((n for n in n_words if n <= _MAX_TOKENS), reverse=True)
        return _Names(names, tuple(lengths), stems)

    @cached_property
    def _stop_and_signs(self) -> tuple[frozenset[str], frozenset[str]]:
        """Normal forms that are no names here, and ids of MeSH's signs and symptoms."""
        stop = {normalize(row["name"]) for row in read_table("dictionary_stop")}
        stop |= {normalize(row["short"]) for row in read_table("ambiguous_abbreviations")}
        return frozenset(stop), frozenset(row["id"] for row in read_table("mesh_symptoms"))


def _stem_of(key: str) -> set[str]:
    """What is left of a numbered name without its number, or "type" and number."""
    stem, _, number = key.rpartition(" ")
    is_number = number[:1].isdigit() and _NUMBER.fullmatch(number)
    return {stem.removesuffix(" type")} if is_number else set()


def _numbered(stems: Mapping[str, EntityType], key: str, text: str, end: int) -> _Entry | None:
    """What ``key``, which ends at ``end``, is where it is a numbered name with a further number."""
    stem, _, number = key.rpartition(" ")
    if stem not in stems or not _NUMBER.fullmatch(number) or _COUNTS.match(text, end):
        return None
    marks_item = text[end : end + 1] in (".", ")") and number.isdigit()
    if marks_item and re.search(rf"\b{int(number) - 1}[.)]\s", text[:end]):
        return None  # "1. schizophrenia 2."
    return stems[stem], None


def _whole(tokens: list[tuple[str, int, int]], at: int, length: int) -> bool:
    """Whether the match begins and ends with whole words of the text (one word may give two tokens)."""
    last = at + length - 1
    return (at == 0 or tokens[at - 1][2] <= tokens[at][1]) and (
        last + 1 == len(tokens) or tokens[last][2] <= tokens[last + 1][1]
    )


_TWO_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")


def _nameable(key: str, type: EntityType) -> bool:
    """Whether a name can be told from other words of running text."""
    if len(key) < 3 or not _TWO_LETTERS.search(key):
        return False
    if type is EntityType.GENE:
        return len(key) >= 4 or any(c.isdigit() for c in key)
    return True


def _case_matters(key: str, text: str, status: str, type: EntityType) -> bool:
    if type is EntityType.GENE:
        return " " not in key
    if " " in key:
        return False
    return (
        len(key) <= 3
        or (status == "abbreviation" and not text.islower())
        or (len(key) == 4 and text.isupper())
    )


def _spellings(text: str) -> frozenset[str]:
    return frozenset((text, text.upper()) if text.islower() else (text,))


def _add(entries: list[_Entry], type: EntityType, written: frozenset[str] | None) -> None:
    """A name once more: of another type, or of a known one, where any spelling counts if one row says
    so.
    """
    for i, (held, spellings) in enumerate(entries):
        if held is type:
            if spellings is not None:
                entries[i] = (type, None if written is None else spellings | written)
            return
    entries.append((type, written))


def _entry_of(by_type: dict[EntityType, frozenset[str] | None], is_disease: bool) -> _Entry:
    """One type for a name: a drug before a condition before a gene; a name of a phenotype and a disease
    is a phenotype only where MeSH, too, calls it a sign or symptom.
    """
    types = [type for type in _ORDER if type in by_type] or sorted(by_type)
    type = types[0]
    if type is EntityType.PHENOTYPE and EntityType.DISEASE in by_type and is_disease:
        type = EntityType.DISEASE
    return type, by_type[type]
