"""Recognizers side by side, against figures counted by hand; what gold holds that spans cannot."""

from __future__ import annotations

import pytest

from kgbuilder.evaluate.extraction import GoldMentions, compare_recognizers, n_nested
from kgbuilder.evaluate.labels import labels_of
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.evaluate.report import to_json, to_text
from kgbuilder.model import Span

NOTHING = GoldMentions(0, 0, 0, 0)


def at(start: int, end: int, type: str = "Drug") -> LabelledSpan:
    return LabelledSpan("d", Span(start, end), type)


def test_the_difference_is_ours_minus_theirs_with_a_paired_interval() -> None:
    gold = {str(i): [at(0, 5), at(10, 15)] for i in range(30)}
    ours = {str(i): [at(0, 5), at(10, 15)] for i in range(30)}
    theirs = {str(i): [at(0, 5), at(11, 15)] if i % 2 else [at(0, 5)] for i in range(30)}
    report = compare_recognizers(
        gold, {"ours": ours, "theirs": theirs}, corpus="c", counted=NOTHING, seed=3
    )
    assert report.scores.strict.f1 == 1
    (other,) = report.against
    precision, recall = 30 / 45, 30 / 60
    assert other.scores.strict.recall == pytest.approx(recall)
    assert other.difference.precision == pytest.approx(1 - precision)
    assert other.difference.f1 == pytest.approx(1 - 2 * 30 / (60 + 45))
    interval = other.difference.f1_interval
    assert interval.low <= other.difference.f1 <= interval.high
    assert interval.low > 0


def test_a_recognizer_against_itself_differs_by_nothing_at_all() -> None:
    gold = {str(i): [at(0, 5)] for i in range(9)}
    found = {str(i): [at(0, 5 + i % 2)] for i in range(9)}
    report = compare_recognizers(
        gold, {"a": found, "b": dict(found)}, corpus="c", counted=NOTHING, n_samples=200
    )
    difference = report.against[0].difference
    assert difference.f1 == 0
    assert (difference.f1_interval.low, difference.f1_interval.high) == (0, 0)


def test_either_type_counts_for_both_sides() -> None:
    gold = {"a": [at(0, 5, "Disease")]}
    found = {"ours": {"a": [at(0, 5, "Phenotype")]}, "theirs": {"a": [at(0, 5, "Disease")]}}
    both = frozenset({frozenset({"Disease", "Phenotype"})})
    report = compare_recognizers(gold, found, corpus="c", counted=NOTHING, equivalent=both)
    assert report.scores.strict.f1 == report.against[0].scores.strict.f1 == 1
    assert report.against[0].difference.f1 == 0


def test_no_documents_and_a_silent_recognizer() -> None:
    empty = compare_recognizers({}, {"a": {}, "b": {}}, corpus="c", counted=NOTHING)
    assert empty.against[0].difference.f1 == 0
    silent = compare_recognizers(
        {"x": [at(0, 5)]}, {"a": {"x": [at(0, 5)]}, "b": {}}, corpus="c", counted=NOTHING
    )
    assert silent.against[0].difference.f1 == 1


@pytest.mark.parametrize(
    ("places", "lost"),
    [
        ([], 0),
        ([(0, 5), (5, 9)], 0),
        ([(0, 20), (0, 5)], 1),
        ([(0, 20), (0, 5), (6, 10)], 1),
        ([(0, 6), (4, 10), (8, 12)], 1),
        ([(0, 5), (0, 5)], 0),
    ],
)
def test_mentions_that_overlap_cannot_all_be_found(
    places: list[tuple[int, int]], lost: int
) -> None:
    assert n_nested([at(*place) for place in places]) == lost


def test_text_and_json_show_every_system_and_what_gold_lost() -> None:
    gold = {"a": [at(0, 5), at(10, 15)], "b": [at(0, 3, "Gene")]}
    report = compare_recognizers(
        gold,
        {"ours 1": gold, "spacy:x": {"a": [at(0, 5)]}},
        corpus="some-test",
        counted=GoldMentions(3, 1, 2, 7),
    )
    text = to_text(report)
    for told in ("some-test", "ours 1", "spacy:x", "ours minus", "1 of them in pieces", "7 under"):
        assert told in text
    record = to_json(report)
    assert record["strict"]["f1"] == 1, "ours stands at the top, as it did alone"
    assert record["against"][0]["system"] == "spacy:x"
    assert record["against"][0]["difference"]["f1_interval"]["low"] >= 0
    assert record["gold"]["n_nested"] == 2


@pytest.mark.parametrize("corpus", ["maccrobat", "phee-test", "e3c-test", "anatem-test"])
def test_named_corpora_say_what_their_labels_mean(corpus: str) -> None:
    assert labels_of(corpus).mentions
