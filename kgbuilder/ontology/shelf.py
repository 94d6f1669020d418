"""A sequence whose items are made when they are asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, overload

__all__ = ["Shelf"]

T = TypeVar("T")


class Shelf(Sequence[T]):
    """``n_items`` items; equal to any sequence of equal ones.

    :param make: item of a place in ``range(n_items)``; asked once for each.
    """

    __slots__ = ("_items", "_make")

    def __init__(self, n_items: int, make: Callable[[int], T]) -> None:
        self._items: list[T | None] = [None] * n_items
        self._make = make

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        item = self._items[place]
        if item is None:
            item = self._items[place] = self._make(range(len(self))[place])
        return item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]
