"""What is asked of the ranker about one patient, put together from a note or from a record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgbuilder.model import (
    Coded,
    CodedValue,
    Curie,
    DrugStatus,
    EntityType,
    Experiencer,
    Finding,
    PatientRecord,
    Polarity,
)
from kgbuilder.model.age import years_of
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.reason.common_diseases import common_diseases
from kgbuilder.reason.diagnosis_prior import given_sex
from kgbuilder.reason.hpo_terms import term_of
from kgbuilder.reason.measurements import Measured, Value, judged, values_in
from kgbuilder.reason.patient import demographics_of, findings_of

if TYPE_CHECKING:
    from kgbuilder.reason.drug_names import DrugResolver

__all__ = ["PatientQuestion", "is_taken", "question_of_note", "question_of_record"]

_UNTAKEN_SECTIONS = frozenset({"allergies", "family_history", "plan"})
_VARIANT_WITHIN = 120
"""Code points from a gene to what is said of its variant: room for its HGVS names."""
_CLAUSE_BEFORE = re.compile(r"(?:(?![.;]\s|\n).)*\Z")
_CLAUSE_BEHIND = re.compile(r"(?:(?![.;](?:\s|\Z)|\n).)*")
_PATHOGENIC = re.compile(r"\b(?:pathogenic|disease-causing)\b", re.IGNORECASE)
_PATHOGENIC_IN = re.compile(
    r"\b(?:pathogenic|disease-causing)\s(?:[\w.*>-]+\s){0,5}\Z", re.IGNORECASE
)
_NOT_CAUSAL = re.compile(
    r"\b(?:no|not|non-?pathogenic|benign|VUS|uncertain|unknown|carriers?|negative|excluded)\b",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\s*[\[(,].*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PatientQuestion:
    """Everything that is known of a patient.

    :param medicines: id -> name of what is taken now.
    :param measured: values and vital signs, as understood; they are among the findings already.
    :param understood: in words, what values were taken for. :param not_understood: what was left aside.
    :param known_diagnoses: that a record or a note states; nothing follows from them.
    :param circumstances: that a note tells, as the table of them names them.
    :param genes: of a record, or of which a note says that a variant is pathogenic.
    """

    observed: tuple[Curie, ...] = ()
    excluded: tuple[Curie, ...] = ()
    age: str | None = None
    sex: str | None = None
    genes: tuple[str, ...] = ()
    medicines: Mapping[Curie, str] = field(default_factory=dict)
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    known_diagnoses: tuple[str, ...] = ()
    circumstances: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing to go by."""
        return not (
            self.observed or self.excluded or self.genes or self.medicines or self.circumstances
        )


def question_of_note(
    text: str,
    findings: Iterable[Finding],
    *,
    hpo: Hpo,
    age: str | None = None,
    sex: str | None = None,
    circumstances: tuple[str, ...] = (),
) -> PatientQuestion:
    """:param text: of the note; values, age and sex are read from it.
    :param findings: that were read in it. :param age: given beside it; goes before what it says.
    """
    found = tuple(findings)
    read = findings_of(found, hpo=hpo)
    read_age, read_sex = demographics_of(text)
    age, sex = age or read_age, sex or read_sex
    measured, unclear = judged(values_in(text), years=years_of(age), sex=given_sex(sex))
    observed, excluded = _with_measured(read.observed, read.excluded, measured)
    excluded = _without_wider(observed, excluded, hpo)
    return PatientQuestion(
        observed,
        excluded,
        age,
        sex,
        genes=tuple(dict.fromkeys(f.name for f in found if _is_causal(f, text))),
        medicines={f.concept: f.name for f in found if is_taken(f)},
        understood=_notes(measured, hpo),
        not_understood=(*read.not_understood, *unclear),
        known_diagnoses=read.stated,
        circumstances=circumstances,
    )


