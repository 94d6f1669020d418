"""The model card: what a model was made from, under which terms, how good it is, how to remake it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Card"]

NO_LICENCE = "not stated: say under which terms the data may be used with --licence"


@dataclass(frozen=True, slots=True)
class Card:
    """The parts of a card; texts are Markdown.

    :param data: (what, how much of it, its terms). :param scores: rows of a table, the head first.
    """

    name: str
    what: str
    base: str
    data: Sequence[tuple[str, str, str]]
    data_notes: Sequence[str]
    licence: str
    scores: Sequence[Sequence[str]]
    score_notes: Sequence[str]
    seed: int | str
    command: str
    limits: Sequence[str] = ()

    def to_markdown(self) -> str:
        """The whole card."""
        rows = [("data", "size", "terms"), *self.data]
        parts = [
            f"# {self.name}",
            self.what,
            f"Starts from: {self.base}.",
            "## Data and licence",
            _table(rows),
            *self.data_notes,
            f"Licence of the weights: {self.licence or NO_LICENCE}. The terms of the base hold, too.",
            "## Scores",
            _table(self.scores),
            *self.score_notes,
            *(["## Known limits", *self.limits] if self.limits else []),
            "## Seed and command",
            f"Seed {self.seed}: the order of the data and the dropout of every step follow from it.",
            f"```\n{self.command}\n```",
        ]
        return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
