"""``kgbuilder train classifier``: a classifier out of a table of labelled texts."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from kgbuilder.errors import ConfigError
from kgbuilder.evaluate.classes import ClassReport, score_classes
from kgbuilder.issues import Issues
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import Start, start_of
from kgbuilder.nn.tagger_training import save_state
from kgbuilder.nn.text_classifier import (
    ClassifiedExample,
    export_classifier,
    fit_classifier,
    log_probabilities_of,
    new_classifier,
)
from kgbuilder.nn.text_model import TextModel, clipped
from kgbuilder.nn.training import Plan, Progress
from kgbuilder.train.card import Card
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_texts import (
    LabelledText,
    TextSet,
    read_labelled_texts,
    split_by_label,
)
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.recipes import at_least, refuse_unknown, take, train_table
from kgbuilder.train.run_folder import RunFolder

__all__ = ["ClassifierRecipe", "ClassifierReport", "parse_classifier_recipe", "train_classifier"]

CLASSIFIER_TRAIN: Mapping[str, Any] = {
    "epochs": 30,
    "max_batch_pieces": 1024,
    "learning_rate": 2e-4,
    "head_learning_rate": 2e-3,
    "seed": 7,
    "checkpoint_steps": 200,
    "device": "auto",
}


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """:param data: a CSV. :param patience: epochs without a better validation after which it ends."""

    data: str
    text_column: str = "text"
    label_column: str = "label"
    licence: str = ""
    patience: int = 5
    train: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassifierReport:
    """What a run gave; figures are of the int8 model on the texts that it was chosen by.

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


def parse_classifier_recipe(table: Mapping[str, Any], *, where: str = "recipe") -> ClassifierRecipe:
    """A classifier's recipe from its TOML table.

    >>> parse_classifier_recipe({"data": "my.csv"}).label_column
    'label'
    """
    refuse_unknown(table, set(ClassifierRecipe.__dataclass_fields__), where=where)
    data = table.get("data", "")
    paths = [data] if isinstance(data, str) else data
    if len(paths) != 1 or not paths[0]:
        raise ConfigError("data: one CSV", where=where, hint="put the tables together first")
    return ClassifierRecipe(
        str(paths[0]),
        take(table, "text_column", str, "text"),
        take(table, "label_column", str, "label"),
        take(table, "licence", str, ""),
        at_least(take(table, "patience", int, 5), 1, "patience", where),
        train_table(take(table, "train", dict, {}), CLASSIFIER_TRAIN, where=where),
    )


