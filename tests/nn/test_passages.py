from __future__ import annotations

import numpy as np
import pytest

from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.passages import chunks, lengths_of, nearest_instances, pack, pooled
from kgbuilder.nn.pieces import Pieces
from tests.nn.tiny import write_tokenizer


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    path = tmp_path_factory.mktemp("pieces") / "tokenizer.json"
    write_tokenizer(path)
    return Pieces(path)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([], []),
        ([2, 3, 3], [(0, 3)]),
        ([9], [(0, 1)]),  # longer than allowed: alone
        ([4, 4, 4, 4], [(0, 2), (2, 4)]),  # of about equal length, not 8, 4 and 4
        ([2, 9, 2], [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_sentences_are_packed_in_order(lengths: list[int], expected: list[tuple[int, int]]) -> None:
    assert pack(lengths, most=8) == expected


@pytest.mark.parametrize("seed", range(20))
def test_every_sentence_is_in_one_passage_and_none_is_too_long(seed: int) -> None:
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 60, size=int(random.integers(1, 40))).tolist()
    passages = pack(lengths, most=100)
    assert [i for a, b in passages for i in range(a, b)] == list(range(len(lengths)))
    assert all(sum(lengths[a:b]) <= 100 for a, b in passages)


def test_a_blinded_mention_counts_as_one_piece(pieces: Pieces) -> None:
    text = "aspirin and warfarin cause bleeding"
    bounds, spans = [(0, len(text))], [(0, 20, "drug")]
    seen = lengths_of(text, bounds, spans, pieces=pieces, blinded=frozenset())
    hidden = lengths_of(text, bounds, spans, pieces=pieces, blinded=frozenset({"drug"}))
    assert seen == [len(pieces.of(text).ids)]
    assert hidden == [1 + len(pieces.of(" cause bleeding").ids)]


def test_instances_are_the_nearest_of_each_pair_of_sentences() -> None:
    places = [(0, 2), (10, 12), (4, 6), (30, 32), (40, 42)]
    sentence_of = [0, 0, 0, 1, 2]
    got = nearest_instances([0, 1], [2, 3, 4], places, sentence_of, most=3)
    assert got == [(0, 2), (1, 3), (1, 4)]
    assert nearest_instances([0, 1], [2, 3, 4], places, sentence_of, most=1) == [(0, 2)]
    assert nearest_instances([0], [0], places, sentence_of) == []  # nothing is near itself


def test_the_instances_of_a_pair_stay_in_one_pass() -> None:
    assert chunks([2, 2, 2, 1], most=4) == [[0, 1], [2, 3]]
    assert chunks([9, 1], most=4) == [[0], [1]]
    assert chunks([], most=4) == []


def test_the_instance_that_says_most_decides() -> None:
    logs = np.log(np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], dtype=np.float32))
    got = np.exp(pooled(logs, [0, 0, 1]))
    assert got == pytest.approx(np.array([[0.2, 0.8], [0.6, 0.4]]), abs=1e-6)
    assert pooled(logs[:0], []).shape == (0, 2)


@pytest.mark.extra
def test_training_pools_as_reading_does() -> None:
    torch = pytest.importorskip("torch")
    from kgbuilder.nn.pair_classifier import pool

    scores = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
    groups, n = [0, 0, 1, 2, 2], 3
    possible = torch.ones((n, 4), dtype=torch.bool)
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    got = pool(torch.from_numpy(scores), groups, possible).numpy()
    assert got == pytest.approx(pooled(logs, groups), abs=1e-5)
    possible[1, 3] = False  # what a kind cannot be gets nothing, and the rest sums to one
    only = np.exp(pool(torch.from_numpy(scores), groups, possible).numpy()[1])
    assert only[3] == pytest.approx(0.0, abs=1e-6)
    assert only.sum() == pytest.approx(1.0, abs=1e-5)


def test_hidden_drugs_of_a_passage_are_told_apart(pieces: Pieces) -> None:
    text = "aspirin and warfarin and aspirin"
    spans = [(0, 7, "drug"), (12, 20, "drug"), (25, 32, "drug")]
    (layout,) = lay_out_pairs(
        text,
        spans,
        [(0, 1)],
        pieces=pieces,
        classes={"drug": 0},
        blinded=frozenset({"drug"}),
        numbers=[0, 1, 0],
    )
    first, second, third = (int(layout.ids[i]) for i in (1, 3, 5))
    assert first == third != second
    assert pieces.id_of("aspirin") not in layout.ids


def test_passages_have_kinds_of_their_own() -> None:
    labels = PairLabels.of(
        {"drug drug": ["none", "A"]}, {"Drug": "drug", "Gene": "gene"}, {"drug gene": ["none", "B"]}
    )
    assert labels.names == ("none", "A", "B")
    assert labels.order("gene", "drug") is None
    assert labels.order("gene", "drug", "passage ") == ("passage drug gene", True)
