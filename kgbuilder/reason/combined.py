"""Three or more drugs that only together are dangerous, and several that block one drug's routes.

The rules are ``combinations.tsv``. A part is a kind of drug (``drug_kinds``) or several joined by "or";
each part is played by another drug. ``routes: two genes`` and ``routes: one gene`` look at enzymes and
transporters: two drugs that each at least moderately inhibit a main route of a third.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from kgbuilder.model import (
    Combination,
    Curie,
    DerivedEvidence,
    EntityType,
    Severity,
    Statement,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.reason.drug_facts import Role
from kgbuilder.reason.drug_kinds import DrugKinds
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.mechanism import DrugProfile, EnzymePremise
from kgbuilder.reason.severity import gravity

__all__ = ["CombinationRules"]

_MAIN = frozenset(("sensitive", "moderate sensitive", "major"))
_MARKED = frozenset(("strong", "moderate"))
_TWO_GENES, _ONE_GENE = "routes: two genes", "routes: one gene"
_MOST = 200
"""So many combinations are told at most, the gravest first: a list of fifty drugs has thousands."""

Played = tuple[DrugProfile, Statement]


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    parts: tuple[tuple[str, ...], ...]
    narrow: str
    severity: Severity
    mechanism: str
    effect: str
    management: str
    reason: str


class CombinationRules:
    """The table, read once. :raises ValueError: for a severity that is none of ours."""

    def __init__(self, knowledge: DrugKnowledge, kinds: DrugKinds) -> None:
        self._kinds, self._version = kinds, knowledge.versions["combinations"]
        self._stacks: list[_Rule] = []
        self._routes: dict[tuple[str, str], _Rule] = {}
        for row in knowledge.rules("combinations"):
            rule = _rule_of(row)
            if rule.parts[0][0] in (_TWO_GENES, _ONE_GENE):
                self._routes[rule.parts[0][0], rule.narrow] = rule
            else:
                self._stacks.append(rule)

    def check(self, drugs: Sequence[DrugProfile]) -> tuple[Combination, ...]:
        """What the list holds together, the gravest first; each set of drugs once per rule."""
        ordered = sorted({drug.id: drug for drug in drugs}.values(), key=lambda d: d.id)
        if len(ordered) < 3:
            return ()
        kinds = {drug.id: self._kinds.of(drug) for drug in ordered}
        found: dict[tuple[str, frozenset[Curie]], Combination] = {}
        for rule in self._stacks:
            for played in _casts(rule.parts, ordered, kinds):
                key = rule.name, frozenset(drug.id for drug, _ in played)
                if key not in found:
                    found[key] = self._combination(rule, played, "")
        for one in self._blocked(ordered):
            found.setdefault((one.rule, frozenset(one.drugs)), one)
        graded = sorted(found.values(), key=lambda c: (-gravity(c.severity), c.rule, c.names))
        return tuple(graded[:_MOST])

    def _blocked(self, drugs: Sequence[DrugProfile]) -> Iterator[Combination]:
        for victim in drugs:
            routes = {p.gene: p for p in victim.depends if p.strength in _MAIN}
            blockers = [
                (drug, acts)
                for drug in drugs
                if drug.id != victim.id and routes
                for acts in drug.perpetrates
                if acts.gene in routes and acts.role is Role.INHIBITOR and acts.strength in _MARKED
            ]
            for (one, a), (two, b) in combinations(blockers, 2):
                way = _TWO_GENES if a.gene != b.gene else _ONE_GENE
                # A strong inhibitor of the same route leaves little for the other to add.
                if one.id == two.id or (way == _ONE_GENE and "strong" in (a.strength, b.strength)):
                    continue
                rule = self._routes.get((way, "yes" if victim.narrow else "no"))
                if rule is not None:
                    genes = " and ".join(dict.fromkeys((a.gene, b.gene)))
                    yield self._combination(
                        rule, _around(victim, routes, (one, a), (two, b)), genes
                    )

    def _combination(self, rule: _Rule, played: Sequence[Played], genes: str) -> Combination:
        drugs = list({drug.id: drug for drug, _ in played}.values())
        names = tuple(drug.name for drug in drugs)
        words = {"genes": genes}
        derived = DerivedEvidence(
            f"combination: {rule.name}",
            tuple(dict.fromkeys(statement for _, statement in played)),
            qualifiers=(
                ("graded_by", f"kgbuilder combinations.tsv @{self._version}"),
                ("reason", rule.reason),
                ("severity", rule.severity.value),
            ),
        )
        triple = Triple.of(
            unlinked_id(EntityType.DRUG, " + ".join(names)),
            predicate_of("CAUSES"),
            unlinked_id(EntityType.PHENOTYPE, rule.effect.format(*names, **words)),
        )
        return Combination(
            drugs=tuple(drug.id for drug in drugs),
            names=names,
            rule=rule.name,
            severity=rule.severity,
            mechanism=rule.mechanism.format(*names, **words),
            effect=rule.effect.format(*names, **words),
            management=rule.management,
            because=(Statement(triple, (derived,)),),
        )


def _casts(
    parts: Sequence[Sequence[str]],
    drugs: Sequence[DrugProfile],
    kinds: Mapping[Curie, Mapping[str, Statement]],
    taken: tuple[Played, ...] = (),
) -> Iterator[tuple[Played, ...]]:
    """Every way to give each part to another drug; of parts that are alike only the ordered ones."""
    at = len(taken)
    if at == len(parts):
        yield taken
        return
    alike = at > 0 and parts[at] == parts[at - 1]
    for drug in drugs:
        if any(drug.id == other.id for other, _ in taken) or (alike and drug.id < taken[-1][0].id):
            continue
        stated = next((kinds[drug.id][k] for k in parts[at] if k in kinds[drug.id]), None)
        if stated is not None:
            yield from _casts(parts, drugs, kinds, (*taken, (drug, stated)))


def _around(
    victim: DrugProfile,
    routes: Mapping[str, EnzymePremise],
    *acting: tuple[DrugProfile, EnzymePremise],
) -> list[Played]:
    played = [(victim, routes[acts.gene].statement) for _, acts in acting]
    return [*played, *((drug, acts.statement) for drug, acts in acting)]


def _rule_of(row: Mapping[str, str]) -> _Rule:
    parts = tuple(
        tuple(kind.strip() for kind in part.split(" or ")) for part in row["parts"].split(" + ")
    )
    return _Rule(
        row["name"], parts, row["narrow"], Severity(row["severity"]),
        row["mechanism"], row["effect"], row["management"], row["reason"],
    )  # fmt: skip
