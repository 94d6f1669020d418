"""The stages in a row, with doubles for the models: what is skipped, deleted, kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.config import Recipe, RecognizeRecipe, RelateRecipe
from kgbuilder.issues import Issues
from kgbuilder.link.linker import LexiconLinker
from kgbuilder.model import (
    Concept,
    CuratedEvidence,
    Curie,
    DeletedDocument,
    Document,
    EntityType,
    Finding,
    Relation,
    Sentence,
    Statement,
    Triple,
    is_linked,
    predicate_of,
)
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.protocols import Batch
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.recognize.dictionary import DictionaryRecognizer
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.shards import ReadHere, build_graph
from kgbuilder.stages import Pipeline
from kgbuilder.store.memory import MemoryStore
from kgbuilder.wire import Imported, imported_by, imported_names, pipeline_of

LEXICON = Vocabularies().lexicon({EntityType.DRUG})


class AllPairs:
    """Every two drugs of a sentence interact."""

    name = "all-pairs 1"

    def relate(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> tuple[Relation, ...]:
        interacts = predicate_of("INTERACTS_WITH")
        return tuple(
            Relation(a, interacts, b, (sentence,), 0.9)
            for sentence in sentences
            for i, a in enumerate(findings)
            for b in findings[i + 1 :]
            if sentence.span.contains(a.mention.span) and sentence.span.contains(b.mention.span)
        )


PIPELINE = Pipeline(
    ClinicalSegmenter(),
    DictionaryRecognizer(LEXICON, types=[EntityType.DRUG]),
    ContextQualifier(),
    LexiconLinker(LEXICON),
    AllPairs(),
)
READER = ReadHere(PIPELINE)
PAPER = Document("1", "Warfarin interacts with fluconazole.", "s", kind="paper")


def edges(store: MemoryStore) -> list[str]:
    return [str(statement.triple) for statement in store.statements()]


def test_a_document_is_read_once() -> None:
    store = MemoryStore()
    first = build_graph([PAPER], reader=READER, store=store, issues=Issues())
    again = build_graph([PAPER], reader=READER, store=store, issues=Issues())
    assert (first.n_read, first.n_relations, first.n_new_statements) == (1, 1, 1)
    assert (again.n_read, again.n_skipped, again.n_new_statements) == (0, 1, 0)
    assert edges(store) == ["DRUGBANK:DB00196 INTERACTS_WITH DRUGBANK:DB00682"]


def test_a_changed_document_replaces_what_its_old_text_said() -> None:
    store = MemoryStore()
    new = replace(PAPER, text="Warfarin interacts with amiodarone.")
    build_graph([PAPER], reader=READER, store=store, issues=Issues())
    build_graph([new], reader=READER, store=store, issues=Issues())
    assert edges(store) == ["DRUGBANK:DB00682 INTERACTS_WITH DRUGBANK:DB01118"]


def test_other_names_are_a_reason_to_read_again() -> None:
    store = MemoryStore()
    build_graph([PAPER], reader=READER, store=store, issues=Issues())
    other = replace(PIPELINE, vocabulary="more names")
    assert build_graph([PAPER], reader=ReadHere(other), store=store, issues=Issues()).n_read == 1


def test_a_withdrawn_document_takes_its_edges_with_it() -> None:
    store = MemoryStore()
    report = build_graph(
        [PAPER, DeletedDocument("1", "s")], reader=READER, store=store, issues=Issues()
    )
    assert report.n_deleted == 1
    assert edges(store) == []
    assert not list(store.documents())


def test_a_note_makes_a_patients_edges_and_no_fact_of_what_is_denied() -> None:
    note = Document("n.txt", "She takes warfarin. She does not take aspirin.", "s")
    store = MemoryStore()
    build_graph([note], reader=READER, store=store, issues=Issues())
    triples = [statement.triple for statement in store.statements()]
    assert {t.subject.prefix for t in triples} == {"Patient"}
    assert {
        (str(t.object), t.assertion.polarity.value) for t in triples if t.assertion is not None
    } == {("DRUGBANK:DB00682", "affirmed"), ("DRUGBANK:DB00945", "negated")}


def test_a_reading_gives_the_promised_json_table_and_text() -> None:
    reading = PIPELINE.read(PAPER)
    record = reading.to_json()
    assert record["id"] == "1"
    assert [f["concept"] for f in record["findings"]] == ["DRUGBANK:DB00682", "DRUGBANK:DB00196"]
    (relation,) = record["relations"]
    assert (relation["subject"], relation["object"]) == (0, 1)
    assert relation["sentences"] == [[0, len(PAPER.text)]]
    assert list(reading.to_pandas()["text"]) == ["Warfarin", "fluconazole"]
    assert "INTERACTS_WITH" in reading.to_text()
    assert all(is_linked(finding.concept) for finding in reading.findings)


def test_a_heading_is_no_finding() -> None:
    lexicon = Vocabularies().lexicon()
    pipeline = replace(
        PIPELINE,
        recognizer=DictionaryRecognizer(lexicon),
        linker=LexiconLinker(lexicon),
        relater=None,
    )
    note = Document("n", "Allergies: penicillin\n\nPlan:\nShe has allergies. COPD: stable.", "s")
    found = [finding.mention.text for finding in pipeline.read(note).findings]
    assert found == ["penicillin", "allergies", "COPD"]


class Named:
    """A view of nothing but concepts."""

    def __init__(self, concepts: list[Concept]) -> None:
        self._concepts = concepts

    def concepts(self, type: EntityType | None = None) -> list[Concept]:
        return self._concepts


def test_what_a_build_calls_a_thing_is_no_imported_name() -> None:
    """Else the second build would know more names than the first, and read everything again."""
    shipped = {n.concept: Concept(n.concept, n.preferred, n.type) for n in LEXICON.names()}
    assert imported_names(Named(list(shipped.values()))) == ()  # type: ignore[arg-type]
    own = Concept(Curie("OURS", "1"), "zorvaquinol", EntityType.DRUG)
    (name,) = imported_names(Named([own]))  # type: ignore[arg-type]
    assert name.text == "zorvaquinol"


class EveryHarm:
    """Every drug of a document causes every condition of it."""

    name = "every-harm 1"

    def relate(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> tuple[Relation, ...]:
        drugs = [f for f in findings if f.mention.type is EntityType.DRUG]
        return tuple(
            Relation(a, predicate_of("CAUSES"), b, tuple(sentences[:1]), 0.9)
            for a in drugs
            for b in findings
            if b not in drugs
        )


def test_what_an_imported_hierarchy_says_is_not_told_again() -> None:
    kidney, injury = Curie("MESH", "D007674"), Curie("MESH", "D058186")
    store = MemoryStore()
    record = CuratedEvidence("MeSH", "2015", "D058186")
    store.merge(
        Batch(
            (
                Concept(kidney, "Kidney Diseases", EntityType.DISEASE),
                Concept(injury, "Acute Kidney Injury", EntityType.DISEASE),
            ),
            (Statement(Triple.of(injury, predicate_of("IS_A"), kidney), (record,)),),
        )
    )
    imported = imported_by(store)
    assert imported.kinds == ((injury, kidney),)
    assert imported.digest() not in ("", Imported(imported.names).digest())
    recipe = Recipe(RecognizeRecipe("dictionary"), relate=RelateRecipe("none"))
    text = "Cisplatin and kidney disease: acute kidney injury."
    for kind, told in (("paper", {injury}), ("note", {injury, kidney})):
        pipeline = replace(pipeline_of(recipe, imported=imported), relater=EveryHarm())
        read = pipeline.read(Document("1", text, "s", kind=kind)).relations
        assert {r.object.concept for r in read} == told
