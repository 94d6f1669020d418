"""``SAME_AS`` between the things of a graph that the shipped mappings join: two nodes, one stated edge.

The shipped rows were found by equal names (``ontology/mappings.py``) and say so: reasoning walks them,
and ``kgbuilder merge`` makes no single node of them.
"""

from __future__ import annotations

from kgbuilder.model import CuratedEvidence, Statement, Triple, predicate_of
from kgbuilder.ontology.mappings import shipped_mappings
from kgbuilder.protocols import GraphView

__all__ = ["shipped_same_as"]

JUSTIFICATION = (("justification", "semapv:LexicalMatching"),)


def shipped_same_as(view: GraphView) -> tuple[Statement, ...]:
    """A statement for each shipped mapping of which the graph holds both ends, with its row."""
    held = {str(concept.id) for concept in view.concepts()}
    same_as = predicate_of("SAME_AS")
    return tuple(
        Statement(
            Triple.of(m.subject, same_as, m.object),
            (
                CuratedEvidence(
                    m.source, m.version, f"{m.subject} {m.object}", qualifiers=JUSTIFICATION
                ),
            ),
        )
        for m in shipped_mappings(held)
    )
