"""Text for masked-language training: packed into rows without padding, then masked anew each epoch.

Whole words are masked, half of the rows word by word (Devlin et al. 2019,
https://arxiv.org/abs/1810.04805), half in spans of words whose length is geometric (Joshi et al. 2020,
https://arxiv.org/abs/1907.10529). What is masked follows from ``(seed, epoch, row)`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.nn.pieces import Pieces

__all__ = ["MaskedRows", "Masker", "Masking", "pack_texts"]

Ids = NDArray[np.int32]
_SPECIAL = re.compile(r"\[[A-Za-z0-9]+\]|<[a-z]+>")


@dataclass(frozen=True, slots=True)
class Masking:
    """How much is masked, and how.

    :param share: of the pieces of a row. :param span_share: of the rows, that are masked in spans.
    :param stop: probability that a span ends after a word (mean length 1 / stop).
    :param longest: words of a span at most.
    """

    share: float = 0.15
    span_share: float = 0.5
    stop: float = 0.2
    longest: int = 10


@dataclass(frozen=True, slots=True)
class MaskedRows:
    """``ids`` ``[n, length]`` as the encoder sees them; ``positions`` (into the flattened ids) of what
    is to be guessed, and ``targets``, the pieces that stood there.
    """

    ids: NDArray[np.int64]
    positions: NDArray[np.int64]
    targets: NDArray[np.int64]


def pack_texts(texts: Iterable[str], pieces: Pieces, *, length: int) -> Ids:
    """Rows ``[n, length]`` of the texts one after the other, each text ended by the end piece, each
    row begun by the start piece and ended by the end piece. Nothing is padded; the last pieces that
    fill no row are left out. No text at all gives no row.
    """
    body = length - 2
    rows: list[Ids] = []
    rest = np.zeros(0, dtype=np.int32)
    for batch in _batches(texts, 64):
        stream = [rest]
        made = [[*ids, pieces.end_id] for ids in pieces.ids_of(batch) if ids]
        stream += [np.array(ids, dtype=np.int32) for ids in made]
        flat = np.concatenate(stream)
        n = len(flat) // body
        rows.append(flat[: n * body].reshape(n, body))
        rest = flat[n * body :]
    whole = np.concatenate(rows) if rows else np.zeros((0, body), dtype=np.int32)
    packed = np.empty((len(whole), length), dtype=np.int32)
    packed[:, 0], packed[:, 1:-1], packed[:, -1] = pieces.start_id, whole, pieces.end_id
    return packed


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(texts)
    while batch := list(islice(iterator, size)):
        yield batch


class Masker:
    """Masks packed rows.

    :raises InputError: when the tokenizer has no mask piece.
    """

    def __init__(self, pieces: Pieces, masking: Masking, *, seed: int) -> None:
        names = pieces.names()
        mask_id = pieces.id_of("<mask>") or pieces.id_of("[MASK]")
        if mask_id is None:
            raise InputError("the tokenizer has no [MASK]", hint="a BERT tokenizer is needed")
        self._mask_id, self._masking, self._seed = mask_id, masking, seed
        special = np.array([bool(_SPECIAL.fullmatch(name)) for name in names])
        later = np.array([name.startswith("##") for name in names])
        self._special, self._begins = special, ~special & ~later
        self._ordinary = np.flatnonzero(~special)

    def of(self, rows: Ids, numbers: Sequence[int], *, epoch: int) -> MaskedRows:
        """``rows[numbers]``, masked as of ``epoch``."""
        how = self._masking
        before = rows[list(numbers)].astype(np.int64)
        n, length = before.shape
        generators = [np.random.default_rng((self._seed, epoch, number)) for number in numbers]
        lots = np.array([rng.random((4, length)) for rng in generators]).reshape(-1, 4, length)
        keys, cuts, fates, others = lots.transpose(1, 0, 2)
        in_spans = np.array([rng.random() < how.span_share for rng in generators])[:, None]
        special, begins = self._special[before], self._begins[before]
        # a stretch is a word, or a span of words; it ends before a special piece, where a text ends
        fresh = np.roll(special, 1, axis=1)
        opens = begins & (~in_spans | fresh | (cuts < how.stop))
        words = begins.cumsum(1)
        since = words - np.maximum.accumulate(np.where(opens, words, 0), axis=1)
        opens |= begins & (since % how.longest == 0)
        bounds = (opens | special).ravel()
        stretch = bounds.cumsum() - 1
        at = np.flatnonzero(bounds)
        sizes = np.diff(np.append(at, bounds.size))
        free = opens.ravel()[
            at
        ]  # the others begin with a special piece, or with the rest of a word
        row = at // length
        # by lot, row by row, as many as come nearest to the share
        order = np.lexsort((keys.ravel()[at], ~free, row))
        so_far = np.where(free, sizes, 0)[order].cumsum()
        firsts = np.searchsorted(row[order], np.arange(n))
        so_far -= (so_far[firsts] - np.where(free, sizes, 0)[order][firsts])[row[order]]
        budget = np.maximum(1, np.round(how.share * (~special).sum(1)))[row[order]]
        first = np.zeros(len(order), dtype=bool)
        first[firsts] = True
        taken = np.zeros(len(at), dtype=bool)
        taken[order] = free[order] & ((so_far - sizes[order] / 2 <= budget) | first)
        hidden = taken[stretch]
        positions = np.flatnonzero(hidden)
        fate = fates.ravel()[at][stretch[positions]]
        ids = before.ravel().copy()
        targets = ids[positions]
        ids[positions[fate < 0.8]] = self._mask_id
        changed = positions[(fate >= 0.8) & (fate < 0.9)]
        ids[changed] = self._ordinary[(others.ravel()[changed] * len(self._ordinary)).astype(int)]
        return MaskedRows(ids.reshape(before.shape), positions, targets)
