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
        ids = rows[list(numbers)].astype(np.int64)
        positions, targets = [], []
        for at, number in enumerate(numbers):
            rng = np.random.default_rng((self._seed, epoch, number))
            chosen = self._mask(ids[at], rng)
            positions.append(chosen[0] + at * ids.shape[1])
            targets.append(chosen[1])
        return MaskedRows(ids, np.concatenate(positions), np.concatenate(targets))

    def _mask(
        self, row: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Mask ``row`` in place; ``(positions, what stood there)``."""
        how = self._masking
        inner = ~self._special[row]
        starts = np.flatnonzero(self._begins[row])
        if not len(starts):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        # a word ends where the next one begins, or at a special piece
        stops = np.flatnonzero(self._begins[row] | ~inner)
        ends = np.append(stops, len(row))[np.searchsorted(stops, starts, side="right")]
        budget = max(1, round(how.share * int(inner.sum())))
        in_spans = rng.random() < how.span_share
        taken = np.zeros(len(row), dtype=bool)
        original = row.copy()
        for _ in range(8 * budget):
            n_taken = int(taken.sum())
            if n_taken >= budget:
                break
            first = int(rng.integers(len(starts)))
            n_words = min(int(rng.geometric(how.stop)), how.longest) if in_spans else 1
            last = first
            while last + 1 < len(starts) and last + 1 - first < n_words:
                if ends[last] != starts[last + 1]:
                    break  # another text begins
                last += 1
            a, b = int(starts[first]), int(ends[last])
            if taken[a:b].any() or (n_taken and n_taken + b - a > budget + 2):
                continue
            taken[a:b] = True
            lot = rng.random()
            if lot < 0.8:
                row[a:b] = self._mask_id
            elif lot < 0.9:
                row[a:b] = rng.choice(self._ordinary, b - a)
        positions = np.flatnonzero(taken)
        return positions, original[positions]
