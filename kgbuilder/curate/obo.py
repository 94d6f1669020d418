"""Any OBO ontology as concepts, IS_A and SAME_AS: names, hierarchy and cross references.

Format: see ``kgbuilder/ontology/obo.py``. The node type is that of the id's space
(``assemble/tables/concept_types.tsv``); terms of other spaces (an ontology repeats terms of those it
imports) are counted and left out, unless the user says what they are.

A cross reference is a SAME_AS edge when its vocabulary is one of ``tables/xrefs.tsv`` and

- the ontology says that it is exact (skos:exactMatch, MONDO:equivalentTo), or
- it says nothing, and the reference is one to one: no other term of the file names that id, and this
  term names no other id of that vocabulary. What two terms share is the same as neither.

Broader, narrower and related ones never are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.assemble.types import prefix_types
from kgbuilder.curate.identity import one_to_one
from kgbuilder.curate.intake import Claim, Intake, Origin
from kgbuilder.curate.review_tables import same_as_id
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError
from kgbuilder.model import Concept, Curie, EntityType, Statement, predicate_of
from kgbuilder.ontology.obo import OboTerm, iter_terms

__all__ = ["NAMES", "read_obo"]

NAMES = {
    "hp": ("Human Phenotype Ontology", "HPO licence (https://hpo.jax.org/app/license)"),
    "mondo": ("Mondo Disease Ontology", "CC BY 4.0"),
    "doid": ("Human Disease Ontology", "CC0 1.0"),
}
"""Ontology id of the header -> name and licence; others are called as the header calls them."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LICENCE_TAGS = ("terms:license", "dcterms:license", "dcterms-license", "dc:license")


def read_obo(path: Path, intake: Intake, *, type: EntityType | None = None) -> Iterator[Claim]:
    """The claims of one file. Held of it: ids, and the cross references that say not how close they are.

    :param type: of terms whose id space does not tell it.
    :raises FormatError: when it holds no term.
    """
    header: dict[str, str] = {}
    lines = (line for _, line in iter_lines(path, issues=intake.issues))
    origin: Origin | None = None
    types: dict[Curie, EntityType] = {}
    unsaid: list[tuple[Curie, Curie]] = []
    parents: list[tuple[Curie, Curie]] = []
    for term in iter_terms(lines, source=path.name, issues=intake.issues, header=header):
        origin = origin or _origin(header, path, intake)
        intake.n_rows += 1
        concept = _concept(term, type, intake)
        if concept is None:
            continue
        intake.n_taken += 1
        types[concept.id] = concept.type
        yield concept
        parents.extend((term.id, parent) for parent in term.parents)
        yield from _exact(term, origin, intake)
        intake.leave_out("xrefs said to be no exact match", len(term.inexact))
        for xref in term.xrefs:
            other = same_as_id(xref)
            if other is None:
                intake.leave_out(f"xrefs to {xref.prefix}")
            else:
                unsaid.append((term.id, other))
    if origin is None:
        raise FormatError(
            "no [Term] in it", where=str(path), hint="an OBO 1.2 or 1.4 text file is expected"
        )
    is_a = predicate_of("IS_A")
    for id, parent in parents:
        if parent in types:
            evidence = origin.evidence(str(id))
            yield from intake.statement(id, is_a, parent, evidence, where=f"{path.name}: {id}")
        else:
            intake.leave_out("parents that are not taken")
    yield from one_to_one(unsaid, origin, intake)


def _origin(header: dict[str, str], path: Path, intake: Intake) -> Origin:
    name = (header.get("ontology", "") or path.name).rpartition("/")[2].partition(".")[0]
    title, licence = NAMES.get(name, (name, ""))
    stated = header.get("data-version", "") or header.get("date", "")
    found = _DATE.search(stated)
    told = next((header[tag] for tag in _LICENCE_TAGS if tag in header), "")
    return intake.origin(
        title,
        version=found[0] if found else stated,
        licence=licence or told.removesuffix("xsd:string").strip(' "'),
        file=path.name,
    )


def _concept(term: OboTerm, type: EntityType | None, intake: Intake) -> Concept | None:
    if term.obsolete:
        intake.leave_out("obsolete terms")
        return None
    found = prefix_types().get(term.id.prefix) or type
    if found is None:
        intake.leave_out(f"terms of {term.id.prefix}")
        return None
    exact = [s.text for s in term.synonyms if s.scope == "EXACT"]
    n_other = len(term.synonyms) - len(exact)
    intake.leave_out("synonyms that are broader, narrower or related", n_other)
    return Concept(term.id, term.name, found, tuple(dict.fromkeys(exact)))


def _exact(term: OboTerm, origin: Origin, intake: Intake) -> Iterator[Statement]:
    for written in term.exact:
        other = same_as_id(written, exact=True)
        if other is None:
            intake.leave_out(f"exact matches in {written.prefix}")
            continue
        evidence = origin.evidence(str(term.id), qualifiers=(("match", "exact"),))
        yield from intake.statement(
            term.id, "SAME_AS", other, evidence, where=f"{origin.file}: {term.id}"
        )
