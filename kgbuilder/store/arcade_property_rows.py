"""An ArcadeDB graph as the properties it shows, each copied as it stands; see ``property_rows``."""

from __future__ import annotations

from collections.abc import Iterator

from kgbuilder.store.arcade import Arcade
from kgbuilder.store.arcade_rows import evidence_of_page, iter_pages
from kgbuilder.store.cypher import Properties
from kgbuilder.store.property_rows import StatementRecords

__all__ = ["ArcadePropertyRows"]

NODE = "id, name, synonyms, linked, record, @type AS label"


class ArcadePropertyRows:
    """``PropertyRows`` of the graph."""

    __slots__ = ("_arcade", "_bare")

    def __init__(self, arcade: Arcade) -> None:
        self._arcade = arcade
        self._bare: list[tuple[str, Properties]] = []

    def concepts(self) -> Iterator[tuple[str, Properties]]:
        """The nodes that a concept describes; the others are kept for later."""
        for page in iter_pages(self._arcade, "Entity", NODE):
            for row in page:
                if row.get("record"):
                    yield row["label"], row
                else:
                    self._bare.append((row["label"], row))

    def statements(self) -> Iterator[tuple[Properties, list[Properties]]]:
        """Each edge with its evidence."""
        for page in iter_pages(self._arcade, "Statement"):
            evidence = evidence_of_page(self._arcade, page)
            for row in page:
                yield row, sorted(evidence[row["id"]], key=_key)

    def bare_ends(self) -> Iterator[tuple[str, Properties]]:
        """The nodes that no concept describes."""
        yield from self._bare

    def records(self) -> Iterator[StatementRecords]:
        """The statements as exact JSON."""
        for page in iter_pages(self._arcade, "Statement", "id, record"):
            evidence = evidence_of_page(self._arcade, page, "statement_id, key, record")
            for row in page:
                items = sorted(evidence[row["id"]], key=_key)
                yield row["id"], row["record"], [item["record"] for item in items]


def _key(evidence: Properties) -> str:
    return str(evidence["key"])
