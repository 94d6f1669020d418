"""What a patient's allergies, conditions, pregnancy, age, organs, genes and habits mean for a drug.

The rules are ``patient_rules.tsv``. "Contraindicated" stands only where the rule, and the fact that puts
the drug in its kind, were read; else it is held at major. What no table knows is told, not passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgbuilder.errors import ConfigError
from kgbuilder.model import (
    Curie,
    DerivedEvidence,
    EntityType,
    Interaction,
    Patient,
    PatientWarning,
    Severity,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.ontology.lexicon import Lexicon, unambiguous
from kgbuilder.reason.drug_kinds import DrugKinds, was_looked_up
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.mechanism import DrugProfile
from kgbuilder.reason.severity import gravity

__all__ = ["PatientRules"]

_LIMIT = re.compile(r"(weeks|years|kg|eGFR|Child-Pugh) (<|>=) (\S+)")
_FOLDED = re.compile(r"[^\w*:<>=.+-]+")
_NAMED_ID = re.compile(r"(.*\S)\s*\[([^\[\]]+)\]\s*")
_CONDITIONS = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_SAME = "the same drug"
_AS_DRUGS = frozenset(("alcohol", "st john s wort"))
"""Substances that are drugs in the vocabularies: the checker adds them to the list."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row. ``whom``: the kind of drugs, "" where it is about one ``drug``."""

    kind: str
    when: str
    whom: str
    drug: Curie | None
    severity: Severity
    effect: str
    management: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something of the patient under which rules of ``kind`` with this ``when`` hold."""

    kind: str
    when: str
    about: str


class PatientRules:
    """The rules, by what of a patient they are about. :raises ConfigError: for an odd limit."""

    def __init__(
        self,
        knowledge: DrugKnowledge,
        kinds: DrugKinds,
        resolver: DrugResolver,
        lexicon: Lexicon | None,
    ) -> None:
        self._kinds, self._resolver, self._lexicon = kinds, resolver, lexicon
        self._by_when: dict[tuple[str, str], list[_Rule]] = {}
        self._limits: dict[str, list[str]] = {}
        for _, row in knowledge.rows("patient_rules"):
            key = row["kind"], self._when(row["kind"], row["when"])
            self._by_when.setdefault(key, []).append(_rule_of(row, knowledge))
        for kind, when in self._by_when:
            if _LIMIT.fullmatch(when.replace("egfr", "eGFR").replace("child-pugh", "Child-Pugh")):
                self._limits.setdefault(kind, []).append(when)
            elif kind in ("kidney", "liver", "age", "weight"):
                raise ConfigError(f"{kind} {when!r} is no limit", where="patient_rules.tsv")
        self._conditions: dict[str, list[str]] = {}
        for _, row in knowledge.rows("conditions"):
            for word in (row["condition"], row["id"], row["name"]):
                held = self._conditions.setdefault(_folded(word), [])
                if row["condition"] not in held:
                    held.append(row["condition"])
        self._allergens: dict[str, list[str]] = {}
        for _, row in knowledge.rows("allergens"):
            self._allergens.setdefault(_folded(row["allergen"]), []).append(row["class"])

    def _when(self, kind: str, when: str) -> str:
        """An allergy to a drug under its identifier, to a class and all else under its words."""
        if kind == "allergy" and when != "*" and when not in self._kinds.classes:
            return f"= {self._resolver.resolve(when, None).answer.id}"
        return _folded(when)

    def check(
        self, drugs: Sequence[DrugProfile], patient: Patient
    ) -> tuple[tuple[PatientWarning, ...], tuple[str, ...]]:
        """The warnings, the gravest first, and what of the patient no table knows."""
        facts, unknown = self._facts(patient)
        found = [
            warning
            for drug in drugs
            for kinds in (self._kinds.of(drug),)
            for warning in self._warnings(drug, kinds, facts)
        ]
        found.sort(key=lambda w: (-gravity(w.severity), w.name, w.kind, w.about))
        return tuple(found), tuple(dict.fromkeys(unknown))

    def with_food(self, a: DrugProfile, b: DrugProfile) -> Interaction | None:
        """What a rule about a food holds against the other of the two; None where none does."""
        for food, drug in ((a, b), (b, a)):
            if ("substance", _folded(food.name)) not in self._by_when:
                continue
            found, _ = self.check([drug], Patient(substances=(food.name,)))
            if found:
                told = found[0]
                return Interaction(
                    drugs=(food.id, drug.id),
                    names=(food.name, drug.name),
                    severity=told.severity,
                    mechanism="",
                    effect=told.effect,
                    management=told.management,
                    because=told.because,
                )
        return None

    def _warnings(
        self, drug: DrugProfile, kinds: Mapping[str, Statement], facts: Sequence[_Fact]
    ) -> Iterator[PatientWarning]:
        """For each thing of the patient the gravest rule that the drug falls under."""
        worst: dict[tuple[str, str], PatientWarning] = {}
        for fact in facts:
            graded = [
                _warning(drug, fact, rule, kinds.get(rule.whom))
                for rule in self._by_when.get((fact.kind, fact.when), ())
                if rule.drug == drug.id or (rule.drug is None and rule.whom in kinds)
            ]
            if fact.when == f"= {drug.id}":
                same = self._by_when.get(("allergy", "*"), ())
                graded += [_warning(drug, fact, r, None) for r in same if r.whom == _SAME]
            about = fact.kind, fact.about
            held = [worst[about]] if about in worst else []
            if graded:
                worst[about] = max(held + graded, key=lambda w: gravity(w.severity))
        yield from worst.values()

    def _facts(self, patient: Patient) -> tuple[list[_Fact], list[str]]:
        facts: dict[_Fact, None] = {}
        unknown: list[str] = []
        for allergen in patient.allergies:
            found = list(self._allergy(allergen))
            facts.update(dict.fromkeys(found))
            if not found:
                unknown.append(f"allergy {allergen}: no class and no drug of the tables")
        for condition in patient.conditions:
            meant = self._meant(condition)
            facts.update(dict.fromkeys(_Fact("condition", _folded(one), one) for one in meant))
            if not meant:
                unknown.append(f"condition {condition}: no rule is about it")
        for kind, words in (
            ("genotype", [f"{gene} {phenotype}" for gene, phenotype in patient.genotype]),
            ("substance", patient.substances),
        ):
            for word in words:
                if (kind, _folded(word)) in self._by_when:
                    facts[_Fact(kind, _folded(word), word)] = None
                elif _folded(word) not in _AS_DRUGS:
                    unknown.append(f"{kind} {word}: no rule is about it{self._known(kind)}")
        if patient.pregnant or patient.pregnancy_weeks is not None:
            facts[_Fact("pregnancy", "*", "pregnant")] = None
        if patient.breastfeeding:
            facts[_Fact("lactation", "*", "breastfeeding")] = None
        facts.update(dict.fromkeys(self._measured(patient)))
        return list(facts), unknown

    def _known(self, kind: str) -> str:
        """The few substances that rules are about; of genes there are too many to list."""
        named = sorted({when for held, when in self._by_when if held == kind})
        return f"; known are {', '.join(named)}" if kind == "substance" else ""

    def _meant(self, condition: str) -> list[str]:
        """The table's conditions that a name, an identifier, or ``name [identifier]`` stands for."""
        match = _NAMED_ID.fullmatch(condition)
        words = [*match.groups()] if match else [condition]
        if self._lexicon is not None and not any(_folded(w) in self._conditions for w in words):
            named = self._lexicon.find(words[0], types=_CONDITIONS)
            words += [str(row.concept) for row in unambiguous(named)]
        return list(dict.fromkeys(c for w in words for c in self._conditions.get(_folded(w), ())))

    def _allergy(self, allergen: str) -> Iterator[_Fact]:
        for name in self._allergens.get(_folded(allergen), ()):
            yield _Fact("allergy", _folded(name), allergen)
        for id in self._resolver.resolve(allergen, None).ids:
            if id.prefix == "DRUGBANK":
                yield _Fact("allergy", f"= {id}", allergen)
                for one in self._kinds.classes_of(id):
                    yield _Fact("allergy", _folded(one.name), allergen)

    def _measured(self, patient: Patient) -> Iterator[_Fact]:
        pugh = {"A": 1.0, "B": 2.0, "C": 3.0}
        measured = {
            "age": (patient.years, f"age {patient.years or 0:.3g} years"),
            "pregnancy": (
                patient.pregnancy_weeks,
                f"pregnant, week {patient.pregnancy_weeks or 0:g}",
            ),
            "weight": (patient.weight_kg, f"weight {patient.weight_kg or 0:g} kg"),
            "kidney": (patient.egfr, f"eGFR {patient.egfr or 0:g}"),
            "liver": (pugh.get(patient.child_pugh or ""), f"Child-Pugh {patient.child_pugh}"),
        }
        for kind, (value, about) in measured.items():
            for when in self._limits.get(kind, ()) if value is not None else ():
                sign, limit = when.split()[1:]
                edge = pugh.get(limit.upper()) or float(limit)
                if value is not None and (value < edge if sign == "<" else value >= edge):
                    yield _Fact(kind, when, about)


