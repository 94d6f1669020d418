"""MeSH as RDF: N-Triples, ``mesh.nt`` or ``mesh2025.nt.gz``, the one form in which NLM publishes it.

Vocabulary: https://hhs.github.io/meshrdf/. A record's names are three triples away from it (record,
concept, term, text), and the 2 GB are sorted as text, so that these stand far apart: what is taken is
kept in a database on disk until all was read. Memory stays flat.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from kgbuilder.curate.intake import Intake
from kgbuilder.curate.mesh_record import MeshRecord
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.curate.triples import unescaped
from kgbuilder.errors import FormatError
from kgbuilder.model import EntityType

__all__ = ["iter_rdf_records"]

_MESH = r"<http://id\.nlm\.nih\.gov/mesh/(?:\d{4}/)?"
"""Before an id; the files of one year have the year in it."""
_SUBJECT = re.compile(_MESH + r"([A-Z][\w.]*)>\s+<[^<>]*[/#](\w+)>\s+(.+?)\s*\.\s*$", re.DOTALL)
_OBJECT = re.compile(_MESH + r"(?:vocab#)?([\w.]+)>$")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@en(?:-\w+)?|\^\^<[^<>]*>)?$', re.DOTALL)
"""English, or of no language."""
_TRIPLE = re.compile(r"(?:<[^<>]*>|_:\S+)\s+<[^<>]*>\s+(?:<[^<>]*>|_:\S+|\".*\"\S*)\s*\.")
_RECORD = re.compile(r"[CD]\d{6,}")
"""A descriptor or a supplementary record: no tree number (``C09.900``), no pair (``D000001Q000008``)."""

_TYPES = {
    "SCR_Chemical": EntityType.DRUG,
    "SCR_Disease": EntityType.DISEASE,
    "SCR_Organism": EntityType.ORGANISM,
    # as the first years called them
    "RegularSubstance": EntityType.DRUG,
    "RareDisease": EntityType.DISEASE,
}

_OF_RECORDS = {"type", "label", "treeNumber", "preferredConcept", "concept"}
_OF_OTHERS = {"preferredTerm", "term", "prefLabel"}
_AT_ONCE = 50_000

_TERMS = """
SELECT DISTINCT text.o, concept.p = 'preferredConcept'
FROM t concept JOIN t term ON term.s = concept.o JOIN t text ON text.s = term.o
WHERE concept.s = ? AND concept.p IN ('preferredConcept', 'concept')
  AND term.p IN ('preferredTerm', 'term') AND text.p = 'prefLabel'
  AND NOT EXISTS (SELECT 1 FROM t WHERE s IN (concept.o, term.o) AND p = 'active')
ORDER BY text.o"""


def iter_rdf_records(path: Path, intake: Intake) -> Iterator[MeshRecord]:
    """The records that are in use, by id. A line that is no triple is refused, and the rest goes on.

    :raises FormatError: when there is no record, or the file breaks off.
    """
    with tempfile.TemporaryDirectory(prefix="kgbuilder-mesh-") as folder:
        database = sqlite3.connect(Path(folder) / "triples")
        try:
            database.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;"
                "CREATE TABLE t (s TEXT, p TEXT, o TEXT, PRIMARY KEY (s, p, o)) WITHOUT ROWID"
            )
            triples = _triples(path, intake)
            while some := [triple for _, triple in zip(range(_AT_ONCE), triples, strict=False)]:
                database.executemany("INSERT OR IGNORE INTO t VALUES (?, ?, ?)", some)
            yield from _records(database, path, intake)
        finally:
            database.close()


def _triples(path: Path, intake: Intake) -> Iterator[tuple[str, str, str]]:
    """The triples that records are made of: ids without their address, texts as they read."""
    for number, line in iter_lines(path, issues=intake.issues):
        found = _SUBJECT.match(line)
        if found is None:
            if line.strip() and not line.startswith("#") and not _TRIPLE.match(line):
                intake.issues.refuse(
                    "broken-row", where=f"{path}:{number}", what="not a triple: <..> <..> <..> ."
                )
            continue
        subject, predicate, rest = found.groups()
        is_record = _RECORD.fullmatch(subject) is not None
        if predicate == "active":
            if rest.startswith('"false"'):
                yield subject, predicate, ""
        elif predicate in (_OF_RECORDS if is_record else _OF_OTHERS):
            value = _OBJECT.match(rest) or _LITERAL.match(rest)
            if value is not None:
                yield subject, predicate, unescaped(value[1])


def _records(database: sqlite3.Connection, path: Path, intake: Intake) -> Iterator[MeshRecord]:
    n = 0
    rows = database.execute("SELECT s, p, o FROM t WHERE s >= 'C' AND s < 'E' ORDER BY s, p, o")
    for id, group in groupby(rows, key=lambda row: str(row[0])):
        held: dict[str, list[str]] = {}
        for _, predicate, value in group:
            held.setdefault(predicate, []).append(value)
        if not _RECORD.fullmatch(id):
            continue
        n += 1
        intake.n_rows += 1
        if "active" in held:
            intake.leave_out("records that are no longer in use")
        elif not held.get("label"):
            intake.issues.refuse(
                "missing-id", where=f"{path}: {id}", what="a record without a label"
            )
        else:
            yield _record(database, id, held, f"{path}: {id}")
    if not n:
        raise FormatError("no record of MeSH in it", where=str(path), hint="mesh.nt is expected")


def _record(
    database: sqlite3.Connection, id: str, held: dict[str, list[str]], where: str
) -> MeshRecord:
    name = held["label"][0]
    terms = database.execute(_TERMS, (id,)).fetchall()
    same = [text for text, is_preferred in terms if is_preferred]
    return MeshRecord(
        id,
        name,
        tuple(text for text in same if text != name),
        tuple(held.get("treeNumber", ())),
        sum(not is_preferred for _, is_preferred in terms),
        where,
        next((_TYPES[kind] for kind in held.get("type", ()) if kind in _TYPES), None),
    )
