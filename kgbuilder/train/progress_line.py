"""One line that moves on a terminal, and nothing on a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from kgbuilder.nn.training import Progress

__all__ = ["ProgressLine"]


@dataclass(slots=True)
class ProgressLine:
    """Writes over itself. :param stream: standard error when left out."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _width: int = 0

    def show(self, text: str) -> None:
        """Replace what the line says."""
        if self.stream.isatty():
            self.stream.write(f"\r{text.ljust(self._width)}")
            self.stream.flush()
            self._width = len(text)

    def step(self, progress: Progress, *, unit: str, aside: str, per_example: int = 1) -> None:
        """A row of a training's log. :param per_example: how many of ``unit`` an example is."""
        rate = progress.examples_per_s * per_example
        told = f"step {progress.step}/{progress.of}  loss {progress.loss:.4f}  {rate:,.0f} {unit}/s"
        self.show(f"{told}  {aside}".rstrip())

    def end(self) -> None:
        """Leave the line as it is and begin the next."""
        if self.stream.isatty() and self._width:
            self.stream.write("\n")
            self._width = 0
