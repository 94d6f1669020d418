"""What the shape of a text tells of two things."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgbuilder.errors import InputError
from kgbuilder.nn.shape import SHAPE, Named, ShapeModel, shapes_of

TEXT = [  # two drugs and a condition in four sentences, the first its title
    Named("A", "drug", 0, 5, 0),
    Named("X", "condition", 10, 15, 0),
    Named("A", "drug", 30, 35, 1),
    Named("B", "drug", 40, 45, 1),
    Named("X", "condition", 50, 55, 1),
    Named("X", "condition", 80, 85, 3),
]


def told(a: str, b: str) -> dict[str, float]:
    (row,) = shapes_of(TEXT, 4, [(a, b)])
    return dict(zip(SHAPE, row.tolist(), strict=True))


def test_every_number_has_its_name() -> None:
    row = told("A", "X")
    assert len(row) == len(SHAPE) == 21
    assert row["subject: mentions, as a share of those of the most named of its class"] == 1.0
    assert row["object: last sentence that names it, as a share of the text"] == 0.75
    assert row["the first sentence names both"] == 1.0
    assert row["ln(1 + sentences that name both)"] == pytest.approx(np.log(3))
    assert row[
        "ln(1 + characters between the nearest two mentions of a sentence), 6 where none names both"
    ] == pytest.approx(np.log(6))


def test_a_thing_in_passing() -> None:
    row = told("B", "X")
    assert row["subject: mentions, as a share of those of the most named of its class"] == 0.5
    assert row["subject: ln(1 + things of its class that are named more often)"] == pytest.approx(
        np.log(2)
    )
    assert row["the first sentence names both"] == 0.0


def test_things_that_no_sentence_names_together() -> None:
    apart = [Named("A", "drug", 0, 5, 0), Named("X", "condition", 80, 85, 3)]
    (row,) = shapes_of(apart, 4, [("A", "X")])
    at = dict(zip(SHAPE, row.tolist(), strict=True))
    assert at["a sentence names both"] == 0.0
    assert at["ln(1 + sentences between the nearest two mentions)"] == pytest.approx(np.log(4))


def test_no_pairs() -> None:
    assert shapes_of(TEXT, 4, []).shape == (0, len(SHAPE))
    assert shapes_of([], 0, []).shape == (0, len(SHAPE))


@pytest.fixture
def model() -> ShapeModel:
    random = np.random.default_rng(3)

    def some(*size: int) -> np.ndarray:
        return random.normal(size=size).astype(np.float32)

    n = len(SHAPE)
    return ShapeModel(
        ("one", "two"),
        some(n),
        np.ones(n, np.float32),
        some(8, n + 2),
        some(8),
        some(3, 8),
        some(3),
    )


def test_a_model_comes_back_as_it_was_written(model: ShapeModel, tmp_path: Path) -> None:
    model.save(tmp_path / "shape.npz")
    again = ShapeModel.load(tmp_path / "shape.npz")
    shapes = shapes_of(TEXT, 4, [("A", "X"), ("B", "X")])
    for kind in ("one", "two"):
        assert (again.scores(kind, shapes) == model.scores(kind, shapes)).all()
    assert (model.scores("one", shapes) != model.scores("two", shapes)).any()


def test_a_kind_it_does_not_know_has_no_opinion(model: ShapeModel) -> None:
    assert not model.scores("three", shapes_of(TEXT, 4, [("A", "X")])).any()


@pytest.mark.parametrize("content", [b"", b"not zip", b"PK\x03\x04 cut off"])
def test_a_broken_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "shape.npz").write_bytes(content)
    with pytest.raises(InputError, match="not a model of shapes"):
        ShapeModel.load(tmp_path / "shape.npz")
