"""Interactions that follow from facts about the single drugs: enzymes, transporters, effects, targets.

Each :class:`Inference` carries the statements it follows from, so that a reader can walk back to the
rows and their sources. Texts come from templates over facts; where no source states what too much or
too little of the victim does, nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    EntityType,
    How,
    Qualifiers,
    Severity,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.reason.drug_facts import (
    EffectFact,
    EnzymeFact,
    IndexFact,
    Role,
    TargetRole,
    is_recalled,
)
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.severity import SeverityRules

__all__ = [
    "DrugProfile",
    "EnzymePremise",
    "Inference",
    "TargetPremise",
    "infer",
    "onset_of",
    "profile_of",
    "same_substance",
]

_PREDICATE = {
    Role.INHIBITOR: "INHIBITS",
    Role.INDUCER: "INDUCES",
    Role.SUBSTRATE: "SUBSTRATE_OF",
    Role.PRODRUG: "SUBSTRATE_OF",
}


@dataclass(frozen=True, slots=True)
class EnzymePremise:
    """That a drug inhibits, induces or depends on a gene's product, and the statement that says so."""

    gene: str
    role: Role
    strength: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class TargetPremise:
    """What a drug does at a target, and the statement of a graph that says so.

    :param gene: the target under the first of its identifiers; ``same`` leads there from the
        identifier that ``statement`` names. :param name: of the target, as the graph writes it.
    :param disputed: whether sources that are believed less state the opposite.
    """

    gene: Curie
    name: str
    role: TargetRole
    statement: Statement
    same: tuple[Statement, ...] = ()
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class DrugProfile:
    """What is known of one drug, from the shipped tables and the graph together."""

    id: Curie
    name: str
    index: IndexFact | None
    perpetrates: tuple[EnzymePremise, ...]
    depends: tuple[EnzymePremise, ...]
    effects: tuple[tuple[EffectFact, Statement], ...]
    targets: tuple[TargetPremise, ...] = ()
    acts: Mapping[tuple[str, Role], EnzymePremise] = field(init=False, compare=False, repr=False)
    """What it does, by gene and role: a list of fifty drugs asks this thousands of times."""
    has: Mapping[str, tuple[EffectFact, Statement]] = field(init=False, compare=False, repr=False)
    """Its effects by name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "acts", {(p.gene, p.role): p for p in self.perpetrates})
        object.__setattr__(self, "has", {fact.effect: (fact, s) for fact, s in self.effects})

    @property
    def narrow(self) -> bool | None:
        """Whether the therapeutic index is narrow; None when no row says."""
        return self.index.narrow if self.index else None


@dataclass(frozen=True, slots=True)
class Inference:
    """An interaction that follows by ``rule`` from ``premises``; ``perpetrator`` where there is one."""

    rule: str
    premises: tuple[Statement, ...]
    severity: Severity
    mechanism: str
    effect: str
    management: str
    reason: str
    graded_by: str
    perpetrator: Curie | None
    onset: str = ""

    @property
    def qualifiers(self) -> Qualifiers:
        """As evidence carries it."""
        pairs = {
            "effect": self.effect,
            "graded_by": self.graded_by,
            "management": self.management,
            "mechanism": self.mechanism,
            "onset": self.onset,
            "reason": self.reason,
            "severity": self.severity.value,
        }
        return tuple(sorted((key, value) for key, value in pairs.items() if value))


def profile_of(drug: Curie, name: str, knowledge: DrugKnowledge) -> DrugProfile:
    """The shipped tables' part of what is known of ``drug``."""
    premises = _premises(knowledge.enzymes(drug), knowledge)
    return DrugProfile(
        id=drug,
        name=name,
        index=knowledge.therapeutic_index(drug),
        perpetrates=tuple(p for p in premises if p.role in (Role.INHIBITOR, Role.INDUCER)),
        depends=tuple(p for p in premises if p.role in (Role.SUBSTRATE, Role.PRODRUG)),
        effects=_effects(knowledge.effects(drug)),
    )


def infer(
    a: DrugProfile, b: DrugProfile, *, knowledge: DrugKnowledge, rules: SeverityRules
) -> tuple[Inference, ...]:
    """Everything that follows for the pair, in an order that does not depend on which comes first."""
    if b.id < a.id:
        a, b = b, a
    return (
        *_pharmacokinetic(a, b, knowledge, rules),
        *_pharmacokinetic(b, a, knowledge, rules),
        *_pharmacodynamic(a, b, knowledge, rules),
        *_at_one_target(a, b, knowledge),
        *_at_one_target(b, a, knowledge),
    )


