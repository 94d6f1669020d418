"""What a file of a run was made from: a note beside it, ``tags.npz.made.json`` beside ``tags.npz``.

Each step hands on the notes of what it read, so that exported weights know every text that they, their
teacher and their encoder saw. ``train.run_card`` writes the card from it.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["MINILM", "Made", "Source", "made_by_this_command"]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is learned from. :param size: in words. :param commercial: whether its terms allow
    commercial use.
    """

    name: str
    size: str
    terms: str
    commercial: bool = True

    def __str__(self) -> str:
        return f"{self.name}: {self.size}"


MINILM = Source("all-MiniLM-L6-v2", "encoder, 22 million parameters", "Apache-2.0")


@dataclass(frozen=True, slots=True)
class Made:
    """Of one file.

    :param sources: all that it was made from, over all steps. :param commands: these steps, in order.
    :param seed: of the last one. :param scores: what it logged last: (on which documents, what).
    """

    sources: tuple[Source, ...] = ()
    commands: tuple[str, ...] = ()
    seed: int | None = None
    scores: tuple[tuple[str, str], ...] = ()

    def save(self, path: Path) -> None:
        """Beside ``path``, which it is about."""
        _beside(path).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Made:
        """Of a file or folder. Where none is noted that is said, as a source whose terms nobody knows;
        of exported weights their ``labels.json`` tells the licence.
        """
        if not _beside(path).exists():
            labels = path.parent / "labels.json"
            if path.suffix == ".onnx" and labels.exists():
                told = json.loads(labels.read_text("utf-8"))
                name, terms = f"weights {told['name']} {told.get('version', '')}", told["licence"]
                return cls((Source(name.strip(), "see their card", terms, False),))
            return cls((Source(path.name, "not noted", "not noted", False),))
        told = json.loads(_beside(path).read_text("utf-8"))
        return cls(
            tuple(Source(**row) for row in told["sources"]),
            tuple(told["commands"]),
            told["seed"],
            tuple((on, what) for on, what in told["scores"]),
        )


def made_by_this_command(
    inputs: Iterable[Path],
    *,
    sources: Iterable[Source] = (),
    seed: int | None = None,
    scores: Iterable[tuple[str, str]] = (),
) -> Made:
    """What this process makes of ``inputs`` and of what it read besides."""
    known = [Made.load(path) for path in inputs]
    command = shlex.join(["python", *sys.argv])
    return Made(
        tuple(dict.fromkeys([*(s for made in known for s in made.sources), *sources])),
        tuple(dict.fromkeys([*(c for made in known for c in made.commands), command])),
        seed,
        tuple(scores),
    )


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.made.json")