def train_classifier(
    recipe: ClassifierRecipe, *, base: str, into: Path, command: str, issues: Issues
) -> ClassifierReport:
    """Train, resume, or find complete. Writes what ``kg.diagnose(text, model=MODEL)`` takes.

    :param base: what to start from, see :func:`kgbuilder.nn.start.start_of`.
    :raises InputError: when there is too little data.
    """
    need_matplotlib()
    folder, plan = RunFolder(into), Plan(**recipe.train)
    texts = read_labelled_texts(
        Path(recipe.data),
        text_column=recipe.text_column,
        label_column=recipe.label_column,
        issues=issues,
    )
    train_rows, validation = split_by_label(texts.rows, seed=plan.seed)
    start = start_of(base)
    resumed = folder.begin(
        {
            "kind": "classifier",
            "base": base,
            "recipe": asdict(recipe) | {"train": {**recipe.train, "device": ""}},
            "data": texts.digest,
        }
    )
    if folder.is_complete:
        return _report_at(folder.run / "report.json")
    choice = _fit(folder, start, recipe, texts.labels, train_rows, validation)
    export_classifier(
        folder.run / "best.pt", into / "model.int8.onnx", n_heads=start.encoder.shape.n_heads
    )
    shutil.copy(start.folder / "tokenizer.json", into / "tokenizer.json")
    told = {
        "kind": "classifier",
        "name": f"kgbuilder-classifier {into.name} {texts.digest[:8]}",
        "labels": texts.labels,
        "n_heads": start.encoder.shape.n_heads,
        "licence": recipe.licence or "not stated",
    }
    folder.write(into / "labels.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    scores, rate = _scored(TextModel(into), validation, texts.labels)
    report = _report(texts, train_rows, choice, scores, rate, resumed)
    steps = choice.steps(folder.losses())
    draw_curves(
        into / "curves.png",
        folder.losses(),
        [(step, -score) for step, score in zip(steps, choice.scores(), strict=True)],
        title=f"classifier {into.name}",
        measure="loss on the texts to choose by (nats)",
        chosen=steps[choice.best_epoch()],
    )
    folder.write(folder.run / "report.json", json.dumps(asdict(report)))
    card = _card(recipe, texts, start.name, into.name, report, plan.seed, command)
    folder.write(folder.card, card.to_markdown())
    folder.tidy()
    return report


def _fit(
    folder: RunFolder,
    start: Start,
    recipe: ClassifierRecipe,
    labels: Sequence[str],
    train_rows: Sequence[LabelledText],
    validation: Sequence[LabelledText],
) -> EpochChoice:
    """Train until the loss on ``validation`` no longer falls; the best epoch is in ``best.pt``."""
    plan, line, told = Plan(**recipe.train), ProgressLine(), ""
    pieces = Pieces(start.folder / "tokenizer.json")
    numbers = {label: i for i, label in enumerate(labels)}
    examples = [_example(row, pieces, numbers) for row in train_rows]
    dev = [_example(row, pieces, numbers) for row in validation]
    model = new_classifier(start, len(labels), seed=plan.seed)
    choice = EpochChoice(folder.run / "epochs.jsonl", patience=recipe.patience)

    def on_log(p: Progress) -> None:
        rate = p.examples_per_s
        line.step(step=p.step, of=p.of, loss=p.loss, rate=rate, unit="texts", aside=told)

    def on_epoch(epoch: int) -> bool:
        nonlocal told
        if not choice.knows(epoch):
            answers = log_probabilities_of(model, dev, padding_id=pieces.padding_id)
            own = answers[np.arange(len(dev)), [example.label for example in dev]]
            right = answers.argmax(axis=1) == [example.label for example in dev]
            if choice.is_best(float(own.mean())):
                save_state(model, folder.run / "best.pt")
            choice.note(epoch, float(own.mean()))
            told = f"epoch {epoch + 1}: loss {-own.mean():.3f}, right {100 * right.mean():.1f} %"
        line.show(told)
        return choice.is_over()

    fit_classifier(
        model,
        examples,
        plan=plan,
        folder=folder.run,
        padding_id=pieces.padding_id,
        on_epoch=on_epoch,
        on_log=on_log,
    )
    line.end()
    return choice


def _example(row: LabelledText, pieces: Pieces, numbers: Mapping[str, int]) -> ClassifiedExample:
    inner = clipped(pieces.of(row.text).ids) or (pieces.padding_id,)
    return ClassifiedExample((pieces.start_id, *inner, pieces.end_id), numbers[row.label])


def _scored(
    model: TextModel, rows: Sequence[LabelledText], labels: Sequence[str]
) -> tuple[ClassReport, float]:
    """The exported model's report, and how many texts it reads in a second."""
    numbers = {label: i for i, label in enumerate(labels)}
    started, table = time.perf_counter(), np.zeros((len(rows), len(labels)))
    for place, row in enumerate(rows):
        for label, probability in model.classify(row.text).labels:
            table[place, numbers[label]] = probability
    rate = len(rows) / max(time.perf_counter() - started, 1e-9)
    return score_classes(table, [numbers[row.label] for row in rows], labels), rate


def _report(
    texts: TextSet,
    train_rows: Sequence[LabelledText],
    choice: EpochChoice,
    scores: ClassReport,
    rate: float,
    resumed: bool,
) -> ClassifierReport:
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


def _report_at(path: Path) -> ClassifierReport:
    told = json.loads(path.read_text("utf-8"))
    return replace(
        ClassifierReport(**told),
        labels=tuple(told["labels"]),
        by_label={label: tuple(row) for label, row in told["by_label"].items()},
        confusion=tuple(tuple(row) for row in told["confusion"]),
        resumed=True,
    )


def _card(
    recipe: ClassifierRecipe,
    texts: TextSet,
    base: str,
    name: str,
    report: ClassifierReport,
    seed: int,
    command: str,
) -> Card:
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
                recipe.data,
                f"{report.n_train} texts to train on, {report.n_validation} to choose by",
                recipe.licence or "not stated",
            )
        ],
        data_notes=[
            f"Digest: {texts.digest}. Read as {texts.encoding}.",
            "Left out:\n\n" + "\n".join(dropped),
        ],
        licence=recipe.licence,
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
            f"{report.epochs} was chosen on these same texts, so the scores are a little high.",
            "Who is taken for whom:\n\n" + ("\n".join(mistaken) or "- nobody"),
        ],
        seed=seed,
        command=command,
        limits=["It knows its labels alone: a text about anything else gets one of them, too."],
    )
