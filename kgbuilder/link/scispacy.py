"""scispaCy's parts in this house: its abbreviation detector, and its knowledge bases as a linker.

Its candidate generator ranks names by likeness (tf-idf over character 3-grams), which never is a
reason to call two things one. So a knowledge base is linked through :class:`LexiconLinker`, by its
names and under the house's rules, and what is merely alike can be asked for apart
(:meth:`ScispacyLinker.suggest`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from kgbuilder.errors import MissingExtra, UsageError
from kgbuilder.link.linker import LexiconLinker
from kgbuilder.model import Candidate, Curie, Document, EntityType, Mention, Span
from kgbuilder.ontology.abbreviations import Abbreviation
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus
from kgbuilder.ontology.normalize import normalize

__all__ = ["ScispacyAbbreviations", "ScispacyLinker", "names_of"]


class ScispacyAbbreviations:
    """``find_abbreviations`` by scispaCy's ``AbbreviationDetector``, for the ``abbreviations`` of
    :class:`LexiconLinker`.

    It keeps one definition per short and per long form, and looks at round brackets only.

    :param nlp: a pipeline whose tokens are used; a blank English one where None.
    :raises MissingExtra: without scispaCy.
    """

    def __init__(self, nlp: Any = None) -> None:
        try:
            from scispacy.abbreviation import AbbreviationDetector
        except ImportError:
            raise MissingExtra.of(
                "scispacy", extra="scispacy", needed_for="scispaCy's abbreviation detector"
            ) from None
        import spacy

        self._nlp = nlp if nlp is not None else spacy.blank("en")
        self._detector = AbbreviationDetector(self._nlp)

    def __call__(self, text: str) -> tuple[Abbreviation, ...]:
        """The definitions in ``text``, in text order: each short form where it is defined."""
        if not text.strip():
            return ()
        doc = self._detector(self._nlp.make_doc(text))
        nearest: dict[tuple[str, Span], tuple[int, Abbreviation]] = {}
        for found in doc._.abbreviations:
            short = Span(found.start_char, found.end_char)
            long = Span(found._.long_form.start_char, found._.long_form.end_char)
            # Every later use of the short form is found too; the definition stands beside the long form.
            distance = max(short.start - long.end, long.start - short.end)
            abbreviation = Abbreviation(short, found.text, long, found._.long_form.text)
            key = (found.text, long)
            if key not in nearest or distance < nearest[key][0]:
                nearest[key] = (distance, abbreviation)
        return tuple(sorted((a for _, a in nearest.values()), key=lambda a: a.short))


def names_of(
    knowledge_base: Any,
    *,
    types: EntityType | Mapping[str, EntityType],
    prefix: str,
    source: str,
    version: str,
) -> Iterator[Name]:
    """The names of a scispaCy ``KnowledgeBase``.

    :param types: the type of all its concepts, or that of each of its own type codes (for UMLS:
        ``T047`` ...); a concept whose codes are not in the map is left out, and one with codes of
        several types comes under each.
    :param prefix: of the identifiers, where the knowledge base states bare ids (``UMLS``, ``MESH``).
    :param source: :param version: of the knowledge base, as candidates and the lexicon cite it.
    """
    for id, entity in knowledge_base.cui_to_entity.items():
        concept = Curie.parse(id) if ":" in id else Curie(prefix, id)
        stated = (
            [types]
            if isinstance(types, EntityType)
            else dict.fromkeys(types[code] for code in entity.types if code in types)
        )
        for type in stated:
            for text in dict.fromkeys((entity.canonical_name, *entity.aliases)):
                status = (
                    NameStatus.PREFERRED if text == entity.canonical_name else NameStatus.SYNONYM
                )
                yield Name(text, concept, entity.canonical_name, type, status, source, version)


class ScispacyLinker:
    """A :class:`kgbuilder.protocols.Linker` over the knowledge base of a scispaCy candidate generator.

    :param candidate_generator: a ``CandidateGenerator`` (an ``EntityLinker`` holds one).
    :param types: :param prefix: :param source: :param version: as :func:`names_of` takes them.
    :param k: names that are compared for one suggestion.
    :param threshold: similarity in [0, 1] below which nothing is suggested; scispaCy's own default.
    :raises UsageError: when the knowledge base has no concept of these types.
    """

    def __init__(
        self,
        candidate_generator: Any,
        *,
        types: EntityType | Mapping[str, EntityType],
        prefix: str,
        source: str,
        version: str,
        k: int = 30,
        threshold: float = 0.7,
    ) -> None:
        self._generator = candidate_generator
        self._k, self._threshold = k, threshold
        self._names = Names(
            names_of(
                candidate_generator.kb, types=types, prefix=prefix, source=source, version=version
            )
        )
        self._prefix = prefix
        if not self._names.types:
            raise UsageError(
                "the knowledge base has no concept of these types",
                hint="types is one type for all concepts, or maps the knowledge base's own type codes",
            )
        self._linker = LexiconLinker(Lexicon((self._names,)))

    def link(self, document: Document, mentions: Sequence[Mention]) -> list[tuple[Candidate, ...]]:
        """Candidates whose name is the mention's, up to normalization; likeness never links."""
        return self._linker.link(document, mentions)

    def suggest(self, text: str, type: EntityType) -> tuple[Candidate, ...]:
        """Concepts of ``type`` with a name like ``text``, likeliest first, for a person to choose from.

        ``score`` is the cosine similarity of the nearest name; ``matched_by`` is ``similarity``, so
        that nobody takes one for an identity. Those whose name is ``text`` itself are not among them.
        """
        if not text.strip():
            return ()
        (found,) = self._generator([text], self._k)
        suggested: list[Candidate] = []
        for candidate in found:
            concept = self._concept_of(candidate.concept_id, type)
            score, alias = max(zip(candidate.similarities, candidate.aliases, strict=True))
            if concept is None or score < self._threshold:
                continue
            if any(normalize(name) == normalize(text) for name in candidate.aliases):
                continue
            score = min(1.0, max(0.0, float(score)))
            suggested.append(
                Candidate(concept.concept, concept.preferred, score, alias, "similarity")
            )
        return tuple(sorted(suggested, key=lambda c: (-c.score, c.concept)))

    def _concept_of(self, id: str, type: EntityType) -> Name | None:
        concept = Curie.parse(id) if ":" in id else Curie(self._prefix, id)
        return self._first_names.get((concept, type))

    @cached_property
    def _first_names(self) -> dict[tuple[Curie, EntityType], Name]:
        first: dict[tuple[Curie, EntityType], Name] = {}
        for name in self._names:
            first.setdefault((name.concept, name.type), name)
        return first
