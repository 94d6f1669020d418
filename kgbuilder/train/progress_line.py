"""One line that moves on a terminal, and nothing on a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TextIO

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

    def step(self, *, step: int, of: int, loss: float, rate: float, unit: str, aside: str) -> None:
        """A step of training, with the time that is left at the present rate of ``step`` a second."""
        told = f"step {step}/{of}  loss {loss:.4f}  {rate:,.0f} {unit}/s"
        self.show(f"{told}  {aside}".rstrip())

    def end(self) -> None:
        """Leave the line as it is and begin the next."""
        if self.stream.isatty() and self._width:
            self.stream.write("\n")
            self._width = 0
