"""How far apart two pieces stand, in buckets: what MPNet's attention looks up its bias by."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["distance_buckets"]


def distance_buckets(n_buckets: int, n_positions: int, *, farthest: int = 128) -> NDArray[np.int64]:
    """``[2 * n_positions - 1]``: buckets of the distances ``1 - n_positions`` to ``n_positions - 1``.
    One each for the near ones, wider ones further off, the later half for what comes after (Raffel et
    al. 2020, https://arxiv.org/abs/1910.10683).

    >>> distance_buckets(8, 4, farthest=16).tolist()
    [2, 2, 1, 0, 5, 6, 6]
    """
    half = n_buckets // 2
    exact = half // 2
    away = np.arange(1 - n_positions, n_positions)
    steps = np.abs(away)
    far = np.log(np.maximum(steps, 1) / exact) / math.log(farthest / exact)
    wide = np.minimum(exact + (far * (half - exact)).astype(np.int64), half - 1)
    return np.asarray((away > 0) * half + np.where(steps < exact, steps, wide), dtype=np.int64)
