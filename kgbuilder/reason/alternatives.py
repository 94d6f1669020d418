"""Instead of a drug that interacts: one of its class that does not, and why it may be taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kgbuilder.model import Alternative, Curie, Interaction, NamedDrug, Severity
from kgbuilder.reason.drug_kinds import DrugKinds
from kgbuilder.reason.knowledge import DrugKnowledge
from kgbuilder.reason.severity import gravity

__all__ = ["alternatives_for"]

_PER_DRUG = 3
_GRAVE = gravity(Severity.MAJOR)
_HARMLESS = gravity(Severity.MINOR)

Grade = Callable[[Curie, Curie], Severity | None]
"""Our grade of two drugs; None where none is known."""


def alternatives_for(
    interactions: Sequence[Interaction],
    drugs: Sequence[Curie],
    *,
    grade: Grade,
    kinds: DrugKinds,
    knowledge: DrugKnowledge,
) -> tuple[Alternative, ...]:
    """For each interaction that is major or above, up to three drugs that may stand in for either side.

    One is offered only where it is covered, at most minor beside the drug interacted with, and below
    major beside every other drug of the list.

    :param drugs: everything on the list.
    """
    found: dict[tuple[Curie, Curie, Curie], Alternative] = {}
    for interaction in interactions:
        if gravity(interaction.severity) < _GRAVE or len(set(interaction.drugs)) < 2:
            continue
        pairs = (interaction.drugs, interaction.drugs[::-1])
        names = dict(zip(interaction.drugs, interaction.names, strict=True))
        for out, against in pairs:
            others = [d for d in dict.fromkeys(drugs) if d not in (out, against)]
            offered = _offers(out, against, others, names, grade, kinds, knowledge)
            for _, one in zip(range(_PER_DRUG), offered, strict=False):
                found.setdefault((out, against, one.use.id), one)
    return tuple(found.values())


def _offers(
    out: Curie,
    against: Curie,
    others: Sequence[Curie],
    names: dict[Curie, str],
    grade: Grade,
    kinds: DrugKinds,
    knowledge: DrugKnowledge,
) -> Iterator[Alternative]:
    for one in kinds.classes_of(out):
        for use in one.members:
            if use in (out, against, *others) or knowledge.uncovered(use):
                continue
            left = grade(use, against)
            if left is not None and gravity(left) > _HARMLESS:
                continue
            if any(_is_grave(grade(use, other)) for other in others):
                continue
            name = knowledge.names[use]
            said = "none known" if left is None else f"only {left.value}"
            yield Alternative(
                NamedDrug(names[out], out),
                NamedDrug(names[against], against),
                NamedDrug(name, use),
                one.name,
                f"{name} is one of the {one.name}, too; with {names[against]}: {said}",
            )


def _is_grave(severity: Severity | None) -> bool:
    return severity is not None and gravity(severity) >= _GRAVE
