"""What was wrong with the data: gathered while the rest goes on, for the caller to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from kgbuilder.printable import printable

__all__ = ["Issue", "Issues", "Level"]


class Level(StrEnum):
    """``REFUSED``: something was left out. ``WARNING``: it was taken, with a doubt."""

    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that was wrong: a stable ``kind`` to count by, where, what, and how to mend it."""

    level: Level
    kind: str
    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"  Hint: {self.hint}" if self.hint else ""
        return printable(f"{self.level}: {self.where}: {self.what}{hint}")


@dataclass(slots=True)
class Issues:
    """A notepad. Counts everything, keeps the first ``keep`` of each kind whole (a dump may hold
    a million of one kind).

    >>> notepad = Issues()
    >>> notepad.refuse("empty-text", where="a.txt", what="the file holds no text")
    >>> notepad.n_refused, [issue.kind for issue in notepad]
    (1, ['empty-text'])
    """

    keep: int = 100
    _kept: list[Issue] = field(default_factory=list)
    _counts: Counter[tuple[Level, str]] = field(default_factory=Counter)

    def add(self, issue: Issue) -> None:
        """Note an issue."""
        key = (issue.level, issue.kind)
        self._counts[key] += 1
        if self._counts[key] <= self.keep:
            self._kept.append(issue)

    def refuse(self, kind: str, *, where: str, what: str, hint: str = "") -> None:
        """Note that something was left out."""
        self.add(Issue(Level.REFUSED, kind, where, what, hint))

    def warn(self, kind: str, *, where: str, what: str, hint: str = "") -> None:
        """Note that something was taken with a doubt."""
        self.add(Issue(Level.WARNING, kind, where, what, hint))

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._kept)

    @property
    def n_refused(self) -> int:
        """How many things were left out."""
        return sum(n for (level, _), n in self._counts.items() if level is Level.REFUSED)

    def counts(self) -> dict[str, int]:
        """Kind -> how often, most frequent first; ties by name."""
        total: Counter[str] = Counter()
        for (_, kind), n in self._counts.items():
            total[kind] += n
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
