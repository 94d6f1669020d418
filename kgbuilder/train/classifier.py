"""``kgbuilder train classifier``: a classifier out of a table of labelled texts."""

from __future__ import annotations

import json
import math
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
from kgbuilder.nn.letters import LETTERS_FILE, Letters
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import Start, start_of
from kgbuilder.nn.tagger_training import save_state
from kgbuilder.nn.text_classifier import (
    ClassifiedExample,
    export_classifier,
    fit_classifier,
    fit_letters,
    log_probabilities_of,
    new_classifier,
)
from kgbuilder.nn.text_model import TextModel, clipped
from kgbuilder.nn.training import Plan
from kgbuilder.train.classifier_report import (
    ClassifierReport,
    card_of,
    report_at,
    report_of,
)
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_texts import (
    LabelledText,
    read_labelled_texts,
    split_by_label,
)
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.recipes import at_least, refuse_unknown, take, train_table
from kgbuilder.train.run_folder import RunFolder
from kgbuilder.train.watch import Watch

__all__ = ["ClassifierRecipe", "ClassifierReport", "parse_classifier_recipe", "train_classifier"]

CLASSIFIER_TRAIN: Mapping[str, Any] = {
    "epochs": 4,
    "max_batch_pieces": 768,
    "learning_rate": 3e-4,
    "head_learning_rate": 5e-3,
    "seed": 7,
    "checkpoint_steps": 200,
    "device": "auto",
}
"""``epochs``, where none are given, are more for a small table: as many as make :data:`LEAST_STEPS`."""

LEAST_STEPS = 160

SHARES = (0.0, 0.25, 0.5, 1.0, 2.0)
"""How much the letters may count beside the encoder."""


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """:param data: a CSV. :param patience: epochs without a better validation after which it ends."""

    data: str
    text_column: str = "text"
    label_column: str = "label"
    licence: str = ""
    patience: int = 3
    train: Mapping[str, Any] = field(default_factory=dict)


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
        at_least(take(table, "patience", int, 3), 1, "patience", where),
        _train_table(take(table, "train", dict, {}), where),
    )


