"""Words by their letters: the hash, the vectors, the network beside the tagger."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import FormatError, InputError
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.murmur import murmur_of
from kgbuilder.nn.words import (
    VECTORS_FILE,
    WORDS_FILE,
    WordReader,
    WordVectors,
    blended,
    rows_of,
    runs_of_letters,
)

SHIPPED = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "tagger"


def vectors(n_rows: int = 97, width: int = 4) -> WordVectors:
    table = np.random.default_rng(3).normal(size=(n_rows, width)).astype(np.float32)
    return WordVectors.of(table)


def test_the_hash_is_murmur3() -> None:
    # the reference implementation's sums of these strings, in hexadecimal
    text = b"The quick brown fox jumps over the lazy dog"
    (low, high, low2, high2) = murmur_of([text], seed=0)[0].tolist()
    assert f"{high:08x}{low:08x}{high2:08x}{low2:08x}" == "e34bbc7bbc071b6c7a433ca9c49a9347"


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_a_key_has_its_hash_whatever_stands_beside_it(keys: list[bytes]) -> None:
    together = murmur_of(keys, seed=7)
    for key, row in zip(keys, together, strict=True):
        assert murmur_of([key], seed=7)[0].tolist() == row.tolist()


@given(st.lists(st.text(max_size=80), min_size=1, max_size=6))
def test_any_word_has_a_vector_and_always_the_same(words: list[str]) -> None:
    table = vectors()
    together = table.vectors(words)
    assert together.shape == (len(words), 4)
    assert np.isfinite(together).all()
    for word, row in zip(words, together, strict=True):
        np.testing.assert_array_equal(vectors().vectors([word])[0], row)
        assert all((rows >= 0).all() and (rows < 97).all() for rows in rows_of([word], 97))


def test_alike_words_share_runs_and_a_huge_one_is_cut() -> None:
    assert {"pram", "ram>"} <= set(runs_of_letters("Citalopram")) & set(
        runs_of_letters("escitalopram")
    )
    assert len(runs_of_letters("a" * 100_000)) < 200
    assert vectors().vectors([]).shape == (0, 4)


def test_the_file_is_read_back_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / VECTORS_FILE
    vectors().save(path)
    back = WordVectors.load(path)
    np.testing.assert_allclose(
        back.vectors(["rash"]), vectors().vectors(["rash"]), rtol=2e-3, atol=1e-3
    )
    whole = path.read_bytes()
    for damaged in (b"", b"PK nothing", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(FormatError, match="words"):
            WordVectors.load(path)
    np.savez(path, table=np.zeros((3, 2), dtype=np.float32), scales=np.zeros(3))
    with pytest.raises(FormatError, match="shapes"):
        WordVectors.load(path)


rows = st.lists(st.floats(-20, 0, width=32), min_size=3, max_size=3)


@given(rows, rows, st.floats(0, 1))
def test_a_blend_is_a_distribution_between_the_two(
    one: list[float], other: list[float], share: float
) -> None:
    a, b = (np.array([row], dtype=np.float32) for row in (one, other))
    a, b = (x - np.logaddexp.reduce(x, axis=1, keepdims=True) for x in (a, b))
    both = blended(a, b, share)
    assert np.exp(both).sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(blended(a, b, 0.0), a, atol=1e-4)
    np.testing.assert_allclose(blended(a, b, 1.0), b, atol=1e-4)
    if a.argmax() == b.argmax():
        assert both.argmax() == a.argmax()


def test_the_shipped_network_reads_a_sentence_of_any_length(tmp_path: Path) -> None:
    reader = WordReader(SHIPPED, share=0.5)
    for n_words in (1, 7, 700):
        words = ["warfarin", "caused", "bleeding", "."] * 200
        hints = np.zeros((n_words, len(HINTS)), dtype=np.float32)
        answer = reader.log_probabilities(words[:n_words], hints)
        assert len(answer) == n_words
        np.testing.assert_allclose(np.exp(answer).sum(axis=1), 1, atol=1e-4)
    shutil.copy(SHIPPED / VECTORS_FILE, tmp_path / VECTORS_FILE)
    with pytest.raises(InputError, match="no model file"):
        WordReader(tmp_path, share=0.5)
    (tmp_path / WORDS_FILE).write_bytes(b"")
    with pytest.raises(InputError, match="not a model that can be run"):
        WordReader(tmp_path, share=0.5).load()


@pytest.mark.extra
def test_what_is_exported_answers_as_what_was_trained(tmp_path: Path) -> None:
    import torch

    from kgbuilder.nn.export_words import export_word_tagger
    from kgbuilder.nn.tagger import TaggedExample
    from kgbuilder.nn.training import Plan
    from kgbuilder.nn.word_tagger import WordTagger, fit_word_tagger, word_log_probabilities

    torch.manual_seed(3)
    table = np.random.default_rng(3).normal(size=(97, 4)).astype(np.float32)
    texts = ["aspirin was given", "the patient was given warfarin", "bleeding"] * 8
    drugs, examples = {"aspirin", "warfarin"}, []
    for text in texts:
        words = tuple(text.split())
        hints = np.zeros((len(words) + 2, len(HINTS)), dtype=np.float32)
        first = tuple(range(1, len(words) + 1))
        allowed = tuple(int(word in drugs) for word in words)
        examples.append(TaggedExample((), first, allowed, hints, words))
    sets = np.array([[True, False, False], [False, True, False]])
    model = WordTagger(table, 3, size=8, dropout=0.1)
    plan = Plan(30, 32, 1e-2, 1e-2, seed=5, checkpoint_steps=1000, bfloat16=False)
    fit_word_tagger(
        model,
        examples,
        sets,
        plan=plan,
        folder=tmp_path / "run",
        hidden_share=0.2,
        on_epoch=lambda epoch: None,
    )
    said = word_log_probabilities(model, examples)
    for example, logs in zip(examples, said, strict=True):
        assert tuple(logs.argmax(axis=1)) == example.allowed
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    WordVectors.of(state["encoder.weight"]).save(tmp_path / VECTORS_FILE)
    export_word_tagger(state, tmp_path / WORDS_FILE)
    reader = WordReader(tmp_path, share=1.0)
    for example, logs in zip(examples, said, strict=True):
        again = reader.log_probabilities(example.words, example.hints[1:-1])
        np.testing.assert_allclose(np.exp(again), np.exp(logs), atol=0.03)
