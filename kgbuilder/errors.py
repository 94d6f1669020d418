"""The error tree. Every error says what went wrong, where, and how to mend it.

KgError (ValueError)
├── UsageError          the call itself is wrong: unknown name, missing argument        exit code 2
├── InputError          a source cannot be read at all: missing, empty, not what it claims
│   └── FormatError     the source was recognised, then broke: malformed XML, bad row
├── ConfigError         a recipe or map file is wrong
├── GraphError          a graph cannot be opened, written or converted
├── UnknownName         a name or id that no loaded vocabulary holds (and look-alikes to pick from)
└── MissingExtra        an optional dependency is needed and not installed
"""

from __future__ import annotations

from functools import partial

from kgbuilder.printable import printable

__all__ = [
    "ConfigError",
    "FormatError",
    "GraphError",
    "InputError",
    "KgError",
    "MissingExtra",
    "UnknownName",
    "UsageError",
]


class KgError(ValueError):
    """Root of the tree.

    :param what: what went wrong, one sentence without a final stop.
    :param where: file, record, offset or argument; empty when there is no place to name.
    :param hint: how to mend it.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what, where, hint)

    def __reduce__(self) -> tuple[partial[KgError], tuple[()]]:
        # An error of a worker process comes to the first process whole.
        return partial(type(self), self.what, where=self.where, hint=self.hint), ()

    def __str__(self) -> str:
        place = f" ({printable(self.where)})" if self.where else ""
        hint = f"\nHint: {self.hint}" if self.hint else ""
        what = "\n".join(map(printable, self.what.split("\n")))
        return f"{what}{place}{hint}"


class UsageError(KgError):
    """The call itself is wrong."""


class InputError(KgError):
    """A source cannot be read at all."""


class FormatError(InputError):
    """A source was recognised and then broke."""


class ConfigError(KgError):
    """A recipe or map file is wrong."""


class GraphError(KgError):
    """A graph cannot be opened, written or converted."""


class UnknownName(KgError):
    """A name that no loaded vocabulary holds."""


class MissingExtra(KgError):
    """An optional dependency is needed and not installed."""

    @classmethod
    def of(cls, package: str, *, extra: str, needed_for: str) -> MissingExtra:
        """The error for ``package``, which ``pip install 'kgbuilder[extra]'`` brings."""
        return cls(
            f"{needed_for} needs the package {package!r}, which is not installed",
            hint=f"pip install 'kgbuilder[{extra}]'",
        )
