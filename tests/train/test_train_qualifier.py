"""``kgbuilder train qualifier``: lines with marks in them become weights that ``extract`` then uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgbuilder.cli import main
from kgbuilder.errors import ConfigError
from kgbuilder.train.labelled_recipe import parse_qualifier_recipe
from kgbuilder.train.recipes import read_recipe
from tests.train.tiny_sets import write_encoder

SAID = (
    "the patient {n} was given [[warfarin|Drug|now]].",
    "of {n} [[aspirin|Drug|stopped]] was bleeding.",
    "{n} did not cause [[fever|SYMPTOM|no]] of the [[bleeding|SYMPTOM|now]].",
)
OPTIONS = ("--label", "SYMPTOM=Phenotype", "--licence", "invented", "--epochs", "3")


def write_lines(folder: Path) -> Path:
    folder.mkdir(parents=True)
    lines = [SAID[n % 3].format(n=100 * n + 7) for n in range(60)]
    (folder / "lines.txt").write_text("\n".join(lines) + "\n[[half|a mark]]\n")
    return folder


@pytest.mark.extra
def test_lines_become_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, tiny = write_lines(tmp_path / "data"), write_encoder(tmp_path / "tiny")
    command = ["train", "qualifier", str(data), "--base", str(tiny), *OPTIONS]
    into = tmp_path / "model"
    assert main([*command, "--into", str(into), "--json"]) == 1, "half a mark was refused"
    report = json.loads(capsys.readouterr().out)
    assert (report["n_train"], report["n_dev"], report["n_mentions"]) == (54, 6, 73)
    assert report["n_not_plain"] > 0
    card = (into / "CARD.md").read_text()
    assert "invented" in card
    assert (into / "curves.png").stat().st_size > 0

    assert main([*command, "--into", str(into), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {**report, "resumed": True}

    recipe = str(into / "recipe.toml")
    assert main(["evaluate", "assertion", "--corpus", str(data / "lines.txt"), *OPTIONS[:2],
                 "--recipe", recipe, "--json"]) == 1  # fmt: skip
    assert json.loads(capsys.readouterr().out)["n_mentions"] == 80

    # A qualifier that this wrote is gone on from with all its weights, types and statuses.
    further = [
        "train",
        "qualifier",
        str(data),
        "--base",
        str(into),
        *OPTIONS,
        "--learning-rate",
        "0",
    ]
    assert main([*further, "--into", str(tmp_path / "again"), "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert (again["right"], again["taken_for_plain"]) == (
        report["right"],
        report["taken_for_plain"],
    )


@pytest.mark.extra
@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("[[gout|WIBBLE|now]]\n[[rash|WIBBLE|no]]\n", (), "WIBBLE"),
        ("no mark here\n[[gout|Dose|now]]\n", (), "labelled with how it is meant"),
        ("[[gout|Disease|now]]\n", (), "no document is left to choose by"),
        ("[[gout|Disease|now]]\n", ("--relation", "R=CAUSES"), "--relation is for the relater"),
    ],
)
def test_what_cannot_be_learned_from_is_told(
    text: str,
    options: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "lines.txt").write_text(text)
    words = ["train", "qualifier", str(tmp_path / "lines.txt"), *options]
    assert main([*words, "--into", str(tmp_path / "model")]) != 0
    assert said in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_the_recipe_that_ships_is_read() -> None:
    path = Path(__file__).parents[2] / "pipelines" / "recipes" / "qualifier.toml"
    recipe = parse_qualifier_recipe(read_recipe(path))
    assert recipe.notes.n_texts > 0
    assert all(
        (Path(__file__).parents[2] / held).exists() for held in (*recipe.data, *recipe.held_out)
    )
    with pytest.raises(ConfigError, match="corpus"):
        parse_qualifier_recipe({"data": "x", "notes": {"corpus": "y"}})
