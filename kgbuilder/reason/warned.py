"""Interactions that follow from what a source on one drug says of a whole kind of drugs.

A label that contraindicates "strong CYP3A4 inhibitors" is one row of ``warnings.tsv``; which drugs are
strong CYP3A4 inhibitors is in ``enzymes.tsv``. "Contraindicated" follows only when both were read at
their sources; where the other drug's part is only recalled, it is held at major.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgbuilder.model import (
    CuratedEvidence,
    EntityType,
    Evidence,
    How,
    Severity,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.reason.drug_facts import Role, WarningFact
from kgbuilder.reason.drug_kinds import DrugKinds
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.mechanism import DrugProfile, Inference, onset_of
from kgbuilder.reason.severity import gravity

__all__ = ["warned"]

_RANK = {"strong": 3, "high": 3, "moderate": 2, "weak": 1, "low": 1}


def warned(
    a: DrugProfile, b: DrugProfile, *, knowledge: DrugKnowledge, kinds: DrugKinds
) -> tuple[Inference, ...]:
    """What follows for the pair, in an order that does not depend on which comes first."""
    if b.id < a.id:
        a, b = b, a
    return (*_warnings(a, b, knowledge, kinds), *_warnings(b, a, knowledge, kinds))


def _warnings(
    victim: DrugProfile, other: DrugProfile, knowledge: DrugKnowledge, kinds: DrugKinds
) -> Iterator[Inference]:
    for warning in knowledge.warnings(victim.id):
        premises = _premises(warning, other, knowledge, kinds)
        if premises is None:
            continue
        recalled = warning.evidence.how is How.RECALLED
        told = "general knowledge of" if recalled else "stated of"
        severity, reason = warning.severity, f"{told} {victim.name} and such drugs"
        sure = not recalled and all(_looked_up(premise, least) for premise, least in premises)
        if warning.only and gravity(severity) > gravity(Severity.MODERATE):
            severity = Severity.MODERATE
            reason += f", but only of {warning.only}; the use is not known, so held at moderate"
        elif severity is Severity.CONTRAINDICATED and not sure:
            severity = Severity.MAJOR
            unsure = "it" if recalled else f"that {other.name} is one"
            reason += f"; {unsure} was not looked up, so held at major"
        kinetic = warning.role in (Role.INHIBITOR, Role.INDUCER)
        template = "mechanism recalled" if recalled else "mechanism warning"
        words = {
            "perpetrator": other.name,
            "victim": victim.name,
            "of": " and ".join(warning.of),
        }
        yield Inference(
            rule=f"warning: {warning.against}, {warning.least}",
            premises=(_statement(warning), *(premise for premise, _ in premises)),
            severity=severity,
            mechanism=knowledge.templates[f"{template} {warning.role}"].format(**words),
            effect=warning.effect,
            management=warning.management,
            reason=reason,
            graded_by=f"kgbuilder warnings.tsv @{knowledge.versions['warnings']}",
            perpetrator=other.id if kinetic else None,
            onset=onset_of(other, Role(warning.role), knowledge) if kinetic else "",
        )


def _premises(
    warning: WarningFact, other: DrugProfile, knowledge: DrugKnowledge, kinds: DrugKinds
) -> list[tuple[Statement, str]] | None:
    """What makes ``other`` one of the drugs that are warned against, each with the strength that a
    source must state; None when it is not one of them.
    """
    if warning.role == "class":
        held = kinds.classes[warning.of[0]].members if warning.of[0] in kinds.classes else {}
        return [(held[other.id], "*")] if other.id in held else None
    if warning.role == "effect":
        # A page that says what a drug does seldom grades it, so any grade that was read will do.
        fact, statement = other.has.get(warning.of[0], (None, None))
        if fact is None or statement is None or not _reaches(fact.grade, warning.least):
            return None
        return [(statement, "*")]
    premises = []
    for gene in warning.of:
        # Sources do not grade what is done to transporters, so any strength will do there.
        least = warning.least if knowledge.genes[gene].kind == "enzyme" else "*"
        acting = other.acts.get((gene, Role(warning.role)))
        if acting is None or not _reaches(acting.strength, least):
            return None
        premises.append((acting.statement, least))
    return premises


def _reaches(grade: str, least: str) -> bool:
    return least == "*" or _RANK.get(grade, 0) >= _RANK[least]


def _looked_up(statement: Statement, least: str) -> bool:
    """Whether evidence that was not just recalled carries the statement at the asked strength."""
    return any(
        not (isinstance(e, CuratedEvidence) and e.how is How.RECALLED)
        and _reaches(_strength(e), least)
        for e in statement.evidence
        if not e.refutes
    )


def _strength(evidence: Evidence) -> str:
    return next((v for key, v in evidence.qualifiers if key == "strength"), "")


def _statement(warning: WarningFact) -> Statement:
    """The kind of drugs has no identifier of its own here, so the node is its name, unlinked."""
    kind = unlinked_id(EntityType.PHENOTYPE, f"warns against {warning.against}, {warning.least}")
    triple = Triple.of(warning.drug, predicate_of("ASSOCIATED_WITH"), kind)
    return Statement(triple, (warning.evidence,))