def _rule_of(row: Mapping[str, str], knowledge: DrugKnowledge) -> _Rule:
    drug = Curie("DRUGBANK", row["id"]) if row["id"] else None
    severity = Severity(row["severity"])
    state = unlinked_id(EntityType.PHENOTYPE, f"{row['kind']}: {row['when']}")
    grave = severity is Severity.CONTRAINDICATED
    predicate = predicate_of("CONTRAINDICATED_IN" if grave else "ASSOCIATED_WITH")
    subject = drug or unlinked_id(EntityType.DRUG, row["drug"])
    statement = Statement(
        Triple.of(subject, predicate, state), (knowledge.record("patient_rules", row),)
    )
    return _Rule(
        row["kind"], _folded(row["when"]), row["drug"] if drug is None else "", drug,
        severity, row["effect"], row["management"], statement,
    )  # fmt: skip


def _warning(
    drug: DrugProfile, fact: _Fact, rule: _Rule, membership: Statement | None
) -> PatientWarning:
    premises = (rule.statement, *((membership,) if membership else ()))
    severity = rule.severity
    if severity is Severity.CONTRAINDICATED and not all(map(was_looked_up, premises)):
        severity = Severity.MAJOR
    statement = rule.statement
    if rule.drug is None:
        derived = DerivedEvidence(
            f"patient: {rule.kind} {rule.when}",
            premises,
            qualifiers=(("severity", severity.value),),
        )
        triple = Triple.of(drug.id, rule.statement.triple.predicate, rule.statement.triple.object)
        statement = Statement(triple, (derived,))
    return PatientWarning(
        drug.id, drug.name, fact.kind, fact.about, severity, rule.effect, rule.management,
        (statement,),
    )  # fmt: skip


def _folded(text: str) -> str:
    return _FOLDED.sub(" ", text.casefold()).strip()
