"""Stated mappings: which identifiers of two vocabularies mean the same. Only what somebody states.

- HPO's own cross references to UMLS and SNOMED CT;
- ``tables/same_as.tsv``: MeSH descriptors and HPO terms whose names are the same, and
  ``same_as_drugs.tsv`` and ``same_as_diseases.tsv``: MeSH with DrugBank, OMIM and ORPHA likewise; each
  row to be reviewed.
  Two concepts joined here stay two nodes with a SAME_AS edge; nothing is merged.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from kgbuilder.model import Curie
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Mapping", "SameAs", "hpo_mappings", "shipped_mappings", "stated_same_as"]


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


def shipped_mappings(among: Container[str] | None = None) -> Iterator[Mapping]:
    """The rows of ``tables/same_as.tsv``, ``same_as_drugs.tsv`` and ``same_as_diseases.tsv``.

    :param among: identifiers, as text, of which both ends are to be; None for all.
    """
    for table, row in _shipped_rows():
        if among is not None and not (row["subject"] in among and row["object"] in among):
            continue
        yield Mapping(
            Curie.parse(row["subject"]),
            Curie.parse(row["object"]),
            f"kgbuilder {table}",
            "0.1",
            row["subject_name"],
            row["object_name"],
        )


def _shipped_rows() -> Iterator[tuple[str, dict[str, str]]]:
    for table in ("same_as", "same_as_drugs", "same_as_diseases"):
        for row in read_table(table):
            yield table, row


class SameAs:
    """Mappings by identifier, both ways; one step only, since a chain of near synonyms drifts."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self._of: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        for mapping in mappings:
            self._join(
                str(mapping.subject), str(mapping.object), mapping.subject_name, mapping.object_name
            )

    @classmethod
    def shipped(cls) -> SameAs:
        """What :func:`shipped_mappings` says; an identifier is made of its text when asked for."""
        same = cls(())
        for _, row in _shipped_rows():
            same._join(row["subject"], row["object"], row["subject_name"], row["object_name"])
        return same

    def of(self, id: Curie) -> tuple[Curie, ...]:
        """What is stated to be the same as ``id``, in order; () where nothing is."""
        return tuple(sorted(map(Curie.parse, self._of.get(str(id), ()))))

    def name_of(self, id: Curie) -> str:
        """The name that a mapping gives ``id``; the identifier itself where none does."""
        return self._names.get(str(id)) or str(id)

    def _join(self, one: str, other: str, name: str, other_name: str) -> None:
        self._names.setdefault(one, name)
        self._names.setdefault(other, other_name)
        self._of.setdefault(one, set()).add(other)
        self._of.setdefault(other, set()).add(one)


@cache
def stated_same_as() -> SameAs:
    """:meth:`SameAs.shipped`, put together once in a process."""
    return SameAs.shipped()
