"""What a run of ``kgbuilder train classifier`` tells: the report, and the card of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kgbuilder.evaluate.classes import ClassReport
from kgbuilder.train.card import Card
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_texts import LabelledText, TextSet

__all__ = ["ClassifierReport", "card_of", "report_at", "report_of"]


@dataclass(frozen=True, slots=True)
class ClassifierReport:
    """What a run gave; figures are of the int8 model before it was trained anew on all texts, on those
    that its epoch was chosen by.

    :param texts_per_s: through onnxruntime, one thread. :param dropped: reason -> rows left out.
    """

    labels: tuple[str, ...]
    n_train: int
    n_validation: int
    dropped: Mapping[str, int]
    encoding: str
    epochs: int
    best_epoch: int
    loss: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    by_label: Mapping[str, tuple[float, float, float]]
    confusion: tuple[tuple[int, ...], ...]
    texts_per_s: float
    resumed: bool


def report_of(
    texts: TextSet,
    train_rows: Sequence[LabelledText],
    choice: EpochChoice,
    scores: ClassReport,
    rate: float,
    resumed: bool,
) -> ClassifierReport:
    """:param scores: of the model that ``choice`` chose. :param rate: texts a second."""
    return ClassifierReport(
        texts.labels,
        len(train_rows),
        scores.n,
        dict(texts.dropped),
        texts.encoding,
        len(choice.scores()),
        choice.best_epoch() + 1,
        round(scores.loss, 4),
        round(scores.accuracy, 4),
        round(scores.accuracy_interval.low, 4),
        round(scores.accuracy_interval.high, 4),
        round(scores.macro_f1, 4),
        {
            label: (round(c.precision, 4), round(c.recall, 4), round(c.f1, 4))
            for label, c in scores.by_label.items()
        },
        scores.confusion,
        round(rate, 1),
        resumed,
    )


def report_at(path: Path) -> ClassifierReport:
    """The report that a run wrote; asked for again, it counts as resumed."""
    told = json.loads(path.read_text("utf-8"))
    return replace(
        ClassifierReport(**told),
        labels=tuple(told["labels"]),
        by_label={label: tuple(row) for label, row in told["by_label"].items()},
        confusion=tuple(tuple(row) for row in told["confusion"]),
        resumed=True,
    )


def card_of(
    *,
    data: str,
    licence: str,
    texts: TextSet,
    base: str,
    name: str,
    report: ClassifierReport,
    seed: int,
    command: str,
) -> Card:
    """The card. :param base: what it started from."""

    def percent(value: float) -> str:
        return f"{100 * value:.1f}"

    mistaken = [
        f"- {count} of {texts.labels[i]} called {texts.labels[j]}"
        for i, row in enumerate(report.confusion)
        for j, count in enumerate(row)
        if i != j and count
    ]
    dropped = [f"- {n} rows: {reason}" for reason, n in report.dropped.items()] or ["- nothing"]
    return Card(
        name=name,
        what=f"Classifies whole texts into {len(texts.labels)} labels; int8, run by onnxruntime.",
        base=base,
        data=[
            (
                data,
                f"{report.n_train} texts to train on, {report.n_validation} to choose by",
                licence or "not stated",
            )
        ],
        data_notes=[
            f"Digest: {texts.digest}. Read as {texts.encoding}.",
            "Left out:\n\n" + "\n".join(dropped),
        ],
        licence=licence,
        scores=[
            ("texts to choose by", "P", "R", "F1"),
            *(
                (label, percent(p), percent(r), percent(f))
                for label, (p, r, f) in report.by_label.items()
            ),
        ],
        score_notes=[
            f"Accuracy {percent(report.accuracy)} ({percent(report.accuracy_low)}-"
            f"{percent(report.accuracy_high)}), macro F1 {percent(report.macro_f1)}, loss "
            f"{report.loss} nats, {report.texts_per_s} texts/s. Epoch {report.best_epoch} of "
            f"{report.epochs} was chosen on these same texts, so the scores are a little high; they are "
            "of the model before it was trained anew, for as many epochs, on all texts.",
            "Who is taken for whom:\n\n" + ("\n".join(mistaken) or "- nobody"),
        ],
        seed=seed,
        command=command,
        limits=["It knows its labels alone: a text about anything else gets one of them, too."],
    )
