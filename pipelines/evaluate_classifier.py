"""How often is the trained classifier right on texts it did not see? Folds of a table of labelled texts.

    python pipelines/evaluate_classifier.py DATA.csv --into FOLDER

Each fold is trained as ``kgbuilder train classifier`` trains, its texts to choose by taken out of the
other folds, and scored on the texts of the fold.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kgbuilder.evaluate.classes import score_classes
from kgbuilder.issues import Issues
from kgbuilder.nn.text_model import TextModel
from kgbuilder.train.classifier import parse_classifier_recipe, train_classifier
from kgbuilder.train.labelled_texts import LabelledText, read_labelled_texts, split_by_label


def main() -> None:
    """Train, classify, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--into", type=Path, required=True, help="folder for the folds' models")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--base", default="minilm")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()

    texts = read_labelled_texts(arguments.data, issues=Issues())
    numbers = {label: i for i, label in enumerate(texts.labels)}
    table, right = [], []
    for place, fold in enumerate(folds_of(texts.rows, arguments.folds, seed=arguments.seed)):
        folder = arguments.into / f"fold{place}"
        others = [row for row in texts.rows if row not in fold]
        data = write(arguments.into / f"fold{place}.csv", others)
        recipe = parse_classifier_recipe({"data": str(data), "train": {"seed": arguments.seed}})
        train_classifier(
            recipe, base=arguments.base, into=folder, command="evaluate_classifier", issues=Issues()
        )
        model = TextModel(folder)
        for row in fold:
            said = dict(model.classify(row.text).labels)
            table.append([said[label] for label in texts.labels])
            right.append(numbers[row.label])
        done = score_classes(np.array(table), right, texts.labels)
        print(
            f"folds 1 to {place + 1}: accuracy {100 * done.accuracy:.1f} % of {done.n}", flush=True
        )
    low, high = 100 * done.accuracy_interval.low, 100 * done.accuracy_interval.high
    print(
        f"accuracy {100 * done.accuracy:.1f} ({low:.1f}-{high:.1f}), macro F1 {100 * done.macro_f1:.1f}"
    )


def folds_of(rows: Sequence[LabelledText], n_folds: int, *, seed: int) -> list[list[LabelledText]]:
    """Folds with every label in each, by splitting off one after the other."""
    folds, rest = [], list(rows)
    for left in range(n_folds, 1, -1):
        rest, fold = split_by_label(rest, share=1 / left, seed=seed)
        folds.append(fold)
    return [*folds, rest]


def write(path: Path, rows: Sequence[LabelledText]) -> Path:
    """The rows as a CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        writer.writerows((row.text, row.label) for row in rows)
    return path


if __name__ == "__main__":
    main()
