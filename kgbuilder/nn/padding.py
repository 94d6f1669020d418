"""Piece ids of different lengths as one batch.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["padded"]


def padded(
    rows: Sequence[Sequence[int] | NDArray[np.integer]], *, padding_id: int, multiple: int
) -> tuple[Tensor, Tensor]:
    """Ids int64 and mask float32, ``[n_rows, length]``: 1 where a row has an id. The length is a
    multiple, so that kernels meet few shapes.
    """
    length = -(-max(map(len, rows)) // multiple) * multiple
    ids = np.full((len(rows), length), padding_id, dtype=np.int64)
    mask = np.zeros((len(rows), length), dtype=np.float32)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return torch.from_numpy(ids), torch.from_numpy(mask)
