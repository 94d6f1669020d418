"""A graph in RDF as ``export --to rdf`` writes it (``store/rdf.py``), in Turtle or N-Quads, and in
whatever order and layout other programs leave it.

A statement and its evidence may stand far apart, so triples are kept in a database on disk until all
were read; memory stays flat. What is not of our vocabulary is passed over: only a reified statement
with evidence becomes one here.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from kgbuilder.curate.intake import Claim, Intake
from kgbuilder.curate.triples import iter_triples
from kgbuilder.errors import FormatError, GraphError, KgError
from kgbuilder.model import BIOLINK_CATEGORIES, NODE_TYPES
from kgbuilder.store.codec import (
    Record,
    concept_from_record,
    document_from_record,
    statement_from_record,
)
from kgbuilder.store.iris import OURS, decoded, find_curie
from kgbuilder.store.rdf import COUNTED, DOCUMENT_FIELDS, EVIDENCE_FIELDS, EVIDENCE_KINDS, full

__all__ = ["read_rdf"]

_AT_ONCE = 50_000
_TYPE = full("rdf:type")
_TYPES = {full(BIOLINK_CATEGORIES[type.value]): type.value for type in sorted(NODE_TYPES)}
_KINDS = {full(name): kind for kind, name in EVIDENCE_KINDS.items()}
_ASSERTION = ("polarity", "certainty", "temporality", "experiencer")
_QUALIFIER = full("kgb:qualifier:")
_READ: dict[str, Callable[[str], Any]] = {"": str, "integer": int, "double": float}

Said = dict[str, list[str]]
"""Of one resource: property -> what it says, in the file's order."""


def read_rdf(path: Path, intake: Intake) -> Iterator[Claim]:
    """Concepts, then documents, then statements, each in the file's order.

    :raises FormatError: when it is not RDF that is read here, or holds no graph of ours.
    """
    with tempfile.TemporaryDirectory(prefix="kgbuilder-rdf-") as folder:
        database = sqlite3.connect(Path(folder) / "triples")
        try:
            database.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;"
                "CREATE TABLE kind (s TEXT, o TEXT); CREATE TABLE t (s TEXT, p TEXT, o TEXT)"
            )
            triples = iter_triples(path, issues=intake.issues)
            while some := list(islice(triples, _AT_ONCE)):
                rows = [(s, p, o.text) for s, p, o in some]
                kinds = [(s, o) for s, p, o in rows if p == _TYPE]
                database.executemany("INSERT INTO kind VALUES (?, ?)", kinds)
                database.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
            database.execute("CREATE INDEX of_s ON t (s)")
            yield from _Reading(database, intake, path).claims()
        finally:
            database.close()


