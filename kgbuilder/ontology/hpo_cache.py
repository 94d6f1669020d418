"""The parsed Human Phenotype Ontology as one file: numpy arrays and JSON text, no pickle."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import KgError
from kgbuilder.model import Curie
from kgbuilder.ontology.annotations import Annotations, Disease, GenePairs, Texts
from kgbuilder.ontology.hierarchy import Rows
from kgbuilder.ontology.obo import OboTerm, Synonym

__all__ = ["pack", "unpack"]

_NUMBERS = ("line", "disease", "term", "negated", "share", "n_patients")
_TEXTS = ("reference", "evidence", "onset", "frequency", "sex", "aspect")

Packed = tuple[
    tuple[str, str],
    tuple[OboTerm, ...],
    Rows,
    Rows,
    tuple[Disease, ...],
    Annotations,
    GenePairs,
]


def pack(
    *,
    key: str,
    versions: tuple[str, str],
    terms: Sequence[OboTerm],
    parents: Rows,
    ancestors: Rows,
    diseases: Sequence[Disease],
    annotations: Annotations,
    genes: GenePairs,
) -> bytes:
    """The file's content. ``key`` says what it was parsed from; :func:`unpack` compares it."""
    texts = {
        "key": key,
        "versions": versions,
        "terms": [_term_row(term) for term in terms],
        "diseases": [[str(disease.id), *disease.names] for disease in diseases],
        "genes": [genes.symbols, genes.ncbi_ids],
        "columns": {name: getattr(annotations, name).values for name in _TEXTS},
    }
    arrays: dict[str, NDArray[Any]] = {
        "texts": np.frombuffer(json.dumps(texts).encode("utf-8"), dtype=np.uint8),
        "parent_starts": parents.starts,
        "parent_values": parents.values,
        "ancestor_starts": ancestors.starts,
        "ancestor_values": ancestors.values,
        "gene_disease": genes.disease,
    }
    arrays |= {name: getattr(annotations, name) for name in _NUMBERS}
    arrays |= {f"codes_{name}": getattr(annotations, name).codes for name in _TEXTS}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(path: Path, *, key: str) -> Packed | None:
    """What :func:`pack` wrote, or None where it is for another release, damaged or unreadable."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            texts = json.loads(arrays["texts"].tobytes())
            if texts["key"] != key:
                return None
            columns = {
                name: Texts(tuple(texts["columns"][name]), arrays[f"codes_{name}"])
                for name in _TEXTS
            }
            annotations = Annotations(
                *(arrays[name] for name in _NUMBERS), *(columns[name] for name in _TEXTS)
            )
            parents = Rows(arrays["parent_starts"], arrays["parent_values"])
            ancestors = Rows(arrays["ancestor_starts"], arrays["ancestor_values"])
            symbols, ncbi_ids = texts["genes"]
            genes = GenePairs(tuple(symbols), tuple(ncbi_ids), arrays["gene_disease"])
        terms = tuple(_term(row) for row in texts["terms"])
        diseases = tuple(Disease(Curie.parse(id), tuple(names)) for id, *names in texts["diseases"])
        first, second = texts["versions"]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError, KgError):
        return None
    return (first, second), terms, parents, ancestors, diseases, annotations, genes


def _term_row(term: OboTerm) -> list[Any]:
    return [
        str(term.id),
        term.name,
        [[s.text, s.scope, s.kind] for s in term.synonyms],
        *([str(id) for id in ids] for ids in (term.parents, term.alt_ids, term.xrefs)),
        term.obsolete,
        [str(id) for id in term.replaced_by],
    ]


def _term(row: Sequence[Any]) -> OboTerm:
    id, name, synonyms, parents, alt_ids, xrefs, obsolete, replaced_by = row
    return OboTerm(
        Curie.parse(id),
        name,
        tuple(Synonym(*synonym) for synonym in synonyms),
        _curies(parents),
        _curies(alt_ids),
        _curies(xrefs),
        obsolete,
        _curies(replaced_by),
    )


def _curies(texts: Sequence[str]) -> tuple[Curie, ...]:
    return tuple([Curie.parse(text) for text in texts]) if texts else ()
