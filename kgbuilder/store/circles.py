"""Python's search for objects that point at each other in circles, kept out of where thousands come."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_search_for_circles"]


@contextmanager
def without_search_for_circles() -> Iterator[None]:
    """Neither nouns nor rows point at each other in circles: looking for some, over and over while they
    come by the thousand, is a seventh of what Python does in a load or merge.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
