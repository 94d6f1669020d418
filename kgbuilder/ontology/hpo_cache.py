"""The parsed Human Phenotype Ontology as one file of arrays and lines, no pickle.

A process that answers one question looks at a few of 19,000 terms and 270,000 annotations, so terms are
lines of JSON that are read one by one, and names lie sorted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgbuilder.model import Curie
from kgbuilder.ontology.annotations import Annotations, Disease, GenePairs, Texts
from kgbuilder.ontology.array_file import Part, packed_parts
from kgbuilder.ontology.hierarchy import Hierarchy, Rows
from kgbuilder.ontology.obo import OboTerm, Synonym
from kgbuilder.ontology.shelf import Shelf
from kgbuilder.ontology.sorted_lines import SortedLines

__all__ = ["Unpacked", "folded", "pack", "unpack"]

_NUMBERS = ("line", "disease", "term", "negated", "share", "n_patients")
_TEXTS = ("reference", "evidence", "onset", "frequency", "sex", "aspect")


@dataclass(frozen=True, slots=True, eq=False)
class Unpacked:
    """What the file holds. :param digest: of the terms.

    :param moved: lines of an old id, the current one, and how it moved.
    :param names: lines of a folded name or exact synonym that one term alone has, and its id.
    :param xrefs: lines of another vocabulary's id that one term alone refers to, and its id.
    """

    key: str
    digest: str
    versions: tuple[str, str]
    terms: Sequence[OboTerm]
    obsolete: Sequence[OboTerm]
    hierarchy: Hierarchy
    disease_ids: tuple[str, ...]
    diseases: Sequence[Disease]
    annotations: Annotations
    genes: GenePairs
    moved: SortedLines
    names: SortedLines
    xrefs: SortedLines


def pack(
    *,
    key: str,
    versions: tuple[str, str],
    terms: Sequence[OboTerm],
    obsolete: Sequence[OboTerm],
    hierarchy: Hierarchy,
    moved: Mapping[Curie, tuple[Curie, str]],
    diseases: Sequence[Disease],
    annotations: Annotations,
    genes: GenePairs,
) -> bytes:
    """The file's content. ``key`` says what it was parsed from."""
    rows = [json.dumps(_term_row(term)).encode() for term in (*terms, *obsolete)]
    said = {
        "key": key,
        "versions": versions,
        "digest": hashlib.sha256(b"\n".join(rows)).hexdigest()[:16],
        "n_terms": len(terms),
    }
    names, xrefs = _index(terms)
    parts: dict[str, Part | bytes] = {
        "said": json.dumps(said).encode(),
        "ids": _lines(str(term.id) for term in terms),
        "term_starts": np.cumsum([0, *map(len, rows)]),
        "terms": b"".join(rows),
        "moved": SortedLines.of(f"{old}\t{to}\t{how}" for old, (to, how) in moved.items()).data,
        "names": names.data,
        "xrefs": xrefs.data,
        "diseases": _lines("\t".join((str(d.id), *d.names)) for d in diseases),
        "parent_starts": hierarchy.parents.starts,
        "parent_values": hierarchy.parents.values,
        "ancestor_starts": hierarchy.ancestors.starts,
        "ancestor_values": hierarchy.ancestors.values,
        "gene_symbols": _lines(genes.symbols),
        "gene_ids": _lines(genes.ncbi_ids),
        "gene_disease": genes.disease,
    }
    parts |= {name: getattr(annotations, name) for name in _NUMBERS}
    for name in _TEXTS:
        column: Texts = getattr(annotations, name)
        parts |= {f"codes_{name}": column.codes, f"texts_{name}": _lines(column.values)}
    return packed_parts(parts)


def unpack(parts: Mapping[str, Part]) -> Unpacked:
    """What :func:`pack` wrote. :raises KeyError, ValueError, KgError: for the parts of another file."""
    said = json.loads(parts["said"].tobytes())
    n_terms, ids = said["n_terms"], _texts(parts["ids"])
    starts, rows = parts["term_starts"].tolist(), parts["terms"].tobytes()

    def term(place: int) -> OboTerm:
        return _term(json.loads(rows[starts[place] : starts[place + 1]]))

    hierarchy = Hierarchy.of_texts(
        ids,
        Rows(parts["parent_starts"], parts["parent_values"]),
        Rows(parts["ancestor_starts"], parts["ancestor_values"]),
    )
    columns: list[Any] = [parts[name] for name in _NUMBERS]
    columns += [Texts(_texts(parts[f"texts_{name}"]), parts[f"codes_{name}"]) for name in _TEXTS]
    diseases = _texts(parts["diseases"])

    def disease(place: int) -> Disease:
        id, *names = diseases[place].split("\t")
        return Disease(Curie.parse(id), tuple(names))

    first, second = said["versions"]
    return Unpacked(
        said["key"],
        said["digest"],
        (first, second),
        Shelf(n_terms, term),
        Shelf(len(starts) - 1 - n_terms, lambda place: term(n_terms + place)),
        hierarchy,
        tuple([line.partition("\t")[0] for line in diseases]),
        Shelf(len(diseases), disease),
        Annotations(*columns),
        GenePairs(_texts(parts["gene_symbols"]), _texts(parts["gene_ids"]), parts["gene_disease"]),
        *(SortedLines(parts[name].tobytes()) for name in ("moved", "names", "xrefs")),
    )


def folded(text: str) -> str:
    """A name as :attr:`Unpacked.names` has it."""
    return " ".join(text.casefold().split())


def _index(terms: Iterable[OboTerm]) -> tuple[SortedLines, SortedLines]:
    names: dict[str, set[str]] = {}
    xrefs: dict[str, set[str]] = {}
    for term in terms:
        id = str(term.id)
        for xref in term.xrefs:
            xrefs.setdefault(str(xref), set()).add(id)
        names.setdefault(folded(term.name), set()).add(id)
        for synonym in term.synonyms:
            if synonym.scope == "EXACT" and synonym.kind != "abbreviation":
                names.setdefault(folded(synonym.text), set()).add(id)
    return _of_one(names), _of_one(xrefs)


def _of_one(candidates: Mapping[str, set[str]]) -> SortedLines:
    """Only what exactly one term has."""
    return SortedLines.of(
        f"{key}\t{next(iter(ids))}" for key, ids in candidates.items() if len(ids) == 1
    )


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


def _texts(part: Part) -> tuple[str, ...]:
    return tuple(part.tobytes().decode().split("\n")[:-1])


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
        tuple([Synonym(*synonym) for synonym in synonyms]),
        _curies(parents),
        _curies(alt_ids),
        _curies(xrefs),
        obsolete,
        _curies(replaced_by),
    )


def _curies(texts: Sequence[str]) -> tuple[Curie, ...]:
    return tuple([Curie.parse(text) for text in texts])
