"""Do these drugs interact, and why: :class:`InteractionChecker`.

For each pair, everything that speaks for or against an interaction is gathered as evidence of one
statement, ``a INTERACTS_WITH b``: sentences and imported records of the graph, the shipped direct
records, and what follows from the single drugs' facts. Severity is the gravest grade among what
supports it; "contraindicated" comes only from a record that was read or imported, never from a fact
that was recalled or from our own rules alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations

from kgbuilder.errors import UsageError
from kgbuilder.model import (
    Alternative,
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    DrugAnswer,
    Evidence,
    How,
    Interaction,
    InteractionReport,
    NoneKnown,
    NotChecked,
    Patient,
    PatientAnswer,
    Severity,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.ontology.lexicon import Lexicon
from kgbuilder.protocols import GraphView
from kgbuilder.reason.alternatives import alternatives_for
from kgbuilder.reason.combined import CombinationRules
from kgbuilder.reason.drug_kinds import DrugKinds, same_class
from kgbuilder.reason.drug_names import DrugResolver, GivenDrug
from kgbuilder.reason.graph_roles import GraphRoles
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.local_forms import LocalForms
from kgbuilder.reason.mechanism import (
    DrugProfile,
    Inference,
    infer,
    profile_of,
    same_substance,
)
from kgbuilder.reason.patient_rules import PatientRules
from kgbuilder.reason.severity import SeverityRules, gravity, worst
from kgbuilder.reason.warned import warned

__all__ = ["InteractionChecker"]


class InteractionChecker:
    """Checks lists of drugs against the shipped tables and, where given, a graph.

    :param knowledge: the drug tables. :param lexicon: names and brands of drugs.
    :param conditions: names of diseases, for those of a patient that the tables call otherwise.
    """

    def __init__(
        self, knowledge: DrugKnowledge, lexicon: Lexicon, *, conditions: Lexicon | None = None
    ) -> None:
        self.knowledge = knowledge
        self._conditions = conditions
        self._resolver = DrugResolver(lexicon, knowledge)
        self._rules = SeverityRules(knowledge)
        self._roles = GraphRoles(knowledge)
        self._kinds = DrugKinds(knowledge)
        self._combined = CombinationRules(knowledge, self._kinds)
        self._local = LocalForms(knowledge)
        self._profiles: dict[Curie, DrugProfile] = {}

    @cached_property
    def _patient_rules(self) -> PatientRules:
        return PatientRules(self.knowledge, self._kinds, self._resolver, self._conditions)

    def check(
        self,
        drugs: Sequence[str],
        *,
        graph: GraphView | None = None,
        patient: Patient | None = None,
        alternatives: bool = False,
    ) -> InteractionReport:
        """Every unordered pair of ``drugs``, each in exactly one of the report's first three lists.

        :param drugs: names, brands or DrugBank ids (``DB00682``, ``DRUGBANK:DB00682``).
        :param graph: its INTERACTS_WITH statements count too, and of drugs and genes what
            ``graph_roles.tsv`` lists.
        :param patient: whose allergies, conditions and so on are held against the drugs. What the
            patient takes now is checked, too; a drug that ``drugs`` names already is not asked twice.
        :param alternatives: also look for drugs of the same class that may stand in.
        :raises UsageError: when ``drugs`` is one string instead of several.
        """
        if isinstance(drugs, str):
            raise UsageError(
                f"one string where a list of drugs belongs: {drugs!r}",
                hint='check(["warfarin", "fluconazole"])',
            )
        given = [self._resolver.resolve(text, graph) for text in drugs]
        named = {id for g in given for id in g.ids}
        for text in patient.to_check() if patient is not None else ():
            taken = self._resolver.resolve(text, graph)
            if not taken.ids or not named.issuperset(taken.ids):
                given.append(taken)
        parts = [(part, at) for at, g in enumerate(given) for part in g.parts()]
        profiles = {
            part.answer.id: self._profile(
                part.answer.id, part.answer.name or str(part.answer.id), graph
            )
            for part, _ in parts
            if part.answer.id is not None
        }
        interactions: list[Interaction] = []
        none_known: list[NoneKnown] = []
        not_checked: list[NotChecked] = []
        for (first, of_first), (second, of_second) in combinations(parts, 2):
            if of_first == of_second and given[of_first].answer.contents:
                continue  # one product's
            a, b = first.answer.id, second.answer.id
            if a is None or b is None:
                not_checked.append(_unknown(first, second))
                continue
            found, denied = self._pair(first, second, profiles[a], profiles[b], graph)
            if found is None and (self._is_food(profiles[a]) or self._is_food(profiles[b])):
                found = self._patient_rules.with_food(profiles[a], profiles[b])
            if found is not None:
                interactions.append(self._local.held(found, first, second))
                continue
            missing = self._missing(first, second)
            if missing is not None:
                not_checked.append(replace(missing, why=missing.why + _denials(denied)))
            else:
                none_known.append(NoneKnown(_inputs(first, second), self._compared(graph)))
        return InteractionReport(
            drugs=tuple(g.answer for g in given),
            interactions=tuple(interactions),
            none_known=tuple(none_known),
            not_checked=tuple(not_checked),
            combinations=tuple(
                found
                for found in self._combined.check([*profiles.values()])
                if not any(g.answer.contents and {*found.drugs} <= {*g.ids} for g in given)
            ),
            alternatives=self._alternatives(interactions, profiles, graph) if alternatives else (),
            patient=self._about(patient, profiles) if patient is not None else None,
        )

    def _about(self, patient: Patient, profiles: Mapping[Curie, DrugProfile]) -> PatientAnswer:
        warnings, unknown = self._patient_rules.check([*profiles.values()], patient)
        return PatientAnswer(patient, warnings, (*patient.not_read, *unknown))

    def _alternatives(
        self,
        interactions: Sequence[Interaction],
        profiles: Mapping[Curie, DrugProfile],
        graph: GraphView | None,
    ) -> tuple[Alternative, ...]:
        def grade(use: Curie, other: Curie) -> Severity | None:
            one, two = (
                profiles.get(id) or self._profile(id, self.knowledge.names[id], graph)
                for id in (use, other)
            )
            found, _ = self._pair(_named(one), _named(two), one, two, graph)
            return found.severity if found else None

        return alternatives_for(
            interactions, [*profiles], grade=grade, kinds=self._kinds, knowledge=self.knowledge
        )

    def _profile(self, id: Curie, name: str, graph: GraphView | None) -> DrugProfile:
        if id not in self._profiles:
            self._profiles[id] = profile_of(id, name, self.knowledge)
        profile = self._profiles[id]
        return profile if graph is None else self._roles.with_graph(profile, graph)

    def _pair(
        self,
        first: GivenDrug,
        second: GivenDrug,
        a: DrugProfile,
        b: DrugProfile,
        graph: GraphView | None,
    ) -> tuple[Interaction | None, tuple[Evidence, ...]]:
        """The interaction, or None and the evidence that denies one."""
        if a.id == b.id:
            named = ((first.input, *first.named_by), (second.input, *second.named_by))
            twice = same_substance(a, named, knowledge=self.knowledge, rules=self._rules)
            inferences: tuple[Inference, ...] = (twice,)
            evidence: list[Evidence] = []
        else:
            inferences = (
                *infer(a, b, knowledge=self.knowledge, rules=self._rules),
                *warned(a, b, knowledge=self.knowledge, kinds=self._kinds),
                *same_class(a, b, kinds=self._kinds, knowledge=self.knowledge),
            )
            evidence = [fact.evidence for fact in self.knowledge.direct(a.id, b.id)]
            evidence += _stated(a.id, b.id, graph)
        evidence += [
            DerivedEvidence(i.rule, i.premises, qualifiers=i.qualifiers) for i in inferences
        ]
        supporting = [item for item in evidence if not item.refutes]
        if not supporting:
            return None, tuple(evidence)
        return self._interaction(a, b, inferences, evidence), ()

    def _interaction(
        self,
        a: DrugProfile,
        b: DrugProfile,
        inferences: Sequence[Inference],
        evidence: Sequence[Evidence],
    ) -> Interaction:
        triple = Triple.of(a.id, predicate_of("INTERACTS_WITH"), b.id)
        statement = Statement(triple, tuple(evidence))
        graded = sorted(
            ((self._grade(item), item) for item in statement.evidence if not item.refutes),
            key=lambda pair: (-gravity(pair[0]), _kind(pair[1])),
        )
        ordered = [item for _, item in graded]
        one, two = _perpetrator_first(a, b, inferences)
        return Interaction(
            drugs=(one.id, two.id),
            names=(one.name, two.name),
            severity=worst(severity for severity, _ in graded),
            mechanism=_texts(ordered, "mechanism"),
            effect=_texts(ordered, "effect"),
            management=_texts(ordered, "management"),
            onset=_texts(ordered, "onset"),
            because=(statement,),
        )

    def _grade(self, evidence: Evidence) -> Severity:
        """Our grade of one piece of evidence."""
        words = _qualifier(evidence, "severity")
        grade = self._rules.of_source_grade(words) if words else Severity.UNKNOWN
        recalled = isinstance(evidence, CuratedEvidence) and evidence.how is How.RECALLED
        return Severity.MAJOR if recalled and grade is Severity.CONTRAINDICATED else grade

    def _missing(self, first: GivenDrug, second: GivenDrug) -> NotChecked | None:
        which, why = [], []
        for given in (first, second):
            assert given.answer.id is not None  # noqa: S101  (the caller saw to it)
            missing = self.knowledge.uncovered(given.answer.id)
            if missing:
                which.append(given.input)
                stated = f"no row states its {', its '.join(missing)}"
                if (given.answer.name or "").casefold() in self._foods:
                    stated += ", and no rule about it is about the other"
                why.append(f"{given.input}: {given.answer.why or stated}")
        if not which:
            return None
        return NotChecked(_inputs(first, second), tuple(which), "; ".join(why))

    @cached_property
    def _foods(self) -> frozenset[str]:
        """Foods and habits that rules about patients name."""
        rows = self.knowledge.rows("patient_rules")
        return frozenset(row["when"] for _, row in rows if row["kind"] == "substance")

    def _is_food(self, drug: DrugProfile) -> bool:
        return drug.name.casefold() in self._foods

    def _compared(self, graph: GraphView | None) -> tuple[str, ...]:
        tables = self.knowledge.compared()
        return tables if graph is None else (*tables, "the graph that was given")


def _unknown(first: GivenDrug, second: GivenDrug) -> NotChecked:
    unknown = [given for given in (first, second) if given.answer.id is None]
    return NotChecked(
        drugs=_inputs(first, second),
        which=tuple(given.input for given in unknown),
        why="; ".join(f"{given.input!r}: {given.answer.why}" for given in unknown),
    )


def _named(drug: DrugProfile) -> GivenDrug:
    return GivenDrug(DrugAnswer(drug.name, drug.name, drug.id), named_by=("identifier", ""))


def _inputs(first: GivenDrug, second: GivenDrug) -> tuple[str, str]:
    return first.input, second.input


def _stated(a: Curie, b: Curie, graph: GraphView | None) -> list[Evidence]:
    """What the graph states of the pair, either way round."""
    if graph is None:
        return []
    name = "INTERACTS_WITH"
    either = (
        *graph.statements(subject=a, predicate=name, object=b),
        *graph.statements(subject=b, predicate=name, object=a),
    )
    return [item for statement in either for item in statement.evidence]


def _perpetrator_first(
    a: DrugProfile, b: DrugProfile, inferences: Sequence[Inference]
) -> tuple[DrugProfile, DrugProfile]:
    """The drug that changes the other's level first, by the gravest inference; else by id."""
    one, two = (a, b) if a.id <= b.id else (b, a)
    acting = [i for i in inferences if i.perpetrator is not None]
    if acting:
        gravest = max(acting, key=lambda i: (gravity(i.severity), i.perpetrator == one.id))
        if gravest.perpetrator == two.id:
            return two, one
    return one, two


def _qualifier(evidence: Evidence, key: str) -> str:
    return next((value for name, value in evidence.qualifiers if name == key), "")


def _kind(evidence: Evidence) -> tuple[int, str]:
    """Records before derivations before sentences, then by their words."""
    order = 0 if isinstance(evidence, CuratedEvidence) else 1
    return order if order == 0 else 1 + isinstance(evidence, DerivedEvidence), _qualifier(
        evidence, "mechanism"
    )


def _texts(ordered: Iterable[Evidence], key: str) -> str:
    """What the evidence says under ``key``, the gravest first, each thing once."""
    return "; ".join(dict.fromkeys(t for item in ordered if (t := _qualifier(item, key))))


def _denials(evidence: Sequence[Evidence]) -> str:
    n = len(evidence)
    denies = "one source denies" if n == 1 else f"{n} sources deny"
    return f"; {denies} an interaction" if evidence else ""
