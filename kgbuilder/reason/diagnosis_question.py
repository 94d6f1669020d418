"""What a question to the ranker means: findings as rows of the hierarchy, genes as likelihood ratios."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgbuilder.errors import UsageError
from kgbuilder.model import Curie
from kgbuilder.ontology.annotations import GenePairs
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.reason.phenotype_model import Bools, Floats

__all__ = [
    "GENE_SENSITIVITY",
    "Findings",
    "GeneMatch",
    "check_question",
    "match_genes",
    "understand",
]

GENE_SENSITIVITY = 0.95
"""Probability that a list of candidate genes holds the one that causes the disease, where it has a known
one. A prior of ours: such lists are made to hold it."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Given findings as rows of the hierarchy, sorted, with the words to show for each.

    :param implied: those of ``present`` that another one of them implies, and so add nothing: pain
        beside chest pain.
    """

    present: tuple[int, ...]
    absent: tuple[int, ...]
    implied: frozenset[int]
    names: Mapping[int, str]
    not_understood: tuple[str, ...]

    @property
    def telling(self) -> tuple[int, ...]:
        """Those of ``present`` that no other implies."""
        return tuple(row for row in self.present if row not in self.implied)


@dataclass(frozen=True, slots=True, eq=False)
class GeneMatch:
    """A list of candidate genes against all diseases.

    :param known: (symbol, NCBI id) of the given genes that some disease is listed with.
    :param unknown: a sentence for each of the others. :param log_ratios: (D,) in nats.
    """

    known: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    log_ratios: Floats


def check_question(
    observed: Sequence[Curie],
    excluded: Sequence[Curie],
    others: Sequence[object],
    *,
    top: int,
) -> None:
    """:param others: genes and medicines. :raises UsageError: for a question that cannot be asked."""
    if top < 1:
        raise UsageError(f"top is {top}", hint="ask for at least one diagnosis")
    if not (observed or excluded or others):
        raise UsageError(
            "there is no finding to go by",
            hint="give HP ids that are there (or not there), for example --finding HP:0001250",
        )


def understand(
    observed: Sequence[Curie], excluded: Sequence[Curie], *, hpo: Hpo, usable: Bools
) -> Findings:
    """An id that was merged or replaced counts as its successor. What the ontology lacks, what is no
    phenotypic abnormality and what is given both ways goes to ``not_understood``. Neither order nor
    repeats change anything.
    """
    names: dict[int, str] = {}
    said: dict[str, None] = {}
    rows: tuple[set[int], set[int]] = (set(), set())
    for ids, into in zip((observed, excluded), rows, strict=True):
        for id in sorted(set(ids)):
            found = hpo.find(id)
            if found is None:
                said[f"{id}: not in the Human Phenotype Ontology {hpo.version}"] = None
                continue
            row = hpo.hierarchy.rows[found.term.id]
            if not usable[row]:
                said[f"{id} ({found.term.name}): not a phenotypic abnormality, or all of them"] = (
                    None
                )
                continue
            into.add(row)
            if found.how == "current":
                names[row] = found.term.name
            else:
                names.setdefault(row, f"{found.term.name} (given as {id}, {found.how})")
    present, absent = rows
    for row in sorted(present & absent):
        id = hpo.terms[row].id
        said[f"{id} ({hpo.terms[row].name}): given as present and as absent"] = None
    both = present & absent
    present -= both
    implied = set[int]()
    for row in sorted(present):
        for above in present.intersection(hpo.hierarchy.ancestors[row].tolist()) - {row}:
            if above not in implied:
                names[above] += f", implied by {hpo.terms[row].name}"
            implied.add(above)
    return Findings(
        tuple(sorted(present)),
        tuple(sorted(absent - both)),
        frozenset(implied),
        names,
        tuple(said),
    )


def match_genes(
    genes: Sequence[str], *, pairs: GenePairs, genes_of: Callable[[], Sequence[frozenset[str]]]
) -> GeneMatch | None:
    """What a list of candidate genes says: a disease whose gene is listed gains, one whose gene is known
    and not listed loses, one without a known gene does neither.

    :param genes_of: gives the NCBI ids of each disease's genes, asked when there are genes.
    """
    wanted = {gene.strip().upper() for gene in genes if gene.strip()}
    if not wanted:
        return None
    symbol_of = dict(zip(pairs.ncbi_ids, pairs.symbols, strict=True))
    known = {
        id: symbol
        for id, symbol in symbol_of.items()
        if wanted & {symbol.upper(), f"NCBIGENE:{id}"}
    }
    named = {name for id, symbol in known.items() for name in (symbol.upper(), f"NCBIGENE:{id}")}
    unknown = tuple(
        f"{gene}: no disease is listed with this gene" for gene in sorted(wanted - named)
    )
    chance = min(len(known) / max(len(symbol_of), 1), 0.5)
    genes_by_disease = genes_of()
    ratios = np.zeros(len(genes_by_disease))
    if known:
        gain = math.log(GENE_SENSITIVITY / chance)
        loss = math.log((1 - GENE_SENSITIVITY) / (1 - chance))
        for row, has in enumerate(genes_by_disease):
            if has:
                ratios[row] = gain if not has.isdisjoint(known) else loss
    listed = tuple(sorted((symbol, id) for id, symbol in known.items()))
    return GeneMatch(listed, unknown, ratios)
