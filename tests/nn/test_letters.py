"""What the letters of words say of a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgbuilder.errors import FormatError
from kgbuilder.nn.letters import LETTERS_FILE, Letters, features_of, runs_of


def letters() -> Letters:
    rows = {run: row for row, run in enumerate(dict.fromkeys([*runs_of("rash"), *runs_of("pain")]))}
    weights = np.array(
        [[1.0, -1.0] if run in runs_of("rash") else [-1.0, 1.0] for run in rows], dtype=np.float32
    )
    return Letters(rows, np.ones(len(rows), dtype=np.float32), weights, 0.5)


def test_words_vote_by_their_letters_and_a_misspelt_word_votes_less() -> None:
    rash, rush, other = letters().votes(["Rash", "rassh", "xyz"])
    assert rash[0] > rush[0] > 0 > rash[1]
    assert not other.any()


def test_a_text_is_a_vector_of_length_one_however_long_it_is() -> None:
    one = letters()
    for words in (["rash"], ["rash", "pain"] * 50, ["rash" * 3000]):
        values = features_of(words, one.rows, one.rarity).values()
        assert sum(value**2 for value, _ in values) == pytest.approx(1)


def test_the_file_is_read_back_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    assert Letters.load(tmp_path) is None
    letters().save(tmp_path)
    back = Letters.load(tmp_path)
    assert back is not None
    assert np.allclose(back.votes(["rash", "pain"]), letters().votes(["rash", "pain"]), atol=1e-3)
    (tmp_path / LETTERS_FILE).write_bytes(b"PK nothing")
    with pytest.raises(FormatError, match="letters"):
        Letters.load(tmp_path)
