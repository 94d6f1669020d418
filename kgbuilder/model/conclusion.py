"""What is answered: interactions and diagnoses. Numbers are computed from the reasons, never stored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload

from kgbuilder.model.belief import belief_in_any
from kgbuilder.model.curie import Curie
from kgbuilder.model.statement import Statement

__all__ = [
    "Contribution",
    "Diagnosis",
    "Differential",
    "DrugAnswer",
    "Interaction",
    "InteractionReport",
    "Match",
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


class Match(StrEnum):
    """How a finding meets what is known of a disease."""

    EXACT = "exact"
    MORE_GENERAL = "more general"
    MORE_SPECIFIC = "more specific"
    SAME_BRANCH = "same branch"
    UNEXPECTED = "unexpected"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one finding adds: ``log_ratio`` is ln(P(finding | disease) / P(finding | other)), in nats.

    :param finding: the patient's phenotype. :param present: False for "not there".
    :param matched: the disease's annotation that it met, None where unexpected.
    :param evidence: the annotations behind it, as statements.
    """

    finding: Curie
    name: str
    present: bool
    match: Match
    matched: Curie | None
    log_ratio: float
    evidence: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A disease, how likely it was before (``prior``, in (0, 1)), and each finding's part.

    :param log_total: ln Σ exp(log_weight) over every disease that was ranked, so that the posterior is
        over the diseases known here and nothing else.
    :param rank: 1-based; diseases of equal weight share the worst of their places.
    :param same_as: the same disease in other identifier spaces, by stated mappings.
    """

    disease: Curie
    name: str
    prior: float
    contributions: tuple[Contribution, ...]
    log_total: float
    rank: int
    same_as: tuple[Curie, ...] = ()

    @property
    def log_weight(self) -> float:
        """ln(prior) + Σ log ratios, in nats."""
        return math.log(self.prior) + math.fsum(c.log_ratio for c in self.contributions)

    @property
    def posterior(self) -> float:
        """Probability in [0, 1] among the diseases that were ranked."""
        return min(1.0, math.exp(self.log_weight - self.log_total))

    def explain(self) -> str:
        """The reasons as text, the weightiest finding first."""
        lines = [f"{self.rank}. {self.name} ({self.disease})  posterior {self.posterior:.3f}"]
        for c in sorted(self.contributions, key=lambda c: (-abs(c.log_ratio), c.finding)):
            sign = "present" if c.present else "absent "
            met = f" (annotated: {c.matched})" if c.matched and c.matched != c.finding else ""
            lines.append(f"   {c.log_ratio:+6.2f}  {sign} {c.name} ({c.finding}): {c.match}{met}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Differential(Sequence[Diagnosis]):
    """The answer to ``diagnose``: diagnoses, best first, and what was given but not understood."""

    diagnoses: tuple[Diagnosis, ...]
    not_understood: tuple[str, ...] = ()
    n_ranked: int = 0

    @overload
    def __getitem__(self, index: int) -> Diagnosis: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Diagnosis, ...]: ...
    def __getitem__(self, index: int | slice) -> Diagnosis | tuple[Diagnosis, ...]:
        return self.diagnoses[index]

    def __len__(self) -> int:
        return len(self.diagnoses)

    def table(self) -> str:
        """A line per diagnosis, then a line per finding with its part (nats) in each of them."""
        if not self.diagnoses:
            return "no diagnosis" + self._aside()
        lines = ["rank  posterior  disease"]
        lines += [
            f"{d.rank:>4}  {d.posterior:>9.3f}  {d.name} ({d.disease})" for d in self.diagnoses
        ]
        parts: dict[tuple[bool, Curie, str], list[str]] = {}
        for place, diagnosis in enumerate(self.diagnoses):
            for c in diagnosis.contributions:
                row = parts.setdefault((not c.present, c.finding, c.name), [""] * len(self))
                row[place] = f"{c.log_ratio:+.2f}"
        heads = "".join(f"[{place}]".rjust(7) for place in range(1, len(self) + 1))
        lines += ["", "        finding (nats)".ljust(50) + heads]
        for (is_absent, finding, name), row in sorted(parts.items()):
            sign = "absent " if is_absent else "present"
            label = f"{sign} {name[:28]} ({finding})"
            lines.append(f"{label:<50}" + "".join(f"{cell:>7}" for cell in row))
        return "\n".join(lines) + self._aside()

    @property
    def caveat(self) -> str:
        """What a posterior is over; said with every answer. Empty where there is no diagnosis."""
        if not self.diagnoses:
            return ""
        return (
            f"A posterior is a share among the {self.n_ranked:,} diseases ranked here and nothing else: "
            "a disease that is not among them, as most common ones, has none."
        )

    def _aside(self) -> str:
        said = f"\n{self.caveat}" if self.caveat else ""
        if self.not_understood:
            said += "\nNot understood: " + "; ".join(self.not_understood)
        return said

    def explain(self) -> str:
        """Every diagnosis explained, what a posterior is over, and what was not understood."""
        text = "\n".join(diagnosis.explain() for diagnosis in self.diagnoses) or "no diagnosis"
        return text + self._aside()
