"""The one table from command words to what they run; a command's room is imported when it is run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from importlib import import_module

__all__ = ["COMMANDS", "run"]

COMMANDS: dict[str, tuple[str, str]] = {
    "build": ("reading", "run_build"),
    "extract": ("reading", "run_extract"),
    "import": ("importing", "run_import"),
    "interactions": ("asking", "run_interactions"),
    "knowledge": ("knowledge", "run_knowledge"),
    "diagnose": ("asking", "run_diagnose"),
    "query": ("graphs", "run_query"),
    "search": ("graphs", "run_search"),
    "explain": ("graphs", "run_explain"),
    "export": ("graphs", "run_export"),
    "stats": ("graphs", "run_stats"),
    "serve": ("serving", "run_serve"),
    "merge": ("merging", "run_merge"),
    "unmerge": ("merging", "run_unmerge"),
    "evaluate": ("reading", "run_evaluate"),
    "train": ("training", "run_train"),
    "doctor": ("examining", "run_doctor"),
}
"""Word -> the file of this room, and the function in it."""


def run(arguments: Namespace) -> int:
    """Run the command that ``arguments`` name. :returns: the exit code."""
    file, name = COMMANDS[arguments.command]
    function: Callable[[Namespace], int] = getattr(
        import_module(f"kgbuilder.commands.{file}"), name
    )
    return function(arguments)
