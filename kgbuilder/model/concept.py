"""What things are: entity types, concepts, and the identifier space that names each type."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from kgbuilder.model.curie import Curie

__all__ = ["IDENTIFIER_SPACES", "NODE_TYPES", "Concept", "EntityType", "is_linked", "unlinked_id"]


class EntityType(StrEnum):
    """The types a mention can have; the first ten also label nodes of the graph."""

    DRUG = "Drug"
    DISEASE = "Disease"
    PHENOTYPE = "Phenotype"
    GENE = "Gene"
    VARIANT = "Variant"
    ORGANISM = "Organism"
    CELL_LINE = "CellLine"
    PROCEDURE = "Procedure"
    LAB_TEST = "LabTest"
    ANATOMY = "Anatomy"
    DOSE = "Dose"
    FREQUENCY = "Frequency"
    ROUTE = "Route"
    DURATION = "Duration"
    SEVERITY = "Severity"
    DATE = "Date"
    AGE = "Age"


NODE_TYPES: frozenset[EntityType] = frozenset(list(EntityType)[:10])
"""Types that become nodes; the others are attributes of a patient's edge."""

IDENTIFIER_SPACES: dict[EntityType, tuple[str, ...]] = {
    EntityType.DRUG: ("DRUGBANK", "RXCUI", "ATC", "MESH"),
    EntityType.DISEASE: ("OMIM", "ORPHA", "MONDO", "MESH", "ICD10CM"),
    EntityType.PHENOTYPE: ("HP", "MESH"),
    EntityType.GENE: ("HGNC", "NCBIGENE"),
}
"""Per type, the order in which an identifier space is preferred when several name the same thing
by a stated mapping. Never a licence to merge by name."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing with an identifier, its preferred name, and the other names a source states."""

    id: Curie
    name: str
    type: EntityType
    synonyms: tuple[str, ...] = ()


def unlinked_id(type: EntityType, name: str) -> Curie:
    """The node id of a finding that no vocabulary names: equal only for equal text.

    Case, Unicode compatibility forms and runs of white space are folded, nothing else.

    >>> str(unlinked_id(EntityType.DISEASE, "Foo  Syndrome"))
    'TEXT:Disease/foo syndrome'
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    normalized = re.sub(r"\s+", " ", folded).strip()
    return Curie("TEXT", f"{type.value}/{normalized}")


def is_linked(id: Curie) -> bool:
    """False for the ids that :func:`unlinked_id` makes."""
    return id.prefix != "TEXT"
