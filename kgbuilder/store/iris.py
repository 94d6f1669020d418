"""Identifiers as IRIs, for RDF."""

from __future__ import annotations

from urllib.parse import quote

from kgbuilder.model import Curie

__all__ = ["OURS", "iri_of"]

OURS = "urn:kgbuilder:"
"""Of what has no address of its own: our vocabulary, statements, evidence, unlinked things."""

_OBO = "http://purl.obolibrary.org/obo/"
_IDENTIFIERS = "http://identifiers.org/"

BASES: dict[str, str] = {
    **{prefix: f"{_OBO}{prefix}_" for prefix in ("HP", "MONDO", "DOID", "UBERON", "CHEBI", "NCIT")},
    "NCBITAXON": f"{_OBO}NCBITaxon_",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "SNOMEDCT_US": "http://snomed.info/id/",
    "ORPHA": "http://www.orpha.net/ORDO/Orphanet_",
    "OMIM": "https://omim.org/entry/",
    "DRUGBANK": f"{_IDENTIFIERS}drugbank/",
    "HGNC": f"{_IDENTIFIERS}hgnc/",
    "NCBIGENE": f"{_IDENTIFIERS}ncbigene/",
    "UNIPROT": f"{_IDENTIFIERS}uniprot/",
    "UMLS": f"{_IDENTIFIERS}umls/",
}
"""Prefix -> the beginning of the IRIs that its keepers, or identifiers.org, use; of others ours."""


def iri_of(id: Curie) -> str:
    """The IRI. Two ids never have the same; whatever an IRI cannot hold is percent-encoded.

    >>> iri_of(Curie("HP", "0001250")), iri_of(Curie("TEXT", "Drug/a b"))
    ('http://purl.obolibrary.org/obo/HP_0001250', 'urn:kgbuilder:id:TEXT:Drug%2Fa%20b')
    """
    base = BASES.get(id.prefix) or f"{OURS}id:{encoded(id.prefix)}:"
    return base + encoded(id.local_id)


def encoded(text: str) -> str:
    """Percent-encoded, half surrogate pairs included, so that different texts stay different."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
