"""Linking by name: exact, by a stated rule or table, the document's own abbreviations and context.

Nothing is linked because it looks like something; a name the lexicon lacks, or that names two things,
stays unlinked. How a name matched is told with each candidate (``matched_by``):

| kind         | the name was found                                                              |
|--------------|---------------------------------------------------------------------------------|
| exact, normalized | as written, up to case, spelling, hyphens, Greek letters, Roman numerals   |
| plural, turned, variant, adjective | by a rule that keeps the meaning (``kgbuilder.ontology.ways``) |
| trimmed, salt | without determiners, a drug's dose and route; without its salt                 |
| abbreviation | as a vocabulary's short form, or as the document itself defines it, or else as  |
|              | the only mention of its type in the document whose initials it is               |
| context      | as the sense that the document speaks of: of an ambiguous short form, or of a   |
|              | condition that the document says a drug induced                                 |
| corpus       | as annotators of a training corpus filed it (``tables/corpus_names.tsv``)       |
| paraphrase   | as we wrote from memory that authors call it (``tables/paraphrases.tsv``)       |
| broader      | without a word such as "severe", or "left" where no vocabulary tells the sides  |
|              | apart: the concept is broader than the mention                                  |
|              | (or as HPO's entry of the mention's term, or of its parent, refers to it)       |
| part         | as one of the names that a coordination joins, or a compound of two conditions, |
|              | of which the one that says what it is goes first                                |
| same_as      | not at all: a stated mapping joins it to the candidate before                   |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from kgbuilder.link.induced import Induced, put_induced
from kgbuilder.link.senses import Senses
from kgbuilder.link.short_forms import by_short_form, long_form_among, long_form_of, spelled_out
from kgbuilder.model import IDENTIFIER_SPACES, Candidate, Curie, Document, EntityType, Mention
from kgbuilder.ontology.abbreviations import Abbreviation, find_abbreviations, match_long_form
from kgbuilder.ontology.lexicon import Lexicon, Name, NameStatus, unambiguous
from kgbuilder.ontology.mappings import SameAs, stated_same_as
from kgbuilder.ontology.normalize import is_acronym, normalize
from kgbuilder.ontology.vocabularies import read_table
from kgbuilder.ontology.ways import CONDITIONS, Way, Ways, fits_drug

__all__ = ["LexiconLinker"]

_FALLBACK = {
    EntityType.DISEASE: EntityType.PHENOTYPE,
    EntityType.PHENOTYPE: EntityType.DISEASE,
}
"""A sign may be named only as a disease, and a disease only as a phenotype: tried after its own type."""

_SCORES = {
    "exact": 1.0, "normalized": 0.98, "plural": 0.95, "turned": 0.93, "variant": 0.91,
    "abbreviation": 0.9, "adjective": 0.88, "salt": 0.85, "corpus": 0.83, "paraphrase": 0.82,
    "trimmed": 0.8, "context": 0.7, "broader": 0.6, "part": 0.5, "same_as": 0.99,
}  # fmt: skip
"""Order of trust in how a name matched; not a probability."""

_REMEMBERED = 20_000
"""Names whose meaning is kept: documents of one field name the same things. Some 30 MB when full."""

_WAITING = ("corpus", "paraphrase")
"""What no vocabulary says of a condition: taken when no way of writing leads to a vocabulary's name.
So the names of their sources begin.
"""

_LOOSE = frozenset({"broader", *_WAITING})
"""Ways of matching that are not enough for a piece of a name."""

_SIDED = re.compile(r"(left|right)(?:-sided)? +(\S.*)", re.IGNORECASE | re.DOTALL)

_Found = tuple[Name, str]
"""A name of the lexicon, and how it matched."""


_EMPTY_WORDS = frozenset(
    "unspecified other not elsewhere classified specified disease disorder of the and".split()  # noqa: SIM905
)
_SYMBOL = 4
"""Letters of a gene's symbol that is hardly another thing's short form, too."""
_NUMBERS = re.compile(r"\d+")


class LexiconLinker:
    """A :class:`kgbuilder.protocols.Linker` over the names of ``lexicon``.

    :param abbreviations: finds what a document defines; scispaCy's detector fits too
        (:class:`kgbuilder.link.scispacy.ScispacyAbbreviations`).
    :param same_as: stated mappings; None: those that ship.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        *,
        abbreviations: Callable[[str], Sequence[Abbreviation]] = find_abbreviations,
        same_as: SameAs | None = None,
    ) -> None:
        self._lexicon = lexicon
        self._abbreviations = abbreviations
        self._given_same_as = same_as
        self._ways = Ways()
        self._senses = Senses()
        self._induced = Induced()
        self._whole = lru_cache(maxsize=_REMEMBERED)(self._looked_up)

    def link(self, document: Document, mentions: Sequence[Mention]) -> list[tuple[Candidate, ...]]:
        """Candidates per mention: its own type first, then identifier spaces in the house's order, then
        what is stated to be the same in further spaces. Those of a coordination are its parts.
        """
        found = self._abbreviations(document.text)
        defined = by_short_form(found)
        short_of = {one.long_text: one.short_text for one in found}
        induced = self._induced.find(
            document.text, lambda name, of: self._whole(spelled_out(name, defined), of)
        )
        undefined: dict[tuple[str, EntityType], str] = {}
        done: dict[tuple[str, EntityType, str], tuple[Candidate, ...]] = {}
        rows: list[tuple[Candidate, ...]] = []
        by_sense: dict[tuple[str, EntityType], list[int]] = {}
        for mention in mentions:
            long_form = long_form_of(mention, defined)
            if not long_form:
                short = mention.text, mention.type
                if short not in undefined:  # all mentions are gone through, so once for each
                    known = bool(self._whole(mention.text, mention.type))
                    undefined[short] = long_form_among(mention, mentions, by_initials=known)
                long_form = undefined[short]
            if not long_form and self._senses.is_ambiguous(mention.text):
                rows.append(self._by_context(document, mention))
                by_sense.setdefault((mention.text, mention.type), []).append(len(rows) - 1)
                continue
            key = (mention.text, mention.type, long_form)
            if key not in done:
                linked = self._link(mention.text, mention.type, long_form)
                if not linked and mention.text in short_of:
                    linked = self._link(short_of[mention.text], mention.type, mention.text)
                done[key] = put_induced(linked, induced)
            rows.append(done[key])
        for places in by_sense.values():
            senses = {rows[place] for place in places if rows[place]}
            if len(senses) == 1:  # one sense per discourse, where the text decides any place
                (sense,) = senses
                for place in places:
                    rows[place] = sense
        return rows

    def candidates(self, text: str, type: EntityType) -> tuple[Candidate, ...]:
        """Candidates for a name that stands alone, such as one that a user typed."""
        return self._link(text, type, "")

    def _link(self, text: str, type: EntityType, long_form: str) -> tuple[Candidate, ...]:
        if long_form:
            # What the document says it means; else nothing: a guess might be another thing.
            found = [(name, _in_short(how)) for name, how in self._whole(long_form, type)]
            if not found and text != long_form and self._is_its_own(text, type, long_form):
                found = list(self._whole(text, type))
            return _candidates(found or self._parts(long_form, type))
        if self._senses.is_ambiguous(text):
            return ()
        return _candidates(
            self._whole(text, type) or self._parts(text, type) or self._without_side(text, type)
        )

    def _is_its_own(self, text: str, type: EntityType, long_form: str) -> bool:
        """Whether a short form whose long form no vocabulary holds may be looked up by itself: a gene's
        own symbol that has the number of its long form ("Toll-like receptor 4 (TLR4)") or four letters
        ("fatty acid synthase (FASN)"; of three, CAT and APC are more often something else), or the
        short form of a long one that joins several names ("MELAS").
        """
        if self._senses.is_ambiguous(text):
            return False
        if type is EntityType.GENE:
            (number, *more) = _NUMBERS.findall(text) or ("",)
            if not number:
                own = [name.status for name in self._names(text, type)]
                return len(text) >= _SYMBOL and text.isupper() and own == [NameStatus.PREFERRED]
            return not more and number in _NUMBERS.findall(long_form)
        return type in CONDITIONS and bool(self._parts(long_form, type))

    def _without_side(self, text: str, type: EntityType) -> list[_Found]:
        """What "left optic neuritis" is on any side; nothing where a vocabulary tells sides apart."""
        sided = _SIDED.match(text) if type in CONDITIONS else None
        if sided is None:
            return []
        other = "right" if sided[1].lower() == "left" else "left"
        if self._whole(f"{other} {sided[2]}", type):
            return []
        return [(name, "broader") for name, _ in self._whole(sided[2], type)]

    def _by_context(self, document: Document, mention: Mention) -> tuple[Candidate, ...]:
        """The concept of the sense of an ambiguous short form that the text around it speaks of."""
        sense = self._senses.find(document.text, mention)
        if sense is None:
            return ()
        return _candidates((name, "context") for name, _ in self._whole(sense, mention.type))

    def _looked_up(self, text: str, type: EntityType) -> tuple[_Found, ...]:
        """What the name as a whole names: by the strict ways, else by the loose ones; and what is
        stated to be the same. Asked as ``_whole``, which remembers.
        """
        types = (type, _FALLBACK[type]) if type in _FALLBACK else (type,)
        found = self._first(text, types, self._ways.strict, [])
        for ways in (self._ways.reordered, self._ways.loose):
            if not found or (type in CONDITIONS and not _in_mesh(found)):
                found = self._first(text, types, ways, found)
        if (
            type is EntityType.DRUG
            and found
            and all(name.concept.prefix == "MESH" for name, _ in found)
        ):
            # MeSH has descriptors for salts; the ingredient in the house's first space goes before.
            found = [*self._first(text, types, self._ways.salts, []), *found]
        return tuple(self._with_filed(self._with_same(self._without_strangers(found), type)))

    def _parts(self, text: str, type: EntityType) -> list[_Found]:
        """The names that ``text`` joins; all or nothing."""
        for reading in self._ways.parts(text, type):
            pieces = [self._whole(piece, type) for piece in reading]
            if all(pieces):
                return [(name, "part") for found in pieces for name, _ in found]
        for reading in self._ways.compound(text, type):
            pieces = [self._whole(piece, type) for piece in reading]
            if all(found and found[0][1] not in _LOOSE for found in pieces):
                return [(name, "part") for found in pieces for name, _ in found]
        return []

    def _first(
        self,
        text: str,
        types: tuple[EntityType, ...],
        ways: Callable[[str, EntityType], Iterable[Way]],
        before: Sequence[_Found],
    ) -> list[_Found]:
        """``before``, and per type what the first way of matching finds that finds anything. For a
        condition further ways go on, in spaces that lack a name, until one finds it in MeSH: papers are
        indexed by it, while HPO and ICD-10 may hold a name that it writes otherwise. What annotators
        filed, and paraphrases, come when no way leads to a name of a vocabulary ("brain injury": the
        singular of one).
        """
        found = list(before)
        coded: list[_Found] = []
        for type in types:
            waiting = _WAITING if type in CONDITIONS else ()
            filed: list[_Found] = []
            for written, how in ways(text, type):
                held = {name.concept.prefix for name, _ in found}
                names = self._names(written, type)
                if type is EntityType.DRUG:
                    names = tuple(name for name in names if fits_drug(name, how))
                names = tuple(name for name in names if name.concept.prefix not in held)
                coded = coded or [
                    (name, "broader")
                    for name in names
                    if _is_coded_there(name) and _says_no_more(name.preferred, text)
                ]
                names = tuple(name for name in names if not _is_coded_there(name))
                told = [(name, _how(name, text, how)) for name in names]
                filed = filed or [(name, how) for name, how in told if how in waiting]
                stated = [(name, how) for name, how in told if how not in waiting]
                found += stated
                if stated and (type not in CONDITIONS or _in_mesh(found)):
                    break
            else:
                held = {name.concept.prefix for name, _ in found}
                found += [(name, how) for name, how in filed if name.concept.prefix not in held]
        held = {name.concept.prefix for name, _ in found}
        return [*found, *(row for row in coded if row[0].concept.prefix not in held)]

    def _names(self, text: str, type: EntityType) -> tuple[Name, ...]:
        rows = self._lexicon.find(text, types=(type,))
        return unambiguous(row for row in rows if _case_fits(row, text))

    def _with_same(self, found: list[_Found], type: EntityType) -> list[_Found]:
        """``found``, and what stated mappings join to it in spaces that it lacks: before it where the
        house prefers that space for ``type``, else at the end, as what is joined to a broader name.
        """
        spaces = IDENTIFIER_SPACES.get(type, ())
        held = {name.concept.prefix for name, _ in found}
        first: list[_Found] = []
        last: list[_Found] = []
        for name, how in found:
            for other in self._same_as.of(name.concept):
                if other.prefix in held:
                    continue
                held.add(other.prefix)
                preferred = self._same_as.name_of(other)
                same = replace(name, concept=other, preferred=preferred)
                ahead = other.prefix in spaces and (
                    name.concept.prefix not in spaces
                    or spaces.index(other.prefix) < spaces.index(name.concept.prefix)
                )
                if how == "broader":
                    last.append((same, how))
                else:
                    (first if ahead else last).append((same, "same_as"))
        return [*first, *found, *last]

    def _with_filed(self, found: list[_Found]) -> list[_Found]:
        """``found``, and where no name led to MeSH, the descriptor that HPO's entry refers to."""
        if _in_mesh(found):
            return found
        referred = [
            (replace(name, concept=concept, preferred=preferred), "broader")
            for name, _ in found
            for concept, preferred in self._filed.get(name.concept, ())
        ]
        return [*found, *referred]

    def _without_strangers(self, found: list[_Found]) -> list[_Found]:
        """The look-alike veto: ``found`` without a concept that only lists the name among others, where
        the name is another concept's own and stated mappings give the first a different partner in
        that one's space. MeSH files escitalopram under Citalopram; DrugBank tells the two apart. What
        annotators filed is exempt: it says ``corpus`` of itself.
        """
        own = {name.concept for name, _ in found if name.status is NameStatus.PREFERRED}
        if not own or len(found) < 2:
            return found
        kept = []
        for name, how in found:
            exempt = name.concept in own or name.source.startswith("corpus")
            partners = () if exempt else self._same_as.of(name.concept)
            spaces = {partner.prefix for partner in partners}
            if not any(c.prefix in spaces and c not in partners for c in own):
                kept.append((name, how))
        return kept

    @cached_property
    def _filed(self) -> dict[Curie, list[tuple[Curie, str]]]:
        rows: dict[Curie, list[tuple[Curie, str]]] = {}
        for row in read_table("filed_phenotypes"):
            subject, object = Curie.parse(row["subject"]), Curie.parse(row["object"])
            rows.setdefault(subject, []).append((object, row["object_name"]))
        return {subject: objects for subject, objects in rows.items() if len(objects) == 1}

    @cached_property
    def _same_as(self) -> SameAs:
        return self._given_same_as or stated_same_as()


