"""``kgbuilder train classifier``: one command makes a model that ``diagnose --model`` then asks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.errors import FormatError, InputError
from kgbuilder.nn.text_model import TextModel
from tests.train.tiny_sets import write_encoder

pytestmark = pytest.mark.extra

RECIPE = """
data = "{data}"
licence = "invented"
patience = 30
[train]
epochs = 30
learning_rate = 3e-3
head_learning_rate = 3e-2
"""
LINES = ["text,label"]
LINES += [f"rash number {i} with rash,Acne" for i in range(12)]
LINES += [f"pain number {i} with pain,Migraine" for i in range(12)]
LINES += ["rash number 3 with rash,Acne", ",Acne"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier")
    write_encoder(folder / "tiny")
    data = folder / "texts.csv"
    data.write_text("\n".join(LINES), encoding="utf-8")
    (folder / "r.toml").write_text(RECIPE.format(data=data), encoding="utf-8")
    words = ["train", "classifier", str(folder / "r.toml"), "--base", str(folder / "tiny")]
    assert main([*words, "--into", str(folder / "model")]) == 0
    return folder / "model"


def test_it_tells_what_it_dropped_and_how_good_it_is(model: Path) -> None:
    report = json.loads((model / "run" / "report.json").read_text("utf-8"))
    assert report["dropped"] == {"no text": 1, "repeats": 1}
    assert (report["n_train"], report["n_validation"]) == (20, 4)
    assert sum(map(sum, report["confusion"])) == 4
    card = (model / "CARD.md").read_text("utf-8")
    for piece in ("invented", "Acne", "repeats", "Who is taken for whom", "Seed 7"):
        assert piece in card
    assert (model / "curves.png").exists()


def test_the_words_add_up_to_the_decision(model: Path) -> None:
    said = TextModel(model).classify("rash with rash")
    assert [word.text for word in said.words] == ["rash", "with", "rash"]
    assert sum(p for _, p in said.labels) == pytest.approx(1)
    (first, p), (_, q) = said.labels
    assert sum(w.log_ratio for w in said.words) == pytest.approx(math.log(p / q) / 2, abs=1e-4)
    assert first in ("Acne", "Migraine")


@pytest.mark.parametrize("text", ["", "rash " * 2000, "x" * 5000, "発疹"])
def test_every_text_has_an_answer(model: Path, text: str) -> None:
    said = TextModel(model).classify(text)
    assert sum(p for _, p in said.labels) == pytest.approx(1)


def test_diagnose_tells_it_beside_the_ranking(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["diagnose", "--text", "A rash with fever.", "--model", str(model), "--json"]
    assert main(words) == 0
    guess = json.loads(capsys.readouterr().out)["guess"]
    assert {label["label"]: label["id"] for label in guess["labels"]} == {
        "Acne": "ICD10CM:L70.0",
        "Migraine": "ICD10CM:G43.909",
    }
    assert main(["diagnose", "--finding", "HP:0001250", "--model", str(model)]) == 2


def test_a_folder_without_a_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no classifier"):
        TextModel(tmp_path)
    (tmp_path / "labels.json").write_text('{"types": ["Drug"]}')
    with pytest.raises(FormatError, match="no classifier"):
        TextModel(tmp_path)


def test_small_tables_get_more_epochs_unless_they_are_given() -> None:
    from kgbuilder.nn.text_classifier import ClassifiedExample
    from kgbuilder.train.classifier import LEAST_STEPS, _plan, parse_classifier_recipe

    few = [ClassifiedExample((1,) * 40, 0)] * 96  # five batches an epoch
    assert _plan(parse_classifier_recipe({"data": "x.csv"}), few).epochs == LEAST_STEPS / 5
    many = few * 100
    assert _plan(parse_classifier_recipe({"data": "x.csv"}), many).epochs == 4
    given = parse_classifier_recipe({"data": "x.csv", "train": {"epochs": 2}})
    assert _plan(given, few).epochs == 2


def test_all_texts_are_learned_from_in_the_end(model: Path) -> None:
    card = (model / "CARD.md").read_text("utf-8")
    assert "trained anew, for as many epochs, on all texts" in card
    assert not (model / "run" / "all").exists()
    assert (model / "letters.npz").exists()
