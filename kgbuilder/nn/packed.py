"""Examples of taggers and pair classifiers as a few flat arrays in one ``.npz``, so that a machine
with a GPU trains from a file and needs neither corpora nor vocabularies.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import FormatError
from kgbuilder.nn.pairs import PairLayout

__all__ = ["PackedPair", "PackedPairs", "PackedTags", "PackedText"]


@dataclass(frozen=True, slots=True)
class PackedText:
    """As :class:`kgbuilder.nn.tagger.TaggedExample`, in arrays."""

    ids: NDArray[np.uint16]
    first: NDArray[np.uint16]
    allowed: NDArray[np.uint16]
    hints: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PackedTags:
    """Texts of a tagger. :param sets: ``[n_sets, n_labels]``, what their ``allowed`` point into."""

    examples: Sequence[PackedText]
    sets: NDArray[np.bool_]

    def save(self, path: Path) -> None:
        """Write one compressed file."""
        hints = [np.packbits(np.asarray(e.hints) > 0, axis=1) for e in self.examples]
        n_hints = self.examples[0].hints.shape[1] if self.examples else 0
        _save(
            path,
            {
                name: [getattr(e, name) for e in self.examples]
                for name in ("ids", "first", "allowed")
            }
            | {"hints": hints},
            {"sets": self.sets, "n_hints": np.array(n_hints)},
        )

    @classmethod
    def load(cls, path: Path) -> PackedTags:
        """:raises FormatError: when it is no such file."""
        columns, rest = _load(path, ("ids", "first", "allowed", "hints"))
        n_hints = int(rest["n_hints"])
        bits = [np.unpackbits(h, axis=1, count=n_hints) for h in columns.pop("hints")]
        rows = zip(*columns.values(), bits, strict=True)
        return cls([PackedText(*row) for row in rows], rest["sets"])


@dataclass(frozen=True, slots=True)
class PackedPair:
    """As :class:`kgbuilder.nn.pair_classifier.PairExample`."""

    layout: PairLayout
    possible: NDArray[np.uint16]
    allowed: NDArray[np.uint16]
    groups: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class PackedPairs:
    """Passes of a pair classifier. :param sets: ``[n_sets, n_labels]``, label 0 being "none"."""

    examples: Sequence[PackedPair]
    sets: NDArray[np.bool_]

    def save(self, path: Path) -> None:
        """Write one compressed file."""
        names = ("possible", "allowed", "groups")
        lists: dict[str, list[Any]] = {n: [getattr(e, n) for e in self.examples] for n in names}
        for name in ("ids", "positions", "pairs"):
            lists[name] = [getattr(e.layout, name) for e in self.examples]
        lists["n_text"] = [[e.layout.n_text] for e in self.examples]
        _save(path, lists, {"sets": self.sets})

    @classmethod
    def load(cls, path: Path) -> PackedPairs:
        """:raises FormatError: when it is no such file."""
        columns, rest = _load(
            path, ("ids", "positions", "n_text", "pairs", "possible", "allowed", "groups")
        )
        examples = [
            PackedPair(
                PairLayout(
                    ids.astype(np.int64), at.astype(np.int64), int(n[0]), tuple(pairs.tolist())
                ),
                *more,
            )
            for ids, at, n, pairs, *more in zip(*columns.values(), strict=True)
        ]
        return cls(examples, rest["sets"])


def _save(path: Path, lists: Mapping[str, Sequence[Any]], more: Mapping[str, NDArray[Any]]) -> None:
    arrays = dict(more)
    for name, rows in lists.items():
        arrays[f"{name}.lengths"] = np.array([len(row) for row in rows], dtype=np.uint32)
        kind = np.uint8 if name == "hints" else np.uint16
        whole = [np.asarray(row) for row in rows] or [np.zeros(0)]
        if kind is np.uint16 and max((int(r.max()) for r in whole if r.size), default=0) > 0xFFFF:
            raise FormatError(f"a number of {name} is too large to be packed", where=str(path))
        arrays[name] = np.concatenate(whole).astype(kind)
    with path.with_suffix(".part").open("wb") as out:
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type,unused-ignore]
    path.with_suffix(".part").replace(path)


def _load(
    path: Path, names: Iterable[str]
) -> tuple[dict[str, list[NDArray[Any]]], dict[str, NDArray[Any]]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        columns = {}
        for name in names:
            lengths, whole = arrays.pop(f"{name}.lengths"), arrays.pop(name)
            columns[name] = np.split(whole, np.cumsum(lengths)[:-1]) if len(lengths) else []
    except (OSError, KeyError, ValueError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError(f"not packed examples: {error}", where=str(path)) from error
    return columns, arrays
