"""A graph in KGX, TSV or JSON lines, ``X_nodes`` and ``X_edges``; ``kgbuilder import kgx`` reads it.

Format: https://github.com/biolink/kgx, docs/kgx_format.md.

A row of edges is one piece of evidence, since Biolink gives an edge one primary knowledge source.
What goes through: concepts with their names; triples; whether the evidence refutes (``negated``);
source, version and record; publications; the sentence (``supporting_text``); the qualifiers of
:data:`QUALIFIERS`; belief (``has_confidence_score``, over all evidence). What does not: documents and
offsets, premises, other qualifiers. A patient's finding that is not a plain "has" or "has not"
(hypothetical, historical, somebody else's) is left out and counted, for KGX would make a fact of it.

``infores`` names are those of the registry (https://github.com/biolink/information-resource-registry);
another source stands under its own name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from kgbuilder.issues import Issues
from kgbuilder.model import (
    BIOLINK_CATEGORIES,
    CuratedEvidence,
    DerivedEvidence,
    Evidence,
    Polarity,
    Statement,
    TextEvidence,
    belief,
    evidence_key,
)
from kgbuilder.protocols import GraphView
from kgbuilder.store.characters import SURROGATES, Characters
from kgbuilder.store.network import node_rows
from kgbuilder.store.whole_file import written_whole

__all__ = ["QUALIFIERS", "kgx_files", "write_kgx"]

QUALIFIERS = (
    "severity", "mechanism", "effect", "detail", "dose", "route", "frequency", "date", "reaction",
    "licence",
)  # fmt: skip
NODE_COLUMNS = ("id", "category", "name", "synonym")
EDGE_COLUMNS = (
    "id", "subject", "predicate", "object", "category", "qualified_predicate",
    "object_aspect_qualifier", "object_direction_qualifier", "negated", "primary_knowledge_source",
    "knowledge_level", "agent_type", "publications", "supporting_text", "has_confidence_score",
    "original_predicate", "source_name", "source_version", "source_record", *QUALIFIERS,
)  # fmt: skip

INFORES = {
    "DDInter": "infores:ddinter",
    "DrugBank": "infores:drugbank",
    "DrugBank vocabulary": "infores:drugbank",
    "Hetionet": "infores:hetionet",
    "HPO annotations": "infores:hpo-annotations",
    "Human Disease Ontology": "infores:disease-ontology",
    "Human Phenotype Ontology": "infores:hpo",
    "MeSH": "infores:mesh",
    "Mondo Disease Ontology": "infores:mondo",
    "RxNorm": "infores:rxnorm",
    "SIDER": "infores:sider",
    "UMLS": "infores:umls",
}
"""Source -> its name in the registry."""

_PUBLICATION = re.compile(r"\b(?:PMID:\d+|PMC:?\d+|DOI:\S+)", re.IGNORECASE)
_NUMBERS = re.compile(r"\b\d+\b")
_TAB = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

Value = str | list[str] | bool | float
Record = dict[str, Value]


def kgx_files(path: Path) -> tuple[Path, Path]:
    """Where nodes and edges go: ``graph.jsonl`` and ``graph.tsv`` say the form, else it is TSV."""
    ending = path.suffix if path.suffix in (".jsonl", ".tsv") else ".tsv"
    stem = path.name.removesuffix(ending)
    nodes, edges = (path.with_name(f"{stem}_{kind}{ending}") for kind in ("nodes", "edges"))
    return nodes, edges


def write_kgx(view: GraphView, path: Path, *, issues: Issues) -> None:
    """Write the graph; memory holds the identifiers of its documents.

    :param issues: told what is left out. :raises GraphError: when a file cannot be written.
    """
    places = kgx_files(path)
    is_json = places[0].suffix == ".jsonl"
    with ExitStack() as stack:
        nodes, edges = (stack.enter_context(written_whole(place)) for place in places)
        put = _Json(issues) if is_json else _Tsv(issues)
        put.header(nodes, NODE_COLUMNS)
        for concept, row in node_rows(view):
            record: Record = {
                "id": str(row["id"]),
                "category": [BIOLINK_CATEGORIES[str(row["label"])]],
                "name": str(row["name"]),
                "synonym": list(concept.synonyms) if concept else [],
            }
            put.record(nodes, NODE_COLUMNS, record)
        put.header(edges, EDGE_COLUMNS)
        for record in _edges(view, issues):
            put.record(edges, EDGE_COLUMNS, record)


def _edges(view: GraphView, issues: Issues) -> Iterator[Record]:
    publications = {
        document.id: [str(i) for i in document.identifiers if i.prefix in ("PMID", "PMCID", "DOI")]
        for document in view.documents()
    }
    for statement in view.statements():
        asserted = statement.triple.assertion
        plain = asserted is None or replace(asserted, polarity=Polarity.AFFIRMED).is_plain
        if not plain:
            issues.warn(
                "left-out",
                where=str(statement.triple)[:80],
                what="a patient's finding that is hypothetical, historical or somebody else's",
                hint="export to jsonl, which says how it is meant",
            )
            continue
        negated = asserted is not None and asserted.polarity is Polarity.NEGATED
        score = belief(statement)
        for evidence in statement.evidence:
            yield _edge(statement, evidence, negated != evidence.refutes, score, publications)


def _edge(
    statement: Statement,
    evidence: Evidence,
    negated: bool,
    score: float,
    publications: Mapping[str, list[str]],
) -> Record:
    triple, predicate = statement.triple, statement.triple.predicate
    qualifiers = dict(evidence.qualifiers)
    record: Record = {
        "id": f"{triple.id}-{evidence_key(evidence)}",
        "subject": str(triple.subject),
        "predicate": predicate.biolink,
        "object": str(triple.object),
        "category": ["biolink:Association"],
        "qualified_predicate": "biolink:causes" if predicate.direction else "",
        "object_aspect_qualifier": predicate.aspect,
        "object_direction_qualifier": predicate.direction,
        "negated": negated,
        "has_confidence_score": score,
        "original_predicate": f"kgbuilder:{predicate.name}",
    }
    match evidence:
        case CuratedEvidence():
            record |= {
                "primary_knowledge_source": INFORES.get(evidence.source, evidence.source),
                "knowledge_level": qualifiers.get("knowledge_level", "knowledge_assertion"),
                "agent_type": qualifiers.get("agent_type", "not_provided"),
                "publications": _publications(qualifiers),
                "supporting_text": _texts(qualifiers.get("supporting_text", "")),
                "source_name": evidence.source,
                "source_version": evidence.version,
                "source_record": evidence.record_id,
            }
        case TextEvidence():
            record |= {
                "primary_knowledge_source": evidence.extractor,
                "knowledge_level": "not_provided",
                "agent_type": "text_mining_agent",
                "publications": publications.get(evidence.document_id, []),
                "supporting_text": [evidence.quote],
                "source_name": evidence.extractor,
                "source_record": evidence.document_id,
            }
        case DerivedEvidence():
            record |= {
                "primary_knowledge_source": "kgbuilder",
                "knowledge_level": "logical_entailment",
                "agent_type": "automated_agent",
                "source_name": "kgbuilder",
                "source_record": evidence.rule,
            }
    return record | {name: qualifiers.get(name, "") for name in QUALIFIERS}


def _texts(text: str) -> list[str]:
    return [text] if text else []


def _publications(qualifiers: Mapping[str, str]) -> list[str]:
    named = _PUBLICATION.findall(qualifiers.get("reference", ""))
    numbers = _NUMBERS.findall(qualifiers.get("pmids", ""))
    return list(dict.fromkeys((*named, *(f"PMID:{number}" for number in numbers))))


class _Json:
    """JSON lines hold every character but half a surrogate pair. Empty properties are left out."""

    def __init__(self, issues: Issues) -> None:
        self._characters = Characters("JSON lines of KGX", SURROGATES, issues)

    def header(self, file: TextIO, columns: tuple[str, ...]) -> None:
        """They have none."""

    def record(self, file: TextIO, columns: tuple[str, ...], record: Record) -> None:
        held = {name: record[name] for name in columns if record.get(name) not in ("", [], None)}
        line = json.dumps(held, ensure_ascii=False)
        file.write(self._characters.text(line, str(record["id"])) + "\n")


class _Tsv:
    """TSV of KGX has no escapes: a tab, a line break or another control character, over which readers
    of tables stumble, becomes a space, in a list a bar a slash.
    """

    def __init__(self, issues: Issues) -> None:
        self._characters = Characters("TSV", _TAB, issues, instead=" ")
        self._bars = Characters("a list in TSV", re.compile(r"\|"), issues, instead="/")

    def header(self, file: TextIO, columns: tuple[str, ...]) -> None:
        file.write("\t".join(columns) + "\n")

    def record(self, file: TextIO, columns: tuple[str, ...], record: Record) -> None:
        where = str(record["id"])
        cells = [self._cell(name, record.get(name, ""), where) for name in columns]
        file.write("\t".join(cells) + "\n")

    def _cell(self, name: str, value: Value, where: str) -> str:
        match value:
            case bool():
                return "true" if value else ""
            case float():
                return repr(value)
            case str() if name in ("id", "subject", "object"):
                return self._characters.id(value)
            case str():
                return self._characters.text(value, where)
            case list():
                items = (self._bars.text(item, where) for item in value)
                return "|".join(self._characters.text(item, where) for item in items)
