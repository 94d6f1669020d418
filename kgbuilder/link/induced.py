"""Conditions that the document says a drug induced: MeSH has a concept of its own for some of them.

"Levodopa-induced dyskinesia" in an abstract makes its other dyskinesias drug-induced ones; the table
says which concept that is (``tables/induced.tsv``). Nothing is taken for induced on a guess: the
document must write "<drug>-induced <condition>".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from kgbuilder.model import Candidate, Curie, EntityType
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Induced", "put_induced"]

_WRITTEN = re.compile(
    r"(?P<cause>[^\W_][\w+.-]{2,40})[- ]induced (?P<of>[^\W\d_]{3,30}(?:[ -][^\W\d_]{3,30}){0,2})"
)
_ANY_DRUG = frozenset({"drug", "medication", "medicine", "neuroleptic", "antipsychotic"})

Concepts = Mapping[str, tuple[Curie, str]]
"""A concept -> the one it is when a drug induced it, with its name."""


class Induced:
    """Finds what a document says was induced; the table is read when first needed."""

    def find(
        self, text: str, named: Callable[[str, EntityType], list[tuple[Any, str]]]
    ) -> Concepts:
        """The rows of the table that ``text`` speaks of.

        :param named: (name, type) -> the names that it links to, each with how it matched.
        """
        if "induced" not in text:
            return {}
        found: dict[str, tuple[Curie, str]] = {}
        for hit in _WRITTEN.finditer(text):
            cause = hit["cause"]
            if cause.casefold() not in _ANY_DRUG and not named(cause, EntityType.DRUG):
                continue
            words = hit["of"].split(" ")
            for size in range(len(words), 0, -1):
                linked = named(" ".join(words[:size]), EntityType.DISEASE)
                if linked:
                    ids = (str(name.concept) for name, _ in linked)
                    found.update((id, self._table[id]) for id in ids if id in self._table)
                    break
        return found

    @cached_property
    def _table(self) -> Concepts:
        return {
            row["id"]: (Curie.parse(row["induced_id"]), row["induced_preferred"])
            for row in read_table("induced")
        }


def put_induced(linked: tuple[Candidate, ...], induced: Concepts) -> tuple[Candidate, ...]:
    """``linked`` with the induced concept before each that has one; scores stay in order."""
    if not induced or not any(str(c.concept) in induced for c in linked):
        return linked
    rows: dict[Curie, Candidate] = {}
    ceiling = 1.0
    for candidate in linked:
        more = induced.get(str(candidate.concept))
        here = [candidate]
        if more is not None:
            concept, name = more
            here.insert(0, replace(candidate, concept=concept, name=name, matched_by="context"))
        for each in here:
            if each.concept not in rows:
                score = min(ceiling, each.score)
                ceiling = max(0.0, score - 0.001)
                rows[each.concept] = replace(each, score=score)
    return tuple(rows.values())
