"""Names of the HPO's terms in running text, words in any order: "dysplasia of the hip", "hip dysplasia".

The recognizer finds findings in general; this finds what the ontology has a name for, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from kgbuilder.model import Curie, EntityType, Mention, Sentence, Span
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.normalize import is_acronym, singular_of, tokens_of
from kgbuilder.ontology.obo import OboTerm
from kgbuilder.reason.lay_findings import LayMention
from kgbuilder.reason.shipped_tables import shipped_rows

__all__ = ["term_mentions"]

_EMPTY = frozenset(
    ("of", "the", "a", "an", "in", "on", "to", "with", "and", "or", "by", "for", "from", "at")
)
"""Words that a name may have or lack."""
_ROOTS = (Curie("HP", "0000118"), Curie("HP", "0000005"), Curie("HP", "0003674"))
"""Phenotypic abnormality, mode of inheritance, onset."""

_LONGEST = 10
"""Words of a text that a name may spread over, empty ones among them."""
_SHORTEST = 4
"""Letters of a name of one word."""


def term_mentions(sentences: Sequence[Sentence], hpo: Hpo) -> list[tuple[LayMention, ...]]:
    """For every sentence the terms named in it, in text order; the longest name wins, and none overlap.

    :returns: one tuple a sentence, in the order given.
    """
    names = _names(hpo)
    return [_of_sentence(sentence, names, hpo) for sentence in sentences]


def _of_sentence(
    sentence: Sentence, names: Mapping[tuple[str, ...], Curie], hpo: Hpo
) -> tuple[LayMention, ...]:
    tokens = [(_stem(word), start, end) for word, start, end in tokens_of(sentence.text)]
    found, at = [], 0
    while at < len(tokens):
        match = (
            None
            if not tokens[at][0] or tokens[at][0] in _EMPTY
            else _longest(tokens, at, names, sentence.text)
        )
        if match is None:
            at += 1
            continue
        last, term = match
        start, end = tokens[at][1], tokens[last][2]
        span = Span(sentence.span.start + start, sentence.span.start + end)
        text = sentence.text[start:end]
        mention = Mention(sentence.document_id, span, text, EntityType.PHENOTYPE)
        found.append(LayMention(mention, term, hpo.term(term).name))
        at = last + 1
    return tuple(found)


def _longest(
    tokens: Sequence[tuple[str, int, int]],
    at: int,
    names: Mapping[tuple[str, ...], Curie],
    text: str,
) -> tuple[int, Curie] | None:
    """The last word of the longest name that begins at ``at``, and its term."""
    best, words = None, list[str]()
    for last in range(at, min(at + _LONGEST, len(tokens))):
        word, start, _ = tokens[last]
        if last > at and any(mark in text[tokens[last - 1][2] : start] for mark in ",;:.()[]"):
            break
        if not word or word in _EMPTY:
            continue
        words.append(word)
        term = names.get(tuple(sorted(words)))
        if term is not None:
            best = last, term
    return best


@lru_cache(maxsize=2)
def _names(hpo: Hpo) -> Mapping[tuple[str, ...], Curie]:
    """The words of every name and exact synonym, sorted. Where several terms have the same words, the
    one that is above all others is meant, else none; the table of further synonyms goes before all.
    """
    meant: dict[tuple[str, ...], set[Curie]] = {}
    for term in _findable(hpo):
        exact = [s.text for s in term.synonyms if s.scope == "EXACT" and s.kind != "abbreviation"]
        for name in (term.name, *exact):
            key = _key(name)
            if key and not is_acronym(name) and (len(key) > 1 or len(key[0]) >= _SHORTEST):
                meant.setdefault(key, set()).add(term.id)
    names = {key: top for key, ids in meant.items() if (top := _topmost(ids, hpo)) is not None}
    for _, row in shipped_rows("term_synonyms", ("synonym", "finding", "name")):
        found = hpo.find(Curie.parse(row["finding"]))
        if found is not None:
            names[_key(row["synonym"])] = found.term.id
    return names


def _topmost(ids: set[Curie], hpo: Hpo) -> Curie | None:
    above = [
        id for id in ids if all(id in hpo.hierarchy.ancestors_of(other) for other in ids - {id})
    ]
    return above[0] if above else None


def _key(name: str) -> tuple[str, ...]:
    words = [_stem(word) for word, _, _ in tokens_of(name)]
    return tuple(sorted(word for word in words if word and word not in _EMPTY))


def _findable(hpo: Hpo) -> list[OboTerm]:
    """Terms that say something of a patient: no frequencies, and no bare "severe" or "left"."""
    hierarchy = hpo.hierarchy
    rows = {
        int(row)
        for root in _ROOTS
        if root in hierarchy.rows
        for row in hierarchy.descendants[hierarchy.rows[root]].tolist()
    }
    return [hpo.terms[row] for row in sorted(rows)]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    single = next(iter(singular_of(word)), word)
    return _meanings().get(single, _meanings().get(word, single))


@cache
def _meanings() -> dict[str, str]:
    return {row["word"]: row["means"] for _, row in shipped_rows("term_words", ("word", "means"))}
