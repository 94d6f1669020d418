"""What a given drug name stands for: a DrugBank id, or the reason why it is not understood.

A name is found by itself or not at all. Near names are told to the user, never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kgbuilder.model import Curie, DrugAnswer, EntityType, NamedDrug
from kgbuilder.ontology.combinations import Product, find_product, names_joined, product_of
from kgbuilder.ontology.lexicon import Lexicon, Name, unambiguous
from kgbuilder.ontology.normalize import normalize, singular_of
from kgbuilder.ontology.vocabularies import read_table
from kgbuilder.ontology.ways import Ways, fits_drug
from kgbuilder.protocols import GraphView
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.spelling import Speller

__all__ = ["DrugResolver", "GivenDrug"]

_DRUGBANK_ID = re.compile(r"(?:DRUGBANK:)?(DB\d{5})", re.IGNORECASE)
_CURIE = re.compile(r"[A-Z][A-Z0-9.]*:\S+")
_DRUG = frozenset({EntityType.DRUG})
_BRACKETED = re.compile(r"([^()\[\]]*[^()\[\]\s])\s*[(\[]([^()\[\]]+)[)\]]")
_KEEP = 20_000
_STEPS = 2
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class GivenDrug:
    """One entry of the list that was asked about, and the vocabulary that holds its name."""

    answer: DrugAnswer
    named_by: tuple[str, str] = ("", "")

    @property
    def input(self) -> str:
        """As it was given."""
        return self.answer.input

    @property
    def ids(self) -> tuple[Curie, ...]:
        """The drug, or each ingredient; () where the name was not understood."""
        if self.answer.id is not None:
            return (self.answer.id,)
        return tuple(drug.id for drug in self.answer.ingredients)

    def parts(self) -> tuple[GivenDrug, ...]:
        """What is checked: the drug itself, or each ingredient, which says whose it is."""
        form = self.answer.form
        return tuple(
            replace(
                self,
                answer=DrugAnswer(f"{drug.name} ({self.input})", drug.name, drug.id, form=form),
            )
            for drug in self.answer.ingredients
        ) or (self,)


class DrugResolver:
    """Looks names up; the last ones are kept, since lists repeat them."""

    def __init__(self, lexicon: Lexicon, knowledge: DrugKnowledge) -> None:
        self._lexicon, self._ways = lexicon, Ways()
        self._names, self._forms = knowledge.names, knowledge.forms
        self._refused = {
            normalize(row["name"]): row["why"] for row in read_table("drug_names_refused")
        }
        self._classes = {
            normalize(row["word"]): row["examples"].split(" | ")
            for _, row in knowledge.rows("class_words")
        }
        forms = (normalize(row["form"]) for _, row in knowledge.rows("local_forms"))
        self._local = sorted(forms, key=len, reverse=True)
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
                own_name = self._name_of(given, graph) if given in self._forms else ""
                answer = DrugAnswer(text, name, id, own_name=own_name)
                return GivenDrug(answer, named_by=("identifier", ""))
            return _untaken(text, "no vocabulary holds this identifier")
        if text not in self._kept:
            if len(self._kept) >= _KEEP:
                self._kept.clear()
            self._kept[text] = self._with_form(self._look_up(text, asked))
        return self._kept[text]

    def _look_up(self, text: str, asked: str) -> GivenDrug:
        if not asked:
            return _untaken(text, "the name is empty")
        rows = () if find_product(asked) else self._lexicon.find(asked, types=_DRUG)
        if rows and not unambiguous(rows):
            listed = ", ".join(f"{row.preferred} ({row.concept})" for row in rows)
            return _untaken(text, f"the name stands for several substances: {listed}")
        found = self._written(asked)
        if isinstance(found, Product):
            return self._product(text, found)
        if found is not None:
            drug = self._drug_of(found)
            own_name = found.preferred if found.concept in self._forms else ""
            why = self._class_of(asked) if drug.id.prefix == "MESH" else ""
            answer = DrugAnswer(text, drug.name, drug.id, own_name=own_name, why=why)
            return GivenDrug(answer, named_by=(found.source, found.version))
        return self._twice_named(text) or self._joined(text) or self._no_drug(text, asked)

    def _with_form(self, given: GivenDrug) -> GivenDrug:
        """With the local form that the name says, where it is understood."""
        asked = f" {normalize(given.input[:_LONGEST])} " if given.ids else ""
        form = next((form for form in self._local if f" {form} " in asked), "")
        return replace(given, answer=replace(given.answer, form=form)) if form else given

    def _class_of(self, asked: str) -> str:
        """That the name is that of a class, and drugs of it; "" where the table has none."""
        key = normalize(asked)
        for word in (key, *singular_of(key)):
            if examples := self._classes.get(word):
                return f"a class of drugs: name the drug, such as {', '.join(examples)}"
        return ""

    def _no_drug(self, text: str, asked: str) -> GivenDrug:
        """Why the name is not taken: that of a class, of several things, or a misspelt one."""
        if why := self._class_of(asked):
            return _untaken(text, why)
        if why := self._refused.get(normalize(asked), ""):
            return _untaken(text, f"not taken: {why}")
        return self._misspelt(text, asked)

    def _written(self, asked: str) -> Name | Product | None:
        """What is written so, or so but for dose, form and salt. MeSH's descriptor (of a salt, a class)
        is what is left where nothing leads to a drug of the tables' identifier space.
        """
        other: Name | None = None
        for written, how in self._ways.strict(asked[:_LONGEST], EntityType.DRUG):
            if how != "salt" and (product := find_product(written)) is not None:
                return product
            for name in unambiguous(self._lexicon.find(written, types=_DRUG)):
                if how == "class" or not fits_drug(name, how):
                    continue
                if name.concept.prefix != "MESH" or name.concept in self._forms:
                    return name
                other = other or name
        return other

    def _drug_of(self, name: Name) -> NamedDrug:
        id = self._forms.get(name.concept, name.concept)
        return NamedDrug(self._names.get(id, name.preferred), id)

    def _product(self, text: str, product: Product) -> GivenDrug:
        named = [self._written(ingredient) for ingredient in product.ingredients]
        drugs = tuple(self._drug_of(name) for name in named if isinstance(name, Name))
        contents = f"{product.source}, {product.how}"
        return GivenDrug(_several(text, drugs, contents), named_by=(product.source, ""))

    def _twice_named(self, text: str) -> GivenDrug | None:
        """The drug of "acetaminophen (Tylenol)", where both names lead to the same."""
        match = _BRACKETED.fullmatch(text.strip()[:_LONGEST])
        if match is None:
            return None
        outside, inside = (self._look_up(part, part.strip()) for part in match.groups())
        if not outside.ids or set(outside.ids) != set(inside.ids):
            return None
        return replace(outside, answer=replace(outside.answer, input=text))

    def _joined(self, text: str) -> GivenDrug | None:
        """The drugs of "lisinopril/hydrochlorothiazide": all of them or none. Where no table says that
        they are one product they are checked with each other, too.
        """
        named = [self._written(part) for part in names_joined(text[:_LONGEST])]
        drugs = tuple(self._drug_of(name) for name in named if isinstance(name, Name))
        if not drugs or len(drugs) < len(named):
            return None
        named_by = next((n.source, n.version) for n in named if isinstance(n, Name))
        product = product_of(text, [drug.name for drug in drugs])
        contents = ""
        if product is not None:
            contents = f"{product.source}, {product.how}, which holds {product.name} of the same"
        return GivenDrug(_several(text, tuple(dict.fromkeys(drugs)), contents), named_by=named_by)

    def _misspelt(self, text: str, asked: str) -> GivenDrug:
        why = "no vocabulary holds this name"
        meant = self._speller.correction(asked)
        if meant is not None:
            drug = NamedDrug(self._names[meant.drug], meant.drug)
            called = "" if meant.name == drug.name.casefold() else f", a name of {drug.name}"
            why += f"; not taken: did you mean {meant.name}{called}?"
            return _untaken(text, why, correction=drug)
        near = ", ".join(proposal.name for proposal in self._speller.near(asked))
        return _untaken(text, f"{why}; near names, not taken: {near}" if near else why)

    def _name_of(self, id: Curie, graph: GraphView | None) -> str:
        if id in self._names:
            return self._names[id]
        concept = self._lexicon.concept(id) or (graph.concept(id) if graph is not None else None)
        return concept.name if concept else ""


def _untaken(text: str, why: str, correction: NamedDrug | None = None) -> GivenDrug:
    return GivenDrug(DrugAnswer(text, None, None, correction=correction, why=why))


def _several(text: str, drugs: tuple[NamedDrug, ...], contents: str = "") -> DrugAnswer:
    name = " / ".join(drug.name for drug in drugs)
    return DrugAnswer(text, name, None, ingredients=drugs, contents=contents)


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
