"""Which term of the HPO another vocabulary's concept is, by what ``hp.obo`` states and nothing else."""

from __future__ import annotations

from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.protocols import GraphView

__all__ = ["same_concepts", "term_of"]

_XREF_PREFIXES = {
    "MESH": ("MSH", "MESH", "MeSH"),
    "UMLS": ("UMLS",),
    "SNOMEDCT": ("SNOMEDCT_US", "SNOMED_CT"),
    "SNOMEDCT_US": ("SNOMEDCT_US", "SNOMED_CT"),
    "ICD10": ("ICD-10", "ICD10"),
    "MEDDRA": ("MEDDRA",),
    "NCIT": ("NCIT",),
}
"""Our prefix -> how hp.obo writes the same space. The release of 2025-01-16 states UMLS and SNOMED ids
for most terms and no MeSH id at all."""


def term_of(concept: Curie, hpo: Hpo) -> Curie | None:
    """The term itself, or the one whose entry states ``concept`` as its cross reference."""
    if concept.prefix == "HP":
        return concept
    for prefix in _XREF_PREFIXES.get(concept.prefix, ()):
        id = hpo.referring_to(f"{prefix}:{concept.local_id}")
        if id is not None:
            return id
    return None


def same_concepts(graph: GraphView | None, id: Curie) -> list[Curie]:
    """``id`` and what the graph states to be the same."""
    if graph is None:
        return [id]
    forward = (s.triple.object for s in graph.statements(subject=id, predicate="SAME_AS"))
    backward = (s.triple.subject for s in graph.statements(object=id, predicate="SAME_AS"))
    return list(dict.fromkeys([id, *forward, *backward]))
