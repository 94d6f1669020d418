"""Recognizing by dictionary: every name that the vocabularies hold, longest first, in one pass.

Alone it misses what is written otherwise, and it is the double of the transformer where no weights are
at hand. Beside the transformer it adds brand names and rare diseases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cached_property

from kgbuilder.model import EntityType, Mention, Sentence, Span
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

_MAX_TOKENS = 12
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

_COUNTS = re.compile(
    r"\s*(?:[-–/%°×+<>=*]|[.,:]\d|[.]\s+\w|(?!(?:was|is|has)\b)[a-z]*s\b"
    r"|(?:to|x|day|week|month|year|hour|hr|h|d|wk|mo|mg|ml|cm|mm|kg)\b)",
    re.IGNORECASE,
)
"""Behind a number that counts or measures, or begins an item of a list: "diarrhea 3 times a day"."""

_Entry = tuple[EntityType, frozenset[str] | None]
"""The type of a name, and the only ways to write it where its case is part of it."""


class DictionaryRecognizer:
    """A :class:`kgbuilder.protocols.Recognizer` over the names of ``lexicon``.

    Names of up to three letters, abbreviations and gene symbols count only as they are written in the
    vocabulary; one-letter names and the words of ``tables/dictionary_stop.tsv`` never do. A condition
    that a vocabulary numbers is taken with any number behind it: "trisomy 13" is no "trisomy", whether
    or not it has an entry. The index is made when first used (some seconds for all types).

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

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions with spans in document offsets, sorted, not overlapping."""
        return [self._mentions(sentence) for sentence in sentences]

    def _mentions(self, sentence: Sentence) -> tuple[Mention, ...]:
        names, lengths = self._index
        tokens = tokens_of(sentence.text)
        words = [token[0] for token in tokens]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            step = 1
            for length in lengths.get(words[at], ()):
                if at + length > len(words):
                    continue
                key = words[at] if length == 1 else " ".join(words[at : at + length])
                start, end = tokens[at][1], tokens[at + length - 1][2]
                entry = names.get(key) or self._numbered(key, sentence.text, end)
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

    def _numbered(self, key: str, text: str, end: int) -> _Entry | None:
        """What ``key``, which ends at ``end``, is where it is a numbered name with a further number."""
        stem, _, number = key.rpartition(" ")
        if stem not in self._stems or not _NUMBER.fullmatch(number) or _COUNTS.match(text, end):
            return None
        marks_item = text[end : end + 1] in (".", ")") and number.isdigit()
        if marks_item and re.search(rf"\b{int(number) - 1}[.)]\s", text[:end]):
            return None  # "1. schizophrenia 2."
        return self._stems[stem], None

    @cached_property
    def _stems(self) -> dict[str, EntityType]:
        """Names of conditions that are numbered, without the number or "type" and number. OMIM numbers
        common conditions by locus ("psoriasis 2"), which no note does.
        """
        conditions = self._types & {EntityType.DISEASE, EntityType.PHENOTYPE}
        found = dict.fromkeys(_OF_CHROMOSOMES, EntityType.DISEASE) if conditions else {}
        names, _ = self._index
        for key, _, id, *_ in self._lexicon.entries(conditions):
            stem, _, number = key.rpartition(" ")
            if number[:1].isdigit() and _NUMBER.fullmatch(number) and not id.startswith("OMIM"):
                stem = stem.removesuffix(" type")
                if stem in names:
                    found[stem] = names[stem][0]
        return found

    @cached_property
    def _index(self) -> tuple[dict[str, _Entry], dict[str, tuple[int, ...]]]:
        """Normal form -> entry, and first word -> numbers of words to try, longest first."""
        stop = {normalize(row["name"]) for row in read_table("dictionary_stop")}
        stop |= {normalize(row["short"]) for row in read_table("ambiguous_abbreviations")}
        signs = frozenset(row["id"] for row in read_table("mesh_symptoms"))
        held: dict[str, list[_Entry]] = {}
        diseases_only: set[str] = set()
        disease = EntityType.DISEASE
        for key, text, id, status, type in self._lexicon.entries(self._types):
            if key in stop or not _nameable(key, type):
                continue
            written = _spellings(text) if _case_matters(key, text, status, type) else None
            entries = held.get(key)
            if entries is None:
                held[key] = [(type, written)]
            else:
                _add(entries, type, written)
            if type is disease and id not in signs and not id.startswith("ICD10CM:R"):
                diseases_only.add(key)  # chapter R of ICD-10-CM: symptoms and signs
        names: dict[str, _Entry] = {}
        lengths: dict[str, set[int]] = {}
        for key, entries in held.items():
            n_words = key.count(" ") + 1
            if n_words <= _MAX_TOKENS:
                first = key if n_words == 1 else key[: key.index(" ")]
                if first in lengths:
                    lengths[first].add(n_words)
                else:
                    lengths[first] = {n_words}
            only = entries[0] if len(entries) == 1 else None
            names[key] = only or _entry_of(dict(entries), key in diseases_only)
        return names, {word: tuple(sorted(of, reverse=True)) for word, of in lengths.items()}


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
