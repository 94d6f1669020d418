"""What the medicines of a patient say: what they are taken for, and what they may have caused."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kgbuilder.model import (
    Contribution,
    Curie,
    Match,
    Statement,
    Triple,
    predicate_of,
)
from kgbuilder.protocols import GraphView
from kgbuilder.reason.hpo_terms import same_concepts
from kgbuilder.reason.phenotype_model import Floats
from kgbuilder.reason.shipped_tables import evidence_of, shipped_rows

__all__ = ["USE_RATIO", "MedicineUses", "caused_by", "medicine_uses", "uses_among"]

USE_RATIO = 8.0
"""How much likelier who has a disease takes a medicine for it than who has not. A prior of ours: most
medicines have other uses, too."""


@dataclass(frozen=True, slots=True, eq=False)
class MedicineUses:
    """What the medicines taken are for.

    :param log_ratios: (D,) in nats, 0 where a disease is treated by none of them.
    :param because: per disease, which medicine, and the statements that it treats the disease.
    """

    log_ratios: Floats
    because: Mapping[int, tuple[tuple[Curie, str, tuple[Statement, ...]], ...]]

    def contributions(self, disease: int) -> tuple[Contribution, ...]:
        """One per disease: of several medicines for it, which go together, the first counts."""
        found = self.because.get(disease, ())
        return tuple(
            Contribution(
                id,
                f"takes {name}",
                True,
                Match.EXACT,
                id,
                float(self.log_ratios[disease]) if place == 0 else 0.0,
                statements,
            )
            for place, (id, name, statements) in enumerate(found)
        )


def uses_among(
    taken: Mapping[Curie, str],
    *,
    known: Mapping[str, int],
    n_diseases: int,
    graph: GraphView | None,
) -> MedicineUses | None:
    """Which diseases the medicines treat, by the shipped table and the graph's TREATS edges.

    :param taken: id -> name of each medicine. :param known: row of each disease, by its id.
    :returns: None where they treat none of them.
    """
    if not taken:
        return None
    ratios = np.zeros(n_diseases)
    because: dict[int, list[tuple[Curie, str, tuple[Statement, ...]]]] = {}
    for id, name in sorted(taken.items()):
        treats = {s.triple.object: s for s in medicine_uses().get(id, ())}
        for statement in graph.statements(subject=id, predicate="TREATS") if graph else ():
            for same in same_concepts(graph, statement.triple.object):
                treats.setdefault(same, statement)
        for disease, statement in treats.items():
            row = known.get(str(disease))
            if row is not None:
                ratios[row] = math.log(USE_RATIO)
                because.setdefault(row, []).append((id, name, (statement,)))
    if not because:
        return None
    return MedicineUses(ratios, {row: tuple(found) for row, found in because.items()})


@lru_cache(maxsize=1)
def medicine_uses() -> Mapping[Curie, tuple[Statement, ...]]:
    """The shipped table: DrugBank id -> what it treats."""
    columns = ("drug", "id", "disease", "disease_name", "source", "how")
    uses: dict[Curie, list[Statement]] = {}
    for _, row in shipped_rows("medicine_uses", columns):
        drug = Curie("DRUGBANK", row["id"].removeprefix("DRUGBANK:"))
        evidence = evidence_of(row, f"medicine_uses.tsv {row['id']}/{row['disease']}")
        triple = Triple.of(drug, predicate_of("TREATS"), Curie.parse(row["disease"]))
        uses.setdefault(drug, []).append(Statement(triple, (evidence,)))
    return {drug: tuple(statements) for drug, statements in uses.items()}


def caused_by(taken: Iterable[Curie], graph: GraphView) -> dict[Curie, tuple[Statement, ...]]:
    """Per medicine the graph's CAUSES edges; medicines without any are left out."""
    found = {id: tuple(graph.statements(subject=id, predicate="CAUSES")) for id in taken}
    return {id: statements for id, statements in found.items() if statements}
