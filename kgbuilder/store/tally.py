"""What an edge shows of its evidence, kept so that more can join without a look at all that is there.

What one source says on one side of a claim is one *event* (see ``model.belief``), and tallies of
different events add up. So a merge reads, of the evidence that is there, only what is of one event with
what comes. A tally is kept with its edge as ``tally``, where that and the edge's other properties say
all of it: not where a derivation counts, since derivations may share premises, nor where a text is shown
otherwise than it is. An edge without one, or with one in JSON, as earlier versions wrote them, is read
whole, and gets one when it changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgbuilder.model import DerivedEvidence, Evidence, Statement, TextEvidence, belief
from kgbuilder.model.belief import belief_of_weights, evidence_probability, weights_of
from kgbuilder.store.keys import shown

__all__ = ["EDGE_QUALIFIERS", "Tally"]

EDGE_QUALIFIERS = (
    "severity",
    "mechanism",
    "effect",
    "detail",
    "dose",
    "route",
    "frequency",
    "date",
    "reaction",
)
"""Qualifiers of the evidence that an edge shows; where sources differ, all values joined by BETWEEN."""
BETWEEN = " | "

Row = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class Tally:
    """What the evidence of one claim comes to."""

    n_support: int
    n_refute: int
    belief: float
    weights: tuple[int, int] | None
    """See ``weights_of``; None where a derivation counts."""
    best: tuple[bool, float, str] | None
    """Of the best sentence whether it supports, its probability and itself."""
    said: Mapping[str, frozenset[str]]
    """Values of qualifiers that the edge shows."""

    @classmethod
    def of(cls, statement: Statement) -> Tally:
        """The tally of a whole statement."""
        evidence = statement.evidence
        derived = DerivedEvidence in map(type, evidence)
        weights = None if derived else weights_of(evidence)
        n_refute = sum([item.refutes for item in evidence])
        return cls(
            len(evidence) - n_refute,
            n_refute,
            belief(statement) if weights is None else belief_of_weights(*weights),
            weights,
            _best(evidence),
            _said(evidence),
        )

    def after(self, held: Iterable[Evidence], wanted: Iterable[Evidence]) -> Tally:
        """The tally once ``held``, all that is there of some events, has become ``wanted``.

        Of ``held`` nothing goes: it may become surer, and more may join it. No derivation is among it.
        """
        held, wanted = tuple(held), tuple(wanted)
        if self.weights is None:
            raise ValueError("a derivation counts: make the tally of the whole statement")
        sides = zip(self.weights, weights_of(held), weights_of(wanted), strict=True)
        support, refutation = (kept - before + after for kept, before, after in sides)
        more = len(wanted) - len(held)
        n_refute = sum([e.refutes for e in wanted]) - sum([e.refutes for e in held])
        said = _said(wanted)
        return Tally(
            self.n_support + more - n_refute,
            self.n_refute + n_refute,
            belief_of_weights(support, refutation),
            (support, refutation),
            max(filter(None, (self.best, _best(wanted))), default=None),
            {
                name: self.said.get(name, frozenset()) | said.get(name, frozenset())
                for name in {*self.said, *said}
            },
        )

    def shown(self) -> Row:
        """As attributes: ``belief n_support n_refute quote`` and qualifiers."""
        row: Row = {
            "belief": self.belief,
            "n_support": self.n_support,
            "n_refute": self.n_refute,
            "quote": self.best[2] if self.best else "",
        }
        if self.said:
            for name in EDGE_QUALIFIERS:
                if name in self.said:
                    row[name] = BETWEEN.join(sorted(self.said[name]))
        return row

    def line(self) -> str:
        """What is kept beside what is shown; empty where both together would not say all."""
        if self.weights is None or not (self.best is None or _is_shown(self.best[2])):
            return ""
        for values in self.said.values():
            for text in values:
                if not text or BETWEEN in f" {text} " or not _is_shown(text):
                    return ""
        kept = f"{self.weights[0]} {self.weights[1]}"
        return f"{kept} {int(self.best[0])} {self.best[1]!r}" if self.best else kept

    @classmethod
    def from_properties(cls, row: Mapping[str, object]) -> Tally | None:
        """What an edge keeps, if it does. JSON, which earlier versions wrote, is as good as none."""
        kept = str(row.get("tally") or "")
        if not kept or kept.startswith("["):
            return None
        support, refutation, *best = kept.split()
        weights = int(support), int(refutation)
        return cls(
            int(str(row["n_support"])),
            int(str(row["n_refute"])),
            belief_of_weights(*weights),
            weights,
            (best[0] == "1", float(best[1]), str(row["quote"])) if best else None,
            {
                name: frozenset(str(row[name]).split(BETWEEN))
                for name in EDGE_QUALIFIERS
                if row.get(name) is not None
            },
        )


def _is_shown(text: str) -> bool:
    return text.isascii() or shown(text) == text


def _best(evidence: Iterable[Evidence]) -> tuple[bool, float, str] | None:
    """The most probable supporting sentence, else the most probable refuting one."""
    sentences = [
        (not e.refutes, evidence_probability(e), e.quote)
        for e in evidence
        if isinstance(e, TextEvidence)
    ]
    return max(sentences) if sentences else None


def _said(evidence: Iterable[Evidence]) -> dict[str, frozenset[str]]:
    said: dict[str, frozenset[str]] = {}
    for item in evidence:
        for name, value in () if item.refutes else item.qualifiers:
            if name in EDGE_QUALIFIERS:
                said[name] = said.get(name, _NOTHING) | {value}
    return said


_NOTHING: frozenset[str] = frozenset()
