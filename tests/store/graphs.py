"""Small graphs to try stores on, by hand and by hypothesis."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from kgbuilder.model import (
    Assertion,
    Certainty,
    Concept,
    CuratedEvidence,
    Curie,
    DerivedEvidence,
    Document,
    EntityType,
    Evidence,
    Experiencer,
    How,
    Polarity,
    Section,
    Span,
    Statement,
    Temporality,
    TextEvidence,
    Triple,
    predicate_of,
    unlinked_id,
)
from kgbuilder.protocols import Batch
from kgbuilder.store.embedded import EmbeddedStore
from kgbuilder.store.graph_folder import create_folder

WARFARIN, ASPIRIN = Curie("DRUGBANK", "DB00682"), Curie("DRUGBANK", "DB00945")
BLEEDING, FEVER = Curie("HP", "0001892"), Curie("HP", "0001945")
ZEBRA = unlinked_id(EntityType.DISEASE, "Zebra sickness")
PATIENT = Curie("Patient", "note-1")

CONCEPTS = (
    Concept(WARFARIN, "Warfarin", EntityType.DRUG, ("Coumadin",)),
    Concept(ASPIRIN, "Aspirin", EntityType.DRUG),
    Concept(BLEEDING, "Abnormal bleeding", EntityType.PHENOTYPE),
    Concept(FEVER, "Fever", EntityType.PHENOTYPE),
    Concept(ZEBRA, "Zebra sickness", EntityType.DISEASE),
)

DOCUMENTS = {
    "paper-1": Document(
        "paper-1",
        "Warfarin with aspirin caused bleeding. Aspirin did not cause fever.",
        "papers.xml",
        kind="paper",
        title="Two drugs",
        sections=(Section(Span(0, 67), "ABSTRACT", "abstract"),),
        identifiers=(Curie("PMID", "1"),),
        date="2020-05",
    ),
    "paper-2": Document(
        "paper-2", "Zebra sickness follows warfarin. Naïve β-blockers 🦓.", "p.xml", kind="paper"
    ),
    "note-1": Document("note-1", "No fever. Takes warfarin 5 mg daily.", "note-1.txt"),
}


def quoted(document_id: str, quote: str, probability: float = 0.8, **more: object) -> TextEvidence:
    """Evidence for the first place where ``quote`` stands."""
    start = DOCUMENTS[document_id].text.index(quote)
    span = Span(start, start + len(quote))
    return TextEvidence(document_id, span, quote, "reader 1", probability, **more)  # type: ignore[arg-type]


def edge(
    subject: Curie, predicate: str, object: Curie, *evidence: Evidence, **more: Assertion
) -> Statement:
    return Statement(Triple.of(subject, predicate_of(predicate), object, **more), evidence)


BOTH_CAUSE_BLEEDING = quoted("paper-1", "Warfarin with aspirin caused bleeding.", 0.9)
TABLE = CuratedEvidence(
    "DDI table", "7", "r1", qualifiers=(("mechanism", "additive"), ("severity", "major"))
)
CAUSES = edge(WARFARIN, "CAUSES", BLEEDING, BOTH_CAUSE_BLEEDING)
INTERACTS = edge(WARFARIN, "INTERACTS_WITH", ASPIRIN, TABLE, BOTH_CAUSE_BLEEDING)
DENIED = edge(
    ASPIRIN,
    "CAUSES",
    FEVER,
    quoted("paper-1", "Aspirin did not cause fever.", 0.7, refutes=True),
    CuratedEvidence("old book", "1", "p. 7", How.RECALLED),
)
NO_FEVER = edge(
    PATIENT,
    "HAS_FINDING",
    FEVER,
    quoted("note-1", "No fever.", section="history"),
    assertion=Assertion(Polarity.NEGATED),
)
TAKES = edge(
    PATIENT,
    "TAKES",
    WARFARIN,
    quoted("note-1", "Takes warfarin 5 mg daily.", qualifiers=(("dose", "5 mg"),)),
    assertion=Assertion(),
)
UNLINKED = edge(WARFARIN, "CAUSES", ZEBRA, quoted("paper-2", "Zebra sickness follows warfarin."))
DERIVED = edge(ASPIRIN, "CAUSES", BLEEDING, DerivedEvidence("both bleed", (CAUSES, INTERACTS)))

SAMPLE = Batch(
    concepts=CONCEPTS,
    statements=(CAUSES, INTERACTS, DENIED, NO_FEVER, TAKES, UNLINKED, DERIVED),
    documents=tuple(DOCUMENTS.values()),
)

# -- hypothesis ----------------------------------------------------------------------------------

probabilities = st.floats(0, 1)
ids = st.sampled_from(
    [WARFARIN, ASPIRIN, BLEEDING, FEVER, ZEBRA, unlinked_id(EntityType.GENE, "x")]
)
assertions = st.none() | st.builds(
    Assertion,
    st.sampled_from(Polarity),
    st.sampled_from(Certainty),
    st.sampled_from(Temporality),
    st.sampled_from(Experiencer),
)
triples = st.builds(
    Triple.of,
    ids,
    st.sampled_from([predicate_of(p) for p in ("CAUSES", "INTERACTS_WITH", "IS_A")]),
    ids,
    assertions,
)


@st.composite
def text_evidence(draw: st.DrawFn) -> TextEvidence:
    document = draw(st.sampled_from(sorted(DOCUMENTS)))
    text = DOCUMENTS[document].text
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    return TextEvidence(
        document,
        Span(start, end),
        text[start:end],
        draw(st.sampled_from(["a 1", "b 2"])),
        draw(probabilities),
        draw(st.booleans()),
        draw(st.none() | st.just("history")),
        draw(st.sampled_from([(), (("detail", "effect"),)])),
    )


curated_evidence = st.builds(
    CuratedEvidence,
    st.sampled_from(["T1", "T2"]),
    st.just("1"),
    st.sampled_from(["r1", "r2"]),
    st.sampled_from(How),
    st.just(""),
    st.booleans(),
)
plain_evidence = text_evidence() | curated_evidence


def statements_with(evidence: st.SearchStrategy[Evidence]) -> st.SearchStrategy[Statement]:
    return st.builds(Statement, triples, st.lists(evidence, min_size=1, max_size=3).map(tuple))


derived_evidence = st.builds(
    DerivedEvidence,
    st.sampled_from(["rule 1", "rule 2"]),
    st.lists(statements_with(plain_evidence), min_size=1, max_size=2).map(tuple),
    st.booleans(),
)
any_evidence = plain_evidence | derived_evidence
statements = statements_with(any_evidence)
concepts = st.builds(
    Concept,
    ids,
    st.sampled_from(["Warfarin", "warfarin sodium", "Bleeding, abnormal", "x"]),
    st.sampled_from([EntityType.DRUG, EntityType.DISEASE, EntityType.PHENOTYPE]),
    st.lists(st.sampled_from(["Coumadin", "x", "y"]), max_size=3).map(tuple),
)
batches = st.builds(
    lambda c, s: Batch(tuple(c), tuple(s), tuple(DOCUMENTS.values())),
    st.lists(concepts, max_size=3),
    st.lists(statements, max_size=4),
)


@cache
def empty_graph() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    create_folder(folder / "empty.kg")
    return folder / "empty.kg"


def copy_empty_graph(path: Path) -> None:
    """Put an empty graph at ``path``: copying one is faster than making one."""
    shutil.copytree(empty_graph(), path)


@contextmanager
def on_disk() -> Iterator[EmbeddedStore]:
    """An empty graph in a folder of its own, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "g.kg"
        copy_empty_graph(path)
        with EmbeddedStore(path) as store:
            yield store