def _pharmacokinetic(
    perpetrator: DrugProfile, victim: DrugProfile, knowledge: DrugKnowledge, rules: SeverityRules
) -> Iterator[Inference]:
    for depends in victim.depends:
        for role in (Role.INHIBITOR, Role.INDUCER):
            acts = perpetrator.acts.get((depends.gene, role))
            if acts is None:
                continue
            severity, reason = rules.pharmacokinetic(
                role=acts.role,
                strength=acts.strength,
                victim=depends.role,
                sensitivity=depends.strength,
                narrow=victim.narrow,
                vital=acts.role is Role.INDUCER and bool(knowledge.exposure(victim.id, "less")),
            )
            if severity is None:
                continue
            yield _exposure_inference(
                perpetrator, victim, acts, depends, severity, reason, knowledge
            )


def _exposure_inference(
    perpetrator: DrugProfile,
    victim: DrugProfile,
    acts: EnzymePremise,
    depends: EnzymePremise,
    severity: Severity,
    reason: str,
    knowledge: DrugKnowledge,
) -> Inference:
    more = (acts.role is Role.INDUCER) == (depends.role is Role.PRODRUG)
    direction = "more" if more else "less"
    words = {
        "perpetrator": perpetrator.name,
        "victim": victim.name,
        "gene": acts.gene,
        "strength": "an " if acts.strength == "stated" else f"a {acts.strength} ",
        "sensitivity": "" if depends.strength in ("stated", "major") else f"{depends.strength} ",
    }
    template = knowledge.templates
    known = knowledge.exposure(victim.id, direction)
    effect = [template[f"effect {depends.role} {direction}"].format(**words)]
    effect += [fact.consequence for fact in known if fact.consequence]
    return Inference(
        rule=f"{acts.role} x {depends.role}: {acts.gene}",
        premises=(acts.statement, depends.statement),
        severity=severity,
        mechanism=template[f"mechanism {acts.role} {depends.role}"].format(**words),
        effect=": ".join(effect),
        management="; ".join(fact.management for fact in known if fact.management),
        reason=reason,
        graded_by=f"{_rule_table(knowledge, 'pk_rules')}; {_index_in_words(victim)}",
        perpetrator=perpetrator.id,
        onset=onset_of(perpetrator, acts.role, knowledge),
    )


def onset_of(perpetrator: DrugProfile, role: Role, knowledge: DrugKnowledge) -> str:
    """When it begins and ends: as the table says of the drug, else as usual for its role."""
    usual = knowledge.templates[f"onset {role}"].format(perpetrator=perpetrator.name)
    return "; ".join(knowledge.onset(perpetrator.id)) or usual


def _pharmacodynamic(
    a: DrugProfile, b: DrugProfile, knowledge: DrugKnowledge, rules: SeverityRules
) -> Iterator[Inference]:
    for fact_a, statement_a in a.effects:
        for effect in sorted(rules.partners(fact_a.effect) & b.has.keys()):
            fact_b, statement_b = b.has[effect]
            found = rules.pharmacodynamic(
                (fact_a.effect, fact_a.grade), (fact_b.effect, fact_b.grade)
            )
            if found is None or found[0].severity is None:
                continue
            rule, as_given = found
            first, second = (a.name, b.name) if as_given else (b.name, a.name)
            severity, reason = _capped(found[0].severity, rule.reason)
            yield Inference(
                rule=rule.name,
                premises=(statement_a, statement_b),
                severity=severity,
                mechanism=rule.mechanism.format(a=first, b=second),
                effect=rule.effect.format(a=first, b=second),
                management=rule.management.format(a=first, b=second),
                reason=reason,
                graded_by=f"{_rule_table(knowledge, 'pd_rules')}, rule {rule.number}",
                perpetrator=None,
                onset="; ".join((*knowledge.onset(a.id), *knowledge.onset(b.id))),
            )


def _at_one_target(a: DrugProfile, b: DrugProfile, knowledge: DrugKnowledge) -> Iterator[Inference]:
    for one in a.targets:
        for other in b.targets:
            rule = knowledge.target_rules.get((one.role, other.role))
            if rule is None or one.gene != other.gene:
                continue
            alike = one.statement.triple.object == other.statement.triple.object
            mapped = () if alike else (*one.same, *other.same)
            words = {"a": a.name, "b": b.name, "gene": one.name}
            disputed = [d.name for d, p in ((a, one), (b, other)) if p.disputed]
            doubt = [f"sources believed less state the opposite of {name}" for name in disputed]
            yield Inference(
                rule=f"{one.role} x {other.role}: {one.name}",
                premises=(one.statement, other.statement, *mapped),
                severity=Severity.UNKNOWN,
                mechanism=rule["mechanism"].format(**words),
                effect=rule["effect"].format(**words),
                management="",
                reason="; ".join((rule["reason"], *doubt)),
                graded_by="",
                perpetrator=None,
            )


