"""The relater that ships: a pair classifier trained by ``pipelines/train_relater.py``, int8, no torch.

It reads one sentence at a time. Names of drugs are hidden from it, so that what it says rests on the
sentence and not on what it has learned about a drug.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.model import (
    PREDICATES,
    Assertion,
    Certainty,
    Document,
    Finding,
    Polarity,
    Relation,
    Sentence,
)
from kgbuilder.nn.calibration import calibrated
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.relate.negation import denials, load_cues

__all__ = ["TransformerRelater"]


@dataclass(frozen=True, slots=True)
class _Kinds:
    """``labels.json``: what the model's labels are and how its answers are calibrated."""

    name: str
    labels: tuple[str, ...]
    kinds: Mapping[str, tuple[int, ...]]
    class_of: Mapping[str, str]
    classes: Mapping[str, int]
    blinded: frozenset[str]
    temperature: Mapping[str, float]
    none_bias: Mapping[str, float]
    threshold: Mapping[str, float]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> _Kinds:
        labels = tuple(raw["labels"])
        return cls(
            f"{raw['name']} {raw['version']}",
            labels,
            {kind: tuple(map(labels.index, names)) for kind, names in raw["kinds"].items()},
            dict(raw["class_of"]),
            dict(raw["classes"]),
            frozenset(raw["blinded"]),
            dict(raw["temperature"]),
            dict(raw["none_bias"]),
            dict(raw["threshold"]),
        )


