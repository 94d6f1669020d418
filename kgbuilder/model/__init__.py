"""THE NOUNS. Frozen values, standard library only. Read this first, then ``protocols.py``.

Document ─ Sentence ─ Mention ─┬ Assertion ┐
                               └ Candidate ┴─> Finding ─> Relation ─> Statement ─> graph
                                                         Statement = Triple + Evidence …
graph ─> Diagnosis = prior + Contributions | Interaction = because
"""

from kgbuilder.model.belief import belief
from kgbuilder.model.concept import (
    IDENTIFIER_SPACES,
    NODE_TYPES,
    Concept,
    EntityType,
    is_linked,
    unlinked_id,
)
from kgbuilder.model.conclusion import (
    DrugAnswer,
    Interaction,
    InteractionReport,
    NoneKnown,
    NotChecked,
    Severity,
)
from kgbuilder.model.curie import Curie
from kgbuilder.model.differential import (
    Contribution,
    Diagnosis,
    Differential,
    LabelGuess,
    Match,
    NextFinding,
    RedFlag,
    TextGuess,
    WordPart,
)
from kgbuilder.model.mention import (
    Assertion,
    Candidate,
    Certainty,
    Experiencer,
    Finding,
    Mention,
    Polarity,
    Temporality,
)
from kgbuilder.model.patient import Coded, CodedFinding, CodedValue, PatientRecord
from kgbuilder.model.statement import (
    CuratedEvidence,
    DerivedEvidence,
    Evidence,
    How,
    Qualifiers,
    Relation,
    Statement,
    TextEvidence,
    Triple,
    content_hash,
    evidence_key,
)
from kgbuilder.model.text import DeletedDocument, Document, Section, Sentence, Span
from kgbuilder.model.vocabulary import (
    BIOLINK_CATEGORIES,
    PATIENT,
    PATIENT_PREDICATES,
    PREDICATES,
    Predicate,
    predicate_of,
)

__all__ = [
    "BIOLINK_CATEGORIES",
    "IDENTIFIER_SPACES",
    "NODE_TYPES",
    "PATIENT",
    "PATIENT_PREDICATES",
    "PREDICATES",
    "Assertion",
    "Candidate",
    "Certainty",
    "Coded",
    "CodedFinding",
    "CodedValue",
    "Concept",
    "Contribution",
    "CuratedEvidence",
    "Curie",
    "DeletedDocument",
    "DerivedEvidence",
    "Diagnosis",
    "Differential",
    "Document",
    "DrugAnswer",
    "EntityType",
    "Evidence",
    "Experiencer",
    "Finding",
    "How",
    "Interaction",
    "InteractionReport",
    "LabelGuess",
    "Match",
    "Mention",
    "NextFinding",
    "NoneKnown",
    "NotChecked",
    "PatientRecord",
    "Polarity",
    "Predicate",
    "Qualifiers",
    "RedFlag",
    "Relation",
    "Section",
    "Sentence",
    "Severity",
    "Span",
    "Statement",
    "Temporality",
    "TextEvidence",
    "TextGuess",
    "Triple",
    "WordPart",
    "belief",
    "content_hash",
    "evidence_key",
    "is_linked",
    "predicate_of",
    "unlinked_id",
]
