from __future__ import annotations

import math
from dataclasses import replace

import pytest

from kgbuilder.errors import UsageError
from kgbuilder.evaluate.annotated import AnnotatedDocument, AnnotatedRelation, Annotation
from kgbuilder.evaluate.calibration import BeliefReport
from kgbuilder.evaluate.labels import Labels
from kgbuilder.evaluate.report import to_json, to_text
from kgbuilder.scoring_belief import Claim, beliefs_of_gold, claims_of, indra_prior
from tests.wiring.test_build import PIPELINE

TEXT = "Warfarin interacts with fluconazole. Warfarin, fluconazole. Aspirin with ibuprofen."
LABELS = Labels({"drug": ("Drug",)}, {"int": "INTERACTS_WITH"}, by_concept=True)


def annotation(name: str, id: str, nth: int = 0) -> Annotation:
    start = [at for at in range(len(TEXT)) if TEXT.casefold().startswith(name, at)][nth]
    return Annotation(f"T{start}", start, start + len(name), "drug", (id,))


ENTITIES = (
    annotation("warfarin", "W"),
    annotation("fluconazole", "F"),
    annotation("warfarin", "W", 1),
    annotation("fluconazole", "F", 1),
    annotation("aspirin", "A"),
    annotation("ibuprofen", "I"),
)
GOLD = [AnnotatedDocument("d", TEXT, ENTITIES, (AnnotatedRelation("int", "W", "F"),), "d")]


def test_a_claim_is_what_a_document_says_of_two_things_in_any_number_of_sentences() -> None:
    claims = sorted(claims_of(GOLD, LABELS, PIPELINE), key=lambda c: c.is_right)
    assert claims == [
        Claim("d", "INTERACTS_WITH", (0.9,), False),
        Claim("d", "INTERACTS_WITH", (0.9, 0.9), True),
    ]


def test_three_ways_to_believe_stand_side_by_side() -> None:
    report = beliefs_of_gold(GOLD, LABELS, PIPELINE)
    assert isinstance(report, BeliefReport)
    assert math.isclose(report.as_read.ece, 0.4), "half of what is said with 0.9 is right"
    assert math.isclose(report.indra.ece, (0.65 + (1 - 0.86)) / 2)
    assert "INDRA" in to_text(report)
    assert to_json(report)["belief"]["n"] == 2


def test_the_prior_of_indra_by_hand() -> None:
    assert math.isclose(indra_prior(1), 0.65)
    assert math.isclose(indra_prior(2), 0.86)


@pytest.mark.parametrize(
    "labels",
    [replace(LABELS, relations={}), replace(LABELS, all_related=True)],
    ids=["nothing is related", "only what is related is marked"],
)
def test_a_corpus_that_cannot_judge_is_refused(labels: Labels) -> None:
    with pytest.raises(UsageError, match="belief"):
        list(claims_of(GOLD, labels, PIPELINE))
