"""The one table from command words to what they run."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict

from kgbuilder.commands.asking import run_diagnose, run_interactions
from kgbuilder.commands.graphs import run_explain, run_export, run_query, run_search, run_stats
from kgbuilder.commands.importing import run_import
from kgbuilder.commands.knowledge import run_knowledge
from kgbuilder.commands.merging import run_merge, run_unmerge
from kgbuilder.commands.output import print_json, print_line
from kgbuilder.commands.reading import run_build, run_evaluate, run_extract
from kgbuilder.commands.serving import run_serve
from kgbuilder.commands.training import run_train

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Run the command that ``arguments`` name. :returns: the exit code."""
    return COMMANDS[arguments.command](arguments)


def run_doctor(arguments: Namespace) -> int:
    from kgbuilder import doctor

    checks = doctor.examine()
    for check in checks:
        print_json(asdict(check)) if arguments.json else print_line(check)
    return 0


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "build": run_build,
    "extract": run_extract,
    "import": run_import,
    "interactions": run_interactions,
    "knowledge": run_knowledge,
    "diagnose": run_diagnose,
    "query": run_query,
    "search": run_search,
    "explain": run_explain,
    "export": run_export,
    "stats": run_stats,
    "serve": run_serve,
    "merge": run_merge,
    "unmerge": run_unmerge,
    "evaluate": run_evaluate,
    "train": run_train,
    "doctor": run_doctor,
}
