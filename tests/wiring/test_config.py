"""Recipes: what they may say, and how an error names the near word."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from kgbuilder.config import Recipe, parse_recipe, read_recipe
from kgbuilder.errors import ConfigError
from kgbuilder.model import Document, EntityType
from kgbuilder.wire import pipeline_of


def test_an_empty_recipe_is_the_default() -> None:
    assert parse_recipe("") == Recipe()


def test_a_recipe_says_what_it_changes() -> None:
    recipe = parse_recipe('[recognize]\nmethod = "dictionary"\n[relate]\nthreshold = 1\n')
    assert recipe.recognize.method == "dictionary"
    assert recipe.relate.threshold == 1


def test_a_recipe_says_what_a_foreign_models_labels_mean(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "GADGET", "pattern": "stent"}])
    nlp.to_disk(tmp_path / "own")
    recipe = parse_recipe(
        f'[recognize]\nmethod = "spacy"\nmodel = "{tmp_path}/own"\ndictionary = false\n'
        '[recognize.labels]\nGADGET = "Procedure"\n[relate]\nmethod = "none"\n'
    )
    reading = pipeline_of(recipe).read(Document("d", "A stent was placed.", "s"))
    assert [f.mention.type for f in reading.findings] == [EntityType.PROCEDURE]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[recognise]\n", "recognize"),
        ("[relate]\ntreshold = 0.5\n", "threshold"),
        ("[relate]\nthreshold = 'high'\n", "expected float"),
        ("[recognize]\ndictionary = 1\n", "expected bool"),
        ("relate = 3\n", "expected a table"),
        ("[recognize]\nlabels = 3\n", "table of texts"),
        ("[recognize.labels]\nX = 'Gadget'\n", "unknown entity type"),
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
