"""Labelled documents, divided: what is trained on, what is chosen by, what is left out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import CORPORA, AnnotatedDocument, read_corpus
from kgbuilder.evaluate.labelled_files import read_labelled
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.train.labelled_recipe import QualifierRecipe, RelaterRecipe
from kgbuilder.train.user_labels import map_labels, refuse_strange_labels

__all__ = ["SplitSet", "digest_of", "own_sets", "read_set", "split_sets"]

DEV_SHARE = 0.1
MOST_DEV = 100
"""Of the user's groups of documents, one in ten is carved out to choose by, and no more than these."""
_DEV = ("dev", "devel", "validation")


@dataclass(frozen=True, slots=True)
class SplitSet:
    """One labelled set. ``n_test`` documents were marked as test and not looked at; ``n_overlapping``
    share a text or a PMID with what is held out.
    """

    source: str
    train: tuple[AnnotatedDocument, ...]
    dev: tuple[AnnotatedDocument, ...]
    n_test: int = 0
    n_overlapping: int = 0


def read_set(source: str, *, corpora: Path, issues: Issues) -> list[AnnotatedDocument]:
    """A corpus by name, else a labelled file or folder."""
    if source in CORPORA:
        return list(read_corpus(source, root=corpora, issues=issues))
    return list(read_labelled(source, issues=issues))


def split_sets(
    sets: Sequence[tuple[str, int]],
    *,
    dev: str,
    held_out: Sequence[str],
    corpora: Path,
    seed: int,
    issues: Issues,
) -> list[SplitSet]:
    """Read and divide.

    :param sets: (source, documents to carve). A named corpus gives exactly those to dev; a set of the
        user's gives the documents it marks as dev, else one group in ten, unless ``dev`` names others.
    :param dev: path of the documents to choose by, or "".
    :raises InputError: when nothing is left to train on or to choose by.
    """
    parts: list[SplitSet] = []
    for source, n_dev in sets:
        documents = read_set(source, corpora=corpora, issues=issues)
        if source in CORPORA:
            carved, rest = carve(documents, n_dev)
            parts.append(SplitSet(source, tuple(rest), tuple(carved)))
        else:
            parts.append(_split_own(source, documents, seed, carve_dev=not dev))
    if dev:
        own = tuple(read_set(dev, corpora=corpora, issues=issues))
        parts.append(SplitSet(dev, (), own))
    held = [d for part in parts for d in part.dev]
    held += [d for name in held_out for d in read_set(name, corpora=corpora, issues=issues)]
    divided = []
    for part in parts:
        out = overlapping_documents(part.train, held)
        kept = tuple(d for d in part.train if d.id not in out)
        divided.append(replace(part, train=kept, n_overlapping=len(part.train) - len(kept)))
    where = ", ".join(source for source, _ in sets)
    for what, n in (("train on", sum(len(p.train) for p in divided)), ("choose by", len(held))):
        if not n:
            raise InputError(
                f"no document is left to {what}",
                where=where,
                hint="at least two documents are needed, or --dev with documents of other texts",
            )
    return divided


def own_sets(
    recipe: RelaterRecipe | QualifierRecipe, *, corpora: Path, seed: int, issues: Issues
) -> tuple[list[SplitSet], dict[str, tuple[str, ...]]]:
    """The recipe's documents, divided, and what their labels mean.

    :raises ConfigError: for a label without a type. :raises InputError: when there is too little data.
    """
    parts = split_sets(
        [(path, 0) for path in recipe.data],
        dev=recipe.dev,
        held_out=recipe.held_out,
        corpora=corpora,
        seed=seed,
        issues=issues,
    )
    everything = [d for p in parts for d in (*p.train, *p.dev)]
    refuse_strange_labels(everything, recipe.labels)
    return parts, map_labels(everything, recipe.labels, where=", ".join(recipe.data))


def _split_own(
    source: str, documents: Sequence[AnnotatedDocument], seed: int, *, carve_dev: bool
) -> SplitSet:
    n_test = sum(d.split == "test" for d in documents)
    dev = [d for d in documents if d.split in _DEV]
    rest = [d for d in documents if d.split not in (*_DEV, "test")]
    if carve_dev and not dev:
        n_groups = len({d.group or d.id for d in rest})
        n_dev = min(MOST_DEV, max(1, round(DEV_SHARE * n_groups))) if n_groups > 1 else 0
        dev, rest = carve(rest, n_dev, salt=f"{seed}/")
    return SplitSet(source, tuple(rest), tuple(dev), n_test)


def digest_of(parts: Sequence[SplitSet]) -> str:
    """A digest of everything that is trained on and chosen by: a resumed run must see the same."""
    digest = hashlib.sha256()
    for part in parts:
        for document in (*part.train, *part.dev):
            told = repr((document.id, document.text, document.entities, document.relations))
            digest.update(told.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
