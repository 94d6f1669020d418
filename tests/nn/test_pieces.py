from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import InputError
from kgbuilder.nn.pieces import Pieces, WordPieces, iter_windows
from tests.nn.tiny import write_tokenizer


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    path = tmp_path_factory.mktemp("pieces") / "tokenizer.json"
    write_tokenizer(path)
    return Pieces(path)


def test_words_know_their_place(pieces: Pieces) -> None:
    text = "Aspirin  with xyz."
    made = pieces.of(text)
    assert [text[a:b] for a, b in made.words] == ["Aspirin", "with", "xyz", "."]
    assert len(made.ids) == 1 + 1 + 3 + 1
    assert made.first == (0, 1, 2, 5)


def test_offsets_are_code_points_beyond_the_basic_plane(pieces: Pieces) -> None:
    text = "\U0001f600 fever"
    a, b = pieces.of(text).words[-1]
    assert text[a:b] == "fever"


def test_no_text_has_no_pieces(pieces: Pieces) -> None:
    assert pieces.of("") == pieces.of(" \n\t") == WordPieces((), (), ())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tokenizer file"):
        Pieces(tmp_path / "tokenizer.json")


@given(
    sizes=st.lists(st.integers(1, 9), max_size=60),
    max_pieces=st.integers(1, 30),
    overlap=st.integers(0, 20),
)
def test_windows_keep_every_word_once(sizes: list[int], max_pieces: int, overlap: int) -> None:
    first, at = [], 0
    for size in sizes:
        first.append(at)
        at += size
    words = WordPieces(tuple(range(at)), tuple((i, i + 1) for i in range(len(sizes))), tuple(first))
    bounds = [*first, at]
    kept: list[int] = []
    for window in iter_windows(words, max_pieces=max_pieces, overlap=overlap):
        assert window.start <= window.keep_start < window.keep_end <= window.end
        n_pieces = bounds[window.end] - bounds[window.start]
        assert n_pieces <= max_pieces or window.end - window.start == 1
        kept += range(window.keep_start, window.keep_end)
    assert kept == list(range(len(sizes)))
