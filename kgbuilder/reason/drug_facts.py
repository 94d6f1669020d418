"""What the shipped tables say of a drug, one frozen value a row, and each row as a statement.

The tables lie in ``tables/*.tsv`` so that a clinician can review them without reading code; the
column names there are the field names here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model import CuratedEvidence, Curie, How, Severity

__all__ = [
    "DirectFact",
    "EffectFact",
    "EnzymeFact",
    "ExposureFact",
    "Gene",
    "IndexFact",
    "Role",
    "Source",
    "TargetRole",
    "WarningFact",
    "is_recalled",
]


class Role(StrEnum):
    """What a drug has to do with an enzyme or a transporter."""

    INHIBITOR = "inhibitor"
    INDUCER = "inducer"
    SUBSTRATE = "substrate"
    PRODRUG = "prodrug"
    """A substrate that the enzyme turns into the active form: inhibition weakens, induction
    strengthens what the drug does."""
    NONE = "none"
    """A source states that the drug neither depends on enzymes and transporters nor changes them."""


class TargetRole(StrEnum):
    """What a drug does at a target, the narrower word first: a partial agonist is an agonist, and an
    agonist activates.
    """

    PARTIAL_AGONIST = "partial agonist"
    AGONIST = "agonist"
    ACTIVATOR = "activator"
    ANTAGONIST = "antagonist"


@dataclass(frozen=True, slots=True)
class Source:
    """A document: who published it, when, and the page or file at which it was opened.

    ``date`` and ``address`` are empty for general knowledge that was not looked up.
    """

    id: str
    document: str
    publisher: str
    date: str
    address: str


@dataclass(frozen=True, slots=True)
class Gene:
    """An enzyme or a transporter, and the identifiers by which imported statements may name it."""

    symbol: str
    id: Curie
    aliases: frozenset[str]
    kind: str


@dataclass(frozen=True, slots=True)
class EnzymeFact:
    """``drug`` is an inhibitor, inducer or substrate of ``gene``; ``strength`` as the source grades."""

    drug: Curie
    name: str
    gene: str
    role: Role
    strength: str
    evidence: CuratedEvidence


@dataclass(frozen=True, slots=True)
class EffectFact:
    """What a drug does to the body that another drug may add to or oppose; ``grade`` how much."""

    drug: Curie
    name: str
    effect: str
    grade: str
    evidence: CuratedEvidence


@dataclass(frozen=True, slots=True)
class IndexFact:
    """Whether small changes of exposure matter (``narrow`` therapeutic index)."""

    drug: Curie
    name: str
    narrow: bool
    evidence: CuratedEvidence


@dataclass(frozen=True, slots=True)
class ExposureFact:
    """What ``direction`` (``more`` or ``less``) of the drug's active form does, and what to do."""

    drug: Curie
    name: str
    direction: str
    consequence: str
    management: str
    evidence: CuratedEvidence


@dataclass(frozen=True, slots=True)
class DirectFact:
    """A source states that the two interact, and grades it."""

    drugs: tuple[Curie, Curie]
    names: tuple[str, str]
    severity: Severity
    mechanism: str
    effect: str
    management: str
    evidence: CuratedEvidence


@dataclass(frozen=True, slots=True)
class WarningFact:
    """A source on ``drug`` warns against every drug of a kind, and grades it.

    The kind: ``inhibitor`` or ``inducer`` (``role``) of all of these genes at once (``of``), or the
    one ``effect`` or ``class`` in ``of``. ``least`` is the strength or grade from which it is meant,
    ``*`` any. ``only`` is the use that it is limited to, "" for any.
    """

    drug: Curie
    name: str
    role: str
    of: tuple[str, ...]
    least: str
    severity: Severity
    effect: str
    management: str
    only: str
    evidence: CuratedEvidence

    @property
    def against(self) -> str:
        """The kind in the words of the table."""
        return f"{self.role} {' + '.join(self.of)}"


def is_recalled(evidence: CuratedEvidence) -> bool:
    """True for general knowledge that was not looked up."""
    return evidence.how is How.RECALLED
