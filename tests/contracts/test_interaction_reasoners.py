"""One contract for every InteractionReasoner: pairs in input order, pure, reasons that suffice."""

from __future__ import annotations

import copy

import pytest

from kgbuilder.model import Severity, belief
from kgbuilder.protocols import InteractionReasoner
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge
from tests.reason.interaction_doubles import FewStatements, interacts, lexicon_of, sentence


def _shipped() -> InteractionReasoner:
    knowledge = DrugKnowledge.shipped()
    return InteractionChecker(knowledge, lexicon_of(knowledge.names))


@pytest.fixture(params=[_shipped], ids=["shipped tables"], scope="module")
def reasoner(request: pytest.FixtureRequest) -> InteractionReasoner:
    return request.param()


DRUGS = ("warfarin", "qwertymab", "metformin", "fluconazole", "uncoveredine")


def test_inputs_are_echoed_in_order(reasoner: InteractionReasoner) -> None:
    report = reasoner.check(DRUGS, graph=None)
    assert tuple(d.input for d in report.drugs) == DRUGS


def test_pairs_come_in_input_order(reasoner: InteractionReasoner) -> None:
    report = reasoner.check(DRUGS, graph=None)
    for pairs in (report.none_known, report.not_checked):
        order = [tuple(DRUGS.index(d) for d in pair.drugs) for pair in pairs]
        assert order == sorted(order)


def test_the_list_and_the_graph_are_left_alone(reasoner: InteractionReasoner) -> None:
    graph = FewStatements([interacts("DB00682", "DB00331", sentence())])
    drugs = list(DRUGS)
    before = copy.deepcopy(list(graph.statements()))
    reasoner.check(drugs, graph=graph)
    assert drugs == list(DRUGS)
    assert list(graph.statements()) == before


def test_a_graph_leaves_no_trace_in_later_answers(reasoner: InteractionReasoner) -> None:
    plain = reasoner.check(DRUGS, graph=None)
    graph = FewStatements([interacts("DB00682", "DB00331", sentence())])
    assert reasoner.check(DRUGS, graph=graph) != plain
    assert reasoner.check(DRUGS, graph=None) == plain


def test_belief_and_severity_follow_from_the_reasons(reasoner: InteractionReasoner) -> None:
    for found in reasoner.check(DRUGS, graph=None).interactions:
        none = 1.0
        for statement in found.because:
            none *= 1.0 - belief(statement)
        assert found.belief == pytest.approx(1.0 - none)
        graded = {
            dict(e.qualifiers).get("severity", "unknown")
            for statement in found.because
            for e in statement.evidence
        }
        assert found.severity in graded or found.severity is Severity.MAJOR


def test_an_unknown_name_has_no_id_and_no_name(reasoner: InteractionReasoner) -> None:
    report = reasoner.check(["qwertymab"], graph=None)
    assert (report.drugs[0].name, report.drugs[0].id) == (None, None)
