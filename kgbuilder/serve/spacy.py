"""``nlp.add_pipe("kgbuilder")``: all stages as one component of any spaCy 3.8 pipeline.

Needs no other component: sentences are ours, so a parser or sentencizer changes nothing. It sets

    doc.ents              our mentions beside those of other components; label_ is our type,
                          kb_id_ the identifier ("" where unlinked)
    doc.spans[spans_key]  every mention of ours, also what doc.ents, which may not overlap, leaves out
    span._.kgbuilder      the finding as ``extract --json`` writes it; None where none of ours
    span._.assertion      a kgbuilder.model.Assertion, or None
    span._.concept        "DRUGBANK:DB00682", or None
    span._.relations      the relations it takes part in
    doc._.relations       all of them, each a SpanRelation
    doc._.kgbuilder       the whole object of ``extract --json``

A negated finding is an entity like any other: ask ``span._.assertion.is_plain``.

Offsets of findings are code points of ``doc.text``. Where a mention begins or ends inside a token, its
span takes the whole token (``alignment = "expand"``), or leaves it out ("contract"), or the mention gets
no span ("strict"); of two in one token the first speaks. Extensions hold plain values in
``doc.user_data``: they survive ``nlp.pipe`` in processes, ``Doc.to_bytes`` and
``DocBin(store_user_data=True)``; a DocBin without user data keeps the entities and kb_id_ only. A saved
pipeline keeps the settings, with the paths of recipe and graph as they were given.

The entry points in pyproject.toml lead spaCy here whenever a pipeline is made, so that this module
imports nothing but spaCy and the nouns; models are loaded with the first text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from kgbuilder.errors import ConfigError
from kgbuilder.model import (
    Assertion,
    Certainty,
    Document,
    EntityType,
    Experiencer,
    Polarity,
    Temporality,
)

if TYPE_CHECKING:
    from kgbuilder.stages import Pipeline

__all__ = ["COLOURS", "KgbuilderComponent", "SpanRelation", "to_displacy"]

RECORD = "kgbuilder"
"""The extension that holds plain values; the others are computed from it."""

COLOURS: dict[str, str] = {
    "DRUG": "#9ecae1", "DISEASE": "#fc9272", "PHENOTYPE": "#fdd0a2", "GENE": "#a1d99b",
    "VARIANT": "#c7e9c0", "ORGANISM": "#dadaeb", "CELLLINE": "#bcbddc", "PROCEDURE": "#fee391",
    "LABTEST": "#c6dbef", "ANATOMY": "#d9d9d9", "DOSE": "#e5f5e0", "FREQUENCY": "#e5f5e0",
    "ROUTE": "#e5f5e0", "DURATION": "#e5f5e0", "SEVERITY": "#fcbba1", "DATE": "#f0f0f0",
    "AGE": "#f0f0f0",
}  # fmt: skip
"""What displaCy paints our types with; it asks in capitals."""


@dataclass(frozen=True, slots=True)
class SpanRelation:
    """A relation between two spans of a doc; fields as in :class:`kgbuilder.model.Relation`."""

    subject: Span
    predicate: str
    object: Span
    probability: float
    negated: bool
    detail: str
    sentences: tuple[Span, ...]


class KgbuilderComponent:
    """See the module; made by ``nlp.add_pipe("kgbuilder", config={...})``.

    :param recipe: path of a recipe file; "" for what ships. :param graph: path of a graph whose imported
        names are linked, too; it is read once.
    :param relations: whether relations are read: about half of the time.
    :param existing_ents: where another component's entity and ours overlap: ``replace`` it, or
        ``keep`` it; ``drop`` removes all that are there.
    :param alignment: ``expand``, ``contract`` or ``strict``.
    :param kind: what the texts are, ``note`` or ``paper``.
    :param prefix: put before ``assertion``, ``concept`` and ``relations`` where these names are taken.
    :param spans_key: group of ``doc.spans``.
    :raises ConfigError: for a setting that is none of these, a recipe that cannot be read, or a name of
        an extension that another package has taken.
    """

    def __init__(
        self,
        *,
        recipe: str = "",
        graph: str = "",
        relations: bool = True,
        existing_ents: str = "replace",
        alignment: str = "expand",
        kind: str = "note",
        prefix: str = "",
        spans_key: str = "kgbuilder",
    ) -> None:
        from kgbuilder.config import Recipe, RelateRecipe, read_recipe

        _one_of("existing_ents", existing_ents, ("replace", "keep", "drop"))
        _one_of("alignment", alignment, ("expand", "contract", "strict"))
        _one_of("kind", kind, ("note", "paper"))
        chosen = read_recipe(Path(recipe)) if recipe else Recipe()
        self._recipe = chosen if relations else replace(chosen, relate=RelateRecipe(method="none"))
        if graph and not Path(graph).exists():
            raise ConfigError("no such graph", where=f"kgbuilder: graph = {graph!r}")
        self._graph, self._existing = graph, existing_ents
        self._alignment, self._kind, self._spans_key = alignment, kind, spans_key
        _set_extensions(prefix)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that its entities can have."""
        return tuple(type.value for type in EntityType)

    @cached_property
    def _pipeline(self) -> Pipeline:
        from kgbuilder import api

        with api.viewed(self._graph or None) as view:
            return api.pipeline(self._recipe, graph=view)

    def __getstate__(self) -> dict[str, Any]:
        """Without the models: another process loads its own."""
        return {name: value for name, value in vars(self).items() if name != "_pipeline"}

    def __call__(self, doc: Doc) -> Doc:
        """Read ``doc.text`` and set entities and extensions."""
        document = Document(RECORD, doc.text, "spacy", kind=self._kind)
        record = {**self._pipeline.read(document).to_json(), "alignment": self._alignment}
        _forget(doc)
        doc._.set(RECORD, record)
        ours: dict[tuple[int, int], Span] = {}
        for finding in record["findings"]:
            span = _span_of(doc, finding, self._alignment)
            if span is not None and (span.start, span.end) not in ours:
                span._.set(RECORD, finding)
                ours[span.start, span.end] = span
        doc.spans[self._spans_key] = list(ours.values())
        doc.ents = self._ents(list(doc.ents), filter_spans(ours.values()))
        return doc

    def _ents(self, theirs: list[Span], ours: list[Span]) -> list[Span]:
        """Both, without overlap."""
        match self._existing:
            case "replace":
                return [*ours, *_beside(theirs, ours)]
            case "keep":
                return [*theirs, *_beside(ours, theirs)]
            case _:
                return ours


