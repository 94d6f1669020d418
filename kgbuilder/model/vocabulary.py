"""The predicates: what a relationship is called, what it may join, and its standard name.

Reviewable tables. ``biolink`` names the predicate of the Biolink Model 4.4 (https://w3id.org/biolink)
that exports use, :data:`BIOLINK_CATEGORIES` the class of each label.
"""

from __future__ import annotations

from dataclasses import dataclass

from kgbuilder.errors import UnknownName
from kgbuilder.model.concept import EntityType as T

__all__ = [
    "BIOLINK_CATEGORIES",
    "PATIENT",
    "PATIENT_PREDICATES",
    "PREDICATES",
    "Predicate",
    "predicate_of",
]

PATIENT = "Patient"
"""Label and identifier prefix of the node that stands for a note's patient."""


@dataclass(frozen=True, slots=True, order=True)
class Predicate:
    """A kind of relationship, read subject to object in the present tense.

    :param domain: labels the subject may have. :param range: labels the object may have.
    :param symmetric: the same fact either way; the smaller id is then the subject.
    :param aspect: for ``biolink:affects``, what of the object changes, and which way (``direction``).
    """

    name: str
    biolink: str
    domain: frozenset[str]
    range: frozenset[str]
    symmetric: bool = False
    aspect: str = ""
    direction: str = ""


def _row(
    name: str, biolink: str, domain: str, range: str, symmetric: bool = False, affects: str = ""
) -> Predicate:
    direction, _, aspect = affects.partition(" ")
    labels = frozenset(domain.split()), frozenset(range.split())
    return Predicate(name, biolink, *labels, symmetric, aspect, direction)


_ANY = " ".join(sorted([*(t.value for t in list(T)[:10])]))
_CONDITION = "Disease Phenotype"

PREDICATES: dict[str, Predicate] = {
    p.name: p
    for p in (
        _row("INTERACTS_WITH", "biolink:interacts_with", "Drug", "Drug", symmetric=True),
        _row(
            "TREATS", "biolink:treats_or_applied_or_studied_to_treat", "Drug Procedure", _CONDITION
        ),
        _row("CAUSES", "biolink:causes", "Drug Disease Gene Variant Organism", _CONDITION),
        _row("CONTRAINDICATED_IN", "biolink:contraindicated_in", "Drug", _CONDITION),
        _row("HAS_PHENOTYPE", "biolink:has_phenotype", "Disease", "Phenotype"),
        _row("DIAGNOSED_BY", "biolink:is_diagnosed_by", _CONDITION, "Procedure LabTest"),
        _row("INHIBITS", "biolink:affects", "Drug", "Gene", affects="decreased activity"),
        _row("INDUCES", "biolink:affects", "Drug", "Gene", affects="increased expression"),
        _row("ACTIVATES", "biolink:affects", "Drug", "Gene", affects="increased activity"),
        _row("SUBSTRATE_OF", "biolink:is_substrate_of", "Drug", "Gene"),
        _row("TARGETS", "biolink:directly_physically_interacts_with", "Drug", "Gene"),
        _row("ASSOCIATED_WITH", "biolink:associated_with", _ANY, _ANY, symmetric=True),
        _row(
            "MODIFIES",
            "biolink:related_to",
            "Dose Frequency Route Duration Severity",
            "Drug Disease Phenotype Procedure",
        ),
        _row("IS_A", "biolink:subclass_of", _ANY, _ANY),
        _row("SAME_AS", "biolink:same_as", _ANY, _ANY, symmetric=True),
        _row("HAS_FINDING", "biolink:has_phenotype", PATIENT, _ANY),
        _row("TAKES", "biolink:related_to", PATIENT, "Drug"),
        _row("ALLERGIC_TO", "biolink:related_to", PATIENT, "Drug"),
        _row("UNDERWENT", "biolink:related_to", PATIENT, "Procedure LabTest"),
    )
}
"""Name -> predicate."""

PATIENT_PREDICATES: frozenset[str] = frozenset({"HAS_FINDING", "TAKES", "ALLERGIC_TO", "UNDERWENT"})
"""Edges of one patient, never a fact about medicine."""

BIOLINK_CATEGORIES: dict[str, str] = {
    "Drug": "biolink:Drug",
    "Disease": "biolink:Disease",
    "Phenotype": "biolink:PhenotypicFeature",
    "Gene": "biolink:Gene",
    "Variant": "biolink:SequenceVariant",
    "Organism": "biolink:OrganismTaxon",
    "CellLine": "biolink:CellLine",
    "Procedure": "biolink:Procedure",
    "LabTest": "biolink:ClinicalMeasurement",
    "Anatomy": "biolink:AnatomicalEntity",
    PATIENT: "biolink:Case",
    "Unknown": "biolink:NamedThing",
}
"""Label of a node -> class of the Biolink Model."""


def predicate_of(name: str) -> Predicate:
    """The predicate called ``name``. :raises UnknownName: when the table has none."""
    try:
        return PREDICATES[name]
    except KeyError:
        raise UnknownName(
            f"unknown predicate {name!r}", hint=f"one of {', '.join(PREDICATES)}"
        ) from None