def _train_table(given: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """``[train]``; epochs are there only where they were given."""
    table = train_table(given, CLASSIFIER_TRAIN, where=where)
    return {key: value for key, value in table.items() if key != "epochs" or key in given}


def train_classifier(
    recipe: ClassifierRecipe, *, base: str, into: Path, command: str, issues: Issues
) -> ClassifierReport:
    """Train, resume, or find complete. Writes what ``kg.diagnose(text, model=MODEL)`` takes.

    Texts that are held out choose the epoch and give the figures; then a model is trained anew on all
    texts for so many epochs, since a label has few texts and none of them should be wasted.

    :param base: what to start from, see :func:`kgbuilder.nn.start.start_of`.
    :raises InputError: when there is too little data.
    """
    need_matplotlib()
    folder, seed = RunFolder(into), int(recipe.train["seed"])
    texts = read_labelled_texts(
        Path(recipe.data),
        text_column=recipe.text_column,
        label_column=recipe.label_column,
        issues=issues,
    )
    train_rows, validation = split_by_label(texts.rows, seed=seed)
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
        return report_at(folder.run / "report.json")
    maker = _Maker(Pieces(start.folder / "tokenizer.json"), texts.labels)
    examples, dev = maker.examples(train_rows), maker.examples(validation)
    plan = _plan(recipe, examples)
    choice = _fit(folder, start, recipe.patience, plan, maker, examples, dev)
    shape = start.encoder.shape
    told = {
        "kind": "classifier",
        "name": f"kgbuilder-classifier {into.name} {texts.digest[:8]}",
        "labels": texts.labels,
        "n_heads": shape.n_heads,
        "epsilon": shape.epsilon,
        "licence": recipe.licence or "not stated",
    }
    folder.write(into / "labels.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    shutil.copy(start.folder / "tokenizer.json", into / "tokenizer.json")
    onnx = into / "model.int8.onnx"
    export_classifier(folder.run / "best.pt", onnx, shape)
    (into / LETTERS_FILE).unlink(missing_ok=True)
    letters = maker.letters(train_rows, share=1.0)
    share = _share_of(TextModel(into), letters, maker, validation)
    replace(letters, share=share).save(into)
    scores, rate = _scored(TextModel(into), validation, texts.labels)
    whole = _refit(
        folder.run / "all",
        start_of(base),
        replace(plan, epochs=choice.best_epoch() + 1),
        maker,
        maker.examples(texts.rows),
    )
    export_classifier(whole, onnx, shape)
    maker.letters(texts.rows, share=share).save(into)
    report = report_of(texts, train_rows, choice, scores, rate, resumed)
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
    card = card_of(
        data=recipe.data,
        licence=recipe.licence,
        texts=texts,
        base=start.name,
        name=into.name,
        report=report,
        seed=seed,
        command=command,
    )
    folder.write(folder.card, card.to_markdown())
    shutil.rmtree(folder.run / "all")
    folder.tidy()
    return report


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes examples of texts."""

    pieces: Pieces
    labels: Sequence[str]

    def examples(self, rows: Sequence[LabelledText]) -> list[ClassifiedExample]:
        """In the order of the texts."""
        numbers = {label: i for i, label in enumerate(self.labels)}
        pieces, made = self.pieces, []
        for row in rows:
            inner = clipped(pieces.of(row.text).ids) or (pieces.padding_id,)
            ids = (pieces.start_id, *inner, pieces.end_id)
            made.append(ClassifiedExample(ids, numbers[row.label]))
        return made

    def words(self, row: LabelledText) -> list[str]:
        """Of the text."""
        return [row.text[start:end] for start, end in self.pieces.of(row.text).words]

    def letters(self, rows: Sequence[LabelledText], *, share: float) -> Letters:
        """What the letters of the texts tell of the labels."""
        numbers = {label: i for i, label in enumerate(self.labels)}
        words, right = [self.words(row) for row in rows], [numbers[row.label] for row in rows]
        return fit_letters(words, right, len(self.labels), share=share)


def _share_of(
    model: TextModel, letters: Letters, maker: _Maker, rows: Sequence[LabelledText]
) -> float:
    """How much the letters count beside ``model``, which has none: by the loss on ``rows``."""
    numbers = {label: i for i, label in enumerate(maker.labels)}
    right = [numbers[row.label] for row in rows]
    meant = np.zeros((len(rows), len(numbers)))
    for place, row in enumerate(rows):
        for label, probability in model.classify(row.text).labels:
            meant[place, numbers[label]] = math.log(max(probability, 1e-9))
    spelt = np.array([letters.votes(maker.words(row)).sum(axis=0) for row in rows])

    def loss(share: float) -> float:
        scores = meant + share * spelt
        totals = np.logaddexp.reduce(scores, axis=1)
        return float((totals - scores[np.arange(len(rows)), right]).mean())

    return min(SHARES, key=loss)


def _plan(recipe: ClassifierRecipe, examples: Sequence[ClassifiedExample]) -> Plan:
    """The recipe's plan, with epochs enough for :data:`LEAST_STEPS` where it does not say how many."""
    plan = Plan(**{"epochs": CLASSIFIER_TRAIN["epochs"], **recipe.train})
    if "epochs" in recipe.train:
        return plan
    n_batches = sum(len(example.ids) for example in examples) / plan.max_batch_pieces
    return replace(plan, epochs=max(plan.epochs, math.ceil(LEAST_STEPS / max(n_batches, 1))))


def _fit(
    folder: RunFolder,
    start: Start,
    patience: int,
    plan: Plan,
    maker: _Maker,
    examples: Sequence[ClassifiedExample],
    dev: Sequence[ClassifiedExample],
) -> EpochChoice:
    """Train until the loss on ``dev`` no longer falls; the best epoch is in ``best.pt``."""
    model = new_classifier(start, len(maker.labels), seed=plan.seed)
    padding_id = maker.pieces.padding_id
    choice = EpochChoice(folder.run / "epochs.jsonl", patience=patience)
    line = ProgressLine()

    def score() -> float:
        answers = log_probabilities_of(model, dev, padding_id=padding_id)
        return float(answers[np.arange(len(dev)), [example.label for example in dev]].mean())

    watch = Watch(
        choice,
        line,
        score=score,
        save=lambda: save_state(model, folder.run / "best.pt"),
        tell=lambda log: f"loss {-log:.3f}",
        unit="texts",
    )
    fit_classifier(
        model,
        examples,
        plan=plan,
        folder=folder.run,
        padding_id=padding_id,
        on_epoch=watch.on_epoch,
        on_log=watch.on_log,
    )
    line.end()
    return choice


def _refit(
    folder: Path,
    start: Start,
    plan: Plan,
    maker: _Maker,
    examples: Sequence[ClassifiedExample],
) -> Path:
    """Train on ``examples`` to the end of the plan; where the state was saved."""
    model = new_classifier(start, len(maker.labels), seed=plan.seed)
    line = ProgressLine()
    fit_classifier(
        model,
        examples,
        plan=plan,
        folder=folder,
        padding_id=maker.pieces.padding_id,
        on_epoch=lambda epoch: False,
        on_log=lambda p: line.step(p, unit="texts", aside="all texts"),
    )
    line.end()
    save_state(model, folder / "last.pt")
    return folder / "last.pt"


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