@Language.factory(
    "kgbuilder",
    assigns=["doc.ents", "doc._.kgbuilder", "span._.kgbuilder"],
    default_config={
        "recipe": "",
        "graph": "",
        "relations": True,
        "existing_ents": "replace",
        "alignment": "expand",
        "kind": "note",
        "prefix": "",
        "spans_key": "kgbuilder",
    },
)
def make_component(
    nlp: Language,
    name: str,
    recipe: str,
    graph: str,
    relations: bool,
    existing_ents: str,
    alignment: str,
    kind: str,
    prefix: str,
    spans_key: str,
) -> KgbuilderComponent:
    """What spaCy calls. It knows factories by this decorator only, and fills in the settings."""
    if nlp.lang not in {"en", "xx"}:
        what = f"kgbuilder reads English; of language {nlp.lang!r} it will find little"
        warnings.warn(what, UserWarning, stacklevel=2)
    return KgbuilderComponent(
        recipe=recipe,
        graph=graph,
        relations=relations,
        existing_ents=existing_ents,
        alignment=alignment,
        kind=kind,
        prefix=prefix,
        spans_key=spans_key,
    )


def to_displacy(doc: Doc) -> dict[str, Any]:
    """For ``displacy.render(..., style="ent", manual=True)``: what is no plain fact says so in its label
    and has no colour ("Phenotype, negated"), so that a picture does not lose a negation.
    """
    ents = []
    for ent in doc.ents:
        meant = ent._.get(RECORD) and _assertion_of(ent)
        values = (
            (meant.polarity, meant.certainty, meant.temporality, meant.experiencer) if meant else ()
        )
        plain = {"affirmed", "certain", "current", "patient"}
        label = ", ".join([ent.label_, *(v.value for v in values if v.value not in plain)])
        ents.append({"start": ent.start_char, "end": ent.end_char, "label": label})
    return {"text": doc.text, "ents": ents, "title": None}


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        hint = f"one of {', '.join(allowed)}"
        raise ConfigError(f"{name} = {value!r}", where="kgbuilder component", hint=hint)


