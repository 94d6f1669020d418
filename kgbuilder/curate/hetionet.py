"""Hetionet as tables: ``hetionet-v1.0-nodes.tsv`` and ``hetionet-v1.0-edges.sif.gz``.

Columns (https://github.com/hetio/hetionet, hetnet/tsv/README.md): ``id name kind`` and ``source metaedge
target``; an id is its kind, ``::`` and the identifier. Kinds: ``tables/hetionet_kinds.tsv``; metaedges:
``relation_types.tsv`` (hetionet).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, Origin, qualifiers_of
from kgbuilder.curate.review_tables import hetionet_kinds
from kgbuilder.curate.text_file import iter_lines
from kgbuilder.errors import FormatError, InputError, UsageError
from kgbuilder.model import Concept, Curie, EntityType

__all__ = ["read_hetionet"]

LICENCE = "CC0 1.0, with the terms of each source (https://het.io)"
NODES = ["id", "name", "kind"]
EDGES = ["source", "metaedge", "target"]
_VERSION = re.compile(r"hetionet-v(\d+(?:\.\d+)*)")


def read_hetionet(path: Path, intake: Intake) -> Iterator[Claim]:
    """Nodes or edges, told by their header; of a folder the nodes, then the edges.

    :raises InputError: for a folder that holds neither. :raises FormatError: for another header.
    """
    files = [path]
    if path.is_dir():
        files = [*sorted(path.glob("*nodes.tsv*")), *sorted(path.glob("*edges.sif*"))]
        if not files:
            raise InputError("no *nodes.tsv or *edges.sif here", where=str(path))
    for file in files:
        yield from _file(file, intake)


def _file(path: Path, intake: Intake) -> Iterator[Claim]:
    found = _VERSION.search(path.name)
    origin = intake.origin(
        "Hetionet", version=found[1] if found else "", licence=LICENCE, file=path.name
    )
    header: list[str] = []
    for number, line in iter_lines(path, issues=intake.issues):
        cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
        where = f"{path}:{number}"
        if not header:
            header = cells
            if header not in (NODES, EDGES):
                raise FormatError(
                    f"columns {', '.join(header)[:80]}",
                    where=str(path),
                    hint=f"{', '.join(NODES)} or {', '.join(EDGES)} are expected",
                )
            continue
        intake.n_rows += 1
        if len(cells) != 3:
            intake.issues.refuse(
                "broken-row", where=where, what=f"{len(cells)} cells where there are 3"
            )
        elif header == NODES:
            yield from _node(cells, intake, where)
        else:
            yield from _edge(cells, origin, intake, where)


def _node(cells: list[str], intake: Intake, where: str) -> Iterator[Concept]:
    written, name, _ = cells
    found = _identified(written, intake, where)
    if found is None:
        return
    if not name:
        intake.issues.refuse("missing-name", where=where, what=f"{written} has no name")
        return
    intake.n_taken += 1
    yield Concept(found[0], name, found[1])


def _edge(cells: list[str], origin: Origin, intake: Intake, where: str) -> Iterator[Claim]:
    source, metaedge, target = cells
    relation = intake.relation("hetionet", metaedge, where=where)
    if relation is None:
        return
    subject = _identified(source, intake, where)
    object = _identified(target, intake, where)
    if subject is None or object is None:
        return
    intake.n_taken += 1
    evidence = origin.evidence(
        f"{source} {metaedge} {target}", qualifiers=qualifiers_of({"detail": relation.detail})
    )
    yield from intake.statement(
        subject[0],
        relation.predicate,
        object[0],
        evidence,
        where=where,
        types=dict((subject, object)),
    )


def _identified(written: str, intake: Intake, where: str) -> tuple[Curie, EntityType] | None:
    """The id and its type; None, noted, for a kind that is not taken or an id that is none."""
    kind, mark, local = written.partition("::")
    known = hetionet_kinds().get(kind)
    if not mark or known is None:
        what = f"{written[:80]!r} is not of a kind in tables/hetionet_kinds.tsv"
        intake.issues.refuse("bad-id", where=where, what=what)
        return None
    type, prefix = known
    if type is None:
        intake.leave_out(f"nodes of kind {kind}")
        return None
    try:
        return (Curie(prefix, local) if prefix else Curie.parse(local)), type
    except UsageError as error:
        intake.issues.refuse("bad-id", where=where, what=error.what, hint=error.hint)
        return None
