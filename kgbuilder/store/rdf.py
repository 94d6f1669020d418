"""A graph in RDF 1.1: Turtle (``.ttl``) or N-Quads (``.nq``), by standard reification.

Each statement is a resource ``urn:kgbuilder:statement:<id>``, an ``rdf:Statement`` with its subject,
predicate and object, its belief and its evidence, each of these a resource with source, version,
record or document, quote and offsets. The triple itself is stated beside it (in Turtle in the same
graph, in N-Quads in the named graph of its statement) only when some evidence supports it and, for a
patient's finding, it is a plain one: what is only denied, hypothetical or somebody else's is
described, never stated.

Predicates are ours, ``urn:kgbuilder:predicate:INHIBITS``, each an ``rdfs:subPropertyOf`` the Biolink
one; nodes have the Biolink class of their label. Documents come with title, date and identifiers,
without text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kgbuilder.errors import UsageError
from kgbuilder.issues import Issues
from kgbuilder.model import (
    BIOLINK_CATEGORIES,
    PREDICATES,
    CuratedEvidence,
    DerivedEvidence,
    Document,
    Evidence,
    Statement,
    TextEvidence,
    belief,
    evidence_key,
)
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import SURROGATES, Characters
from kgbuilder.store.codec import curie_of
from kgbuilder.store.iris import OURS, encoded, iri_of
from kgbuilder.store.network import node_rows
from kgbuilder.store.whole_file import written_whole

__all__ = ["write_rdf"]

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "kgb": OURS,
}


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


def _blocks(view: GraphView) -> Iterator[Block]:
    for predicate in PREDICATES.values():
        yield Block(_predicate(predicate.name), (("rdfs:subPropertyOf", predicate.biolink),))
    for concept, row in node_rows(view):
        names = [("rdfs:label", Literal(str(row["name"])))]
        names += [
            ("skos:altLabel", Literal(name)) for name in (concept.synonyms if concept else ())
        ]
        type = BIOLINK_CATEGORIES[str(row["label"])]
        subject = Iri(iri_of(curie_of(str(row["id"]))))
        yield Block(
            subject, (("rdf:type", type), ("dcterms:identifier", Literal(str(row["id"]))), *names)
        )
    for document in view.documents():
        yield _document(document)
    for statement in view.statements():
        yield from _statement(statement)


def _predicate(name: str) -> Iri:
    return Iri(f"{OURS}predicate:{name}")


def _document_iri(id: str) -> Iri:
    return Iri(f"{OURS}document:{encoded(id)}")


def _document(document: Document) -> Block:
    said = [("dcterms:title", document.title), ("dcterms:date", document.date or "")]
    said += [("dcterms:identifier", str(id)) for id in document.identifiers]
    pairs = [(name, Literal(text)) for name, text in said if text]
    return Block(_document_iri(document.id), (("rdf:type", "biolink:Publication"), *pairs))


def _statement(statement: Statement) -> Iterator[Block]:
    triple = statement.triple
    me = Iri(f"{OURS}statement:{triple.id}")
    subject, object = Iri(iri_of(triple.subject)), Iri(iri_of(triple.object))
    predicate = _predicate(triple.predicate.name)
    is_meant = triple.assertion is None or triple.assertion.is_plain
    if is_meant and any(not e.refutes for e in statement.evidence):
        yield Block(subject, ((predicate, object),), graph=me)
    meant = () if triple.assertion is None else (
        ("kgb:polarity", Literal(triple.assertion.polarity)),
        ("kgb:certainty", Literal(triple.assertion.certainty)),
        ("kgb:temporality", Literal(triple.assertion.temporality)),
        ("kgb:experiencer", Literal(triple.assertion.experiencer)),
    )  # fmt: skip
    keys = [Iri(f"{OURS}evidence:{evidence_key(e)}:{triple.id}") for e in statement.evidence]
    yield Block(
        me,
        (
            ("rdf:type", "rdf:Statement"),
            ("rdf:subject", subject),
            ("rdf:predicate", predicate),
            ("rdf:object", object),
            ("kgb:belief", Literal(repr(belief(statement)), "double")),
            *meant,
            *(("kgb:evidence", key) for key in keys),
        ),
    )
    for key, evidence in zip(keys, statement.evidence, strict=True):
        yield Block(key, tuple(_evidence(evidence)))


def _evidence(evidence: Evidence) -> Iterator[tuple[str, str | Iri | Literal]]:
    match evidence:
        case CuratedEvidence():
            yield "rdf:type", "kgb:CuratedEvidence"
            yield "dcterms:source", Literal(evidence.source)
            yield "kgb:version", Literal(evidence.version)
            yield "kgb:record", Literal(evidence.record_id)
            yield "kgb:how", Literal(evidence.how)
        case TextEvidence():
            yield "rdf:type", "kgb:TextEvidence"
            yield "dcterms:source", _document_iri(evidence.document_id)
            yield "kgb:quote", Literal(evidence.quote)
            yield "kgb:start", Literal(str(evidence.span.start), "integer")
            yield "kgb:end", Literal(str(evidence.span.end), "integer")
            yield "kgb:extractor", Literal(evidence.extractor)
            yield "kgb:probability", Literal(repr(float(evidence.probability)), "double")
        case DerivedEvidence():
            yield "rdf:type", "kgb:DerivedEvidence"
            yield "kgb:rule", Literal(evidence.rule)
            for premise in evidence.premises:
                yield "kgb:premise", Iri(f"{OURS}statement:{premise.triple.id}")
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
        prefix, _, rest = short.partition(":")
        return f"<{NAMESPACES[prefix]}{rest}>"


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
