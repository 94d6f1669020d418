from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.api import pipeline
from kgbuilder.assemble.reliability import reliability
from kgbuilder.assemble.statements import statements_of
from kgbuilder.assemble.table import table_rows
from kgbuilder.evaluate.corpora import CORPORA
from kgbuilder.model import (
    PREDICATES,
    Assertion,
    Curie,
    Document,
    EntityType,
    Finding,
    Mention,
    Relation,
    Sentence,
    Span,
    TextEvidence,
    predicate_of,
)

ROWS = table_rows("reliability.tsv")
OURS = f"tagger 1 + {ROWS[0]['model']}"


def test_the_table_was_fitted_with_the_weights_that_ship() -> None:
    """Else run: python pipelines/fit_belief.py --write."""
    relater = pipeline().relater
    assert relater is not None
    assert {row["model"] for row in ROWS} == {relater.name}
    assert {row["predicate"] for row in ROWS} <= set(PREDICATES)


def test_only_carved_documents_were_fitted_on() -> None:
    names = {corpus.split()[0] for row in ROWS for corpus in row["corpora"].split(", ")}
    assert names
    assert all(name.endswith("-carved") and CORPORA[name].carved for name in names)


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(sorted(PREDICATES)))
def test_it_is_a_probability_and_rises_with_what_the_model_says(
    one: float, other: float, predicate: str
) -> None:
    low, high = (reliability(p, predicate, OURS) for p in sorted((one, other)))
    assert 0.0 <= low <= high <= 1.0


def test_other_models_are_taken_at_their_word() -> None:
    assert reliability(0.9, "CAUSES", "somebody 1") == 0.9
    assert reliability(0.0, "CAUSES", OURS) == 0.0
    assert math.isnan(reliability(math.nan, "CAUSES", OURS))
    assert reliability(0.9, "CAUSES", OURS) != 0.9


TEXT = "Aspirin causes fever."
PAPER = Document("PMC9", TEXT, "s", kind="paper")


def evidence(document: Document) -> TextEvidence:
    sentence = Sentence(document.id, Span(0, len(TEXT)), TEXT)

    def finding(start: int, end: int, type: EntityType, id: Curie) -> Finding:
        mention = Mention(document.id, Span(start, end), TEXT[start:end], type)
        return Finding(mention, Assertion(), id, TEXT[start:end])

    relation = Relation(
        finding(0, 7, EntityType.DRUG, Curie("DRUGBANK", "DB00945")),
        predicate_of("CAUSES"),
        finding(15, 20, EntityType.PHENOTYPE, Curie("HP", "0001945")),
        (sentence,),
        0.9,
    )
    (statement,) = statements_of(document, (), (relation,), extractor=OURS).statements
    (found,) = statement.evidence
    assert isinstance(found, TextEvidence)
    return found


def test_evidence_carries_what_the_curve_says() -> None:
    assert evidence(PAPER).probability == reliability(0.9, "CAUSES", OURS)


PMID, PMCID, DOI = Curie("PMID", "123"), Curie("PMCID", "PMC9"), Curie("DOI", "10.1/x")


@pytest.mark.parametrize(
    ("stated", "paper"),
    [
        ((PMCID, PMID, DOI), "PMID:123"),
        ((PMID,), "PMID:123"),
        ((PMCID, DOI), "DOI:10.1/x"),
        ((PMCID,), "PMCID:PMC9"),
        ((), ""),
    ],
)
def test_evidence_says_of_which_paper_it_is(stated: tuple[Curie, ...], paper: str) -> None:
    assert evidence(replace(PAPER, identifiers=stated)).paper == paper
