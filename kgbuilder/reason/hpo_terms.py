"""Which term of the HPO another vocabulary's concept is, by what ``hp.obo`` states and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.protocols import GraphView

__all__ = ["same_concepts", "term_named", "term_of"]

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


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """HP terms by stated ids of other vocabularies, and by name; only where exactly one is meant."""

    by_xref: Mapping[str, Curie]
    by_name: Mapping[str, Curie]


def term_of(concept: Curie, hpo: Hpo) -> Curie | None:
    """The term itself, or the one whose entry states ``concept`` as its cross reference."""
    if concept.prefix == "HP":
        return concept
    for prefix in _XREF_PREFIXES.get(concept.prefix, ()):
        id = _index(hpo).by_xref.get(f"{prefix}:{concept.local_id}")
        if id is not None:
            return id
    return None


def term_named(text: str, hpo: Hpo) -> Curie | None:
    """The one term with this name or exact synonym, letter case aside."""
    return _index(hpo).by_name.get(_folded(text))


def same_concepts(graph: GraphView | None, id: Curie) -> list[Curie]:
    """``id`` and what the graph states to be the same."""
    if graph is None:
        return [id]
    forward = (s.triple.object for s in graph.statements(subject=id, predicate="SAME_AS"))
    backward = (s.triple.subject for s in graph.statements(object=id, predicate="SAME_AS"))
    return list(dict.fromkeys([id, *forward, *backward]))


@lru_cache(maxsize=2)
def _index(hpo: Hpo) -> _Index:
    xrefs: dict[str, set[Curie]] = {}
    names: dict[str, set[Curie]] = {}
    for term in hpo.terms:
        for xref in term.xrefs:
            xrefs.setdefault(str(xref), set()).add(term.id)
        names.setdefault(_folded(term.name), set()).add(term.id)
        for synonym in term.synonyms:
            if synonym.scope == "EXACT" and synonym.kind != "abbreviation":
                names.setdefault(_folded(synonym.text), set()).add(term.id)
    return _Index(_only(xrefs), _only(names))


def _only(candidates: Mapping[str, set[Curie]]) -> dict[str, Curie]:
    return {key: next(iter(ids)) for key, ids in candidates.items() if len(ids) == 1}


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
