"""What a note tells beside findings that points to a disease: exposures, how it began, who else is ill.

"Needle marks", "a gas heater", "better outdoors" are no findings of the HPO; the table
``circumstances.tsv`` says which diseases they make likelier, and how much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from kgbuilder.errors import FormatError
from kgbuilder.model import (
    Assertion,
    Certainty,
    Contribution,
    Curie,
    Experiencer,
    Match,
    Mention,
    Polarity,
    Sentence,
    Statement,
    Temporality,
    Triple,
    predicate_of,
)
from kgbuilder.reason.needed_words import folded_for
from kgbuilder.reason.phenotype_model import Floats
from kgbuilder.reason.shipped_tables import evidence_of, shipped_rows
from kgbuilder.reason.word_patterns import WordPattern, mention_at, word_pattern

__all__ = [
    "STRENGTHS",
    "Circumstances",
    "circumstance_mentions",
    "circumstances_among",
    "told_of_patient",
]

STRENGTHS: dict[str, float] = {"strong": 30.0, "moderate": 8.0, "weak": 3.0}
"""How much likelier it is told of who has the disease than of others who ask: priors of ours."""

_MOST = math.log(100.0)
"""Nats that all circumstances of a disease may add up to: they go together."""

_COLUMNS = (
    "what", "pattern", "whose", "disease", "disease_name", "strength", "red_flag", "source", "how",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of circumstances.tsv.

    :param anyone: it counts whoever it is told of. :param flag: alone a reason to rule the disease out.
    """

    what: str
    pattern: WordPattern
    anyone: bool
    disease: Curie
    log_ratio: float
    flag: bool
    statement: Statement

    @property
    def concept(self) -> Curie:
        """Of what is told."""
        return self.statement.triple.subject


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What is told, as evidence.

    :param log_ratios: (D,) in nats. :param because: per disease what is told, with its part.
    :param flagged: the diseases of which something told is a red flag, with what.
    """

    log_ratios: Floats
    because: Mapping[int, tuple[Contribution, ...]]
    flagged: Mapping[Curie, tuple[str, ...]]

    def contributions(self, disease: int) -> tuple[Contribution, ...]:
        """One for each thing told."""
        return self.because.get(disease, ())


def circumstance_mentions(sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
    """For every sentence the words that the table's patterns match, in text order, each place once."""
    return [_of_sentence(sentence) for sentence in sentences]


def told_of_patient(mention: Mention, meant: Assertion) -> tuple[str, ...]:
    """What the words tell of the patient, now or before: nothing where it is denied, supposed, planned
    or somebody else's, unless the table counts it of anyone.
    """
    if (meant.polarity, meant.certainty) != (Polarity.AFFIRMED, Certainty.CERTAIN):
        return ()
    if meant.temporality is Temporality.PLANNED:
        return ()
    patient = meant.experiencer is Experiencer.PATIENT
    rules = [rule for rule in _rules() if patient or rule.anyone]
    return tuple(dict.fromkeys(r.what for r in rules if r.pattern.compiled.fullmatch(mention.text)))


def circumstances_among(
    told: Iterable[str], *, known: Mapping[str, int], n_diseases: int
) -> Circumstances | None:
    """What is told (``what`` of the table) for the diseases ranked; None where it tells of none.

    :param known: row of each disease, by its id.
    """
    wanted, found = frozenset(told), dict[int, dict[str, _Rule]]()
    for rule in _rules():
        row = known.get(str(rule.disease))
        if rule.what in wanted and row is not None:
            found.setdefault(row, {})[rule.what] = rule
    if not found:
        return None
    ratios, because = np.zeros(n_diseases), dict[int, tuple[Contribution, ...]]()
    for row, rules in found.items():
        whole = sum(rule.log_ratio for rule in rules.values())
        share = min(1.0, _MOST / whole)
        ratios[row] = whole * share
        because[row] = tuple(
            Contribution(
                rule.concept,
                what,
                True,
                Match.EXACT,
                rule.concept,
                rule.log_ratio * share,
                (rule.statement,),
            )
            for what, rule in sorted(rules.items())
        )
    flagged = {
        next(iter(rules.values())).disease: tuple(
            sorted(what for what, r in rules.items() if r.flag)
        )
        for rules in found.values()
    }
    return Circumstances(ratios, because, flagged)


def _of_sentence(sentence: Sentence) -> tuple[Mention, ...]:
    folded = folded_for(sentence.text)
    spans = {
        (match.start(), match.end())
        for rule in _rules()
        if rule.pattern.may_match(folded)
        for match in rule.pattern.compiled.finditer(sentence.text)
    }
    return tuple(mention_at(sentence, start, end) for start, end in sorted(spans))


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    for line, row in shipped_rows("circumstances", _COLUMNS):
        where = f"tables/circumstances.tsv, line {line}"
        if row["strength"] not in STRENGTHS:
            raise FormatError(f"no strength {row['strength']!r}", where=where)
        disease = Curie.parse(row["disease"])
        evidence = evidence_of(row, f"circumstances.tsv {row['what']}/{row['disease']}")
        told = Curie("TEXT", f"Circumstance/{row['what']}")
        triple = Triple.of(told, predicate_of("ASSOCIATED_WITH"), disease)
        rules.append(
            _Rule(
                row["what"],
                word_pattern(row["pattern"], table="circumstances", line=line),
                row["whose"] == "anyone",
                disease,
                math.log(STRENGTHS[row["strength"]]),
                row["red_flag"] == "yes",
                Statement(triple, (evidence,)),
            )
        )
    return tuple(rules)
