"""Packed examples come back as they were; what is no such file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgbuilder.errors import FormatError
from kgbuilder.nn.packed import PackedPair, PackedPairs, PackedTags, PackedText
from kgbuilder.nn.pairs import PairLayout


def text(n: int, seed: int) -> PackedText:
    rng = np.random.default_rng(seed)
    return PackedText(
        rng.integers(0, 30522, n).astype(np.uint16),
        np.arange(1, n - 1, dtype=np.uint16),
        rng.integers(0, 3, n - 2).astype(np.uint16),
        rng.integers(0, 2, (n, 14)).astype(np.uint8),
    )


def test_tags_come_back(tmp_path: Path) -> None:
    tags = PackedTags([text(5, 1), text(2, 2), text(9, 3)], np.eye(3, 35, dtype=np.bool_))
    tags.save(tmp_path / "tags.npz")
    again = PackedTags.load(tmp_path / "tags.npz")
    assert len(again.examples) == 3
    for one, other in zip(tags.examples, again.examples, strict=True):
        for name in ("ids", "first", "allowed", "hints"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(again.sets, tags.sets)


def test_pairs_come_back(tmp_path: Path) -> None:
    layout = PairLayout(np.arange(14), np.arange(14)[::-1].copy(), 6, (3, 7))
    numbers = [np.array(row, dtype=np.uint16) for row in ([1, 1], [0, 2], [0, 1])]
    PackedPairs([PackedPair(layout, *numbers)], np.eye(3, dtype=np.bool_)).save(
        tmp_path / "pairs.npz"
    )
    (again,) = PackedPairs.load(tmp_path / "pairs.npz").examples
    np.testing.assert_array_equal(again.layout.ids, layout.ids)
    np.testing.assert_array_equal(again.layout.positions, layout.positions)
    assert (again.layout.n_text, again.layout.pairs) == (6, (3, 7))
    assert [row.tolist() for row in (again.possible, again.allowed, again.groups)] == [
        [1, 1],
        [0, 2],
        [0, 1],
    ]


def test_nothing_at_all_is_packed_too(tmp_path: Path) -> None:
    PackedPairs([], np.zeros((0, 4), dtype=np.bool_)).save(tmp_path / "pairs.npz")
    assert list(PackedPairs.load(tmp_path / "pairs.npz").examples) == []
    PackedTags([], np.zeros((0, 4), dtype=np.bool_)).save(tmp_path / "tags.npz")
    assert list(PackedTags.load(tmp_path / "tags.npz").examples) == []


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(FormatError, match="not packed examples"):
        PackedTags.load(tmp_path / "x.npz")


def test_numbers_beyond_sixteen_bits_are_refused(tmp_path: Path) -> None:
    one = text(4, 1)
    wide = PackedText(one.ids.astype(np.int64) + 70_000, one.first, one.allowed, one.hints)
    with pytest.raises(FormatError, match="too large"):
        PackedTags([wide], np.eye(3, dtype=np.bool_)).save(tmp_path / "x.npz")
