"""What becomes a fact, what a patient's edge, and what neither."""

from __future__ import annotations

import pytest

from kgbuilder.assemble.statements import statements_of
from kgbuilder.model import (
    Assertion,
    Certainty,
    Curie,
    EntityType,
    Experiencer,
    Polarity,
    Span,
    Statement,
    Temporality,
    TextEvidence,
)
from kgbuilder.store.memory import MemoryStore
from tests.assemble.notes import Note, told

T = EntityType
NEGATED = Assertion(Polarity.NEGATED)
NOT_PLAIN = [
    NEGATED,
    Assertion(certainty=Certainty.UNCERTAIN),
    Assertion(certainty=Certainty.HYPOTHETICAL),
    Assertion(temporality=Temporality.HISTORICAL),
    Assertion(temporality=Temporality.PLANNED),
    Assertion(experiencer=Experiencer.FAMILY),
    Assertion(experiencer=Experiencer.OTHER),
]
CAUSED = "Warfarin caused bleeding."
paper = Note(f"{CAUSED} It was severe. Aspirin did not.", kind="paper")
WARFARIN = paper.find("Warfarin", T.DRUG, concept="DRUGBANK:DB00682")
ASPIRIN = paper.find("Aspirin", T.DRUG, concept="DRUGBANK:DB00945")
BLEEDING = paper.find("bleeding", T.DISEASE, concept="HP:0001892")


def facts(*relations: object, note: Note = paper) -> tuple[Statement, ...]:
    findings = [WARFARIN, BLEEDING, ASPIRIN]
    batch = statements_of(note.document, findings, relations, extractor="x 1")  # type: ignore[arg-type]
    MemoryStore().merge(batch)  # every quote stands where it says
    return batch.statements


def test_a_relation_is_a_fact_with_its_sentence() -> None:
    (fact,) = facts(paper.relation(WARFARIN, "CAUSES", BLEEDING, CAUSED, detail="effect"))
    assert str(fact.triple) == "DRUGBANK:DB00682 CAUSES HP:0001892"
    assert fact.triple.assertion is None
    assert fact.evidence == (
        TextEvidence(
            "n1",
            Span(0, 25),
            CAUSED,
            "x 1",
            0.8,
            section="abstract",
            qualifiers=(("detail", "effect"),),
        ),
    )


def test_a_denied_relation_refutes() -> None:
    absent = paper.find("bleeding", T.DISEASE, concept="HP:0001892", meant=NEGATED)
    denied = paper.relation(ASPIRIN, "CAUSES", absent, "Aspirin did not.", negated=True)
    (fact,) = facts(denied)
    assert fact.evidence[0].refutes


note = Note(paper.document.text)


def relates(at: Note, meant: Assertion) -> list[bool]:
    """Whether it is a fact where the condition, or the drug, is so meant; whether it may be denied."""
    finding = at.find("bleeding", T.DISEASE, concept="HP:0001892", meant=meant)
    drug = at.find("Warfarin", T.DRUG, concept="DRUGBANK:DB00682", meant=meant)
    relations = [
        at.relation(WARFARIN, "CAUSES", finding, CAUSED),
        at.relation(drug, "CAUSES", BLEEDING, CAUSED),
        at.relation(WARFARIN, "CAUSES", finding, CAUSED, negated=True),
    ]
    return [
        bool([s for s in facts(relation, note=at) if s.triple.predicate.name == "CAUSES"])
        for relation in relations
    ]


@pytest.mark.parametrize("meant", NOT_PLAIN, ids=str)
def test_what_is_not_plain_in_a_note_states_nothing(meant: Assertion) -> None:
    assert relates(note, meant) == [False, False, meant == NEGATED]


@pytest.mark.parametrize("meant", NOT_PLAIN, ids=str)
def test_a_paper_speaks_of_things_in_general_whatever_their_time_and_doubt(
    meant: Assertion,
) -> None:
    patients = meant.experiencer is Experiencer.PATIENT
    stated = patients and meant.polarity is Polarity.AFFIRMED
    assert relates(paper, meant) == [stated, stated, patients]


def test_findings_of_a_paper_alone_say_nothing() -> None:
    batch = statements_of(paper.document, [WARFARIN, BLEEDING], [], extractor="x")
    assert batch.statements == ()
    assert batch.concepts == ()
    assert batch.documents == (paper.document,)


def test_the_type_is_what_the_identifier_says() -> None:
    # "bleeding" was tagged Disease and linked to HPO, so the node is a Phenotype.
    relation = paper.relation(WARFARIN, "CAUSES", BLEEDING, CAUSED)
    batch = statements_of(paper.document, [], [relation], extractor="x")
    assert [(str(c.id), c.type) for c in batch.concepts] == [
        ("DRUGBANK:DB00682", T.DRUG),
        ("HP:0001892", T.PHENOTYPE),
    ]


