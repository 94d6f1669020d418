"""The one table from the words of ``kgbuilder import WHAT`` to readers, which are imported on use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from kgbuilder.curate.intake import Claim, Intake, batched
from kgbuilder.errors import InputError, UsageError
from kgbuilder.model import NODE_TYPES, EntityType
from kgbuilder.protocols import Batch

__all__ = ["READERS", "import_source", "what_can_be_imported"]

Read = Callable[[Path, Intake], Iterator[Claim]]


@dataclass(frozen=True, slots=True)
class Format:
    """What a word reads: a line for people, and the reader."""

    files: str
    reader: Callable[[], Read]


def _hpo() -> Read:
    from kgbuilder.curate.hpo import read_hpo

    return read_hpo


def _obo() -> Read:
    from kgbuilder.curate.obo import read_obo

    return read_obo


def _mesh() -> Read:
    from kgbuilder.curate.mesh import read_mesh

    return read_mesh


def _rxnorm() -> Read:
    from kgbuilder.curate.rrf import read_rxnorm

    return read_rxnorm


def _umls() -> Read:
    from kgbuilder.curate.rrf import read_umls

    return read_umls


def _drugbank() -> Read:
    from kgbuilder.curate.drugbank import read_drugbank

    return read_drugbank


def _sssom() -> Read:
    from kgbuilder.curate.sssom import read_sssom

    return read_sssom


def _kgx() -> Read:
    from kgbuilder.curate.kgx import read_kgx

    return read_kgx


def _rdf() -> Read:
    from kgbuilder.curate.rdf import read_rdf

    return read_rdf


def _hetionet() -> Read:
    from kgbuilder.curate.hetionet import read_hetionet

    return read_hetionet


READERS = {
    "hpo": Format("hp.obo, phenotype.hpoa, or a folder with both", _hpo),
    "mondo": Format("mondo.obo", _obo),
    "obo": Format("any ontology in OBO format", _obo),
    "mesh": Format("d2025.bin, desc2025.xml, supp2025.xml, mesh.nt", _mesh),
    "rxnorm": Format("RXNCONSO.RRF, RXNREL.RRF, or their folder", _rxnorm),
    "umls": Format("the folder of MRCONSO.RRF and MRSTY.RRF", _umls),
    "drugbank": Format("full database.xml", _drugbank),
    "sssom": Format("mappings, .sssom.tsv", _sssom),
    "kgx": Format("nodes and edges, .tsv or .jsonl", _kgx),
    "rdf": Format("what export --to rdf wrote, .ttl or .nq", _rdf),
    "hetionet": Format("hetionet-v1.0-nodes.tsv, hetionet-v1.0-edges.sif.gz", _hetionet),
}
"""Word -> what it reads, beside the shipped maps of tables (``maps/``), ``tsv`` and ``jsonl``."""

EXPORT_ONLY = {
    "graphml": "it holds no evidence",
    "cypher": "run it in Neo4j, which is a graph as it stands: neo4j://host",
    "neo4j-csv": "neo4j-admin reads it into Neo4j, which is a graph as it stands: neo4j://host",
}
"""What ``export`` writes and nothing reads back here -> why."""


def what_can_be_imported() -> tuple[str, ...]:
    """Every word that ``import`` takes."""
    from kgbuilder.curate.map_file import available_maps

    return tuple(sorted({*READERS, *available_maps(), "tsv", "jsonl"}))


def import_source(
    what: str,
    path: str | Path,
    *,
    intake: Intake,
    map: str | Path | None = None,
    type: str | None = None,
) -> Iterator[Batch]:
    """The batches of a file that a user downloaded; nothing is read before the first is asked for.

    :param what: a word of :func:`what_can_be_imported` but ``jsonl``, which is the store's.
    :param map: for ``tsv``, which column is what.
    :param type: for ``obo``, the node type of terms whose id space does not tell it.
    :raises UsageError: for an unknown word or type. :raises InputError: when there is no such file.
    """
    from kgbuilder.curate.map_file import available_maps, load_map
    from kgbuilder.curate.tables import import_table

    if type is not None and (what not in ("obo", "mondo") or type not in NODE_TYPES):
        raise UsageError(
            f"--type {type} with {what}",
            hint=f"for obo, one of {', '.join(sorted(t.value for t in NODE_TYPES))}",
        )
    if what == "tsv" and map is None:
        raise UsageError("which column is what?", hint="add --map MAP.toml")
    if what == "tsv" or what in available_maps():
        return import_table(path, load_map(what if map is None else map), intake=intake)
    if what in EXPORT_ONLY:
        raise UsageError(
            f"{what} is written, not read: {EXPORT_ONLY[what]}",
            hint="export to jsonl, rdf or kgx what is to come back",
        )
    if what not in READERS:
        near = get_close_matches(what, what_can_be_imported(), n=2)
        guess = f"did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(
            f"cannot import {what!r}", hint=f"{guess}one of {', '.join(what_can_be_imported())}"
        )
    file = Path(path)
    if what != "kgx" and not file.exists():
        raise InputError("there is no such file", where=str(path))
    if type is not None:
        from kgbuilder.curate.obo import read_obo

        return batched(read_obo(file, intake, type=EntityType(type)))
    return batched(READERS[what].reader()(file, intake))
