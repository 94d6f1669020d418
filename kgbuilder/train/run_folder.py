"""The folder that a run grows in: resumed by the same command, refused to another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgbuilder.errors import InputError, UsageError

__all__ = ["LogRow", "RunFolder"]


@dataclass(frozen=True, slots=True)
class LogRow:
    """Training loss at a step, the mean since the row before."""

    step: int
    loss: float


@dataclass(frozen=True, slots=True)
class RunFolder:
    """``MODEL`` and, in its folder ``run/``, what a killed run goes on from. The model is complete
    when its card is there, which is written last.
    """

    into: Path

    @property
    def run(self) -> Path:
        """Checkpoint, log and what was measured on the way."""
        return self.into / "run"

    @property
    def card(self) -> Path:
        """The last file that is written."""
        return self.into / "CARD.md"

    @property
    def is_complete(self) -> bool:
        """Whether the run is over."""
        return self.card.exists()

    def begin(self, about: Mapping[str, Any]) -> bool:
        """Make the folder, or check that it is this run's: ``about`` is what decides its result.

        :returns: whether an earlier part of the run is there.
        :raises UsageError: when the folder holds another run or other files.
        :raises InputError: when it cannot be written.
        """
        told = json.loads(json.dumps(about, sort_keys=True, default=str))
        path = self.run / "run.json"
        if path.exists():
            known = json.loads(path.read_text("utf-8"))
            differing = sorted(k for k in known.keys() | told.keys() if known.get(k) != told.get(k))
            if differing:
                raise UsageError(
                    f"the folder holds another run, which differs in: {', '.join(differing)}",
                    where=str(self.into),
                    hint="give another --into, or remove the folder to start anew",
                )
            return True
        if self.into.exists() and (not self.into.is_dir() or any(self.into.iterdir())):
            raise UsageError(
                "--into is there already and is no run of kgbuilder",
                where=str(self.into),
                hint="give a new folder",
            )
        try:
            self.run.mkdir(parents=True)
            self.write(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InputError(f"cannot write: {error}", where=str(self.into)) from None
        return False

    def write(self, path: Path, text: str) -> None:
        """Write a file whole or not at all."""
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)

    def losses(self) -> list[LogRow]:
        """The log, by step; where a resumed run went over a step again, its last row."""
        rows: dict[int, LogRow] = {}
        log = self.run / "log.jsonl"
        for line in log.read_text("utf-8").splitlines() if log.exists() else []:
            try:
                record = json.loads(line)
                rows[record["step"]] = LogRow(int(record["step"]), float(record["loss"]))
            except (ValueError, KeyError, TypeError):
                continue  # a line that a kill cut off
        return [rows[step] for step in sorted(rows)]

    def discard(self) -> None:
        """Remove the folder of a run that could not begin: it holds nothing but its own notes."""
        for path in self.run.glob("*"):
            path.unlink()
        self.run.rmdir()
        if not any(self.into.iterdir()):
            self.into.rmdir()

    def tidy(self) -> None:
        """Remove what only a resumption needs."""
        for name in ("checkpoint.pt", "checkpoint.tmp", "rows.npy", "held_out_rows.npy"):
            (self.run / name).unlink(missing_ok=True)
        for state in self.run.glob("epoch*.pt"):
            state.unlink()
