"""What type the node of a finding has: by its identifier where that says it, else as mentioned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kgbuilder.assemble.table import table_rows
from kgbuilder.model import Curie, EntityType, Finding

__all__ = ["prefix_types", "type_of"]


@cache
def prefix_types() -> Mapping[str, EntityType]:
    """Identifier space -> type, for the spaces that hold one type only (tables/concept_types.tsv)."""
    return {row["prefix"]: EntityType(row["type"]) for row in table_rows("concept_types.tsv")}


def type_of(finding: Finding, concept_types: Mapping[Curie, EntityType]) -> EntityType:
    """The type of the finding's concept.

    A mention tagged Disease may be linked to an HPO term: the node is then a Phenotype. Spaces that
    hold several types (MESH, UMLS, TEXT) say nothing, so ``concept_types`` or the mention decides.
    """
    known = concept_types.get(finding.concept)
    return known or prefix_types().get(finding.concept.prefix, finding.mention.type)
