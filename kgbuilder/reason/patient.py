"""From what was read in a note to a question for the ranker: findings, age and sex."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kgbuilder.errors import ConfigError
from kgbuilder.model import (
    Certainty,
    Curie,
    EntityType,
    Experiencer,
    Finding,
    Polarity,
    Temporality,
    is_linked,
)
from kgbuilder.ontology.hpo import PHENOTYPIC_ABNORMALITY, Hpo
from kgbuilder.reason.hpo_terms import term_of
from kgbuilder.reason.shipped_tables import shipped_rows
from kgbuilder.reason.term_names import is_refused

__all__ = ["PatientFindings", "demographics_of", "findings_of", "terms_among"]

_NEAR = 30
"""How many characters before an age are searched for the word for a relative."""

_OLDEST_YEARS = 120

PAIN = Curie("HP", "0012531")

_WITH_PHENOTYPES = frozenset({EntityType.PHENOTYPE, EntityType.DISEASE})


@dataclass(frozen=True, slots=True)
class PatientFindings:
    """What a note says of its patient, as HP terms in text order.

    :param not_understood: texts of plain findings that no HP term could be given to, but for those of
        which another finding says a part.
    :param stated: diseases that the note says the patient has and that are no HP term.
    """

    observed: tuple[Curie, ...]
    excluded: tuple[Curie, ...]
    not_understood: tuple[str, ...]
    stated: tuple[str, ...]


def findings_of(findings: Iterable[Finding], *, hpo: Hpo) -> PatientFindings:
    """Observed: affirmed and certain, of the patient, now or in the past. Excluded: negated and
    certain, of the patient. Uncertain, hypothetical, planned and family findings are neither.

    The HP term is the finding's own concept; else one whose entry states that concept as its xref; else
    one whose name or exact synonym is what the note says, letter case aside. A concept's other names
    are never compared: that would merge two vocabularies by name.
    """
    observed: dict[Curie, None] = {}
    excluded: dict[Curie, None] = {}
    aside: list[Finding] = []
    understood: list[Finding] = []
    found = tuple(findings)
    pains = {f.mention.span.start for f in found if _is_pain(f, hpo)}
    for finding in found:
        meant = finding.assertion
        if (
            _tells_how(finding, pains)
            or finding.mention.type not in _WITH_PHENOTYPES
            or meant.certainty is not Certainty.CERTAIN
            or meant.experiencer is not Experiencer.PATIENT
            or meant.temporality is Temporality.PLANNED
        ):
            continue
        id = _term_of(finding, hpo)
        if id is None:
            aside.append(finding)
            continue
        understood.append(finding)
        if not _is_abnormality(id, hpo):
            continue
        if meant.polarity is Polarity.AFFIRMED:
            observed[id] = None
        else:
            excluded[id] = None
    alone = [
        finding
        for finding in aside
        if not any(finding.mention.span.overlaps(other.mention.span) for other in understood)
    ]
    stated = dict.fromkeys(f"{f.name} ({f.concept})" for f in alone if _is_stated(f))
    not_understood = dict.fromkeys(_shown(f) for f in alone if not _is_stated(f))
    return PatientFindings(tuple(observed), tuple(excluded), tuple(not_understood), tuple(stated))


def _is_stated(finding: Finding) -> bool:
    return (
        finding.mention.type is EntityType.DISEASE
        and is_linked(finding.concept)
        and finding.assertion.polarity is Polarity.AFFIRMED
    )


def _is_pain(finding: Finding, hpo: Hpo) -> bool:
    if finding.mention.type not in _WITH_PHENOTYPES:
        return False
    id = _term_of(finding, hpo)
    known = hpo.find(id) if id is not None else None
    if known is None:
        return False
    return known.term.id == PAIN or PAIN in hpo.hierarchy.ancestors_of(known.term.id)


def _tells_how(finding: Finding, pains: set[int]) -> bool:
    """Whether it is a word for how it hurts, a space before a pain."""
    mention = finding.mention
    return mention.span.end + 1 in pains and mention.text.casefold() in _pain_words()


def _shown(finding: Finding) -> str:
    concept = f" ({finding.concept})" if is_linked(finding.concept) else ""
    return f"{finding.mention.text}{concept}: no HP term"


def terms_among(findings: Iterable[Finding], *, hpo: Hpo) -> frozenset[Curie]:
    """The current terms that the findings stand for, however they are meant."""
    terms = [_term_of(f, hpo) for f in findings if f.mention.type in _WITH_PHENOTYPES]
    return frozenset(known.term.id for id in terms if id and (known := hpo.find(id)))


def demographics_of(text: str) -> tuple[str | None, str | None]:
    """``(age as an ISO 8601 duration or None, MALE, FEMALE or None)`` as the first words say that do.

    >>> demographics_of("A 3-year-old girl with seizures")
    ('P3Y', 'FEMALE')
    """
    ages: list[tuple[int, str]] = []
    sexes: list[tuple[int, str]] = []
    for rule in _rules():
        for match in rule.pattern.finditer(text):
            if _relative_before().search(text[max(0, match.start() - _NEAR) : match.start()]):
                continue
            values = match.groupdict()
            age = _age_of(values.get("n"), values.get("unit") or rule.unit)
            if age:
                ages.append((match.start(), age))
            if values.get("sex"):
                sexes.append((match.start("sex"), _words()[values["sex"].lower()]))
            break
    return (min(ages)[1] if ages else None), (min(sexes)[1] if sexes else None)


def _age_of(number: str | None, unit: str) -> str | None:
    """An ISO 8601 duration, or None where nobody gets that old."""
    if not number or not unit:
        return None
    length = int(_words().get(number.lower(), number))
    letter = _words()[unit.lower().replace(".", "")]
    return f"P{length}{letter}" if letter != "Y" or length <= _OLDEST_YEARS else None


def _is_abnormality(id: Curie, hpo: Hpo) -> bool:
    """False for a mode of inheritance or an onset: said of a disease, and no finding of a patient."""
    found = hpo.find(id)
    if found is None:
        return True
    above = hpo.hierarchy.ancestors_of(found.term.id)
    return not above or PHENOTYPIC_ABNORMALITY in above


def _term_of(finding: Finding, hpo: Hpo) -> Curie | None:
    concept = term_of(finding.concept, hpo)
    if concept is not None:
        return concept
    named = hpo.named(finding.mention.text)
    return None if named is None or is_refused(finding.mention.text, named) else named


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of demographics.tsv."""

    pattern: re.Pattern[str]
    unit: str


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    spelled = "|".join(word for word, meaning in _words().items() if meaning.isdigit())
    number = rf"(?<![\d.])\b(?P<n>\d{{1,3}}|{spelled})"
    for _, row in shipped_rows("demographics", ("what", "pattern", "unit", "case", "example")):
        flags = 0 if row["case"] == "exact" else re.IGNORECASE
        try:
            pattern = re.compile(row["pattern"].replace("{n}", number), flags)
        except re.error as error:
            raise ConfigError(f"bad pattern: {error}", where="demographics.tsv") from error
        rules.append(_Rule(pattern, row["unit"] or ""))
    return tuple(rules)


@cache
def _pain_words() -> frozenset[str]:
    return frozenset(row["word"] for _, row in shipped_rows("pain_words", ("word",)))


@cache
def _relative_before() -> re.Pattern[str]:
    """A relative, and no end of a sentence after."""
    relatives = "|".join(word for word, meaning in _words().items() if meaning == "relative")
    return re.compile(rf"\b(?:{relatives})\b[^.;:\n]*$", re.IGNORECASE)


@cache
def _words() -> dict[str, str]:
    return {
        row["word"]: row["meaning"]
        for _, row in shipped_rows("demographic_words", ("word", "meaning"))
    }
