"""Names that try to be more than names, for every export."""

from __future__ import annotations

from itertools import pairwise

from kgbuilder.model import Concept, Curie, Document, EntityType, Span, TextEvidence
from kgbuilder.protocols import Batch
from tests.store import graphs as g

NAMES = (
    "'",
    "\\",
    "\\'",
    "\\\\' + '",
    "\\u0027}) DETACH DELETE n //",
    "'}] AS row MATCH (n) DETACH DELETE n; //",
    "`}) MATCH (n) DETACH DELETE n //",
    '"; DROP TABLE x; --',
    '" . <urn:a> <urn:b> "c',
    "a\tb\nc\rd\x00e\x07f\x7fg\x85h",
    "\u2028\u2029\ufeff\ufffe",
    "\u202eright to left\u202c אזן خضراء",
    "|pipe|d|",
    "<b>&amp;</b> ]]> %3A {} $x @en ^^",
    "🦓 naïve β",
    "x" * 100_000,
)


def batch() -> Batch:
    """Each name as a concept's name, as a synonym and in its id, and an edge between neighbours."""
    ids = [Curie("X", name) for name in NAMES]
    concepts = [
        Concept(id, name, EntityType.DRUG, (f"also {name}",))
        for id, name in zip(ids, NAMES, strict=True)
    ]
    edges = [g.edge(one, "INTERACTS_WITH", other, g.TABLE) for one, other in pairwise(ids)]
    return Batch(tuple(concepts), tuple(edges))


def about(name: str) -> Batch:
    """A document that holds ``name``, and everything else called so."""
    drug = Concept(Curie("X", name), name, EntityType.DRUG, (name + "!", name + "|;"))
    document = Document(name, f"{name} is taken.", name, title=name)
    quote = TextEvidence(name, Span(0, len(name)), name, name, 0.5, section=name)
    return Batch((drug,), (g.edge(Curie("Patient", name), "TAKES", drug.id, quote),), (document,))
