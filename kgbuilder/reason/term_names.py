"""The words of the HPO's names, put in order once and kept in the user's cache: that takes longer than
reading a note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from kgbuilder.model import Curie
from kgbuilder.ontology import normalize
from kgbuilder.ontology.cache import find_cached, write_cached
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.normalize import is_acronym, singular_of, tokens_of
from kgbuilder.ontology.obo import OboTerm
from kgbuilder.ontology.sorted_lines import SortedLines
from kgbuilder.ontology.vocabularies import refused_names
from kgbuilder.reason.shipped_tables import shipped_rows

__all__ = ["EMPTY", "is_refused", "key_of", "stem_of", "term_names"]

EMPTY = frozenset(
    ("of", "the", "a", "an", "in", "on", "to", "with", "and", "or", "by", "for", "from", "at")
)
"""Words that a name may have or lack."""

_ROOTS = (Curie("HP", "0000118"), Curie("HP", "0000005"), Curie("HP", "0003674"))
"""Phenotypic abnormality, mode of inheritance, onset."""

_SHORTEST = 4
"""Letters of a name of one word."""

_END = b"\n"
"""A blank line at the end of the file: it was not cut short."""

_FORMAT = 2
"""Goes up when what is kept changes and none of the sources in :func:`_digest` does."""


def key_of(words: list[str]) -> str:
    """What a name is kept under: its words, as :func:`stem_of` has them, in alphabetical order."""
    return " ".join(sorted(words))


@lru_cache(maxsize=100_000)
def stem_of(word: str) -> str:
    """The word in the singular, or what the table of words says that it means; "" for nothing."""
    single = next(iter(singular_of(word)), word)
    return _meanings().get(single, _meanings().get(word, single))


@lru_cache(maxsize=2)
def term_names(hpo: Hpo) -> SortedLines:
    """Lines of the key of each name and exact synonym, and the id of the term. Where several terms have
    the same words, the one that is above all others is meant, else none; the table of further synonyms
    goes before all.
    """
    file = f"term-names-{_digest(hpo)}.txt"
    cached = find_cached(file)
    if cached is not None:
        try:
            content = cached.read_bytes()
        except OSError:
            content = b""
        if content.endswith(_END):
            return SortedLines(content.removesuffix(_END))
    names = SortedLines.of(f"{key}\t{id}" for key, id in _made(hpo).items())
    write_cached(file, names.data + _END)
    return names


def _made(hpo: Hpo) -> dict[str, str]:
    meant: dict[str, set[Curie]] = {}
    for term in _findable(hpo):
        for name in _names_of(term):
            key = _key(name)
            if key and not is_acronym(name) and (" " in key or len(key) >= _SHORTEST):
                meant.setdefault(key, set()).add(term.id)
    names = {key: str(top) for key, ids in meant.items() if (top := _topmost(ids, hpo)) is not None}
    for name, id in sorted(refused_names()):
        if names.get(_key(name)) == str(id):
            del names[_key(name)]
    for _, row in _synonyms():
        found = hpo.find(Curie.parse(row["finding"]))
        if found is not None:
            names[_key(row["synonym"])] = str(found.term.id)
    return names


def _names_of(term: OboTerm) -> Iterator[str]:
    yield term.name
    for synonym in term.synonyms:
        if synonym.scope == "EXACT" and synonym.kind != "abbreviation":
            yield synonym.text


def _topmost(ids: set[Curie], hpo: Hpo) -> Curie | None:
    above = [
        id for id in ids if all(id in hpo.hierarchy.ancestors_of(other) for other in ids - {id})
    ]
    return above[0] if above else None


def _key(name: str) -> str:
    words = [stem_of(word) for word, _, _ in tokens_of(name)]
    return key_of([word for word in words if word and word not in EMPTY])


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


def _digest(hpo: Hpo) -> str:
    """Of all that the names depend on: the terms, the tables, the rules of normalization and ours."""
    digest = hashlib.sha256(f"{_FORMAT}|{hpo.version}|{hpo.digest}".encode())
    digest.update(Path(normalize.__file__).read_bytes())
    for rules in (list(_synonyms()), _meanings(), sorted(refused_names())):
        digest.update(repr(rules).encode())
    return digest.hexdigest()[:16]


def _synonyms() -> Iterator[tuple[int, dict[str, str]]]:
    return shipped_rows("term_synonyms", ("synonym", "finding", "name"))


def is_refused(name: str, id: Curie) -> bool:
    """Whether the name is not to be read as this term, though the ontology lists it there."""
    return (normalize.normalize(name), id) in refused_names()


@cache
def _meanings() -> dict[str, str]:
    return {row["word"]: row["means"] for _, row in shipped_rows("term_words", ("word", "means"))}