def _capped(severity: Severity, reason: str) -> tuple[Severity, str]:
    """Our rules are general knowledge: alone they never say contraindicated, only a record does."""
    if severity is not Severity.CONTRAINDICATED:
        return severity, reason
    return Severity.MAJOR, f"{reason}; contraindicated by our rule, held at major without a record"


def _premises(facts: Sequence[EnzymeFact], knowledge: DrugKnowledge) -> tuple[EnzymePremise, ...]:
    """One premise per gene and role. Rows of several sources about it join as evidence; the strength
    is the one that was read, else recalled, and "stated" only where no row grades it.
    """
    grouped: dict[tuple[str, str], list[EnzymeFact]] = {}
    for fact in facts:
        if fact.role is not Role.NONE:
            kind = Role.SUBSTRATE if fact.role is Role.PRODRUG else fact.role
            grouped.setdefault((fact.gene, kind), []).append(fact)
    return tuple(_premise(same, knowledge) for same in grouped.values())


def _premise(same: Sequence[EnzymeFact], knowledge: DrugKnowledge) -> EnzymePremise:
    first = same[0]
    grading = min(same, key=lambda f: (f.strength == "stated", is_recalled(f.evidence)))
    role = Role.PRODRUG if any(f.role is Role.PRODRUG for f in same) else first.role
    gene = knowledge.genes[first.gene]
    triple = Triple(first.drug, predicate_of(_PREDICATE[role]), gene.id)
    statement = Statement(triple, tuple(fact.evidence for fact in same))
    return EnzymePremise(first.gene, role, grading.strength, statement)


def _effects(facts: Sequence[EffectFact]) -> tuple[tuple[EffectFact, Statement], ...]:
    """One entry per effect; the grade is the one that was read, else recalled."""
    grouped: dict[str, list[EffectFact]] = {}
    for fact in facts:
        if fact.effect != "none":
            grouped.setdefault(fact.effect, []).append(fact)
    found = []
    for same in grouped.values():
        grading = min(same, key=lambda f: (not f.grade, is_recalled(f.evidence)))
        statement = _effect_statement(grading)
        found.append((grading, statement.with_evidence(fact.evidence for fact in same)))
    return tuple(found)


def _effect_statement(fact: EffectFact) -> Statement:
    """An effect has no identifier of its own here, so the node is the effect's name, unlinked.

    What a drug does is CAUSES; what it is or needs ("needs gastric acid") is only ASSOCIATED_WITH.
    """
    word = fact.effect.partition(" ")[0]
    predicate = predicate_of("ASSOCIATED_WITH" if word in ("is", "needs", "contains") else "CAUSES")
    effect = unlinked_id(EntityType.PHENOTYPE, fact.effect)
    return Statement(Triple.of(fact.drug, predicate, effect), (fact.evidence,))


def same_substance(
    drug: DrugProfile,
    named: Sequence[tuple[str, str, str]],
    *,
    knowledge: DrugKnowledge,
    rules: SeverityRules,
) -> Inference:
    """Two names in the list that stand for one substance: its doses add up.

    :param named: each name as given, the vocabulary that holds it, and the vocabulary's version.
    """
    given = " and ".join(sorted(name for name, _, _ in named))
    records = tuple(
        CuratedEvidence(source or "drug names", version, f"{name} names {drug.id}", How.IMPORTED)
        for name, source, version in named
    )
    premise = Statement(Triple(drug.id, predicate_of("SAME_AS"), drug.id), records)
    severity, reason = rules.pharmacokinetic(
        role="duplicate", strength="*", victim="*", sensitivity="*", narrow=drug.narrow
    )
    template, words = knowledge.templates, {"name": drug.name, "inputs": given}
    return Inference(
        rule="same substance",
        premises=(premise,),
        severity=severity or Severity.UNKNOWN,
        mechanism=template["mechanism duplicate"].format(**words),
        effect=template["effect duplicate"].format(**words),
        management=template["management duplicate"].format(**words),
        reason=reason,
        graded_by=f"{_rule_table(knowledge, 'pk_rules')}; {_index_in_words(drug)}",
        perpetrator=None,
    )


def _rule_table(knowledge: DrugKnowledge, table: str) -> str:
    """Names the table that graded, and the hash of what it held."""
    return f"kgbuilder {table}.tsv @{knowledge.versions[table]}"


def _index_in_words(drug: DrugProfile) -> str:
    """What is known of the therapeutic index, and how it was had."""
    if drug.index is None:
        return f"therapeutic index of {drug.name}: not stated"
    narrow = "narrow" if drug.index.narrow else "not narrow"
    evidence = drug.index.evidence
    return f"therapeutic index of {drug.name}: {narrow} ({evidence.how}, {evidence.source})"
