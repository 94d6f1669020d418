"""Recipes: what they may say, and how an error names the near word."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.config import Recipe, parse_recipe, read_recipe
from kgbuilder.errors import ConfigError
from kgbuilder.wire import pipeline_of


def test_an_empty_recipe_is_the_default() -> None:
    assert parse_recipe("") == Recipe()


def test_a_recipe_says_what_it_changes() -> None:
    recipe = parse_recipe('[recognize]\nmethod = "dictionary"\n[relate]\nthreshold = 1\n')
    assert recipe.recognize.method == "dictionary"
    assert recipe.relate.threshold == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[recognise]\n", "recognize"),
        ("[relate]\ntreshold = 0.5\n", "threshold"),
        ("[relate]\nthreshold = 'high'\n", "expected float"),
        ("[recognize]\ndictionary = 1\n", "expected bool"),
        ("relate = 3\n", "expected a table"),
        ("[relate\n", "not TOML"),
    ],
)
def test_an_error_says_what_and_names_the_near_word(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_recipe(text, where="r.toml")
    assert said in str(caught.value)
    assert "r.toml" in str(caught.value)


def test_a_recipe_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes("[recognize]\n# é".encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot read"):
        read_recipe(tmp_path / "latin.toml")


@pytest.mark.parametrize("stage", ["recognize", "relate"])
def test_an_unknown_method_is_an_error_that_lists_the_known(stage: str) -> None:
    with pytest.raises(ConfigError, match="transformer"):
        pipeline_of(parse_recipe(f'[{stage}]\nmethod = "magic"\n'))
