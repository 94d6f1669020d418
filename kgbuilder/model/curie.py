"""Compact identifiers: ``HP:0001250``, ``DRUGBANK:DB00682``."""

from __future__ import annotations

from dataclasses import dataclass

from kgbuilder.errors import UsageError

__all__ = ["Curie"]


@dataclass(frozen=True, slots=True, order=True)
class Curie:
    """A prefix and an id that is local to it.

    >>> Curie.parse("HP:0001250")
    Curie(prefix='HP', local_id='0001250')
    >>> str(Curie("OMIM", "154700"))
    'OMIM:154700'
    """

    prefix: str
    local_id: str

    def __post_init__(self) -> None:
        if not self.prefix or not self.local_id or ":" in self.prefix:
            raise UsageError(
                f"not an identifier: prefix {self.prefix!r}, local id {self.local_id!r}",
                hint="write it as PREFIX:ID, for example HP:0001250",
            )

    @classmethod
    def parse(cls, text: str) -> Curie:
        """Read ``PREFIX:ID``. :raises UsageError: when there is no colon, or nothing beside it."""
        prefix, _, local_id = text.strip().partition(":")
        return cls(prefix, local_id)

    def __str__(self) -> str:
        return f"{self.prefix}:{self.local_id}"
