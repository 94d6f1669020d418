"""A hierarchy of terms over integers: who is above whom, and how telling a term is.

Terms are rows ``0 .. n-1``. Ancestors and descendants are kept whole (each term's row includes itself)
in compressed rows, since every question of the reasoner is one slice of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import UnknownName
from kgbuilder.issues import Issues
from kgbuilder.model import Curie
from kgbuilder.ontology.shelf import Shelf

__all__ = ["Hierarchy", "Rows", "information_content"]

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Lists of integers, one a row: row ``i`` is ``values[starts[i]:starts[i + 1]]``, ascending."""

    starts: Ints
    values: Ints

    @classmethod
    def of(cls, lists: Iterable[Iterable[int]]) -> Rows:
        """Pack ``lists``; each is sorted and freed of repeats."""
        sorted_lists = [sorted(set(items)) for items in lists]
        starts = np.zeros(len(sorted_lists) + 1, dtype=np.int32)
        starts[1:] = np.cumsum([len(items) for items in sorted_lists])
        flat = [value for items in sorted_lists for value in items]
        return cls(starts, np.array(flat, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> Ints:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def lengths(self) -> Ints:
        """Number of values per row, shape (n,)."""
        return np.diff(self.starts)

    def turned(self, n_rows: int) -> Rows:
        """Row ``v`` of the answer lists the rows of this that hold ``v`` (the transpose)."""
        owner = np.repeat(np.arange(len(self), dtype=np.int32), self.lengths())
        order = np.argsort(self.values, kind="stable")
        starts = np.zeros(n_rows + 1, dtype=np.int32)
        starts[1:] = np.cumsum(np.bincount(self.values, minlength=n_rows))
        return Rows(starts, owner[order])


class _RowOfText(Mapping[Curie, int]):
    """The rows of ids that are kept as texts."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._rows = {id: row for row, id in enumerate(ids)}

    def __getitem__(self, id: Curie) -> int:
        return self._rows[str(id)]

    def __iter__(self) -> Iterator[Curie]:
        return map(Curie.parse, self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Terms and their is_a order.

    :param ids: of the terms; their place is their row.
    :param parents: rows of the direct parents. :param ancestors: of all above, the term itself
        included. :param descendants: of all below, the term itself included.
    """

    ids: Sequence[Curie]
    rows: Mapping[Curie, int]
    parents: Rows
    ancestors: Rows
    descendants: Rows

    @classmethod
    def build(
        cls, ids: Sequence[Curie], parents: Sequence[Iterable[Curie]], *, issues: Issues
    ) -> Hierarchy:
        """The closure of ``parents``, aligned with ``ids``. A parent that is no term is noted and left
        out; so is an edge that closes a circle.
        """
        rows = {id: row for row, id in enumerate(ids)}
        direct: list[list[int]] = []
        for id, above in zip(ids, parents, strict=True):
            known: list[int] = []
            for parent in above:
                if parent in rows and parent != id:
                    known.append(rows[parent])
                else:
                    issues.warn(
                        "hierarchy-parent", where=str(id), what=f"its parent {parent} is no term"
                    )
            direct.append(known)
        closed = _closure(ids, direct, issues)
        ancestors = Rows.of(closed)
        return cls(tuple(ids), rows, Rows.of(direct), ancestors, ancestors.turned(len(ids)))

    @classmethod
    def of_texts(cls, ids: Sequence[str], parents: Rows, ancestors: Rows) -> Hierarchy:
        """From what was computed before (a cache); ids are made of their texts when asked for."""
        return cls(
            Shelf(len(ids), lambda row: Curie.parse(ids[row])),
            _RowOfText(ids),
            parents,
            ancestors,
            ancestors.turned(len(ids)),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, id: Curie) -> int:
        """The row of ``id``. :raises UnknownName: when it is no term of this hierarchy."""
        try:
            return self.rows[id]
        except KeyError:
            raise UnknownName(f"no such term: {id}") from None

    def ancestors_of(self, id: Curie) -> frozenset[Curie]:
        """Everything above ``id``, without itself."""
        row = self.row(id)
        return frozenset(self.ids[i] for i in self.ancestors[row].tolist() if i != row)

    def descendants_of(self, id: Curie) -> frozenset[Curie]:
        """Everything below ``id``, without itself."""
        row = self.row(id)
        return frozenset(self.ids[i] for i in self.descendants[row].tolist() if i != row)

    def is_a(self, id: Curie, other: Curie) -> bool:
        """Whether ``id`` is ``other`` or below it."""
        return self.row(other) in self.ancestors[self.row(id)]


def _closure(ids: Sequence[Curie], direct: list[list[int]], issues: Issues) -> list[frozenset[int]]:
    """Ancestors with self, by depth-first search without recursion; back edges are dropped."""
    done: dict[int, frozenset[int]] = {}
    for start in range(len(direct)):
        stack = [start]
        open_: set[int] = set()
        while stack:
            row = stack[-1]
            if row in done:
                stack.pop()
                continue
            if row not in open_:
                open_.add(row)
                waiting = []
                for parent in list(direct[row]):
                    if parent in open_ and parent not in done:
                        direct[row].remove(parent)
                        issues.refuse(
                            "hierarchy-circle",
                            where=str(ids[row]),
                            what=f"is_a {ids[parent]} closes a circle; the edge is left out",
                        )
                    elif parent not in done:
                        waiting.append(parent)
                if waiting:
                    stack.extend(waiting)
                    continue
            stack.pop()
            open_.discard(row)
            done[row] = frozenset((row,)).union(*(done[p] for p in direct[row] if p in done))
    return [done[row] for row in range(len(direct))]


def information_content(counts: NDArray[Any], total: float) -> NDArray[np.float64]:
    """``-ln(count / total)`` in nats per term, where ``count`` is how many things are annotated with the
    term or anything below it (Resnik 1995). A term that nothing has counts as one half, so that it is
    more telling than any that something has, and finite. Shape (n,), each ≥ 0.
    """
    share = np.maximum(np.asarray(counts, dtype=np.float64), 0.5) / max(total, 1.0)
    return np.asarray(np.maximum(-np.log(share), 0.0), dtype=np.float64)
