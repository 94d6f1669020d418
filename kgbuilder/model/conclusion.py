"""What is answered about drugs. Numbers are computed from the reasons, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model.belief import belief_in_any
from kgbuilder.model.curie import Curie
from kgbuilder.model.statement import Statement

__all__ = [
    "DrugAnswer",
    "Interaction",
    "InteractionReport",
    "NoneKnown",
    "NotChecked",
    "Severity",
]


class Severity(StrEnum):
    """Our grade; ``unknown`` when no source and no rule grades it. Never guessed."""

    CONTRAINDICATED = "contraindicated"
    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DrugAnswer:
    """What a given name was taken for; ``id`` is None when no vocabulary holds it."""

    input: str
    name: str | None
    id: Curie | None


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two drugs that interact, and why.

    :param drugs: perpetrator first where the mechanism has one, else by id.
    :param mechanism: text from a template over the facts, "" where no source states one.
    :param because: the statements it rests on; ``belief`` is computed from them.
    """

    drugs: tuple[Curie, Curie]
    names: tuple[str, str]
    severity: Severity
    mechanism: str
    effect: str
    management: str
    because: tuple[Statement, ...]

    @property
    def belief(self) -> float:
        """That at least one of the statements holds: each alone would say that the two interact."""
        return belief_in_any(self.because)


@dataclass(frozen=True, slots=True)
class NoneKnown:
    """Both drugs are covered, and nothing was found in ``compared`` (sources with versions)."""

    drugs: tuple[str, str]
    compared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Nothing can be said about this pair: ``which`` of the two is not covered, and ``why``."""

    drugs: tuple[str, str]
    which: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class InteractionReport:
    """The answer to ``check_interactions``: every pair is in exactly one of the three lists."""

    drugs: tuple[DrugAnswer, ...]
    interactions: tuple[Interaction, ...]
    none_known: tuple[NoneKnown, ...]
    not_checked: tuple[NotChecked, ...]
