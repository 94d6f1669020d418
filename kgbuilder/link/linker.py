"""Linking by name: exact, normalized, singular, the document's own abbreviations, salts, trimmed.

Nothing is linked because it looks like something; a name the lexicon lacks, or that names two things,
stays unlinked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from kgbuilder.model import Candidate, Curie, Document, EntityType, Mention
from kgbuilder.ontology.abbreviations import Abbreviation, find_abbreviations
from kgbuilder.ontology.lexicon import Lexicon, Name, NameStatus, unambiguous
from kgbuilder.ontology.normalize import normalize, singular_of
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["LexiconLinker"]

_FALLBACK = {
    EntityType.DISEASE: EntityType.PHENOTYPE,
    EntityType.PHENOTYPE: EntityType.DISEASE,
}
"""A sign may be named only as a disease, and a disease only as a phenotype: tried after its own type."""

_SCORES = {
    "exact": 1.0, "normalized": 0.98, "plural": 0.95, "abbreviation": 0.9, "salt": 0.85,
    "trimmed": 0.8,
}  # fmt: skip
"""Order of trust in how a name matched; not a probability."""

_DOSE = re.compile(
    r"(?:^| )\d+(?:[.,]\d+)?"
    r"(?: ?(?:mg|mcg|ug|g|kg|ml|l|iu|units?|u|meq|mmol|%)(?: ?(?:kg|ml|day|d|h|hr))?)?$"
)

_Found = tuple[Name, str]
"""A name of the lexicon, and how it matched."""


class LexiconLinker:
    """A :class:`kgbuilder.protocols.Linker` over the names of ``lexicon``.

    :param abbreviations: finds what a document defines; scispaCy's detector fits too
        (:class:`kgbuilder.link.scispacy.ScispacyAbbreviations`).
    """

    def __init__(
        self,
        lexicon: Lexicon,
        *,
        abbreviations: Callable[[str], Sequence[Abbreviation]] = find_abbreviations,
    ) -> None:
        self._lexicon = lexicon
        self._abbreviations = abbreviations

    def link(self, document: Document, mentions: Sequence[Mention]) -> list[tuple[Candidate, ...]]:
        """Candidates per mention: its own type first, then identifier spaces in the house's order."""
        defined = _by_short_form(self._abbreviations(document.text))
        done: dict[tuple[str, EntityType, str], tuple[Candidate, ...]] = {}
        rows: list[tuple[Candidate, ...]] = []
        for mention in mentions:
            long_form = _long_form_of(mention, defined)
            key = (mention.text, mention.type, long_form)
            if key not in done:
                done[key] = self._link(mention.text, mention.type, long_form)
            rows.append(done[key])
        return rows

    def candidates(self, text: str, type: EntityType) -> tuple[Candidate, ...]:
        """Candidates for a name that stands alone, such as one that a user typed."""
        return self._link(text, type, "")

    def _link(self, text: str, type: EntityType, long_form: str) -> tuple[Candidate, ...]:
        types = (type, _FALLBACK[type]) if type in _FALLBACK else (type,)
        if (
            long_form
        ):  # what the document says it means; else nothing: a guess might be another thing
            found = self._first(long_form, types)
            return _candidates((name, "abbreviation") for name, _ in found)
        if text.strip().upper() in self._ambiguous:
            return ()
        return _candidates(self._first(text, types))

    def _first(self, text: str, types: tuple[EntityType, ...]) -> list[_Found]:
        """What the first way of matching finds that finds anything, per type."""
        found: list[_Found] = []
        for type in types:
            for written, how in self._ways(text, type):
                names = self._names(written, type)
                if type is EntityType.DRUG:
                    names = tuple(name for name in names if _fits_drug(name, how))
                if names:
                    found += [(name, _how(name, text, how)) for name in names]
                    break
        return found

    def _names(self, text: str, type: EntityType) -> tuple[Name, ...]:
        rows = self._lexicon.find(text, types=(type,))
        return unambiguous(row for row in rows if _case_fits(row, text))

    def _ways(self, text: str, type: EntityType) -> list[tuple[str, str]]:
        """The name as written, then other ways of writing it, likeliest first, each with its kind."""
        key = normalize(text)
        ways = [(text, "exact")]
        trimmed = self._trimmed(key, type)
        if type in _FALLBACK:
            ways += [(form, "plural") for form in singular_of(key)]
            if trimmed != key:
                ways.append((trimmed, "trimmed"))
                ways += [(form, "trimmed") for form in singular_of(trimmed)]
        elif trimmed != key:
            ways.append((trimmed, "trimmed"))
        if type is EntityType.DRUG:
            if ingredient := self._ingredient(trimmed):
                ways.append((ingredient, "salt"))
            ways += [(form, "class") for form in (f"{key}s", *singular_of(key))]
        return ways

    def _trimmed(self, key: str, type: EntityType) -> str:
        """``key`` without determiners and, for drugs, routes, forms and doses."""
        left = self._trims
        while True:
            shorter = key
            if type is EntityType.DRUG:
                shorter = _DOSE.sub("", shorter)
            for where, of, word in left:
                if of not in ("any", type.value):
                    continue
                if where == "leading" and shorter.startswith(word + " "):
                    shorter = shorter[len(word) + 1 :]
                elif where == "trailing" and shorter.endswith(" " + word):
                    shorter = shorter[: -len(word) - 1]
            if shorter == key or not shorter:
                return key
            key = shorter

    def _ingredient(self, key: str) -> str:
        """``key`` without the salt words at its end; "" where there are none, or an element is left."""
        left = key
        while " " in left and left.rpartition(" ")[2] in self._salts:
            left = left.rpartition(" ")[0]
        return "" if left == key or left in self._salts or left in self._elements else left

    @cached_property
    def _salts(self) -> frozenset[str]:
        return frozenset(
            row["word"] for row in read_table("salt_words") if row["kind"] != "element"
        )

    @cached_property
    def _elements(self) -> frozenset[str]:
        return frozenset(
            row["word"] for row in read_table("salt_words") if row["kind"] == "element"
        )

    @cached_property
    def _trims(self) -> tuple[tuple[str, str, str], ...]:
        return tuple((row["where"], row["type"], row["word"]) for row in read_table("trim"))

    @cached_property
    def _ambiguous(self) -> frozenset[str]:
        return frozenset(row["short"].upper() for row in read_table("ambiguous_abbreviations"))