def question_of_record(
    record: PatientRecord,
    *,
    hpo: Hpo,
    drugs: DrugResolver,
    age: str | None = None,
    sex: str | None = None,
) -> PatientQuestion:
    """A diagnosis that the record states by an identifier that is ranked here is told as known: it is no
    finding, and nothing is concluded from it.

    :param drugs: finds medicines by their names. :param age: goes before the record's.
    """
    said, known = list(record.not_read), list[str]()
    observed: dict[Curie, None] = {}
    excluded: dict[Curie, None] = {}
    for finding in record.findings:
        term = _term(finding.thing, hpo)
        disease = None if term else _disease(finding.thing, hpo)
        if term is not None:
            (observed if finding.present else excluded)[term] = None
        elif disease is not None and finding.present:
            known.append(disease)
        elif disease is not None:
            said.append(f"{disease}: denied, and ranked like the others: a diagnosis is no finding")
        elif finding.thing.codes:
            said.append(
                f"{_shown(finding.thing)}: the code states no HP term; give an HPO or SNOMED CT code, "
                "or the words"
            )
        else:
            said.append(f"{_shown(finding.thing)}: no HP term")
    age, sex = age or record.age, sex or record.sex
    values = [_value(value) for value in record.values]
    measured, unclear = judged(values, years=years_of(age), sex=given_sex(sex))
    there, absent = _with_measured(tuple(observed), tuple(excluded), measured)
    medicines: dict[Curie, str] = {}
    for medicine in record.medicines:
        thing, status = medicine.thing, medicine.taken.status
        if status is not DrugStatus.CURRENT:
            said.append(f"medicine {_shown(thing)}: {status}")
            continue
        given = drugs.resolve(thing.text, None)
        if not given.ids:
            said.append(f"medicine {_shown(thing)}: no drug of this name is known")
        for part in given.parts():
            if part.answer.id is not None:
                medicines[part.answer.id] = part.answer.name or thing.text
    said += [f"allergy to {_shown(thing)}: tells of no disease" for thing in record.allergies]
    if record.diseases:
        said.append("its diseases: the answer is not looked up in the question")
    return PatientQuestion(
        there,
        absent,
        age,
        sex,
        record.genes,
        medicines,
        _notes(measured, hpo),
        (*said, *unclear),
        tuple(known),
    )


def _is_causal(finding: Finding, text: str) -> bool:
    """Whether a variant of the gene is told to be pathogenic, in the patient, who is no mere carrier."""
    mention, meant = finding.mention, finding.assertion
    if mention.type is not EntityType.GENE or (meant.polarity, meant.experiencer) != (
        Polarity.AFFIRMED,
        Experiencer.PATIENT,
    ):
        return False
    start, end = mention.span.start, mention.span.end
    before = _CLAUSE_BEFORE.search(text, max(0, start - _VARIANT_WITHIN), start)
    behind = _CLAUSE_BEHIND.match(text, end, end + _VARIANT_WITHIN)
    clause = (before.group() if before else "", behind.group() if behind else "")
    if any(_NOT_CAUSAL.search(part) for part in clause):
        return False
    return bool(_PATHOGENIC.search(clause[1]) or _PATHOGENIC_IN.search(clause[0]))


def is_taken(finding: Finding) -> bool:
    """A drug that the patient takes now: affirmed, certain, no allergy, plan or family history."""
    return (
        finding.mention.type is EntityType.DRUG
        and finding.assertion.is_plain
        and finding.section not in _UNTAKEN_SECTIONS
    )


def _with_measured(
    observed: tuple[Curie, ...], excluded: tuple[Curie, ...], measured: Iterable[Measured]
) -> tuple[tuple[Curie, ...], tuple[Curie, ...]]:
    """What was out of range once was there, whatever a later value denies."""
    known = tuple(measured)
    there = dict.fromkeys((*observed, *(id for m in known for id in m.present)))
    absent = dict.fromkeys((*excluded, *(id for m in known for id in m.absent if id not in there)))
    return tuple(there), tuple(absent)


def _without_wider(
    observed: tuple[Curie, ...], excluded: tuple[Curie, ...], hpo: Hpo
) -> tuple[Curie, ...]:
    """What a note denies without what a finding that is there implies: who has chest pain and denies
    "pleuritic pain" has pain.
    """
    implied: set[Curie] = set()
    for id in observed:
        found = hpo.find(id)
        if found is not None:
            implied |= hpo.hierarchy.ancestors_of(found.term.id)
    return tuple(id for id in excluded if id not in implied)


def _notes(measured: Iterable[Measured], hpo: Hpo) -> tuple[str, ...]:
    notes = []
    for m in measured:
        names = [found.term.name for id in m.present if (found := hpo.find(id))]
        notes.append(f"{m.note}: {', '.join(names)}" if names else m.note)
    return tuple(dict.fromkeys(notes))


def _term(thing: Coded, hpo: Hpo) -> Curie | None:
    for code in thing.codes:
        term = term_of(code, hpo)
        if term is not None:
            return term
    return hpo.named(thing.text)


def _disease(thing: Coded, hpo: Hpo) -> str | None:
    """The disease that one of the codes identifies, of those that are ranked: its name and id."""
    ranked = {disease.id: disease.names[0] for disease in common_diseases()}
    for code in thing.codes:
        name = ranked.get(code)
        if name is None and str(code) in hpo.disease_ids:
            name = hpo.diseases[hpo.disease_ids.index(str(code))].name
        if name is not None:
            return f"{name} ({code})"
    return None


def _value(value: CodedValue) -> Value:
    """By LOINC code where there is one, else by its words without method and specimen."""
    loinc = next((str(code) for code in value.thing.codes if code.prefix == "LOINC"), None)
    return Value(
        loinc or _BRACKET.sub("", value.thing.text), value.number, value.unit, value.thing.text
    )


def _shown(thing: Coded) -> str:
    codes = ", ".join(map(str, thing.codes))
    if not codes or thing.text in (codes, *(code.local_id for code in thing.codes)):
        return codes or thing.text
    return f"{thing.text} ({codes})"
