"""What a graph says of a drug and the products of genes, in the roles of ``graph_roles.tsv``.

Inhibitors, inducers and substrates of enzymes and transporters join what the tables hold; agonists,
activators and antagonists of any target are known from the graph alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kgbuilder.model import Curie, Evidence, Statement, is_linked
from kgbuilder.model.belief import belief_in_any
from kgbuilder.protocols import GraphView
from kgbuilder.reason.drug_facts import Role, TargetRole
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.mechanism import DrugProfile, EnzymePremise, TargetPremise

__all__ = ["GraphRoles"]


class GraphRoles:
    """The table, read once. :raises ValueError: for a role that is none of ours."""

    def __init__(self, knowledge: DrugKnowledge) -> None:
        self._knowledge = knowledge
        self._roles: dict[str, list[tuple[str, Role | TargetRole]]] = defaultdict(list)
        for row in knowledge.rules("graph_roles"):
            role = row["role"]
            if role != Role.NONE:
                known = TargetRole(role) if role in set(TargetRole) else Role(role)
                self._roles[row["predicate"]].append((row["detail"], known))

    def with_graph(self, profile: DrugProfile, graph: GraphView) -> DrugProfile:
        """``profile`` with what ``graph`` states of the drug."""
        enzymes: list[EnzymePremise] = []
        targets: list[TargetPremise] = []
        for predicate, roles in self._roles.items():
            for statement in graph.statements(subject=profile.id, predicate=predicate):
                for detail, role in roles:
                    said = _said(statement, detail)
                    if said is None:
                        continue
                    if isinstance(role, TargetRole):
                        targets += _target(said, role, graph)
                    else:
                        enzymes += self._enzyme(said, role, graph)
        perpetrates = (p for p in enzymes if p.role is not Role.SUBSTRATE)
        depends = (p for p in enzymes if p.role is Role.SUBSTRATE)
        return replace(
            profile,
            perpetrates=_joined(profile.perpetrates, perpetrates),
            depends=_joined(profile.depends, depends),
            targets=tuple(_settled(targets)),
        )

    def _enzyme(self, said: Statement, role: Role, graph: GraphView) -> Iterator[EnzymePremise]:
        id = said.triple.object
        concept = graph.concept(id)
        written = concept.name if concept else id.local_id.rpartition("/")[2]
        gene = self._knowledge.gene(str(id), written)
        if gene is not None:
            stated = (dict(e.qualifiers).get("strength", "") for e in said.evidence)
            yield EnzymePremise(gene.symbol, role, next(filter(None, stated), "stated"), said)


def _said(statement: Statement, detail: str) -> Statement | None:
    """``statement`` as far as its evidence is about ``detail`` (``*``: all of it), or None where nothing
    supports that. What denies it without a detail denies every detail.
    """
    kept = tuple(e for e in statement.evidence if detail == "*" or _about(e, detail))
    return Statement(statement.triple, kept) if any(not e.refutes for e in kept) else None


def _about(evidence: Evidence, detail: str) -> bool:
    said = dict(evidence.qualifiers).get("detail", "")
    return said == detail or (evidence.refutes and not said)


def _target(said: Statement, role: TargetRole, graph: GraphView) -> Iterator[TargetPremise]:
    """At the target under the first of its identifiers, as far as one stated ``SAME_AS`` leads."""
    id = said.triple.object
    if not is_linked(id):
        return
    first, same = id, None
    for one in (
        *graph.statements(subject=id, predicate="SAME_AS"),
        *graph.statements(predicate="SAME_AS", object=id),
    ):
        other = min(one.triple.subject, one.triple.object)
        if other < first and any(not e.refutes for e in one.evidence):
            first, same = other, one
    concept = graph.concept(id)
    name = concept.name if concept else str(id)
    yield TargetPremise(first, name, role, said, (same,) if same else ())


def _settled(found: Iterable[TargetPremise]) -> Iterator[TargetPremise]:
    """Of each target the narrowest role on the side that is believed more. Where a drug is believed an
    antagonist as much as the contrary, what it does there is not known, and nothing follows.
    """
    at: dict[Curie, list[TargetPremise]] = defaultdict(list)
    for premise in found:
        at[premise.gene].append(premise)
    for same in at.values():
        blocks = [p for p in same if p.role is TargetRole.ANTAGONIST]
        drives = [p for p in same if p.role is not TargetRole.ANTAGONIST]
        against, for_it = (belief_in_any(p.statement for p in side) for side in (blocks, drives))
        if against == for_it:
            continue
        more, less = (blocks, drives) if against > for_it else (drives, blocks)
        narrowest = min((p.role for p in more), key=list(TargetRole).index)
        yield from (replace(p, disputed=bool(less)) for p in more if p.role is narrowest)


def _joined(
    shipped: Sequence[EnzymePremise], imported: Iterable[EnzymePremise]
) -> tuple[EnzymePremise, ...]:
    """An imported fact that the tables hold too adds its evidence; the tables' strength stays."""
    known = {(p.gene, p.role is Role.INDUCER, p.role is Role.INHIBITOR): p for p in shipped}
    for p in imported:
        key = (p.gene, p.role is Role.INDUCER, p.role is Role.INHIBITOR)
        if (kept := known.get(key)) is not None:
            statement = kept.statement.with_evidence(p.statement.evidence)
            known[key] = replace(kept, statement=statement)
        else:
            known[key] = p
    return tuple(known.values())
