"""The words around two mentions: what their network is given, and that it answers pair by pair."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from kgbuilder.nn.pair_words import FAR, WordPairReader, WordPairs, arrays_of
from kgbuilder.nn.pairs import PairLayout, lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.words import VECTORS_FILE, WORDS_FILE, WordVectors

SHIPPED = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
TEXT = "Fluconazole raises the level of warfarin, which caused nosebleeds."
SPANS = [(0, 11, "drug"), (32, 40, "drug"), (55, 65, "condition")]
PAIRS = [(0, 1), (1, 2), (0, 2)]
CLASSES = {"drug": 0, "condition": 1}


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Pieces(SHIPPED / "tokenizer.json")


def layout_of(pieces: Pieces, text: str = TEXT) -> PairLayout:
    (layout,) = lay_out_pairs(
        text, SPANS, PAIRS, pieces=pieces, classes=CLASSES, blinded=frozenset({"drug"})
    )
    return layout


def test_a_pair_is_its_words_with_hidden_names(pieces: Pieces) -> None:
    first, second, third = WordPairs(pieces).of(layout_of(pieces))
    assert first.words[:7] == ("drug", "raises", "the", "level", "of", "drug", ",")
    assert first.hidden[:6] == (True, False, False, False, False, True)
    assert (first.places, first.classes) == ((0, 0, 5, 5), (0, 0))
    assert second.words[second.places[2]] == "nosebleeds"
    assert (second.classes, third.places[0]) == ((0, 1), 0)


def test_words_far_from_both_mentions_are_left_out(pieces: Pieces) -> None:
    long = TEXT + " and so on" * 60
    pair = WordPairs(pieces).of(layout_of(pieces, long))[0]
    assert len(pair.words) == pair.places[3] + 1 + FAR


def test_arrays_say_where_things_are_and_nothing_of_what_pads_them(pieces: Pieces) -> None:
    pairs = WordPairs(pieces).of(layout_of(pieces))
    arrays = arrays_of(pairs)
    for i, pair in enumerate(pairs):
        size = len(pair.words)
        assert arrays["inside"][i, :, 0].sum() == size
        assert not arrays["near"][i, size:].any()
        assert arrays["near"][i, pair.places[0], 0] == FAR + 1
        assert arrays["ends"][i].argmax(axis=1).tolist() == [pair.places[0], pair.places[2]]
        of_segment = (arrays["segments"][i] == 0).sum(axis=0)
        assert of_segment[:size].tolist() == [1] * size
        assert not of_segment[size:].any()


def test_a_pair_has_its_answer_whatever_else_is_asked(pieces: Pieces) -> None:
    reader, layout = WordPairReader(SHIPPED, pieces), layout_of(pieces)
    together = reader.log_probabilities(layout)
    np.testing.assert_allclose(np.exp(together).sum(axis=1), 1, atol=1e-4)
    for place in range(len(PAIRS)):
        np.testing.assert_allclose(
            reader.log_probabilities(layout, [place])[0], together[place], atol=1e-4
        )


@pytest.mark.extra
def test_what_is_exported_answers_as_what_was_trained(pieces: Pieces, tmp_path: Path) -> None:
    import torch

    from kgbuilder.nn.export_words import export_word_pairs
    from kgbuilder.nn.word_pair_classifier import WordPairBatches, WordPairClassifier

    torch.manual_seed(5)
    table = np.random.default_rng(5).normal(size=(97, 6)).astype(np.float32)
    model = WordPairClassifier(table, 4, n_classes=2, size=8, n_layers=2, dropout=0.2).eval()
    layout = layout_of(pieces)
    with torch.no_grad():
        batch = WordPairBatches(97).of(WordPairs(pieces).of(layout))
        said = model(*batch).log_softmax(-1).numpy()
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    WordVectors.of(state["encoder.weight"]).save(tmp_path / VECTORS_FILE)
    export_word_pairs(state, tmp_path / WORDS_FILE)
    again = WordPairReader(tmp_path, pieces).log_probabilities(layout)
    np.testing.assert_allclose(np.exp(again), np.exp(said), atol=0.02)