class TransformerRelater:
    """Relations that single sentences state.

    :param weights: folder with ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``; the
        shipped ones when left out.
    :param threshold: probability from which a relation is told; by kind of pair, chosen on held-out
        documents, when left out.
    :raises InputError: when the folder is not such weights.
    """

    def __init__(self, weights: Path | None = None, *, threshold: float | None = None) -> None:
        folder = weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
        self._pieces = Pieces(folder / "tokenizer.json")
        try:
            raw = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
            self._kinds = _Kinds.of(raw)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"labels.json is missing or wrong: {error!r}", where=str(folder)
            ) from error
        self._model = OnnxModel(folder / "model.int8.onnx")
        self._threshold = threshold
        self._cues = load_cues()
        self.name = self._kinds.name

    def relate(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> tuple[Relation, ...]:
        """Relations by sentence, the most probable first. A finding that is negated, historical,
        hypothetical or someone else's gives none, but a denied one where the words deny it.
        """
        told: list[Relation] = []
        ordered = sorted(findings, key=lambda f: (f.mention.span, f.mention.type))
        for sentence in sentences:
            inside = [f for f in ordered if sentence.span.contains(f.mention.span)]
            relations = self._in_sentence(document, sentence, _without_overlap(inside))
            told += sorted(
                relations,
                key=lambda r: (
                    -r.probability,
                    r.subject.mention.span,
                    r.object.mention.span,
                    r.predicate.name,
                ),
            )
        return tuple(told)

    def _in_sentence(
        self, document: Document, sentence: Sentence, findings: list[Finding]
    ) -> list[Relation]:
        known = [f for f in findings if f.mention.type.value in self._kinds.class_of]
        offset = sentence.span.start
        spans = [
            (
                f.mention.span.start - offset,
                f.mention.span.end - offset,
                self._kinds.class_of[f.mention.type.value],
            )
            for f in known
        ]
        pairs, kinds = [], []
        for i in range(len(known)):
            for j in range(i + 1, len(known)):
                kind, a, b = f"{spans[i][2]} {spans[j][2]}", i, j
                if kind not in self._kinds.kinds:
                    kind, a, b = f"{spans[j][2]} {spans[i][2]}", j, i
                usable = _usable(known[i], document.kind) and _usable(known[j], document.kind)
                if kind in self._kinds.kinds and known[i].concept != known[j].concept and usable:
                    pairs.append((a, b))
                    kinds.append(kind)
        told: list[Relation] = []
        if not pairs:
            return told
        answers = self._answers(sentence.text, spans, pairs)
        places = [(a, b) for a, b, _ in spans]
        for number, (a, b) in enumerate(pairs):
            denied = {
                d.predicate: d
                for d in denials(
                    sentence.text, places[min(a, b)], places[max(a, b)], places, self._cues
                )
            }
            plain = _plain(known[a], document.kind) and _plain(known[b], document.kind)
            kind = kinds[number]
            names = [self._kinds.labels[i] for i in self._kinds.kinds[kind]]
            for predicate in dict.fromkeys(name.partition(":")[0] for name in names):
                if predicate in denied and self._allowed(known[a], predicate, known[b]):
                    probability = denied[predicate].probability
                    told.append(
                        Relation(
                            known[a],
                            PREDICATES[predicate],
                            known[b],
                            (sentence,),
                            probability,
                            negated=True,
                        )
                    )
            if denied or not plain or number not in answers:
                continue
            best = self._best(kind, answers[number])
            if best is not None:
                predicate, detail, probability = best
                if self._allowed(known[a], predicate, known[b]):
                    told.append(
                        Relation(
                            known[a],
                            PREDICATES[predicate],
                            known[b],
                            (sentence,),
                            probability,
                            detail=detail,
                        )
                    )
        return told

    def _answers(
        self,
        text: str,
        spans: list[tuple[int, int, str]],
        pairs: list[tuple[int, int]],
    ) -> dict[int, NDArray[np.float32]]:
        """Number of a pair -> logarithms of its label probabilities. Pairs whose mentions stand too
        far apart for the model have none.
        """
        answers: dict[int, NDArray[np.float32]] = {}
        for layout in lay_out_pairs(
            text,
            spans,
            pairs,
            pieces=self._pieces,
            classes=self._kinds.classes,
            blinded=self._kinds.blinded,
        ):
            bias = np.where(layout.visible(), 0.0, -1e4).astype(np.float32)
            inputs: dict[str, NDArray[Any]] = {
                "ids": layout.ids[None].astype(np.int64),
                "positions": layout.positions[None].astype(np.int64),
                "bias": bias[None, None],
                "markers": layout.markers().astype(np.int64),
            }
            answers |= dict(zip(layout.pairs, self._model.run(inputs), strict=True))
        return answers

    def _best(self, kind: str, answer: NDArray[np.float32]) -> tuple[str, str, float] | None:
        """``(predicate, detail, probability)`` of the likeliest predicate, None below the threshold.

        The probability of a predicate is the sum over its details.
        """
        labels = self._kinds.kinds[kind]
        weights = calibrated(
            answer[None, list(labels)],
            temperature=self._kinds.temperature.get(kind, 1.0),
            none_bias=self._kinds.none_bias.get(kind, 0.0),
        )[0]
        sums: dict[str, float] = {}
        details: dict[str, tuple[float, str]] = {}
        for label, weight in zip(labels, weights, strict=True):
            predicate, _, detail = self._kinds.labels[label].partition(":")
            sums[predicate] = sums.get(predicate, 0.0) + float(weight)
            details[predicate] = max(details.get(predicate, (-1.0, "")), (float(weight), detail))
        sums.pop("none", None)
        predicate = max(sums, key=lambda name: (sums[name], name))
        least = self._threshold
        if least is None:
            least = self._kinds.threshold.get(kind, 0.5)
        probability = round(sums[predicate], 4)
        return (predicate, details[predicate][1], probability) if probability >= least else None

    @staticmethod
    def _allowed(subject: Finding, predicate: str, object: Finding) -> bool:
        rule = PREDICATES[predicate]
        return subject.mention.type in rule.domain and object.mention.type in rule.range


def _plain(finding: Finding, kind: str) -> bool:
    """Whether a relation with this finding may be told as a fact. In a paper "may cause bleeding" is
    how facts about medicine are written, so doubt does not count there; in a note it does.
    """
    meant = finding.assertion.without_cues()
    if kind == "paper" and meant.certainty is Certainty.UNCERTAIN:
        meant = Assertion(meant.polarity, Certainty.CERTAIN, meant.temporality, meant.experiencer)
    return meant == Assertion()


def _usable(finding: Finding, kind: str) -> bool:
    """Plain, or plain but for its negation, which words that deny the relation may explain."""
    meant = finding.assertion
    positive = Assertion(Polarity.AFFIRMED, meant.certainty, meant.temporality, meant.experiencer)
    return _plain(Finding(finding.mention, positive, finding.concept, finding.name), kind)


def _without_overlap(findings: list[Finding]) -> list[Finding]:
    """The longest of findings that overlap, in text order."""
    kept: list[Finding] = []
    for f in sorted(findings, key=lambda f: (-len(f.mention.span), f.mention.span)):
        if not any(f.mention.span.overlaps(other.mention.span) for other in kept):
            kept.append(f)
    return sorted(kept, key=lambda f: f.mention.span)
