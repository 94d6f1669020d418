"""What is learned of a corpus' labels is what is scored: the recipes agree with ``evaluate``'s table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from kgbuilder.evaluate.labels import labels_of

RECIPES = Path(__file__).parents[2] / "pipelines" / "recipes"

NOT_EVERYWHERE = {("phee-train", "Effect"), ("phee-train", "Disorder")}
"""Scored, and passed over by the recipe, for which PHEE's labels of conditions are not complete."""


def corpora(recipe: str) -> dict[str, Any]:
    table = tomllib.loads((RECIPES / f"{recipe}.toml").read_text("utf-8"))
    scored = {name: row for name, row in table["corpora"].items() if labels_of(name).mentions}
    assert scored
    return scored


@pytest.mark.parametrize("recipe", ["tagger", "teacher_bc5cdr"])
def test_a_tagger_learns_labels_as_they_are_scored(recipe: str) -> None:
    """It may be told one of two types of which either is right, and of a label that nothing is known."""
    for name, row in corpora(recipe).items():
        scored = labels_of(name).mentions
        for label, types in row["labels"].items():
            if types != [""]:
                assert set(types) <= set(scored.get(label, ())), f"{name} {label}"
        passed_over = {label for label in scored if row["labels"].get(label, [""]) == [""]}
        assert {(name, label) for label in passed_over} <= NOT_EVERYWHERE
        known = {type for meant in scored.values() for type in meant}
        assert set(row["annotates"]) <= known, name


def test_a_relaters_classes_are_of_the_types_that_are_scored() -> None:
    class_of = tomllib.loads((RECIPES / "relater.toml").read_text("utf-8"))["classes"]
    for name, row in corpora("relater").items():
        scored = labels_of(name).mentions
        for label, kind in row["types"].items():
            assert {class_of[type] for type in scored[label]} == {kind}, f"{name} {label}"
