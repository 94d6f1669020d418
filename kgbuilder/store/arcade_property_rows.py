"""An ArcadeDB graph as the properties it shows, each copied as it stands; see ``property_rows``.

Statements are read as they lie on the disk and sorted here: through the index of their ids, which are
hashes, each record lies on another page, and a million of them took three times as long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kgbuilder.errors import GraphError
from kgbuilder.store.arcade import Arcade, Row
from kgbuilder.store.arcade_rows import iter_pages
from kgbuilder.store.circles import without_search_for_circles
from kgbuilder.store.cypher import Properties
from kgbuilder.store.hash_order import HashOrder
from kgbuilder.store.property_rows import StatementRecords

__all__ = ["ArcadePropertyRows"]

NODE = "id, name, synonyms, linked, record, @type AS label"


class ArcadePropertyRows:
    """``PropertyRows`` of the graph. Its statements are as they were when the first was asked for; a
    merge waits while they are read, not while they are written out.
    """

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
        yield from self._by_id()

    def bare_ends(self) -> Iterator[tuple[str, Properties]]:
        """The nodes that no concept describes."""
        yield from self._bare

    def records(self) -> Iterator[StatementRecords]:
        """The statements as exact JSON."""
        for edge, items in self._by_id("id, record", "statement_id, key, record"):
            yield edge["id"], edge["record"], [item["record"] for item in items]

    def _by_id(self, edge: str = "", item: str = "") -> Iterator[tuple[Row, list[Row]]]:
        """All edges with their evidence by key. :param edge: properties wanted of it, else all."""
        n_parts = HashOrder.parts_for(self._arcade.count("Evidence"))
        with (
            HashOrder("id", n_parts=n_parts) as edges,
            HashOrder("statement_id", n_parts=n_parts) as evidence,
        ):
            with self._arcade.unchanged(), without_search_for_circles():
                for order, what, type in ((edges, edge, "Statement"), (evidence, item, "Evidence")):
                    for rows in self._arcade.iter_sql(f"SELECT {what} FROM {type}"):  # noqa: S608
                        order.extend(rows)
            for some, all_items in zip(edges.parts(), evidence.parts(), strict=True):
                items: dict[str, list[Row]] = defaultdict(list)
                for row in all_items:
                    items[row["statement_id"]].append(row)
                for row in some:
                    yield row, sorted(items.pop(row["id"], ()), key=_key)
                if items:
                    lost = f"evidence of an edge that is not there: {min(items)}"
                    raise GraphError(lost, hint="the graph is damaged: build or import it anew")


def _key(evidence: Properties) -> str:
    return str(evidence["key"])