def _forget(doc: Doc) -> None:
    """A doc that was read before is read anew."""
    for key in list(doc.user_data):
        if isinstance(key, tuple) and key[:2] == ("._.", RECORD):
            del doc.user_data[key]


def _span_of(doc: Doc, finding: dict[str, Any], alignment: str) -> Span | None:
    return doc.char_span(
        finding["start"],
        finding["end"],
        label=finding["type"],
        kb_id=finding["concept"] or "",
        alignment_mode=alignment,
    )


def _beside(spans: list[Span], first: list[Span]) -> list[Span]:
    """Of ``spans`` those that share no token with ``first``."""
    taken = {i for span in first for i in range(span.start, span.end)}
    return [span for span in spans if taken.isdisjoint(range(span.start, span.end))]


def _assertion_of(span: Span) -> Assertion | None:
    found = span._.get(RECORD)
    if found is None:
        return None
    return Assertion(
        Polarity(found["polarity"]),
        Certainty(found["certainty"]),
        Temporality(found["temporality"]),
        Experiencer(found["experiencer"]),
    )


def _concept_of(span: Span) -> str | None:
    found: dict[str, str | None] | None = span._.get(RECORD)
    return found["concept"] if found else None


def _relations_of(doc: Doc) -> tuple[SpanRelation, ...]:
    record = doc._.get(RECORD)
    if record is None:
        return ()
    read = []
    for relation in record["relations"]:
        subject, object = (
            _span_of(doc, record["findings"][relation[end]], record["alignment"])
            for end in ("subject", "object")
        )
        if subject is None or object is None:  # no token of its own: only in the record
            continue
        places = ((s[0], s[1]) for s in relation["sentences"])
        sentences = (doc.char_span(a, b, alignment_mode="expand") for a, b in places)
        read.append(
            SpanRelation(
                subject,
                relation["predicate"],
                object,
                relation["probability"],
                relation["negated"],
                relation["detail"],
                tuple(s for s in sentences if s is not None),
            )
        )
    return tuple(read)


def _relations_with(span: Span) -> tuple[SpanRelation, ...]:
    place = (span.start, span.end)
    return tuple(
        relation
        for relation in _relations_of(span.doc)
        if place in {(s.start, s.end) for s in (relation.subject, relation.object)}
    )


def _set_extensions(prefix: str) -> None:
    """Declare the extensions. Twice is fine; a name that somebody else declared is refused."""
    for kind in (Doc, Span):
        if not kind.has_extension(RECORD):
            kind.set_extension(RECORD, default=None)
    computed: list[tuple[Any, str, Callable[[Any], Any]]] = [
        (Span, "assertion", _assertion_of),
        (Span, "concept", _concept_of),
        (Span, "relations", _relations_with),
        (Doc, "relations", _relations_of),
    ]
    for kind, name, getter in computed:
        if kind.has_extension(prefix + name):
            if kind.get_extension(prefix + name)[2] is not getter:
                raise ConfigError(
                    f"another package has set the extension {kind.__name__}._.{prefix + name}",
                    where="kgbuilder component",
                    hint='say config={"prefix": "kgb_"}: the names are then kgb_assertion, ...',
                )
        else:
            kind.set_extension(prefix + name, getter=getter)
