"""What is answered about a patient: diagnoses with their reasons. Numbers are computed from the reasons,
never stored beside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload

from kgbuilder.model.curie import Curie
from kgbuilder.model.statement import Statement
from kgbuilder.model.waterfall import Bar, waterfall_svg

__all__ = [
    "Contribution",
    "Diagnosis",
    "Differential",
    "LabelGuess",
    "Match",
    "NextFinding",
    "RedFlag",
    "TextGuess",
    "WordPart",
]

TIE_RULE = "diseases of equal weight share the worst of their places"
NOTHING_THERE = "No finding is there: the order is that of how common the diseases are."
SHOWN_RED_FLAGS = 8
SHOWN_QUESTIONS = 5
SHOWN_LABELS = 3


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

    @property
    def sign(self) -> str:
        """``present`` or ``absent ``, of one width."""
        return "present" if self.present else "absent "


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A disease, how likely it was before (``prior``, in (0, 1)), and each finding's part.

    :param log_total: ln Σ exp(log_weight) over everything that was ranked, "none of these" among it, so
        that the posterior is over that and nothing else.
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
        """Probability in [0, 1] among what was ranked."""
        return min(1.0, math.exp(self.log_weight - self.log_total))

    @property
    def unexplained(self) -> tuple[Contribution, ...]:
        """The findings that are there and that this disease does not account for; those that another
        finding implies weigh nothing and are left out.
        """
        return tuple(
            c
            for c in self.contributions
            if c.present and c.log_ratio and c.match in (Match.UNEXPECTED, Match.EXCLUDED)
        )

    def explain(self) -> str:
        """The reasons as text, the weightiest finding first."""
        same = "".join(f", same as {id}" for id in self.same_as)
        lines = [f"{self.rank}. {self.name} ({self.disease}{same})  posterior {self.posterior:.3f}"]
        lines.append(f"   {math.log(self.prior):+6.2f}  before any finding")
        for c in self._by_weight():
            met = f" (annotated: {c.matched})" if c.matched and c.matched != c.finding else ""
            lines.append(f"   {c.log_ratio:+6.2f}  {c.sign} {c.name} ({c.finding}): {c.match}{met}")
        if self.unexplained:
            lines.append("           not explained: " + ", ".join(c.name for c in self.unexplained))
        return "\n".join(lines)

    def waterfall(self) -> str:
        """The reasons as an SVG drawing: from the prior, finding by finding, to the log weight."""
        bars = [Bar("before any finding", math.log(self.prior))]
        bars += [
            Bar(f"{c.sign.strip()} {c.name}: {c.match}", c.log_ratio) for c in self._by_weight()
        ]
        title = f"{self.name} ({self.disease}), posterior {self.posterior:.3f}"
        return waterfall_svg(title, bars, unit="nats")

    def _by_weight(self) -> list[Contribution]:
        return sorted(self.contributions, key=lambda c: (-abs(c.log_ratio), c.finding))


@dataclass(frozen=True, slots=True)
class NextFinding:
    """Something not asked or tested yet, and what an answer would be worth.

    :param kind: ``ask or examine``, or ``test``.
    :param probability: that the patient has it, in [0, 1], by the posteriors.
    :param expected_information: by how much the entropy of the posterior is expected to drop, in nats.
    :param favours: the ranked disease whose share of patients with it is largest.
    """

    finding: Curie
    name: str
    kind: str
    probability: float
    expected_information: float
    favours: str


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A dangerous disease that is not excluded.

    :param danger: ``emergency`` or ``serious``. :param because: the patient's findings that point to it.
    """

    disease: Curie
    name: str
    danger: str
    posterior: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordPart:
    """A word of the text, and what it added to the log odds of a label over the mean label, in nats."""

    text: str
    start: int
    end: int
    log_ratio: float


@dataclass(frozen=True, slots=True)
class LabelGuess:
    """A label of a classifier of texts with its probability in [0, 1].

    :param disease: the one disease known here that has this name; None where none or several do.
    """

    label: str
    probability: float
    disease: Curie | None


@dataclass(frozen=True, slots=True)
class TextGuess:
    """What a classifier that the user trained says of the text, beside the ranking.

    :param labels: the likeliest first. :param words: that spoke most for the first, the strongest first.
    """

    model: str
    labels: tuple[LabelGuess, ...]
    words: tuple[WordPart, ...]

    def explain(self) -> str:
        """The likeliest labels, and the words behind the first."""
        lines = [f"The classifier {self.model} says:"]
        for guess in self.labels[:SHOWN_LABELS]:
            meant = f" ({guess.disease})" if guess.disease else ""
            lines.append(f"   {guess.probability:.3f}  {guess.label}{meant}")
        told = ", ".join(f"{word.text} {word.log_ratio:+.2f}" for word in self.words)
        return "\n".join([*lines, f"   for the words (nats): {told}"] if told else lines)


@dataclass(frozen=True, slots=True)
class Differential(Sequence[Diagnosis]):
    """The answer to ``diagnose``: diagnoses, best first, and what was given but not understood.

    :param understood: measured values, and what each was taken for.
    :param known_diagnoses: what the record says that the patient has; ranked like the others.
    :param n_ranked: how many diseases were ranked.
    :param none_of_these: posterior in [0, 1] that it is none of them.
    :param next_findings: what to ask or test next, the most telling first.
    :param red_flags: dangerous diseases that are not excluded, emergencies first.
    :param guess: of a classifier, where one was asked.
    """

    diagnoses: tuple[Diagnosis, ...]
    not_understood: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    known_diagnoses: tuple[str, ...] = ()
    n_ranked: int = 0
    none_of_these: float = 0.0
    next_findings: tuple[NextFinding, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    guess: TextGuess | None = None

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
        lines.append(f"      {self.none_of_these:>9.3f}  none of the diseases ranked")
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
        is_there = any(c.present for d in self.diagnoses for c in d.contributions)
        return ("" if is_there else f"{NOTHING_THERE} ") + (
            f"A posterior is a share among the {self.n_ranked:,} diseases ranked here and none of these "
            f"({self.none_of_these:.3f}), and nothing else; {TIE_RULE}."
        )

    def explain(self) -> str:
        """Every diagnosis explained, dangers, what to ask next, and what was not understood."""
        text = "\n".join(diagnosis.explain() for diagnosis in self.diagnoses) or "no diagnosis"
        return text + self._aside()

    def _aside(self) -> str:
        lines = ["", *([self.guess.explain()] if self.guess else [])]
        lines += [self.caveat] if self.caveat else []
        if self.red_flags:
            lines.append("Red flags, not excluded yet:")
            lines += [
                f"   {flag.danger:<9}  {flag.name} ({flag.disease}), for {', '.join(flag.because)}"
                for flag in self.red_flags[:SHOWN_RED_FLAGS]
            ]
            more = len(self.red_flags) - SHOWN_RED_FLAGS
            lines += [f"   and {more} more"] if more > 0 else []
        if self.next_findings:
            lines.append("Ask or test next (expected drop of entropy, nats):")
            lines += [
                f"   {n.expected_information:.3f}  {n.kind}: {n.name} ({n.finding}), for {n.favours}"
                for n in self.next_findings[:SHOWN_QUESTIONS]
            ]
        if self.understood:
            lines.append("Measured: " + "; ".join(self.understood))
        if self.known_diagnoses:
            told = "; ".join(self.known_diagnoses)
            lines.append(f"Stated already, from which nothing is concluded: {told}")
        if self.not_understood:
            lines.append("Not understood: " + "; ".join(self.not_understood))
        return "\n".join(lines) if len(lines) > 1 else ""
