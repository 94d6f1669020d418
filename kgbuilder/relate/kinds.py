"""What a set of relater weights can say, as its ``labels.json`` writes it, and how sure it then is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.model import PREDICATES, Finding
from kgbuilder.nn.calibration import calibrated
from kgbuilder.nn.passages import INSTANCES, PASSAGE_PIECES, PASSAGE_PREFIX
from kgbuilder.nn.words import blended
from kgbuilder.relate.readings import AS_THE_PASSAGE, Mix, Reading

__all__ = ["Answer", "Kinds", "Said", "load_kinds"]


@dataclass(frozen=True, slots=True)
class Said:
    """The likeliest predicate of a pair, its likeliest detail, and the probability of the predicate."""

    predicate: str
    detail: str
    probability: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What the encoder says of a pair, ``[n_labels]``, and where it was asked the network over words."""

    pieces: NDArray[np.float32]
    words: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of pairs ("class class"; over passages "passage class class") and their labels.

    :param kinds: kind -> columns of the model's answer, "none" first.
    :param class_of: entity type -> class. :param classes: class -> number of its marker.
    :param instances: pairs of mentions that stand for a pair of concepts in a passage.
    :param mixes: how its readings are weighed where a sentence names both, and where none does.
    :param words: kind -> how much the network over words counts beside the encoder, from 0 to 1; it
        reads sentences alone, and only pairs of the kinds that are here.
    """

    name: str
    labels: tuple[str, ...]
    kinds: Mapping[str, tuple[int, ...]]
    class_of: Mapping[str, str]
    classes: Mapping[str, int]
    blinded: frozenset[str]
    temperature: Mapping[str, float]
    none_bias: Mapping[str, float]
    threshold: Mapping[str, float]
    passage_pieces: int
    instances: int
    mixes: tuple[Mix, Mix]
    words: Mapping[str, float]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Kinds:
        """From the parsed ``labels.json``; weights without passage kinds read single sentences."""
        labels = tuple(raw["labels"])
        over_passages = {PASSAGE_PREFIX + k: row for k, row in raw.get("passage_kinds", {}).items()}
        return cls(
            f"{raw['name']} {raw['version']}",
            labels,
            {
                kind: tuple(map(labels.index, names))
                for kind, names in {**raw["kinds"], **over_passages}.items()
            },
            dict(raw["class_of"]),
            dict(raw["classes"]),
            frozenset(raw["blinded"]),
            dict(raw["temperature"]),
            dict(raw["none_bias"]),
            dict(raw["threshold"]),
            int(raw.get("passage_pieces", PASSAGE_PIECES)),
            int(raw.get("instances", INSTANCES)),
            (Mix.of(mix["together"]), Mix.of(mix["apart"]))
            if (mix := raw.get("mix"))
            else (AS_THE_PASSAGE, AS_THE_PASSAGE),
            dict(raw.get("words", {})),
        )

    @property
    def reads_passages(self) -> bool:
        """Whether the weights know pairs across sentences."""
        return any(kind.startswith(PASSAGE_PREFIX) for kind in self.kinds)

    def predicates(self, kind: str) -> list[str]:
        """Predicates that a pair of this kind may have, in the order of the labels."""
        names = (self.labels[i].partition(":")[0] for i in self.kinds[kind][1:])
        return list(dict.fromkeys(names))

    def order(self, one: Finding, other: Finding, prefix: str = "") -> tuple[str, bool] | None:
        """``(kind, whether the two change places)``; None where no predicate can join the two."""
        for a, b, turned in ((one, other, False), (other, one, True)):
            classes = [self.class_of.get(f.mention.type.value, "") for f in (a, b)]
            kind = f"{prefix}{classes[0]} {classes[1]}"
            if kind in self.kinds and any(allowed(a, p, b) for p in self.predicates(kind)):
                return kind, turned
        return None

    def mix_of(self, reading: Reading) -> Mix:
        """How what was read of a pair is weighed."""
        return self.mixes[0 if reading.together else 1]

    def least_odds(self, kind: str, threshold: float | None) -> float:
        """Log-odds of being related below which a pair is not told; minus infinity where probabilities
        are calibrated otherwise than by a fitted mix.
        """
        least = self.threshold.get(kind, 0.5) if threshold is None else threshold
        if least <= 0.0 or self.mixes[0] is AS_THE_PASSAGE:
            return -math.inf
        return math.log(least) - math.log1p(-least) if least < 1.0 else math.inf

    def logs(self, kind: str, answer: Answer) -> NDArray[np.float32]:
        """The answer cut to the kind's labels, as log-probabilities."""
        columns = list(self.kinds[kind])
        mine = answer.pieces[columns]
        mine = mine - np.logaddexp.reduce(mine)
        if answer.words is not None and (share := self.words.get(kind)):
            beside = answer.words[columns]
            beside = beside - np.logaddexp.reduce(beside)
            mine = blended(mine[None], beside[None], share)[0]
        return np.asarray(mine, dtype=np.float32)

    def best(
        self, kind: str, logs: NDArray[np.float32], *, threshold: float | None = None
    ) -> Said | None:
        """The likeliest predicate, None below the threshold (the kind's own when None). The probability
        of a predicate is the sum over its details.
        """
        weights = calibrated(
            logs[None],
            temperature=self.temperature.get(kind, 1.0),
            none_bias=self.none_bias.get(kind, 0.0),
        )[0]
        sums: dict[str, float] = {}
        details: dict[str, tuple[float, str]] = {}
        for label, weight in zip(self.kinds[kind], weights, strict=True):
            predicate, _, detail = self.labels[label].partition(":")
            sums[predicate] = sums.get(predicate, 0.0) + float(weight)
            details[predicate] = max(details.get(predicate, (-1.0, "")), (float(weight), detail))
        sums.pop("none", None)
        predicate = max(sums, key=lambda name: (sums[name], name))
        least = self.threshold.get(kind, 0.5) if threshold is None else threshold
        probability = round(sums[predicate], 4)
        if probability < least:
            return None
        return Said(predicate, details[predicate][1], probability)


def allowed(subject: Finding, predicate: str, object: Finding) -> bool:
    """Whether the predicate may join findings of these types."""
    rule = PREDICATES[predicate]
    return subject.mention.type in rule.domain and object.mention.type in rule.range


def load_kinds(folder: Path) -> Kinds:
    """``labels.json`` of a folder of weights. :raises InputError: when it is missing or wrong."""
    try:
        kinds = Kinds.of(json.loads((folder / "labels.json").read_text(encoding="utf-8")))
        unknown = {p for kind in kinds.kinds for p in kinds.predicates(kind)} - set(PREDICATES)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"labels.json is missing or wrong: {error!r}", where=str(folder)
        ) from error
    if unknown:
        raise InputError(f"labels.json names no predicates: {sorted(unknown)}", where=str(folder))
    return kinds
