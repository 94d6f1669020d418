"""MurmurHash3 (x64, 128 bits; Austin Appleby, public domain) of many short byte strings at a time.

It is what floret hashes runs of letters by, so that vectors trained there are found again here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["murmur_of"]

_Q = np.uint64
_C1, _C2 = _Q(0x87C37B91114253D5), _Q(0x4CF5AD432745937F)
_LOW = _Q(0xFFFFFFFF)

Words = NDArray[np.uint64]


def murmur_of(keys: Sequence[bytes], *, seed: int) -> NDArray[np.int64]:
    """``[n_keys, 4]``: the hash of each key as four numbers of 32 bits, the low ones first.

    >>> murmur_of([b"aspirin", b""], seed=0).tolist()[1]
    [0, 0, 0, 0]
    """
    hashes = np.zeros((len(keys), 4), dtype=np.int64)
    by_length: dict[int, list[int]] = {}
    for place, key in enumerate(keys):
        by_length.setdefault(len(key), []).append(place)
    for length, places in by_length.items():
        joined = b"".join(keys[place] for place in places)
        hashes[places] = _of_one_length(
            np.frombuffer(joined, dtype=np.uint8).reshape(len(places), length), seed
        )
    return hashes


def _of_one_length(keys: NDArray[np.uint8], seed: int) -> NDArray[np.int64]:
    n_keys, length = keys.shape
    n_blocks = length // 16
    padded = np.zeros((n_keys, 16 * (n_blocks + 1)), dtype=np.uint8)
    padded[:, :length] = keys
    words = padded.view("<u8")
    one = np.full(n_keys, seed, dtype=_Q)
    two = one.copy()
    for block in range(n_blocks):
        one = one ^ _stirred(words[:, 2 * block], _C1, 31, _C2)
        one = (_turned(one, 27) + two) * _Q(5) + _Q(0x52DCE729)
        two = two ^ _stirred(words[:, 2 * block + 1], _C2, 33, _C1)
        two = (_turned(two, 31) + one) * _Q(5) + _Q(0x38495AB5)
    # what is left of a key is padded with zeros, which change nothing
    two = two ^ _stirred(words[:, 2 * n_blocks + 1], _C2, 33, _C1)
    one = one ^ _stirred(words[:, 2 * n_blocks], _C1, 31, _C2)
    one, two = one ^ _Q(length), two ^ _Q(length)
    one = one + two
    two = two + one
    one, two = _mixed(one), _mixed(two)
    one = one + two
    two = two + one
    parts = [one & _LOW, one >> _Q(32), two & _LOW, two >> _Q(32)]
    return np.asarray(np.stack(parts, axis=1), dtype=np.int64)


def _turned(words: Words, bits: int) -> Words:
    return (words << _Q(bits)) | (words >> _Q(64 - bits))


def _stirred(words: Words, first: np.uint64, bits: int, second: np.uint64) -> Words:
    return np.asarray(_turned(words * first, bits) * second)


def _mixed(words: Words) -> Words:
    for factor in (_Q(0xFF51AFD7ED558CCD), _Q(0xC4CEB9FE1A85EC53)):
        words = (words ^ (words >> _Q(33))) * factor
    return np.asarray(words ^ (words >> _Q(33)))
