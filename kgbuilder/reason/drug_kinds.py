"""Kinds of drugs, and why a drug is one of a kind: the words in which rules speak of many drugs.

``effect EFFECT [GRADE]``: has the effect, at least so marked; ``class CLASS``: a member of the class;
``substrate GENE SENSITIVITY`` and ``prodrug GENE SENSITIVITY``: depends on the gene's product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kgbuilder.model import (
    CuratedEvidence,
    Curie,
    EntityType,
    How,
    Severity,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.mechanism import DrugProfile, Inference

__all__ = ["DrugClass", "DrugKinds", "same_class", "was_looked_up"]

_GRADES = ("low", "moderate", "high")


@dataclass(frozen=True, slots=True)
class DrugClass:
    """A class of ``classes.tsv``; ``twice`` is the grade of two of its drugs together, or "none"."""

    name: str
    twice: str
    members: Mapping[Curie, Statement]


class DrugKinds:
    """The classes of the tables, and the kinds of a drug."""

    def __init__(self, knowledge: DrugKnowledge) -> None:
        members: dict[str, dict[Curie, Statement]] = {}
        twice: dict[str, str] = {}
        for _, row in knowledge.rows("classes"):
            name, id = row["class"], Curie("DRUGBANK", row["id"])
            kind = unlinked_id(EntityType.DRUG, name)
            record = knowledge.record("classes", row)
            stated = Statement(Triple.of(id, predicate_of("IS_A"), kind), (record,))
            members.setdefault(name, {})[id] = stated
            twice.setdefault(name, row["twice"])
        self.classes = {name: DrugClass(name, twice[name], held) for name, held in members.items()}
        self._of: dict[Curie, list[DrugClass]] = {}
        for one in self.classes.values():
            for id in one.members:
                self._of.setdefault(id, []).append(one)

    def classes_of(self, drug: Curie) -> tuple[DrugClass, ...]:
        """The classes that hold the drug, in the order of the table."""
        return tuple(self._of.get(drug, ()))

    def of(self, drug: DrugProfile) -> dict[str, Statement]:
        """Every kind that the drug is one of, in the words of the rules, and the statement why."""
        return dict(self._kinds(drug))

    def _kinds(self, drug: DrugProfile) -> Iterator[tuple[str, Statement]]:
        for fact, stated in drug.effects:
            yield f"effect {fact.effect}", stated
            reached = _GRADES.index(fact.grade) + 1 if fact.grade in _GRADES else 0
            for grade in _GRADES[:reached]:
                yield f"effect {fact.effect} {grade}", stated
        for premise in drug.depends:
            yield f"{premise.role} {premise.gene} {premise.strength}", premise.statement
        for one in self.classes_of(drug.id):
            yield f"class {one.name}", one.members[drug.id]


def same_class(
    a: DrugProfile, b: DrugProfile, *, kinds: DrugKinds, knowledge: DrugKnowledge
) -> Iterator[Inference]:
    """Two drugs of one class of our own table, where the table grades that; the order of the two
    changes nothing.
    """
    if b.id < a.id:
        a, b = b, a
    for one in kinds.classes_of(a.id):
        if b.id not in one.members or one.twice == "none":
            continue
        words = {"of": one.name}
        yield Inference(
            rule=f"same class: {one.name}",
            premises=(one.members[a.id], one.members[b.id]),
            severity=Severity(one.twice),
            mechanism=knowledge.templates["mechanism same class"].format(**words),
            effect=knowledge.templates["effect same class"].format(**words),
            management=knowledge.templates["management same class"].format(**words),
            reason="two of a class add up",
            graded_by=f"kgbuilder classes.tsv @{knowledge.versions['classes']}",
            perpetrator=None,
        )


def was_looked_up(statement: Statement) -> bool:
    """Whether evidence that was not just recalled supports it."""
    return any(
        not (isinstance(e, CuratedEvidence) and e.how is How.RECALLED)
        for e in statement.evidence
        if not e.refutes
    )
