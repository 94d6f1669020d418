"""A graph in RDF 1.1: Turtle (``.ttl``) or N-Quads (``.nq``), by standard reification, and back exactly
with ``kgbuilder import rdf`` (``curate/rdf.py``), but for half surrogate pairs, which it cannot hold.

Each statement is a resource ``urn:kgbuilder:statement:<id>``, an ``rdf:Statement`` with its subject,
predicate and object, its belief and its evidence, each of these a resource with source, version,
record or document, quote and offsets. The premises of what was derived are resources alike, with the
evidence that they had then. The triple itself is stated beside it (in Turtle in the same
graph, in N-Quads in the named graph of its statement) only when some evidence supports it and, for a
patient's finding, it is a plain one: what is only denied, hypothetical or somebody else's is
described, never stated.

Predicates are ours, ``urn:kgbuilder:predicate:INHIBITS``, each an ``rdfs:subPropertyOf`` the Biolink
one; nodes have the Biolink class of their label. The last resource, ``urn:kgbuilder:graph``, counts the
others, so that a file that was cut off is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    BIOLINK_CATEGORIES,
    PREDICATES,
    DerivedEvidence,
    Document,
    Evidence,
    Statement,
    Triple,
    belief,
    evidence_key,
)
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import SURROGATES, Characters
from kgbuilder.store.codec import (
    assertion_to_record,
    curie_of,
    document_to_record,
    evidence_to_record,
)
from kgbuilder.store.iris import OURS, encoded, iri_of
from kgbuilder.store.network import node_rows
from kgbuilder.store.whole_file import written_whole

__all__ = ["COUNTED", "DOCUMENT_FIELDS", "EVIDENCE_FIELDS", "EVIDENCE_KINDS", "full", "write_rdf"]

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "kgb": OURS,
}

DOCUMENT_FIELDS = {
    "title": "dcterms:title", "date": "dcterms:date", "language": "dcterms:language",
    "version": "kgb:version", "kind": "kgb:kind", "source": "kgb:readFrom", "text": "kgb:text",
}  # fmt: skip
"""Field of a document in ``codec`` -> its property here."""
EVIDENCE_FIELDS = {
    "source": ("dcterms:source", ""), "version": ("kgb:version", ""), "record": ("kgb:record", ""),
    "how": ("kgb:how", ""), "address": ("kgb:address", ""), "quote": ("kgb:quote", ""),
    "start": ("kgb:start", "integer"), "end": ("kgb:end", "integer"),
    "section": ("kgb:inSection", ""), "extractor": ("kgb:extractor", ""),
    "probability": ("kgb:probability", "double"), "rule": ("kgb:rule", ""),
}  # fmt: skip
"""Field of evidence in ``codec`` -> its property here, and the type of its value within ``xsd``."""
EVIDENCE_KINDS = {
    "text": "kgb:TextEvidence",
    "curated": "kgb:CuratedEvidence",
    "derived": "kgb:DerivedEvidence",
}
COUNTED = ("concepts", "documents", "statements")
"""What ``urn:kgbuilder:graph`` counts."""


@dataclass(frozen=True, slots=True)
class Iri:
    """A resource by its whole IRI."""

    iri: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value; ``type`` is a name within ``xsd``."""

    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """What is said of one resource: pairs of a short name or an :class:`Iri`, and an object.

    :param graph: the named graph it is said in; None for the default graph.
    """

    subject: Iri
    pairs: tuple[tuple[str | Iri, str | Iri | Literal], ...]
    graph: Iri | None = None


def write_rdf(view: GraphView, path: Path, *, issues: Issues) -> None:
    """Write the graph; memory stays flat. :raises UsageError: when the name says neither format.
    :raises GraphError: when the file cannot be written.
    """
    if path.suffix not in (".ttl", ".nq"):
        raise UsageError(f"Turtle or N-Quads? {path.name} does not say", hint="name it .ttl or .nq")
    with written_whole(path) as file:
        writer = (_Turtle if path.suffix == ".ttl" else _Quads)(file, issues)
        writer.head()
        for block in _blocks(view):
            writer.block(block)


def full(short: str) -> str:
    """The whole IRI of a name such as ``rdf:type``."""
    prefix, _, rest = short.partition(":")
    return NAMESPACES[prefix] + rest


Pairs = Iterator[tuple[str, str | Iri | Literal]]


def _blocks(view: GraphView) -> Iterator[Block]:
    seen: Counter[str] = Counter()
    for predicate in PREDICATES.values():
        yield Block(_predicate(predicate.name), (("rdfs:subPropertyOf", predicate.biolink),))
    for concept, row in node_rows(view):
        seen["concepts"] += concept is not None
        names = [("rdfs:label", Literal(str(row["name"])))]
        names += [
            ("skos:altLabel", Literal(name)) for name in (concept.synonyms if concept else ())
        ]
        if concept is None:  # a node for the sake of its edges
            names.append(("kgb:isBare", Literal("true", "boolean")))
        type = BIOLINK_CATEGORIES[str(row["label"])]
        subject = Iri(iri_of(curie_of(str(row["id"]))))
        yield Block(
            subject, (("rdf:type", type), ("dcterms:identifier", Literal(str(row["id"]))), *names)
        )
    for document in view.documents():
        seen["documents"] += 1
        yield from _document(document)
    for statement in view.statements():
        seen["statements"] += 1
        yield from _statement(statement)
    counts = [(f"kgb:n_{name}", Literal(str(seen[name]), "integer")) for name in COUNTED]
    yield Block(Iri(f"{OURS}graph"), (("rdf:type", "kgb:Graph"), *counts))


def _predicate(name: str) -> Iri:
    return Iri(f"{OURS}predicate:{name}")


