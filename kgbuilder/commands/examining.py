"""The command that looks at the installation."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from kgbuilder import doctor
from kgbuilder.commands.output import print_json, print_line

__all__ = ["run_doctor"]


def run_doctor(arguments: Namespace) -> int:
    """What is installed, with its versions and licences, and what is missing."""
    for check in doctor.examine():
        print_json(asdict(check)) if arguments.json else print_line(check)
    return 0
