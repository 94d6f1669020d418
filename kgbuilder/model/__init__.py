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
    Alternative,
    Combination,
    DrugAnswer,
    Interaction,
    InteractionReport,
    NamedDrug,
    NoneKnown,
    NotChecked,
    PatientAnswer,
    PatientWarning,
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
from kgbuilder.model.patient import DrugStatus, Patient, TakenDrug
from kgbuilder.model.patient_record import Coded, CodedFinding, CodedValue, PatientRecord
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
    "Alternative",
    "Assertion",
    "Candidate",
    "Certainty",
    "Coded",
    "CodedFinding",
    "CodedValue",
    "Combination",
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
    "DrugStatus",
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
    "NamedDrug",
    "NextFinding",
    "NoneKnown",
    "NotChecked",
    "Patient",
    "PatientAnswer",
    "PatientRecord",
    "PatientWarning",
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
    "TakenDrug",
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
