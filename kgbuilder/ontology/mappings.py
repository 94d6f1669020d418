"""Stated mappings: which identifiers of two vocabularies mean the same. Only what somebody states.

- HPO's own cross references to UMLS and SNOMED CT;
- ``tables/same_as.tsv``: MeSH descriptors and HPO terms whose names are the same, and
  ``same_as_drugs.tsv`` and ``same_as_diseases.tsv``: MeSH with DrugBank, OMIM and ORPHA likewise; each
  row to be reviewed.
  Two concepts joined here stay two nodes with a SAME_AS edge; nothing is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Mapping", "SameAs", "hpo_mappings", "shipped_mappings"]


@dataclass(frozen=True, slots=True)
class Mapping:
    """``subject`` and ``object`` mean the same, says ``source`` in its ``version``."""

    subject: Curie
    object: Curie
    source: str
    version: str
    subject_name: str = ""
    object_name: str = ""


def hpo_mappings(hpo: Hpo) -> Iterator[Mapping]:
    """The cross references of current terms to UMLS and SNOMED CT; other prefixes are not the same kind
    of thing (people, figures, measurements) and are left out.
    """
    for term in hpo.terms:
        for other in term.xrefs:
            if other.prefix in ("UMLS", "SNOMEDCT_US"):
                yield Mapping(term.id, other, "Human Phenotype Ontology", hpo.version)


def shipped_mappings() -> Iterator[Mapping]:
    """The rows of ``tables/same_as.tsv``, ``same_as_drugs.tsv`` and ``same_as_diseases.tsv``."""
    for table in ("same_as", "same_as_drugs", "same_as_diseases"):
        for row in read_table(table):
            yield Mapping(
                Curie.parse(row["subject"]),
                Curie.parse(row["object"]),
                f"kgbuilder {table}",
                "0.1",
                row["subject_name"],
                row["object_name"],
            )


class SameAs:
    """Mappings by identifier, both ways; one step only, since a chain of near synonyms drifts."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self._of: dict[Curie, set[Curie]] = {}
        self._names: dict[Curie, str] = {}
        for mapping in mappings:
            self._names.setdefault(mapping.subject, mapping.subject_name)
            self._names.setdefault(mapping.object, mapping.object_name)
            self._of.setdefault(mapping.subject, set()).add(mapping.object)
            self._of.setdefault(mapping.object, set()).add(mapping.subject)

    def of(self, id: Curie) -> tuple[Curie, ...]:
        """What is stated to be the same as ``id``, in order; () where nothing is."""
        return tuple(sorted(self._of.get(id, ())))

    def name_of(self, id: Curie) -> str:
        """The name that a mapping gives ``id``; the identifier itself where none does."""
        return self._names.get(id) or str(id)
