"""Which epoch is kept, and when a run ends early: by scores on held-out documents, kept on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgbuilder.train.run_folder import LogRow

__all__ = ["EpochChoice"]


@dataclass(slots=True)
class EpochChoice:
    """Scores of epochs (from 0), the first of the best is kept.

    :param path: a line an epoch; read when it is there. :param patience: epochs without a better score
        after which the run is over.
    """

    path: Path
    patience: int
    _scores: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for line in self.path.read_text("utf-8").splitlines() if self.path.exists() else []:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # a line that a kill cut off
            if record["epoch"] == len(self._scores):
                self._scores.append(float(record["score"]))

    def knows(self, epoch: int) -> bool:
        """Whether the epoch was scored already, by a run that was killed later."""
        return epoch < len(self._scores)

    def is_best(self, score: float) -> bool:
        """Whether a new score is better than all before."""
        return not self._scores or score > max(self._scores)

    def note(self, epoch: int, score: float) -> None:
        """Keep the score of the epoch after the last one."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"epoch": epoch, "score": score}) + "\n")
        self._scores.append(score)

    def scores(self) -> list[float]:
        """By epoch."""
        return list(self._scores)

    def score_of(self, epoch: int) -> float:
        """The score of an epoch."""
        return self._scores[epoch]

    def best_epoch(self) -> int:
        """The first epoch with the best score."""
        return self._scores.index(max(self._scores))

    def steps(self, losses: Sequence[LogRow]) -> list[int]:
        """The step at which each epoch ended, from the log's last row: epochs are of one length."""
        total = losses[-1].step if losses else 0
        n = len(self._scores)
        return [round(total * (epoch + 1) / n) for epoch in range(n)]

    def is_over(self) -> bool:
        """Whether there was no better score for ``patience`` epochs."""
        return len(self._scores) - 1 - self.best_epoch() >= self.patience
