"""A sentence and its pairs of mentions, laid out for one pass of the encoder.

Every pair has four marker pieces behind the text, that stand (by their position ids) at the starts
and ends of its two mentions. Text looks at text only; markers look at the text and at the markers of
their own pair. So a sentence is read once whatever its number of pairs, and no pair sees another.
Design after Zhong and Chen 2021, https://arxiv.org/abs/2010.12812 (the approximation model).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.nn.pieces import Pieces

__all__ = [
    "FIRST_MARK",
    "MARKS",
    "MARK_STEP",
    "MAX_PAIRS",
    "TEXT",
    "PairLayout",
    "TypedSpan",
    "blind_pieces",
    "lay_out_pairs",
]

MARKS = 4
"""Markers of a pair: start and end of the first mention, start and end of the second."""

TEXT = -1
"""Whose a place of a pass is: a pair's, by its number, or everyone's."""

TypedSpan = tuple[int, int, str]
"""``(start, end, class)`` in code points; the class picks the marker and may be blinded."""

MAX_PAIRS = 192
"""Pairs of one pass: with their scores over a text of 480 pieces some 20 MB."""

BLIND_PIECES = 56
"""Pieces that stand for blinded mentions which are told apart by number."""

FIRST_MARK, MARK_STEP = 10, 20
"""Numbers of the unused pieces that mark a mention: of the first class, and from the first mention of a
pair to the second."""

_BLIND, _NUMBERED = 1, 40
"""Numbers of the unused pieces that stand for a blinded mention, and for the first numbered one."""


@dataclass(frozen=True, slots=True)
class PairLayout:
    """Input for one pass.

    :param ids: text pieces, then four markers a pair. :param positions: of the same length.
    :param n_text: how many of the ids are text. :param pairs: which of the asked pairs these are.
    """

    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    n_text: int
    pairs: tuple[int, ...]

    def markers(self) -> NDArray[np.int64]:
        """``[n_pairs, 4]``: where each pair's markers stand in ``ids``."""
        return self.n_text + np.arange(len(self.pairs) * MARKS).reshape(-1, MARKS)

    def visible(self) -> NDArray[np.bool_]:
        """``[looker, looked at]``."""
        length = len(self.ids)
        group = np.full(length, TEXT)
        group[self.n_text :] = np.repeat(np.arange(len(self.pairs)), MARKS)
        seen = group[None, :] == TEXT
        return np.asarray(seen | (group[:, None] == group[None, :]))

    def inputs(self) -> dict[str, NDArray[Any]]:
        """What an exported pair classifier takes for this pass, see :mod:`kgbuilder.nn.export`."""
        return {
            "ids": self.ids[None].astype(np.int64),
            "positions": self.positions[None].astype(np.int64),
            "n_pairs": np.array([len(self.pairs)], dtype=np.int64),
        }


def lay_out_pairs(
    text: str,
    spans: Sequence[TypedSpan],
    pairs: Sequence[tuple[int, int]],
    *,
    pieces: Pieces,
    classes: Mapping[str, int],
    blinded: frozenset[str],
    max_text: int = 320,
    max_pairs: int = MAX_PAIRS,
    numbers: Sequence[int] | None = None,
) -> Iterator[PairLayout]:
    """Passes for the ``pairs`` (indexes into ``spans``, which are sorted and do not overlap).

    :param classes: span class -> its marker number. :param blinded: classes whose mentions are each
        replaced by one piece, so that a name says nothing and the words around it all.
    :param max_text: text pieces of a pass; around a pair of a longer sentence the text is cut,
        and a pair whose mentions stand further apart is left out (it gets no pass).
    :param numbers: per span what it stands for: blinded mentions of one number get one and the same
        piece, so that over several sentences it is seen which of them are the same.
    """
    ids: list[int] = []
    at: list[tuple[int, int]] = []
    done = 0
    for index, (start, end, kind) in enumerate(spans):
        blind = _BLIND if numbers is None else _NUMBERED + numbers[index] % BLIND_PIECES
        blind_id = _piece(pieces, f"[unused{blind}]")
        ids += pieces.of(text[done:start]).ids
        own = (blind_id,) if kind in blinded else pieces.of(text[start:end]).ids or (blind_id,)
        at.append((len(ids), len(ids) + len(own) - 1))
        ids += own
        done = end
    ids += pieces.of(text[done:]).ids
    by_start: dict[int, list[int]] = {}  # no pair sees another: those of one stretch share a pass
    for number, (a, b) in enumerate(pairs):
        left, right = min(at[a][0], at[b][0]), max(at[a][1], at[b][1]) + 1
        if right - left <= max_text:
            start = max(0, min(left - (max_text - (right - left)) // 2, len(ids) - max_text))
            by_start.setdefault(start, []).append(number)
    for start, chosen in by_start.items():
        stretch = ids[start : start + max_text]
        for first in range(0, len(chosen), max_pairs):
            some = chosen[first : first + max_pairs]
            yield _layout(stretch, start, at, spans, pairs, some, pieces, classes)


def blind_pieces() -> list[str]:
    """Names of the pieces that can stand for a blinded mention."""
    numbers = [_BLIND, *range(_NUMBERED, _NUMBERED + BLIND_PIECES)]
    return [f"[unused{number}]" for number in numbers]


def _piece(pieces: Pieces, name: str) -> int:
    id = pieces.id_of(name)
    if id is None:
        raise InputError(f"the tokenizer has no piece {name}")
    return id


def _layout(
    text_ids: Sequence[int],
    offset: int,
    at: Sequence[tuple[int, int]],
    spans: Sequence[TypedSpan],
    pairs: Sequence[tuple[int, int]],
    chosen: Sequence[int],
    pieces: Pieces,
    classes: Mapping[str, int],
) -> PairLayout:
    ids = [pieces.start_id, *text_ids, pieces.end_id]
    n_text = len(ids)
    positions = list(range(n_text))
    for number in chosen:
        for role, index in enumerate(pairs[number]):
            first, last = at[index]
            mark = FIRST_MARK + MARK_STEP * role + classes[spans[index][2]]
            ids += [_piece(pieces, f"[unused{mark}]"), _piece(pieces, f"[unused{8 + role}]")]
            positions += [first - offset + 1, last - offset + 1]
    return PairLayout(np.array(ids), np.array(positions), n_text, tuple(chosen))