class _Reading:
    def __init__(self, database: sqlite3.Connection, intake: Intake, path: Path) -> None:
        self._database, self._intake, self._path = database, intake, path

    def claims(self) -> Iterator[Claim]:
        found = dict.fromkeys(COUNTED, 0)
        for kind, types, read in (
            ("concepts", tuple(_TYPES), self._concept),
            ("documents", (full("biolink:Publication"),), self._document),
            ("statements", (full("rdf:Statement"),), self._statement),
        ):
            for iri in self._of_kind(types):
                try:
                    claim = read(iri)
                except (KgError, ValueError, RecursionError) as error:
                    self._intake.n_rows += 1
                    self._refuse("broken-row", iri, str(error))
                    continue
                if claim is not None:
                    found[kind] += 1
                    self._intake.n_rows += 1
                    self._intake.n_taken += 1
                    yield claim
        if not any(found.values()):
            raise FormatError(
                "no graph of ours in it",
                where=str(self._path),
                hint="what export --to rdf wrote is expected; its ontologies come as obo or mesh",
            )
        self._check_counts(found)

    def _of_kind(self, types: tuple[str, ...]) -> Iterator[str]:
        """The resources of these types, each once."""
        marks = ", ".join("?" * len(types))
        rows = self._database.execute(
            f"SELECT s FROM kind WHERE o IN ({marks}) GROUP BY s ORDER BY min(rowid)",  # noqa: S608
            types,
        )
        for (iri,) in rows:
            yield str(iri)

    def _said(self, iri: str) -> Said:
        said: Said = {}
        rows = self._database.execute("SELECT p, o FROM t WHERE s = ? ORDER BY rowid", (iri,))
        for predicate, value in dict.fromkeys(rows):  # a file may say a thing twice
            said.setdefault(predicate, []).append(value)
        return said

    def _concept(self, iri: str) -> Claim | None:
        said = self._said(iri)
        if full("kgb:isBare") in said:
            return None  # its edges make it
        type = next(_TYPES[value] for value in said[_TYPE] if value in _TYPES)
        names = said.get(full("skos:altLabel"), [])
        record = {"id": _id(iri), "name": _one(said, "rdfs:label"), "type": type, "synonyms": names}
        return concept_from_record(record)

    def _document(self, iri: str) -> Claim | None:
        said = self._said(iri)
        record: Record = {
            name: said[full(p)][0] for name, p in DOCUMENT_FIELDS.items() if full(p) in said
        }
        if "text" not in record:
            self._intake.n_rows += 1
            self._intake.leave_out("documents without their text")
            return None
        record["id"] = _text(iri.removeprefix(f"{OURS}document:"))
        record["identifiers"] = said.get(full("dcterms:identifier"), [])
        parts = sorted(said.get(full("kgb:section"), []), key=_number)
        record["sections"] = [
            (
                int(_one(part, "kgb:start")),
                int(_one(part, "kgb:end")),
                _one(part, "kgb:heading"),
                _one(part, "kgb:kind"),
            )
            for part in map(self._said, parts)
        ]
        return document_from_record({"source": str(self._path), "kind": "paper", **record})

    def _statement(self, iri: str) -> Claim:
        return statement_from_record(self._record(iri))

    def _record(self, iri: str) -> Record:
        """A statement's record, or a premise's."""
        said = self._said(iri)
        record: Record = {
            "subject": _id(_one(said, "rdf:subject")),
            "predicate": _one(said, "rdf:predicate").removeprefix(f"{OURS}predicate:"),
            "object": _id(_one(said, "rdf:object")),
            "evidence": [self._evidence(one) for one in said.get(full("kgb:evidence"), [])],
        }
        if full("kgb:polarity") in said:
            record["assertion"] = {name: _one(said, f"kgb:{name}") for name in _ASSERTION}
        return record

    def _evidence(self, iri: str) -> Record:
        said = self._said(iri)
        kinds = [_KINDS[type] for type in said.get(_TYPE, []) if type in _KINDS]
        if not kinds:
            raise GraphError("evidence that the file does not hold", where=iri)
        record: Record = {"kind": kinds[0], "refutes": _one(said, "kgb:refutes") in ("true", "1")}
        for name, (predicate, type) in EVIDENCE_FIELDS.items():
            if values := said.get(full(predicate)):
                record[name] = _READ[type](values[0])
        if kinds[0] == "text":
            document = _one(said, "dcterms:source")
            if not self._has_text(document):
                raise GraphError("it quotes a document whose text is not in the file", where=iri)
            record["document"] = _text(document.removeprefix(f"{OURS}document:"))
        record["premises"] = [
            self._record(one) for one in sorted(said.get(full("kgb:premise"), []), key=_number)
        ]
        record["qualifiers"] = sorted(
            (_text(name.removeprefix(_QUALIFIER)), value)
            for name, values in said.items()
            if name.startswith(_QUALIFIER)
            for value in values
        )
        return record

    def _has_text(self, document: str) -> bool:
        asked = "SELECT 1 FROM t WHERE s = ? AND p = ?"
        return self._database.execute(asked, (document, full("kgb:text"))).fetchone() is not None

    def _check_counts(self, found: dict[str, int]) -> None:
        said = self._said(f"{OURS}graph")
        stated = {name: said.get(full(f"kgb:n_{name}"), []) for name in COUNTED}
        for name, numbers in stated.items():
            if (most := max(map(int, numbers), default=0)) > found[name]:
                what = f"{found[name]} {name} are here, the file says {most}: cut off, or changed"
                self._refuse("cut-off", str(self._path), what)
        if not all(stated.values()):
            self._intake.issues.warn(
                "no-end",
                where=str(self._path),
                what="the file does not count what it holds: whether it is whole cannot be told",
            )

    def _refuse(self, kind: str, where: str, what: str) -> None:
        self._intake.issues.refuse(kind, where=where[:200], what=what[:300])


def _one(said: Said, name: str) -> str:
    if values := said.get(full(name)):
        return values[0]
    raise GraphError(f"no {name}")


def _id(iri: str) -> str:
    id = find_curie(iri)
    if id is None:
        raise GraphError("this address is no identifier here", where=iri[:80])
    return str(id)


def _text(encoded: str) -> str:
    try:
        return decoded(encoded)
    except ValueError as error:
        raise GraphError(f"not percent-encoded UTF-8: {error}", where=encoded[:80]) from None


def _number(iri: str) -> tuple[int, str]:
    """Sections and premises stand in order, which their IRIs end in."""
    last = iri.rpartition(":")[2]
    return int(last) if last.isdecimal() else 0, iri