def _document_iri(id: str) -> Iri:
    return Iri(f"{OURS}document:{encoded(id)}")


def _document(document: Document) -> Iterator[Block]:
    me, record = _document_iri(document.id), document_to_record(document)
    pairs = [(p, Literal(record[name])) for name, p in DOCUMENT_FIELDS.items() if name in record]
    pairs += [("dcterms:identifier", Literal(str(id))) for id in document.identifiers]
    parts = [(Iri(f"{me.iri}:section:{n}"), part) for n, part in enumerate(document.sections)]
    sections = [("kgb:section", iri) for iri, _ in parts]
    yield Block(me, (("rdf:type", "biolink:Publication"), *pairs, *sections))
    for iri, part in parts:
        where = (("kgb:start", part.span.start), ("kgb:end", part.span.end))
        what = (("kgb:heading", Literal(part.title)), ("kgb:kind", Literal(part.kind)))
        yield Block(iri, (*((name, Literal(str(n), "integer")) for name, n in where), *what))


def _statement(statement: Statement) -> Iterator[Block]:
    triple = statement.triple
    me = Iri(f"{OURS}statement:{triple.id}")
    is_meant = triple.assertion is None or triple.assertion.is_plain
    if is_meant and any(not e.refutes for e in statement.evidence):
        subject, object = Iri(iri_of(triple.subject)), Iri(iri_of(triple.object))
        yield Block(subject, ((_predicate(triple.predicate.name), object),), graph=me)
    keys = [Iri(f"{OURS}evidence:{evidence_key(e)}:{triple.id}") for e in statement.evidence]
    yield Block(
        me,
        (
            ("rdf:type", "rdf:Statement"),
            *_triple(triple),
            ("kgb:belief", Literal(repr(belief(statement)), "double")),
            *_meant(triple),
            *(("kgb:evidence", key) for key in keys),
        ),
    )
    for key, evidence in zip(keys, statement.evidence, strict=True):
        yield from _evidence(key, evidence)


def _triple(triple: Triple) -> Pairs:
    yield "rdf:subject", Iri(iri_of(triple.subject))
    yield "rdf:predicate", _predicate(triple.predicate.name)
    yield "rdf:object", Iri(iri_of(triple.object))


def _meant(triple: Triple) -> Pairs:
    if triple.assertion is not None:
        for name, value in assertion_to_record(triple.assertion).items():
            yield f"kgb:{name}", Literal(value)


def _evidence(me: Iri, evidence: Evidence) -> Iterator[Block]:
    premises = evidence.premises if isinstance(evidence, DerivedEvidence) else ()
    those = [Iri(f"{me.iri}:premise:{n}") for n, _ in enumerate(premises)]
    yield Block(me, (*_said_of(evidence), *(("kgb:premise", iri) for iri in those)))
    for iri, premise in zip(those, premises, strict=True):
        keys = [Iri(f"{iri.iri}:{evidence_key(item)}") for item in premise.evidence]
        yield Block(
            iri,
            (
                ("rdf:type", "kgb:Premise"),
                ("kgb:statement", Iri(f"{OURS}statement:{premise.triple.id}")),
                *_triple(premise.triple),
                *_meant(premise.triple),
                *(("kgb:evidence", key) for key in keys),
            ),
        )
        for key, item in zip(keys, premise.evidence, strict=True):
            yield from _evidence(key, item)


def _said_of(evidence: Evidence) -> Pairs:
    record = evidence_to_record(evidence)
    yield "rdf:type", EVIDENCE_KINDS[record["kind"]]
    if "document" in record:
        yield "dcterms:source", _document_iri(record["document"])
    for name, (predicate, type) in EVIDENCE_FIELDS.items():
        if name in record:
            value = record[name]
            yield predicate, Literal(repr(float(value)) if type == "double" else str(value), type)
    yield "kgb:refutes", Literal(str(evidence.refutes).lower(), "boolean")
    for name, value in evidence.qualifiers:
        yield f"kgb:qualifier:{encoded(name)}", Literal(value)


_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _Quads:
    """N-Quads: one statement a line, everything in full."""

    def __init__(self, file: TextIO, issues: Issues) -> None:
        self._file, self._characters = file, Characters("RDF", SURROGATES, issues)

    def head(self) -> None:
        """It has none."""

    def block(self, block: Block) -> None:
        graph = f" {self._term(block.graph)}" if block.graph else ""
        subject = self._term(block.subject)
        for name, object in block.pairs:
            self._file.write(f"{subject} {self._term(name)} {self._term(object)}{graph} .\n")

    def _term(self, term: str | Iri | Literal) -> str:
        match term:
            case Iri():
                return f"<{term.iri}>"
            case Literal():
                text = _ESCAPED.sub(_escape, self._characters.text(term.text, term.text))
                type = f"^^{self._name(f'xsd:{term.type}')}" if term.type else ""
                return f'"{text}"{type}'
            case str():
                return self._name(term)

    def _name(self, short: str) -> str:
        return f"<{full(short)}>"


class _Turtle(_Quads):
    """Turtle: what is said of a resource in one go, names shortened; graphs are left out."""

    def head(self) -> None:
        for prefix, base in NAMESPACES.items():
            self._file.write(f"@prefix {prefix}: <{base}> .\n")

    def block(self, block: Block) -> None:
        said = [f"{self._term(name)} {self._term(object)}" for name, object in block.pairs]
        self._file.write(f"\n{self._term(block.subject)} " + " ;\n    ".join(said) + " .\n")

    def _name(self, short: str) -> str:
        # A colon or a percent sign within a local name is legal Turtle, other punctuation is not.
        return short if re.fullmatch(r"\w+:[\w:]+", short) else super()._name(short)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _SHORT.get(character) or f"\\u{ord(character):04X}"
