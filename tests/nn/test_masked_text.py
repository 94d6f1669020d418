"""Packing loses only the rest; masking hides whole words, about as many as asked, reproducibly."""

from __future__ import annotations

import numpy as np
import pytest

from kgbuilder.nn.masked_text import Masker, Masking, pack_texts
from kgbuilder.nn.pieces import Pieces
from tests.nn.tiny import WORDS, write_tokenizer

TEXTS = [f"{a} {b} warfarinx with {a}" for a in WORDS for b in WORDS]


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    write_tokenizer(path)
    return Pieces(path)


def test_packing_keeps_every_piece_in_order(pieces: Pieces) -> None:
    rows = pack_texts(iter(TEXTS), pieces, length=32)
    assert rows.shape[1] == 32
    assert (rows[:, 0] == pieces.start_id).all()
    assert (rows[:, -1] == pieces.end_id).all()
    stream = [i for ids in pieces.ids_of(TEXTS) for i in [*ids, pieces.end_id]]
    packed = rows[:, 1:-1].reshape(-1).tolist()
    assert packed == stream[: len(packed)]
    assert len(stream) - len(packed) < 30
    assert pack_texts([], pieces, length=32).shape == (0, 32)
    assert pack_texts(["aspirin"], pieces, length=32).shape == (0, 32)
    assert pack_texts(["", " \n"] * 99, pieces, length=32).shape == (0, 32), "no text, no row"


def test_whole_words_are_masked_and_the_same_ones_each_time(pieces: Pieces) -> None:
    rows = pack_texts(TEXTS, pieces, length=64)
    masker = Masker(pieces, Masking(), seed=3)
    numbers = list(range(len(rows)))
    masked = masker.of(rows, numbers, epoch=1)
    again = Masker(pieces, Masking(), seed=3).of(rows, numbers, epoch=1)
    other = masker.of(rows, numbers, epoch=2)
    np.testing.assert_array_equal(masked.ids, again.ids)
    assert not np.array_equal(masked.ids, other.ids)
    # a row's masks do not depend on what is beside it
    alone = masker.of(rows, [numbers[-1]], epoch=1)
    np.testing.assert_array_equal(alone.ids[0], masked.ids[-1])
    flat = rows.reshape(-1)
    np.testing.assert_array_equal(flat[masked.positions], masked.targets)
    hidden = np.zeros(flat.size, dtype=bool)
    hidden[masked.positions] = True
    names = np.array(pieces.names())[flat]
    changed = masked.ids.reshape(-1) != flat
    assert not (changed & ~hidden).any(), "what is not to be guessed stays as it is"
    for at in range(flat.size - 1):
        if names[at + 1].startswith("##"):
            assert hidden[at] == hidden[at + 1], "a word is masked whole"
        if names[at] in ("[CLS]", "[SEP]"):
            assert not hidden[at]
    assert 0.12 < hidden.mean() < 0.19
    share = (masked.ids.reshape(-1)[hidden] == pieces.id_of("[MASK]")).mean()
    assert 0.7 < share < 0.9


def test_spans_are_longer_than_words(pieces: Pieces) -> None:
    rows = pack_texts([" ".join(WORDS * 20)], pieces, length=128)

    def mean_run(span_share: float) -> float:
        masker = Masker(pieces, Masking(span_share=span_share), seed=5)
        runs = [masker.of(rows, [0], epoch=epoch).positions for epoch in range(40)]
        gaps = [int((np.diff(p) > 1).sum()) + 1 for p in runs]
        return sum(map(len, runs)) / sum(gaps)

    assert mean_run(1.0) > 1.5 * mean_run(0.0)


def test_a_row_of_nothing_but_special_pieces_is_left_alone(pieces: Pieces) -> None:
    rows = np.full((1, 8), pieces.end_id, dtype=np.int32)
    masked = Masker(pieces, Masking(), seed=1).of(rows, [0], epoch=0)
    assert len(masked.positions) == 0
