"""The README runs: its Python, its commands, its tables."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kgbuilder.cli import parser
from kgbuilder.config import Recipe, parse_recipe

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.M | re.S)


def blocks(language: str) -> list[str]:
    return [body for name, body in BLOCKS if name == language]


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    assert {language for language, _ in BLOCKS} <= {"python", "console", "toml", "text"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to run in, with the samples: what a reader of the README has."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "data", place / "data")
    return place


def test_the_blocks_run_in_the_order_they_stand(folder: Path) -> None:
    """Commands and Python alike: later blocks use the graph that earlier ones made."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for language, body in BLOCKS:
        if language == "python":
            runs = [[sys.executable, "-c", body]]
        elif language == "console":
            lines = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
            runs = [["bash", "-c", line] for line in lines if not line.startswith("make ")]
        else:
            continue
        for run in runs:
            done = subprocess.run(
                run, cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{run[-1]}\n{done.stdout}\n{done.stderr}"


def test_recipes_in_the_readme_are_recipes() -> None:
    assert blocks("toml")
    for recipe in blocks("toml"):
        assert parse_recipe(recipe) != Recipe()


def test_make_targets_named_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))
    named = {
        shlex.split(line[2:])[1]
        for body in blocks("console")
        for line in body.splitlines()
        if line.startswith("$ make ")
    }
    assert named
    assert named <= targets


def test_every_command_is_in_the_table_and_has_help() -> None:
    actions = parser()._subparsers
    assert actions is not None
    choices = next(
        a.choices for a in actions._group_actions if isinstance(a, argparse._SubParsersAction)
    )
    for name, sub in choices.items():
        assert f"`kgbuilder {name}" in README, f"{name} is not in the README's table"
        assert sub.description


def test_every_room_is_on_the_map() -> None:
    for room in sorted((ROOT / "kgbuilder").iterdir()):
        if (room / "__init__.py").exists():
            assert f"`{room.name}/`" in README, f"{room.name} is not on the README's map"
