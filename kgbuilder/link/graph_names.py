"""The names that a user's graph holds, so that what was imported is linkable at once."""

from __future__ import annotations

from collections.abc import Iterator

from kgbuilder.model import is_linked
from kgbuilder.ontology.lexicon import Name, NameStatus
from kgbuilder.protocols import GraphView

__all__ = ["lexicon_names_of"]


def lexicon_names_of(graph: GraphView) -> Iterator[Name]:
    """A row for the name and each synonym of every concept in ``graph`` that has an identifier, for
    ``Lexicon.with_names``. Unlinked findings (``TEXT:``) are left out: they are not names of anything.
    """
    for concept in graph.concepts():
        if not is_linked(concept.id):
            continue
        for place, text in enumerate((concept.name, *concept.synonyms)):
            status = NameStatus.SYNONYM if place else NameStatus.PREFERRED
            yield Name(text, concept.id, concept.name, concept.type, status, "the graph", "")
