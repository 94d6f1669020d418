"""Identifiers as IRIs, for RDF."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from kgbuilder.errors import UsageError
from kgbuilder.model import Curie

__all__ = ["OURS", "decoded", "encoded", "find_curie", "iri_of"]

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


def decoded(text: str) -> str:
    """What :func:`encoded` was given. :raises ValueError: when it gives no such text."""
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")


def find_curie(iri: str) -> Curie | None:
    """The id whose :func:`iri_of` this is, or None.

    >>> str(find_curie("http://purl.obolibrary.org/obo/HP_0001250"))
    'HP:0001250'
    """
    if iri.startswith(f"{OURS}id:"):
        prefix, _, local_id = iri.removeprefix(f"{OURS}id:").partition(":")
    else:
        known = ((p, iri.removeprefix(base)) for p, base in BASES.items() if iri.startswith(base))
        prefix, local_id = next(known, ("", ""))
    try:
        return Curie(decoded(prefix), decoded(local_id)) if prefix and local_id else None
    except (ValueError, UsageError):
        return None
