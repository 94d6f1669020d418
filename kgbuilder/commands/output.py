"""What commands share: printing, telling what was refused, opening a graph."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder.config import Recipe, read_recipe
from kgbuilder.issues import Issues

if TYPE_CHECKING:
    from kgbuilder.api import Graph

__all__ = ["opened", "print_json", "print_line", "recipe_of", "report_issues"]


def print_line(value: object) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{value}\n")


def print_json(value: object) -> None:
    """One object on one line."""
    print_line(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def report_issues(issues: Issues, *, limit: int = 20) -> int:
    """Tell what was wrong, on standard error. :returns: 1 when something was refused, else 0."""
    for n, issue in enumerate(issues):
        if n == limit:
            counts = ", ".join(f"{n} {kind}" for kind, n in issues.counts().items())
            print(f"kgbuilder: in all: {counts}", file=sys.stderr)
            break
        print(f"kgbuilder: {issue}", file=sys.stderr)
    return 1 if issues.n_refused else 0


@contextmanager
def opened(path: str, *, create: bool = False) -> Iterator[Graph]:
    """The graph at a path, closed afterwards."""
    from kgbuilder.store.open import open_store

    store = open_store(path, create=create)
    try:
        yield store
    finally:
        store.close()


def recipe_of(arguments: Namespace) -> Recipe | None:
    """The recipe that the arguments name, None for the default."""
    return read_recipe(Path(arguments.recipe)) if arguments.recipe else None
