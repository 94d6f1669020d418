"""The ``-from-text`` tasks: every stage ours, here with doubles or words for models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.annotated import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.evaluate.labels import Labels
from kgbuilder.evaluate.report import to_json, to_text
from kgbuilder.scoring_assertions import assertions_from_text, assertions_of_gold
from kgbuilder.scoring_links import links_from_text, links_of_gold
from kgbuilder.scoring_relations import relations_from_text
from tests.wiring.test_build import PIPELINE

TEXT = "Warfarin interacts with fluconazole tablets. No aspirin, ibuprofen or zorvaquinol."
LABELS = Labels({"drug": ("Drug",)}, {"int": "INTERACTS_WITH"})


def annotated(words: str, id: str = "", **attrs: str) -> Annotation:
    start = TEXT.index(words)
    ids = (id,) if id else ()
    return Annotation(words, start, start + len(words), "drug", ids, tuple(attrs.items()))


def document(*entities: Annotation, pairs: tuple[tuple[str, str], ...] = ()) -> AnnotatedDocument:
    relations = tuple(AnnotatedRelation("int", a, b) for a, b in pairs)
    return AnnotatedDocument("d", TEXT, entities, relations, "d")


PAIRED = document(
    annotated("Warfarin"),
    annotated("fluconazole tablets"),
    annotated("aspirin"),
    annotated("ibuprofen"),
    pairs=(("fluconazole tablets", "Warfarin"), ("aspirin", "ibuprofen"), ("Warfarin", "aspirin")),
)


def test_a_relation_of_mentions_is_found_when_both_its_ends_are() -> None:
    report = relations_from_text([PAIRED], LABELS, PIPELINE)
    assert (report.pair.counts.n_gold, report.pair.counts.n_predicted) == (3, 2)
    assert report.pair.counts.n_right == 1, "fluconazole is not the whole of the mention"
    assert report.typed_overlapping is not None
    assert report.typed_overlapping.counts.n_right == 2
    assert "pair and type, ends overlap" in to_text(report)


def test_a_relation_with_an_end_that_the_corpus_does_not_annotate_is_wrong() -> None:
    known = replace(PAIRED, entities=PAIRED.entities[:3])
    report = relations_from_text([known], LABELS, PIPELINE)
    assert (report.typed.counts.n_gold, report.typed.counts.n_predicted) == (2, 2)
    assert report.typed.counts.n_right == 0


def test_where_only_related_pairs_are_marked_no_other_counts() -> None:
    marked = replace(PAIRED, relations=PAIRED.relations[1:])
    report = relations_from_text([marked], replace(LABELS, all_related=True), PIPELINE)
    assert (report.pair.precision, report.pair.recall) == (1, 0.5)


def test_how_mentions_are_meant_from_text_and_given() -> None:
    told = document(
        annotated("fluconazole tablets", polarity="affirmed"),
        annotated("aspirin", polarity="negated"),
        annotated("zorvaquinol", polarity="negated"),
    )
    given = assertions_of_gold([told], LABELS, PIPELINE)
    assert (given.n_mentions, given.n_not_found) == (3, 0)
    assert given.by_value["polarity=negated"].recall == 1
    read = assertions_from_text([told], LABELS, PIPELINE)
    assert (read.n_mentions, read.n_not_found) == (3, 1), "a name that no dictionary has"
    assert read.by_value["polarity=negated"].recall == 0.5
    assert read.by_value["polarity=affirmed"].f1 == 1
    for task in (assertions_of_gold, assertions_from_text):
        with pytest.raises(UsageError, match="how it is meant"):
            task([PAIRED], LABELS, PIPELINE)


def test_concepts_from_text_and_mentions_given() -> None:
    told = document(
        annotated("Warfarin", "DRUGBANK:DB00682"), annotated("zorvaquinol", "DRUGBANK:DB99999")
    )
    given = links_of_gold([told], LABELS, PIPELINE)
    assert (given.n_mentions, given.by_type["Drug"].n_right) == (2, 1)
    read = links_from_text([told], LABELS, PIPELINE)
    assert (read.concepts.counts.n_gold, read.concepts.counts.n_right) == (2, 1)
    assert read.concepts.counts.n_predicted == 4, "what the corpus does not hold counts against it"
    assert to_json(read)["by_type"]["Drug"]["recall"] == 0.5
