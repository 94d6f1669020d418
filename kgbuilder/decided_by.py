"""What decides how a text is read, beside kgbuilder's version: the recipe, the tables, the models.

The ledger compares it, so that a text is read again when any of them is another.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from kgbuilder.config import Recipe
from kgbuilder.model import content_hash

__all__ = ["decided_by", "files_digest"]

ROOMS = ("segment", "recognize", "qualify", "link", "relate", "ontology", "assemble", "nn")
"""Whose files that are no code are tables, lexicons and weights."""

ASIDE = ("__pycache__", "run")

WEIGHTS = (".onnx",)
"""Of the weights that ship the version is in ``labels.json``, which is quicker to read."""


def decided_by(recipe: Recipe) -> str:
    """A digest of the recipe, of the tables that ship, and of the models in folders that it names."""
    folders = (recipe.recognize.model, recipe.qualify.model, recipe.relate.model)
    models = [files_digest(Path(name)) if name and Path(name).is_dir() else "" for name in folders]
    return content_hash(repr(recipe), _shipped(), *models)[:16]


@cache
def _shipped() -> str:
    package = resources.files("kgbuilder")
    return content_hash(*(files_digest(package / room, skip=WEIGHTS) for room in ROOMS))


def files_digest(folder: Traversable, *, skip: tuple[str, ...] = ()) -> str:
    """Of the names and contents of all files within that a model or a table is made of; of a model that
    ``kgbuilder train`` wrote not its checkpoints. :param skip: endings left out.
    """
    parts: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_dir():
            inner = "" if file.name in ASIDE else files_digest(file, skip=skip)
            parts += [file.name, inner] if inner else []
        elif not file.name.endswith((".py", ".md", ".png", *skip)):
            parts += [file.name, hashlib.sha256(file.read_bytes()).hexdigest()]
    return content_hash(*parts)
