"""What a given drug name stands for: a DrugBank id, or the reason why it is not understood.

A name is found by itself or not at all. Near names are told to the user, never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kgbuilder.model import Curie, DrugAnswer, EntityType, NamedDrug
from kgbuilder.ontology.combinations import find_ingredients
from kgbuilder.ontology.lexicon import Lexicon, unambiguous
from kgbuilder.protocols import GraphView
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.spelling import Speller

__all__ = ["DrugResolver", "GivenDrug"]

_DRUGBANK_ID = re.compile(r"(?:DRUGBANK:)?(DB\d{5})", re.IGNORECASE)
_CURIE = re.compile(r"[A-Z][A-Z0-9.]*:\S+")
_DRUG = frozenset({EntityType.DRUG})
_KEEP = 20_000
_STEPS = 2


@dataclass(frozen=True, slots=True)
class GivenDrug:
    """One entry of the list that was asked about.

    :param why: why it was not understood. :param named_by: the vocabulary that holds the name.
    """

    answer: DrugAnswer
    why: str = ""
    named_by: tuple[str, str] = ("", "")

    @property
    def input(self) -> str:
        """As it was given."""
        return self.answer.input


class DrugResolver:
    """Looks names up; the last ones are kept, since lists repeat them."""

    def __init__(self, lexicon: Lexicon, knowledge: DrugKnowledge) -> None:
        self._lexicon = lexicon
        self._names, self._forms = knowledge.names, knowledge.forms
        self._kept: dict[str, GivenDrug] = {}
        named = ((r.text, self._forms.get(r.concept, r.concept)) for r in lexicon.names(_DRUG))
        self._speller = Speller(named, self._names)

    def resolve(self, text: str, graph: GraphView | None) -> GivenDrug:
        """What ``text`` (a name, a brand, ``DB00682`` or ``DRUGBANK:DB00682``) stands for; with a graph
        that imported them ``RXCUI:11289`` and ``ATC:B01AA03``, too, by the mappings that it states.
        """
        asked = text.strip()
        match = _DRUGBANK_ID.fullmatch(asked)
        if match or (graph is not None and _CURIE.fullmatch(asked)):
            given = Curie("DRUGBANK", match[1].upper()) if match else Curie.parse(asked)
            if given.prefix != "DRUGBANK" and graph is not None:
                given = _stated_same(given, graph)
            id = self._forms.get(given, given)
            name = self._name_of(id, graph)
            if name:
                return GivenDrug(DrugAnswer(text, name, id), named_by=("identifier", ""))
            return GivenDrug(DrugAnswer(text, None, None), "no vocabulary holds this identifier")
        if text not in self._kept:
            if len(self._kept) >= _KEEP:
                self._kept.clear()
            self._kept[text] = self._look_up(text, asked)
        return self._kept[text]

    def _look_up(self, text: str, asked: str) -> GivenDrug:
        nothing = DrugAnswer(text, None, None)
        if not asked:
            return GivenDrug(nothing, "the name is empty")
        found = self._lexicon.find(asked, types=_DRUG)
        taken = unambiguous(found)
        if taken:
            first = taken[0]
            id = self._forms.get(first.concept, first.concept)
            name = self._names.get(id, first.preferred)
            return GivenDrug(DrugAnswer(text, name, id), named_by=(first.source, first.version))
        if found:
            listed = ", ".join(f"{row.preferred} ({row.concept})" for row in found)
            return GivenDrug(nothing, f"the name stands for several substances: {listed}")
        parts = find_ingredients(asked, self._lexicon)
        if parts:
            listed = ", ".join(row.preferred for row in parts)
            return GivenDrug(nothing, f"a combination; ask for each ingredient: {listed}")
        return self._misspelt(nothing, asked)

    def _misspelt(self, nothing: DrugAnswer, asked: str) -> GivenDrug:
        why = "no vocabulary holds this name"
        meant = self._speller.correction(asked)
        if meant is not None:
            drug = NamedDrug(self._names[meant.drug], meant.drug)
            called = "" if meant.name == drug.name.casefold() else f", a name of {drug.name}"
            why += f"; not taken: did you mean {meant.name}{called}?"
            return GivenDrug(replace(nothing, correction=drug), why)
        near = ", ".join(proposal.name for proposal in self._speller.near(asked))
        return GivenDrug(nothing, f"{why}; near names, not taken: {near}" if near else why)

    def _name_of(self, id: Curie, graph: GraphView | None) -> str:
        if id in self._names:
            return self._names[id]
        concept = self._lexicon.concept(id) or (graph.concept(id) if graph is not None else None)
        return concept.name if concept else ""


def _stated_same(id: Curie, graph: GraphView) -> Curie:
    """The one DrugBank drug that the graph states to be the same, over at most :data:`_STEPS` mappings
    (ATC is joined to RxNorm, and that to DrugBank); the id itself where there is none, or several.
    """
    seen, edge = {id}, [id]
    for _ in range(_STEPS):
        joined = [
            end
            for one in edge
            for statement in (
                *graph.statements(subject=one, predicate="SAME_AS"),
                *graph.statements(predicate="SAME_AS", object=one),
            )
            if any(not e.refutes for e in statement.evidence)
            for end in (statement.triple.subject, statement.triple.object)
        ]
        edge = [end for end in dict.fromkeys(joined) if end not in seen]
        seen.update(edge)
        drugs = [end for end in edge if end.prefix == "DRUGBANK"]
        if drugs:
            return drugs[0] if len(drugs) == 1 else id
    return id