def _fits_drug(name: Name, way: str) -> bool:
    """A salt must be of a drug's preferred name; a plural may only be of a class ("thiazides"), which
    DrugBank does not hold; what is trimmed must leave one drug.
    """
    single = name.concept.prefix != "MESH"
    match way:
        case "salt":
            return single and name.status is NameStatus.PREFERRED
        case "trimmed":
            return single
        case "class":
            return not single
        case _:
            return True


def _how(name: Name, text: str, way: str) -> str:
    if way == "class":
        return "plural"
    if way in ("salt", "trimmed", "plural"):
        return way
    if name.status is NameStatus.ABBREVIATION:
        return "abbreviation"
    if name.status is NameStatus.SALT:
        return "salt"
    return "exact" if name.text.casefold() == text.casefold() else "normalized"


def _case_fits(row: Name, text: str) -> bool:
    """Whether a name of up to three letters is written as the vocabulary writes it; up to two letters
    name too many things to be taken at all. Our own tables are exempt: they list what notes write.
    """
    size = len(normalize(text).replace(" ", ""))
    if size > 3 or row.type is EntityType.GENE or row.source.startswith("kgbuilder"):
        return True
    return size == 3 and (row.text == text or row.text.islower() or text.isupper())


def _candidates(found: Iterable[_Found]) -> tuple[Candidate, ...]:
    rows: dict[Curie, Candidate] = {}
    for name, how in found:
        if name.concept not in rows:
            rows[name.concept] = Candidate(
                name.concept, name.preferred, _SCORES[how] - len(rows) / 1000, name.text, how
            )
    return tuple(rows.values())


def _by_short_form(found: Sequence[Abbreviation]) -> dict[str, list[Abbreviation]]:
    rows: dict[str, list[Abbreviation]] = {}
    for abbreviation in found:
        rows.setdefault(abbreviation.short_text, []).append(abbreviation)
    return rows


def _long_form_of(mention: Mention, defined: dict[str, list[Abbreviation]]) -> str:
    """The long form that the document gave for ``mention``: the last before it, else the first; ""."""
    text = mention.text
    given = defined.get(text) or (defined.get(text[:-1]) if text.endswith("s") else None)
    if not given:
        return ""
    before = [a for a in given if a.short.start <= mention.span.start]
    return (before[-1] if before else given[0]).long_text