def _in_mesh(found: Iterable[_Found]) -> bool:
    return any(name.concept.prefix == "MESH" for name, _ in found)


def _in_short(how: str) -> str:
    """How the short form of a name matched that matched so."""
    return how if how in ("broader", "same_as") else "abbreviation"


def _is_coded_there(name: Name) -> bool:
    """An inclusion term of ICD-10 is no other name of the code: under autistic disorder, F84.0, the
    whole spectrum is coded. But a short form of the title is one ("PRES").
    """
    if is_acronym(name.text) and match_long_form(name.text, name.preferred) is not None:
        return False
    by_icd = name.concept.prefix == "ICD10CM" and not name.source.startswith("kgbuilder")
    return by_icd and name.status is not NameStatus.PREFERRED


def _says_no_more(preferred: str, text: str) -> bool:
    """Whether ``text`` has each word of a code's title, but for those that say nothing."""
    words = set(normalize(preferred).split()) - _EMPTY_WORDS
    return words <= set(normalize(text).split())


def _how(name: Name, text: str, way: str) -> str:
    if way == "class":
        return "plural"
    if way != "exact":
        return way
    if name.source.startswith(_WAITING):
        return name.source.partition(" ")[0]
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
    """Each concept once, in order; a score is never above the one before."""
    rows: dict[Curie, Candidate] = {}
    ceiling = 1.0
    for name, how in found:
        if name.concept not in rows:
            score = min(ceiling, _SCORES[how])
            ceiling = max(0.0, score - 0.001)
            rows[name.concept] = Candidate(name.concept, name.preferred, score, name.text, how)
    return tuple(rows.values())
