"""Write a trained relater as the package ships it, with its card.

python pipelines/export_relater.py STATE... --weights kgbuilder/nn/weights/relater

STATE is one of `train_packed.py`, or an exported `.onnx`. A card that a run did not write stays, and the
new one is `CARD.new.md`. Temperatures, biases of "none" and thresholds are fitted on the documents that
recipes/relater.toml carves out. Then run train_word_pairs.py (with `--shares` for the network over words
that is there), fit_shape.py and fit_belief.py. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import minilm_folder
from kgbuilder.nn.export import export_pair_classifier
from kgbuilder.nn.pair_classifier import PairExample
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.passages import PASSAGE_PREFIX, pooled
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.start import mean_state, state_of
from kgbuilder.train.recipe_passes import Builder, Passes, read_all
from kgbuilder.train.recipes import read_recipe
from kgbuilder.train.relater_calibration import calibration_of
from kgbuilder.train.run_card import MODEL, mean_made, refuse_non_commercial, write_card

N_HEADS = 12


def main() -> None:
    """Parse and export."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "states", type=Path, nargs="+", help="trained states; their mean is shipped"
    )
    parser.add_argument("--recipe", type=Path, default=Path("pipelines/recipes/relater.toml"))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--distant", type=Path, help="file of build_distant_phenotypes.py")
    args = parser.parse_args()
    recipe = read_recipe(args.recipe)
    refuse_non_commercial(args.states, recipe)
    made = mean_made(args.states)
    labels = PairLabels.of(recipe["kinds"], recipe["classes"], recipe["passage_kinds"])
    pieces = Pieces(minilm_folder() / "tokenizer.json")
    _, carved = read_all(recipe, args.corpora, args.distant, Issues(), say=print)
    judge = Builder(recipe, labels, pieces)
    dev = {name: judge.of(carved[name], table) for name, table in recipe["corpora"].items()}
    mean = mean_state([state_of(path) for path in args.states])
    weights = {name: value.numpy() for name, value in mean.items()}
    args.weights.mkdir(parents=True, exist_ok=True)
    onnx = args.weights / MODEL
    export_pair_classifier(weights, onnx, n_heads=N_HEADS, int8=True)
    shutil.copy(minilm_folder() / "tokenizer.json", args.weights / "tokenizer.json")
    told, scores = labels_of(recipe, labels, dev, OnnxModel(onnx, n_threads=2))
    (args.weights / "labels.json").write_text(json.dumps(told, indent=1) + "\n")
    made = replace(made, scores=(*made.scores, *scores))
    print("card:", write_card(args.weights, made))


def run_int8(int8: OnnxModel, example: PairExample, columns: list[int]) -> np.ndarray:
    """Pooled log-probabilities ``[n_pairs, n_columns]`` of one pass by what ships."""
    answer = int8.run(example.layout.inputs())[:, columns]
    answer -= np.logaddexp.reduce(answer, axis=1, keepdims=True)
    return pooled(answer, example.groups)


def labels_of(
    recipe: Mapping[str, Any], labels: PairLabels, dev: Mapping[str, Passes], int8: OnnxModel
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What ``labels.json`` says, labels by kind of pair, calibrated and with thresholds on ``dev``; and
    how well that does there.
    """
    table = labels.table()
    scores: list[tuple[str, str]] = []
    card: dict[str, Any] = {
        "name": "kgbuilder-relater",
        "version": recipe["version"],
        "labels": labels.names,
        "kinds": {k: row for k, row in labels.kinds.items() if not k.startswith(PASSAGE_PREFIX)},
        "passage_kinds": recipe["passage_kinds"],
        "passage_pieces": recipe["passage_pieces"],
        "instances": recipe["instances"],
        "class_of": recipe["classes"],
        "classes": labels.classes,
        "blinded": recipe["blinded"],
        "temperature": {},
        "none_bias": {},
        "threshold": {},
        "licence": recipe["licence"],
    }
    for kind, rule in recipe["calibrate"].items():
        passes = dev.get(rule["on"], Passes())
        examples = passes.passages if kind.startswith(PASSAGE_PREFIX) else passes.sentences
        columns = [labels.names.index(n) for n in labels.kinds[kind]]
        row = labels.row(labels.kinds[kind], kind)
        said, gold = [], []
        for example in examples:
            mine = [i for i, r in enumerate(example.possible) if r == row]
            if mine:
                said.append(run_int8(int8, example, columns)[mine])
                gold.append(table[[example.allowed[i] for i in mine]][:, columns])
        if not said:
            continue
        x, allowed = np.concatenate(said), np.concatenate(gold)
        found = calibration_of(x, allowed, labels.kinds[kind], rule)
        card["temperature"][kind], card["none_bias"][kind] = found.temperature, found.none_bias
        card["threshold"][kind] = found.threshold
        print(kind, rule["on"], found)
        figures = f"F1 of related or not {found.f1:.3f}, calibration error {found.ece_after:.3f}"
        scores.append((f"{kind}, {rule['on']}", f"{figures}, {found.n} pairs"))
    for kind in labels.kinds:  # too few held-out pairs to fit: the temperature is borrowed
        card["temperature"].setdefault(kind, card["temperature"].get("drug condition", 1.5))
        card["none_bias"].setdefault(kind, 0.0)
        card["threshold"].setdefault(kind, 0.5)
    return card, scores


if __name__ == "__main__":
    main()
