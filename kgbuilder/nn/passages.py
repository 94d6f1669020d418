"""Passages: consecutive sentences that are read in one pass, so that two things are judged although
they stand in different sentences.

A pair of concepts has one instance for each of the nearest pairs of their mentions; the instances are
judged by themselves and pooled. So a document costs its text once, and four markers an instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kgbuilder.nn.pairs import TypedSpan
from kgbuilder.nn.pieces import Pieces

__all__ = [
    "INSTANCES",
    "PASSAGE_PIECES",
    "PASSAGE_PREFIX",
    "chunks",
    "lengths_of",
    "nearest_instances",
    "pack",
    "pooled",
]

PASSAGE_PREFIX = "passage "
"""A kind of pair that is judged over a passage is called "passage class class"."""

PASSAGE_PIECES = 480
"""Text pieces of a passage at most: an abstract fits, and the encoder knows 512 positions."""

INSTANCES = 2
"""Pairs of mentions that stand for a pair of concepts in a passage."""


def lengths_of(
    text: str,
    bounds: Sequence[tuple[int, int]],
    spans: Sequence[TypedSpan],
    *,
    pieces: Pieces,
    blinded: frozenset[str],
) -> list[int]:
    """Pieces of each sentence ``[start, end)``; a mention of a blinded class is one piece."""
    lengths = []
    for start, end in bounds:
        length, done = 0, start
        for a, b, kind in spans:
            if start <= a and b <= end and kind in blinded:
                length += len(pieces.of(text[done:a]).ids) + 1
                done = b
        lengths.append(length + len(pieces.of(text[done:end]).ids))
    return lengths


def pack(lengths: Sequence[int], *, most: int = PASSAGE_PIECES) -> list[tuple[int, int]]:
    """``[first, last)`` of consecutive sentences that together have at most ``most`` pieces. All in one
    where they fit; else as few passages as do, of about equal length. A longer sentence is alone.
    """
    total = sum(lengths)
    goal = total / max(1, -(-total // most))
    passages, first, held = [], 0, 0
    for at, length in enumerate(lengths):
        if at > first and (held + length > most or held + length / 2 > goal):
            passages.append((first, at))
            first, held = at, 0
        held += length
    if len(lengths) > first:
        passages.append((first, len(lengths)))
    return passages


def nearest_instances(
    one: Sequence[int],
    other: Sequence[int],
    places: Sequence[tuple[int, int]],
    sentence_of: Sequence[int],
    *,
    most: int = INSTANCES,
) -> list[tuple[int, int]]:
    """Pairs of mentions for two concepts, the nearest first, each of other sentences than those before.

    :param one: and ``other``: the concepts' mentions, indexes into ``places`` (``[start, end)``).
    """

    def distance(pair: tuple[int, int]) -> tuple[int, int, int, int]:
        a, b = pair
        gap = max(places[a][0] - places[b][1], places[b][0] - places[a][1])
        return abs(sentence_of[a] - sentence_of[b]), gap, a, b

    chosen: list[tuple[int, int]] = []
    seen: set[tuple[int, int]] = set()
    for a, b in sorted(((a, b) for a in one for b in other if a != b), key=distance):
        where = (sentence_of[a], sentence_of[b])
        if where not in seen:
            seen.add(where)
            chosen.append((a, b))
            if len(chosen) == most:
                break
    return chosen


def chunks(sizes: Iterable[int], *, most: int) -> list[list[int]]:
    """Indexes of things of these sizes, in order, in runs of at most ``most`` in all: the instances of
    one pair stay in one pass.
    """
    runs: list[list[int]] = []
    held = most + 1
    for at, size in enumerate(sizes):
        if held + size > most:
            runs.append([])
            held = 0
        runs[-1].append(at)
        held += size
    return runs


def pooled(log_probabilities: NDArray[np.float32], groups: Sequence[int]) -> NDArray[np.float32]:
    """``[n_groups, n_labels]`` from those of instances ``[n, n_labels]``, label 0 being "none": of each
    label the most that an instance gives it, of "none" the least. So the instance that says most
    decides, and one instance alone is left as it is.

    :param groups: per instance the number of its group, 0 to n_groups - 1.
    """
    order = np.asarray(groups, dtype=np.int64)
    n = int(order.max()) + 1 if len(order) else 0
    most = np.full((n, log_probabilities.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(most, order, log_probabilities)
    if n:
        least = np.full(n, np.inf, dtype=np.float32)
        np.minimum.at(least, order, log_probabilities[:, 0])
        most[:, 0] = least
    return most