def test_a_predicate_that_cannot_join_the_types_states_nothing() -> None:
    assert facts(paper.relation(BLEEDING, "TREATS", WARFARIN, CAUSED)) == ()
    mesh = paper.find("bleeding", T.DISEASE, concept="MESH:D006470")
    relation = paper.relation(WARFARIN, "CAUSES", mesh, CAUSED)
    assert len(facts(relation)) == 1
    anatomy = {Curie("MESH", "D006470"): T.ANATOMY}
    batch = statements_of(paper.document, [], [relation], extractor="x", concept_types=anatomy)
    assert batch.statements == ()


def test_nothing_is_related_to_itself() -> None:
    assert facts(paper.relation(WARFARIN, "INTERACTS_WITH", WARFARIN, CAUSED)) == ()


def test_an_unlinked_finding_keeps_its_relations() -> None:
    drug = paper.find("Aspirin", T.DRUG)
    (fact,) = facts(paper.relation(drug, "CAUSES", BLEEDING, CAUSED))
    assert str(fact.triple.subject) == "TEXT:Drug/aspirin"


def test_a_claim_across_sentences_is_one_quote() -> None:
    near = paper.relation(WARFARIN, "CAUSES", BLEEDING, "It was severe.", CAUSED)
    (fact,) = facts(near)
    (evidence,) = fact.evidence
    assert evidence.quote == f"{CAUSED} It was severe."
    assert evidence.qualifiers == ()
    far = paper.relation(WARFARIN, "CAUSES", BLEEDING, CAUSED, "Aspirin did not.")
    (fact,) = facts(far)
    (evidence,) = fact.evidence
    assert evidence.quote == paper.document.text
    assert evidence.qualifiers == (("sentences", "0-25 41-57"),)


def test_a_relation_in_a_note_is_a_fact_and_its_findings_are_the_patients() -> None:
    note = Note(CAUSED)
    drug = note.find("Warfarin", T.DRUG, concept="DRUGBANK:DB00682")
    effect = note.find("bleeding", T.PHENOTYPE, concept="HP:0001892")
    batch = statements_of(
        note.document,
        [drug, effect],
        [note.relation(drug, "CAUSES", effect, CAUSED)],
        extractor="x",
    )
    assert sorted(str(s.triple) for s in batch.statements) == [
        "DRUGBANK:DB00682 CAUSES HP:0001892",
        "Patient:n1 HAS_FINDING HP:0001892",
        "Patient:n1 TAKES DRUGBANK:DB00682",
    ]
    MemoryStore().merge(batch)


@pytest.mark.parametrize("meant", NOT_PLAIN, ids=str)
def test_a_patients_edge_says_how_it_is_meant(meant: Assertion) -> None:
    note = Note("Perhaps fever.")
    finding = note.find("fever", T.PHENOTYPE, meant=meant)
    (edge,) = statements_of(note.document, [finding], [], extractor="x").statements
    assert edge.triple.assertion == meant
    assert edge.triple.subject == Curie("Patient", "n1")


def test_which_findings_make_which_edge() -> None:
    text = "fever asthma aspirin appendectomy troponin BRCA1 c.1A>G liver human daily"
    note = Note(text)
    types = {
        "fever": T.PHENOTYPE, "asthma": T.DISEASE, "aspirin": T.DRUG,
        "appendectomy": T.PROCEDURE, "troponin": T.LAB_TEST, "BRCA1": T.GENE,
        "c.1A>G": T.VARIANT, "liver": T.ANATOMY, "human": T.ORGANISM,
    }  # fmt: skip
    findings = [note.find(words, type) for words, type in types.items()]
    batch = statements_of(note.document, findings, [], extractor="x")
    assert set(told(batch.statements)) == {
        "HAS_FINDING fever",
        "HAS_FINDING asthma",
        "TAKES aspirin",
        "UNDERWENT appendectomy",
        "UNDERWENT troponin",
        "HAS_FINDING c.1a>g",
    }
    assert len(batch.concepts) == 6


def test_quotes_are_the_sentences_given() -> None:
    note = Note("Dr. Smith saw fever. Cough, too.")
    finding = note.find("fever", T.PHENOTYPE)
    sentence = note.sentence("Dr. Smith saw fever.")
    (edge,) = statements_of(
        note.document, [finding], [], extractor="x", sentences=[sentence]
    ).statements
    assert edge.evidence[0].quote == "Dr. Smith saw fever."
    other = note.sentence("Cough, too.")
    (edge,) = statements_of(
        note.document, [finding], [], extractor="x", sentences=[other]
    ).statements
    assert edge.evidence[0].quote == "fever", "a finding outside all sentences quotes itself"


def test_a_finding_across_sentences_is_quoted_whole() -> None:
    note = Note("Had chest\npain today.")
    finding = note.find("chest\npain", T.PHENOTYPE)
    (edge,) = statements_of(note.document, [finding], [], extractor="x").statements
    assert edge.evidence[0].quote == note.document.text


def test_the_same_document_says_the_same_twice() -> None:
    relation = paper.relation(WARFARIN, "CAUSES", BLEEDING, CAUSED)
    one = statements_of(paper.document, [WARFARIN, BLEEDING], [relation], extractor="x")
    store = MemoryStore()
    store.merge(one)
    again = store.merge(
        statements_of(paper.document, [BLEEDING, WARFARIN], [relation] * 2, extractor="x")
    )
    assert not again.n_new_evidence
