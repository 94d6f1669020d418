"""What the letters of a text's words say of its label: a linear model beside the encoder, numpy alone.

An encoder knows what words mean; with two dozen texts a label, how they are spelt tells as much. Each
run of two to five letters within a word votes, so that a word's part is the sum of its runs'.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError

__all__ = ["LETTERS_FILE", "Letters", "features_of", "runs_of"]

Floats = NDArray[np.float32]

LETTERS_FILE = "letters.npz"
_LENGTHS = (2, 3, 4, 5)
_LONGEST_WORD = 30


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """R runs of letters and L labels.

    :param rows: run -> its row.
    :param rarity: (R,) ln of one over the share of texts that hold it, and 1 more.
    :param weights: (R, L). :param share: how much the letters count beside the encoder.
    """

    rows: Mapping[str, int]
    rarity: Floats
    weights: Floats
    share: float

    def votes(self, words: Sequence[str]) -> Floats:
        """What each word adds to the scores of the labels, (n_words, L)."""
        votes = np.zeros((len(words), self.weights.shape[1]), dtype=np.float32)
        values = features_of(words, self.rows, self.rarity)
        for place, word in enumerate(words):
            for run in runs_of(word):
                row = self.rows.get(run)
                if row is not None:
                    value, count = values[row]
                    votes[place] += self.weights[row] * (self.share * value / count)
        return votes

    def save(self, folder: Path) -> None:
        """Write :data:`LETTERS_FILE`."""
        np.savez_compressed(
            folder / LETTERS_FILE,
            runs=np.frombuffer("\n".join(self.rows).encode("utf-8"), dtype=np.uint8),
            rarity=self.rarity.astype(np.float32),
            weights=self.weights.astype(np.float16),
            share=np.float32(self.share),
        )

    @classmethod
    def load(cls, folder: Path) -> Letters | None:
        """None where a model has none. :raises FormatError: for a file that is damaged."""
        path = folder / LETTERS_FILE
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                runs = arrays["runs"].tobytes().decode("utf-8").split("\n")
                return cls(
                    {run: row for row, run in enumerate(runs)},
                    arrays["rarity"],
                    arrays["weights"].astype(np.float32),
                    float(arrays["share"]),
                )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise FormatError(
                f"not the letters of a classifier: {error}", where=str(path)
            ) from None


def runs_of(word: str) -> list[str]:
    """The runs of letters of a word with its edges.

    >>> runs_of("Ab")
    [' a', 'ab', 'b ', ' ab', 'ab ', ' ab ']
    """
    edged = f" {word.casefold()[:_LONGEST_WORD]} "
    return [edged[at : at + n] for n in _LENGTHS for at in range(len(edged) - n + 1)]


def features_of(
    words: Sequence[str], rows: Mapping[str, int], rarity: Floats
) -> dict[int, tuple[float, int]]:
    """Row of each run of a text -> its value, of a vector of length 1, and how often it is there."""
    counts = Counter(
        row for word in words for run in runs_of(word) if (row := rows.get(run)) is not None
    )
    raw = {row: (1 + np.log(n)) * float(rarity[row]) for row, n in counts.items()}
    length = float(np.sqrt(sum(value * value for value in raw.values()))) or 1.0
    return {row: (value / length, counts[row]) for row, value in raw.items()}
