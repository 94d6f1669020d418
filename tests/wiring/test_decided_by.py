"""The ledger's word for what decides how a text is read: another wherever it could be read otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kgbuilder.api import pipeline
from kgbuilder.config import QualifyRecipe, Recipe, RecognizeRecipe, RelateRecipe
from kgbuilder.decided_by import ROOMS, decided_by, files_digest

USUAL = Recipe()


@pytest.mark.parametrize(
    "other",
    [
        replace(USUAL, relate=RelateRecipe(threshold=0.8)),
        replace(USUAL, qualify=QualifyRecipe(least=0.5)),
        replace(USUAL, recognize=RecognizeRecipe(min_score=0.9)),
        replace(USUAL, recognize=RecognizeRecipe(consistent=False)),
    ],
)
def test_every_word_of_a_recipe_counts(other: Recipe) -> None:
    assert decided_by(other) != decided_by(USUAL) == decided_by(Recipe())
    assert pipeline(other).reader != pipeline(USUAL).reader


def test_a_model_that_is_trained_again_in_its_folder_is_another(tmp_path: Path) -> None:
    (tmp_path / "model.int8.onnx").write_bytes(b"1")
    recipe = replace(USUAL, relate=RelateRecipe(model=str(tmp_path)))
    before = decided_by(recipe)
    (tmp_path / "model.int8.onnx").write_bytes(b"2")
    assert decided_by(recipe) != before


def test_tables_count_and_code_does_not(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    table, code = tmp_path / "tables" / "a.tsv", tmp_path / "a.py"
    table.write_text("x")
    before = files_digest(tmp_path)
    code.write_text("y")
    assert files_digest(tmp_path) == before
    assert files_digest(tmp_path, skip=(".tsv",)) != before
    table.write_text("z")
    changed = files_digest(tmp_path)
    assert changed != before
    table.rename(tmp_path / "tables" / "b.tsv")
    assert files_digest(tmp_path) not in (before, changed)


def test_the_rooms_that_have_tables_are_named() -> None:
    """Those that read no text are told apart here, so that a new one is thought of."""
    package = Path(__file__).parents[2] / "kgbuilder"
    other = {"curate", "evaluate", "reason", "serve", "store", "read", "model", "train"}
    found = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert found - set(ROOMS) - other <= {"py.typed"}
