"""The diseases that are ranked, with their model and their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgbuilder.errors import UsageError
from kgbuilder.model import Curie
from kgbuilder.reason.diagnosis_parameters import Parameters
from kgbuilder.reason.disease_knowledge import DiseaseKnowledge
from kgbuilder.reason.disease_picture import DiseasePictures
from kgbuilder.reason.phenotype_model import Bools, Floats, Ints, PhenotypeModel, View
from kgbuilder.reason.red_flags import Dangerous, dangerous_among

__all__ = ["RankedDiseases", "chosen_among"]


@dataclass(frozen=True, eq=False)
class RankedDiseases:
    """One set of diseases with its model."""

    knowledge: DiseaseKnowledge
    model: PhenotypeModel

    @classmethod
    def build(
        cls,
        knowledge: DiseaseKnowledge,
        parameters: Parameters,
        *,
        background: Floats | None = None,
    ) -> RankedDiseases:
        """The model over what is known. :param background: (N,), else taken from what is known."""
        return cls(
            knowledge,
            PhenotypeModel.build(
                knowledge.evidence,
                n_diseases=len(knowledge.diseases),
                hierarchy=knowledge.hpo.hierarchy,
                usable=knowledge.usable,
                parameters=parameters,
                background=background,
            ),
        )

    @cached_property
    def pictures(self) -> DiseasePictures:
        """Their annotations side by side."""
        return DiseasePictures.build(self.model)

    @cached_property
    def dangerous(self) -> tuple[Dangerous, ...]:
        """Those that must not be missed."""
        return dangerous_among(self.knowledge)

    @cached_property
    def rows_of_name(self) -> dict[str, list[int]]:
        """Ids and folded names -> diseases."""
        rows: dict[str, list[int]] = {}
        for row, disease in enumerate(self.knowledge.diseases):
            for name in {str(disease.id).upper(), *map(_folded, disease.names)}:
                rows.setdefault(name, []).append(row)
        return rows

    @cached_property
    def genes_of(self) -> list[frozenset[str]]:
        """Per disease the NCBI ids of its genes."""
        pairs, diseases = self.knowledge.hpo.genes, self.knowledge.hpo.diseases
        genes: dict[Curie, set[str]] = {}
        for id, row in zip(pairs.ncbi_ids, pairs.disease.tolist(), strict=True):
            genes.setdefault(diseases[row].id, set()).add(id)
        return [frozenset(genes.get(d.id, ())) for d in self.knowledge.diseases]

    def named(self, text: str) -> list[int]:
        """The diseases with this id or name, letter case aside."""
        names = self.rows_of_name
        return names.get(text.strip().upper()) or names.get(_folded(text)) or []

    def view_without(self, without: Ints) -> tuple[View, Ints]:
        """How the diseases look that lose the annotation rows ``without``, and which have none left."""
        evidence = self.knowledge.evidence
        rows = np.unique(evidence.disease[without])
        keep = np.isin(evidence.disease, rows)
        keep[without] = False
        view = self.model.view_without(rows.tolist(), evidence.only(np.flatnonzero(keep)))
        return view, rows[view.gone]


def chosen_among(
    candidates: Iterable[str], *, near: RankedDiseases, wide: RankedDiseases
) -> tuple[Bools, tuple[str, ...]]:
    """A mask over the diseases of ``wide``, and a sentence for each candidate that is unknown.

    :param near: where a name is looked up first, so that a twin in ``wide`` does not join it.
    :raises UsageError: when none of them is known.
    """
    wanted = tuple(dict.fromkeys(candidates))
    rows, unknown = list[int](), list[str]()
    for text in wanted:
        found = near.named(text)
        if found and near is not wide:
            ids = [str(near.knowledge.diseases[row].id).upper() for row in found]
            found = [row for id in ids for row in wide.rows_of_name[id]]
        found = found or wide.named(text)
        rows.extend(found)
        if not found:
            unknown.append(f"{text}: no disease with this id or name is annotated")
    if not rows:
        raise UsageError(
            "none of the candidates is a disease known here",
            where=", ".join(wanted[:5]) + (" ..." if len(wanted) > 5 else ""),
            hint="give OMIM, ORPHA or ICD10CM ids, or names as the annotations of the HPO write them",
        )
    mask = np.zeros(len(wide.knowledge.diseases), dtype=np.bool_)
    mask[rows] = True
    return mask, tuple(unknown)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
