"""Spans, relations, links and assertions, against figures counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.assertions import aligned_assertions, score_assertions
from kgbuilder.evaluate.links import accuracy_of, score_document_concepts, score_links
from kgbuilder.evaluate.records import LabelledRelation, LabelledSpan, type_classes
from kgbuilder.evaluate.relations import score_relations
from kgbuilder.evaluate.report import table, to_json, to_text
from kgbuilder.evaluate.spans import score_spans
from kgbuilder.model import Assertion, Certainty, Polarity, Span, Temporality

EQUIVALENT = frozenset({frozenset({"Disease", "Phenotype"})})


def _span(start: int, end: int, type: str = "Disease", *ids: str) -> LabelledSpan:
    return LabelledSpan("d", Span(start, end), type, frozenset(ids))


class TestSpans:
    def test_strict_and_overlapping(self) -> None:
        gold = {"a": [_span(0, 5), _span(10, 15)], "b": [_span(0, 4, "Drug")]}
        predicted = {"a": [_span(0, 5), _span(11, 15), _span(30, 33)], "b": []}
        report = score_spans(gold, predicted, n_samples=50)
        assert report.strict.precision == pytest.approx(1 / 3)
        assert report.strict.recall == pytest.approx(1 / 3)
        assert report.overlapping.precision == pytest.approx(2 / 3)
        assert report.overlapping.recall == pytest.approx(2 / 3)
        assert report.strict_by_type["Drug"].f1 == 0
        assert report.overlapping_by_type["Disease"].recall == 1
        assert report.n_documents == 2

    def test_the_type_must_be_right(self) -> None:
        gold, predicted = {"a": [_span(0, 5)]}, {"a": [_span(0, 5, "Phenotype")]}
        assert score_spans(gold, predicted).strict.f1 == 0
        assert score_spans(gold, predicted).overlapping.f1 == 0
        report = score_spans(gold, predicted, equivalent=EQUIVALENT)
        assert report.strict.f1 == 1
        assert list(report.strict_by_type) == ["Disease|Phenotype"]

    def test_the_same_span_counts_once(self) -> None:
        gold = {"a": [_span(0, 5), _span(0, 5), _span(0, 5, "Phenotype")]}
        report = score_spans(gold, {"a": [_span(0, 5)] * 4}, equivalent=EQUIVALENT)
        assert report.strict.counts.n_gold == report.strict.counts.n_predicted == 1
        assert report.strict.f1 == 1

    def test_a_long_prediction_finds_one_of_three(self) -> None:
        gold = {"a": [_span(0, 5), _span(6, 10), _span(11, 20)]}
        report = score_spans(gold, {"a": [_span(0, 20)]})
        assert report.overlapping.precision == 1
        assert report.overlapping.recall == pytest.approx(1 / 3)

    def test_touching_spans_do_not_overlap(self) -> None:
        assert score_spans({"a": [_span(0, 5)]}, {"a": [_span(5, 8)]}).overlapping.f1 == 0

    def test_a_document_on_one_side_only_counts(self) -> None:
        report = score_spans({"a": [_span(0, 5)]}, {"b": [_span(0, 5)]})
        assert report.strict.counts.n_gold == report.strict.counts.n_predicted == 1
        assert report.strict.f1 == 0
        assert report.n_documents == 2

    def test_nothing_at_all(self) -> None:
        report = score_spans({}, {})
        assert report.strict.f1 == 0
        assert report.strict_by_type == {}
        assert "0 documents" in to_text(report)

    def test_the_interval_holds_the_point_and_is_seeded(self) -> None:
        gold = {str(i): [_span(0, 5)] for i in range(40)}
        predicted = {str(i): [_span(0, 5 + i % 2)] for i in range(40)}
        report = score_spans(gold, predicted, seed=7)
        interval = report.strict.f1_interval
        assert interval is not None
        assert interval.low < report.strict.f1 == 0.5 < interval.high
        assert report == score_spans(gold, predicted, seed=7)
        assert interval != score_spans(gold, predicted, seed=8).strict.f1_interval
        assert score_spans(gold, predicted, n_samples=0).strict.f1_interval is None


def test_groups_that_share_a_type_are_one() -> None:
    groups = frozenset({frozenset({"A", "B"}), frozenset({"B", "C"})})
    assert type_classes(groups, ["A", "C", "D"]) == {"A": "A|B|C", "C": "A|B|C", "D": "D"}


class TestRelations:
    def test_pair_and_type(self) -> None:
        gold = {"d": [LabelledRelation("d", "x", "y", "CAUSES"), _treats("p", "q")]}
        predicted = {"d": [LabelledRelation("d", "x", "y", "TREATS"), _treats("p", "q")]}
        report = score_relations(gold, predicted)
        assert report.pair.f1 == 1
        assert report.typed.f1 == 0.5
        assert report.by_type["TREATS"].precision == 0.5
        assert report.macro_f1 == pytest.approx((0 + 2 / 3) / 2)

    def test_direction_counts_unless_symmetric(self) -> None:
        def typed(symmetric: bool) -> float:
            gold = LabelledRelation("d", "x", "y", "R", symmetric=symmetric)
            turned = LabelledRelation("d", "y", "x", "R", symmetric=symmetric)
            return score_relations({"d": [gold]}, {"d": [turned]}).typed.f1

        assert (typed(True), typed(False)) == (1, 0)

    def test_the_same_relation_counts_once(self) -> None:
        report = score_relations({"d": [_treats("p", "q")]}, {"d": [_treats("p", "q")] * 3})
        assert report.typed.precision == 1


def _treats(head: str, tail: str) -> LabelledRelation:
    return LabelledRelation("d", head, tail, "TREATS")


class TestLinks:
    def test_right_wrong_refused_and_unlinkable(self) -> None:
        gold = {"d": [{"M:1"}, {"M:2", "M:3"}, {"M:4"}, set()]}
        candidates = {"d": [["M:1"], ["M:9", "M:3"], [], ["M:5"]]}
        report = score_links(gold, candidates, top=(1, 2))
        assert report.linked.recall == pytest.approx(1 / 3)
        assert report.linked.precision == pytest.approx(1 / 3)
        assert report.accuracy_at == {1: pytest.approx(1 / 3), 2: pytest.approx(2 / 3)}
        assert (report.n_mentions, report.n_unlinkable, report.n_falsely_linked) == (4, 1, 1)

    def test_sides_must_be_aligned(self) -> None:
        with pytest.raises(UsageError, match="2 gold and 1"):
            score_links({"d": [{"a"}, {"b"}]}, {"d": [["a"]]})

    def test_accuracy_counts_what_is_held_and_tells_refusals_from_errors(self) -> None:
        gold = {"d": [("M:1",), ("M:2", "M:3"), ("M:4",), ("M:5",), (), ("X:1",)], "e": [("M:1",)]}
        given = {"d": [{"M:1"}, {"M:2"}, set(), {"M:9"}, {"M:1"}, set()], "e": [{"M:1"}]}
        held = {"M:1", "M:2", "M:3", "M:4", "M:5"}
        found = accuracy_of(gold, given, held=held)
        assert (found.n_mentions, found.n_right, found.n_refused, found.n_wrong) == (5, 2, 1, 2)
        assert (found.n_composite, found.n_outside, found.accuracy) == (1, 1, 0.4)
        assert found.interval.low <= 0.4 <= found.interval.high
        both = accuracy_of({"d": [("M:2", "M:3")]}, {"d": [{"M:2", "M:3"}]})
        assert both.accuracy == 1
        assert accuracy_of({}, {}).accuracy == 0
        with pytest.raises(UsageError, match="1 gold and 0"):
            accuracy_of({"d": [("a",)]}, {"d": []})

    def test_concepts_of_a_document(self) -> None:
        gold = {"d": [_span(0, 1, "Disease", "M:1"), _span(5, 6, "Disease", "M:1", "M:2")]}
        found = {"d": [_span(8, 9, "Phenotype", "M:1", "M:7"), _span(0, 1, "Drug", "M:2")]}
        report = score_document_concepts(gold, found, equivalent=EQUIVALENT)
        assert report.concepts.precision == pytest.approx(2 / 3)
        assert report.concepts.recall == 1
        assert report.by_type["Disease|Phenotype"].recall == 0.5
        assert report.by_type["Drug"].precision == 0
        assert "ids of a document" in to_text(report)


class TestAssertions:
    PLAIN = Assertion()
    NEGATED = Assertion(Polarity.NEGATED)
    OLD = Assertion(temporality=Temporality.HISTORICAL)

    def test_by_value_and_the_error_that_hurts(self) -> None:
        gold = {"a": [self.NEGATED, self.NEGATED, self.OLD], "b": [self.PLAIN]}
        predicted = {"a": [self.NEGATED, self.PLAIN, self.OLD], "b": [self.NEGATED]}
        report = score_assertions(gold, predicted)
        assert report.by_value["polarity=negated"].precision == 0.5
        assert report.by_value["polarity=negated"].recall == 0.5
        assert report.by_value["temporality=historical"].f1 == 1
        assert report.accuracy["polarity"] == 0.5
        assert report.accuracy["all"] == 0.5
        assert report.accuracy_interval is not None
        interval = report.accuracy_interval["all"]
        assert interval.low <= 0.5 <= interval.high
        assert "all 0.500 (0.000-0.667)" in to_text(report)
        assert score_assertions(gold, predicted, n_samples=0).accuracy_interval is None
        assert (report.missed_as_plain, report.n_not_plain, report.n_mentions) == (1, 3, 4)

    def test_cues_do_not_count(self) -> None:
        cued = Assertion(Polarity.NEGATED, cues=(Span(0, 2),))
        assert score_assertions({"a": [self.NEGATED]}, {"a": [cued]}).accuracy["all"] == 1

    def test_sides_must_be_aligned(self) -> None:
        with pytest.raises(UsageError, match="1 gold and 0"):
            score_assertions({"a": [self.PLAIN]}, {"a": []})

    def test_what_is_not_found_is_missed_and_never_right(self) -> None:
        gold = {"a": [self.NEGATED, self.NEGATED, self.PLAIN]}
        report = score_assertions(gold, {"a": [self.NEGATED, None, None]})
        assert report.by_value["polarity=negated"].recall == 0.5
        assert report.by_value["polarity=negated"].precision == 1
        assert report.by_value["polarity=affirmed"].recall == 0
        assert report.accuracy["all"] == pytest.approx(1 / 3)
        assert (report.n_not_found, report.missed_as_plain) == (2, 0)
        assert "2 mentions were not found" in to_text(report)

    def test_a_mention_is_aligned_with_what_overlaps_it_or_with_nothing(self) -> None:
        doubt = Assertion(certainty=Certainty.UNCERTAIN)
        gold = {
            "a": [
                LabelledSpan("a", Span(0, 5), "Disease", assertion=doubt),
                LabelledSpan("a", Span(9, 12), "Disease", assertion=doubt),
            ]
        }
        found = {"a": [LabelledSpan("a", Span(1, 5), "Phenotype", assertion=self.PLAIN)]}
        assert aligned_assertions(gold, found) == {"a": [(doubt, self.PLAIN), (doubt, None)]}
        assert aligned_assertions(found, gold) == {"a": [(self.PLAIN, doubt)]}


def test_reports_become_json_and_text() -> None:
    gold = {"a": [_span(0, 5)]}
    record = json.loads(json.dumps(to_json(score_spans(gold, gold))))
    assert record["strict"]["f1"] == 1
    assert record["strict"]["f1_interval"] == {"low": 1.0, "high": 1.0}
    assert record["strict_by_type"]["Disease"]["counts"]["n_gold"] == 1
    lines = to_text(score_spans(gold, gold)).splitlines()
    assert lines[1].split() == [
        "all,",
        "strict",
        "1.000",
        "1.000",
        "1.000",
        "1.000-1.000",
        "1",
        "1",
    ]
    reports = (
        score_relations({"d": [_treats("p", "q")]}, {}),
        replace(
            score_links({"d": [{"a"}]}, {"d": [["a"]]}),
            by_type={"Drug": accuracy_of({"d": [("a",)]}, {"d": [{"a"}]})},
        ),
        score_assertions({"a": [Assertion()]}, {"a": [Assertion()]}),
    )
    for report in reports:
        json.dumps(to_json(report))
        assert to_text(report)


def test_table_pads_its_columns() -> None:
    assert table(("", "n"), [("long", "1"), ("x", "20")]).splitlines() == [
        "       n",
        "long   1",
        "x     20",
    ]
