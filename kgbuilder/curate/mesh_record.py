"""A record of MeSH, whatever format it stood in."""

from __future__ import annotations

from dataclasses import dataclass

from kgbuilder.model import EntityType

__all__ = ["MeshRecord"]


@dataclass(frozen=True, slots=True)
class MeshRecord:
    """What is taken of a record; ``n_unequal`` entry terms mean another thing.

    :param type: of a supplementary record, which has no tree numbers.
    """

    id: str
    name: str
    terms: tuple[str, ...]
    trees: tuple[str, ...]
    n_unequal: int
    where: str
    type: EntityType | None = None
