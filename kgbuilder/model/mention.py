"""What is found in a sentence: mention, how it is meant, what it may be, and the three together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model.concept import EntityType
from kgbuilder.model.curie import Curie
from kgbuilder.model.text import Span

__all__ = [
    "Assertion",
    "Candidate",
    "Certainty",
    "Experiencer",
    "Finding",
    "Mention",
    "Polarity",
    "Temporality",
]


class Polarity(StrEnum):
    """Is it said to be there?"""

    AFFIRMED = "affirmed"
    NEGATED = "negated"


class Certainty(StrEnum):
    """How sure is the writer? ``hypothetical``: only if something happens ("return if fever")."""

    CERTAIN = "certain"
    UNCERTAIN = "uncertain"
    HYPOTHETICAL = "hypothetical"


class Temporality(StrEnum):
    """When?"""

    CURRENT = "current"
    HISTORICAL = "historical"
    PLANNED = "planned"


class Experiencer(StrEnum):
    """Who has it?"""

    PATIENT = "patient"
    FAMILY = "family"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text. ``score`` is in [0, 1] and orders mentions of one recognizer only."""

    document_id: str
    span: Span
    text: str
    type: EntityType
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Assertion:
    """How a finding is meant; ``cues`` are the words that say so, in document offsets."""

    polarity: Polarity = Polarity.AFFIRMED
    certainty: Certainty = Certainty.CERTAIN
    temporality: Temporality = Temporality.CURRENT
    experiencer: Experiencer = Experiencer.PATIENT
    cues: tuple[Span, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True for what this patient has now, for sure: nothing else may count as a fact."""
        return self.without_cues() == Assertion()

    def without_cues(self) -> Assertion:
        """The four values alone, as an edge of the graph carries them."""
        return Assertion(self.polarity, self.certainty, self.temporality, self.experiencer)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept a mention may stand for.

    :param name: the concept's preferred name.
    :param score: in [0, 1]; order only.
    :param matched_name: the vocabulary's name that matched.
    :param matched_by: how: ``exact``, ``normalized``, ``abbreviation``, ``salt``, ...
    """

    concept: Curie
    name: str
    score: float
    matched_name: str
    matched_by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A mention with its assertion and its concept: the only thing that can be related.

    :param concept: of a vocabulary, or :func:`kgbuilder.model.unlinked_id`.
    :param name: the concept's preferred name; the mention's text where unlinked.
    :param section: kind of the section it stands in.
    :param matched_by: how the concept was found; empty where unlinked.
    """

    mention: Mention
    assertion: Assertion
    concept: Curie
    name: str
    section: str | None = None
    matched_by: str = ""

    def may_state(self, kind: str, *, denied: bool = False) -> bool:
        """Whether a relation of this finding may be told as a fact. In a note only what the patient has
        now, for sure. In a paper, which speaks of things in general, time and doubt do not count:
        "raises the risk of stroke" and "the hepatitis resolved after its withdrawal" say what it causes.

        :param kind: of the document. :param denied: the relation is, and may be by "no bleeding".
        """
        meant = self.assertion
        polarity = Polarity.AFFIRMED if denied else meant.polarity
        if kind == "paper":
            return Assertion(polarity, experiencer=meant.experiencer).is_plain
        return Assertion(polarity, meant.certainty, meant.temporality, meant.experiencer).is_plain
