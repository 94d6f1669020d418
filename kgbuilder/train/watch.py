"""What a training run calls back: it is followed on the terminal, and its best epoch is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.progress_line import ProgressLine

if TYPE_CHECKING:
    from kgbuilder.nn.training import Progress

__all__ = ["Watch"]


@dataclass(slots=True)
class Watch:
    """``on_log`` and ``on_epoch`` for the ``fit_...`` functions of ``nn``.

    :param score: of the model as it is, on the documents to choose by; more is better.
    :param save: keeps the model as the best so far. :param tell: a score in words.
    :param unit: of what an example is, for the rate.
    """

    choice: EpochChoice
    line: ProgressLine
    score: Callable[[], float]
    save: Callable[[], None]
    tell: Callable[[float], str]
    unit: str = "sentences"
    _told: str = ""

    def on_log(self, progress: Progress) -> None:
        """Show a row of the log, and the last epoch's score beside it."""
        self.line.step(progress, unit=self.unit, aside=self._told)

    def on_epoch(self, epoch: int) -> bool:
        """Score an epoch that was not scored before a kill. :returns: whether the run is over."""
        if not self.choice.knows(epoch):
            score = self.score()
            if self.choice.is_best(score):
                self.save()
            self.choice.note(epoch, score)
        self._told = f"epoch {epoch + 1}: {self.tell(self.choice.score_of(epoch))}"
        self.line.show(self._told)
        return self.choice.is_over()
