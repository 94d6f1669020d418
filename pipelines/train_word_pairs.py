"""Train the network over the words around two mentions, that reads beside the relater.

python pipelines/train_word_pairs.py --into DIR --vectors vectors.npy --weights WEIGHTS
python pipelines/train_word_pairs.py --into DIR --weights WEIGHTS --shares

WEIGHTS: kgbuilder/nn/weights/relater. The first trains on the sentences of recipes/relater.toml, from
vectors of train_words.py (two minutes an epoch and core), and writes `words.npz` and `words.onnx` there.
It ends with what the second does alone: choose how much the words count, kind by kind, by the loss on
the carved documents, and calibrate these kinds anew; that goes into `labels.json`. Then run fit_shape.py
and fit_belief.py. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.issues import Issues
from kgbuilder.nn.export_words import export_word_pairs
from kgbuilder.nn.made import Source
from kgbuilder.nn.pair_classifier import PairExample
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pair_words import WordPair, WordPairReader, WordPairs
from kgbuilder.nn.passages import PASSAGE_PREFIX
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.training import Plan, buckets_of, train
from kgbuilder.nn.word_pair_classifier import WordPairBatches, WordPairClassifier
from kgbuilder.nn.words import VECTORS_FILE, WORDS_FILE, WordVectors, blended
from kgbuilder.train.recipe_passes import Builder, read_all
from kgbuilder.train.recipes import read_recipe
from kgbuilder.train.relater_calibration import Calibration, calibration_of
from kgbuilder.train.run_card import MODEL, add_to_card, refuse_non_commercial

RECIPES = Path(__file__).parent / "recipes"
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def main() -> None:
    """Parse, train, choose."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, required=True, help="folder of the run")
    parser.add_argument("--weights", type=Path, required=True, help="folder of a relater")
    parser.add_argument("--vectors", type=Path, help="vectors to begin with")
    parser.add_argument("--shares", action="store_true", help="only choose the shares anew")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = tomllib.loads((RECIPES / "words.toml").read_text())["pairs"]
    table = read_recipe(RECIPES / "relater.toml")
    inputs = [args.vectors] if args.vectors else []
    refuse_non_commercial([args.weights / MODEL, *inputs], table)
    pieces = Pieces(args.weights / "tokenizer.json")
    labels = PairLabels.of(table["kinds"], table["classes"], table["passage_kinds"])
    sources: list[Source] = []
    rest, carved = read_all(table, args.corpora, None, Issues(), say=sources.append)
    print(*sources, sep="\n")
    builder = Builder(table, labels, pieces)
    if not args.shares:
        examples = [
            example
            for name, corpus in table["corpora"].items()
            for example in builder.of(rest[name], corpus).sentences
        ]
        examples += builder.notes(RECIPES / "notes.toml")
        fit(recipe, labels, pieces, examples, np.load(args.vectors), args.into, args.weights)
    dev = {
        name: builder.of(carved[name], table["corpora"][name]).sentences
        for name in {c for some in recipe["chosen_on"].values() for c in some}
        & table["corpora"].keys()
    }
    choose(recipe["chosen_on"], table["calibrate"], labels, pieces, dev, args.weights)
    add_to_card(args.weights, inputs, sources=sources)


def fit(
    recipe: Mapping[str, Any],
    labels: PairLabels,
    pieces: Pieces,
    examples: list[PairExample],
    vectors: np.ndarray,
    into: Path,
    weights: Path,
) -> None:
    """Train on every pair of the sentences, and write the network."""
    reader, plan = WordPairs(pieces), Plan(**recipe["train"])
    pairs: list[tuple[WordPair, int, int]] = [
        row
        for example in examples
        for row in zip(reader.of(example.layout), example.possible, example.allowed, strict=True)
    ]
    print(f"{len(pairs)} pairs, {sum(len(p.words) for p, _, _ in pairs)} words", flush=True)
    torch.manual_seed(plan.seed)
    model = WordPairClassifier(
        vectors,
        len(labels.names),
        n_classes=len(labels.classes),
        size=recipe["size"],
        n_layers=recipe["layers"],
        dropout=recipe["dropout"],
    )
    batches, sets = WordPairBatches(len(vectors)), torch.from_numpy(labels.table())

    def loss_of(chosen: list[int]) -> torch.Tensor:
        some = [pairs[i] for i in chosen]
        scores = model(*batches.of([pair for pair, _, _ in some]))
        possible, allowed = (sets[[row[k] for row in some]] for k in (1, 2))
        return partial_label_loss(scores.masked_fill(~possible, -1e4), allowed)

    train(
        model,
        batches_of=buckets_of([len(pair.words) for pair, _, _ in pairs], plan, multiple=4),
        loss_of=loss_of,
        plan=plan,
        folder=into,
        on_log=lambda p: print(f"step {p.step} of {p.of}: loss {p.loss}", flush=True),
    )
    state = {name: value.float().numpy() for name, value in model.state_dict().items()}
    WordVectors.of(state["encoder.weight"]).save(weights / VECTORS_FILE)
    export_word_pairs(state, weights / WORDS_FILE)


def choose(
    chosen_on: Mapping[str, list[str]],
    rules: Mapping[str, Any],
    labels: PairLabels,
    pieces: Pieces,
    dev: Mapping[str, list[PairExample]],
    weights: Path,
) -> None:
    """The share of each kind with the least loss once calibrated, into ``labels.json``."""
    path = weights / "labels.json"
    card = json.loads(path.read_text())
    encoder, words = OnnxModel(weights / "model.int8.onnx"), WordPairReader(weights, pieces)
    shares: dict[str, float] = {}
    for kind, corpora in chosen_on.items():
        if any(corpus not in dev for corpus in corpora):
            continue
        names = labels.kinds[kind]
        said = [read(dev[corpus], kind, labels, encoder, words) for corpus in corpora]
        every = [np.concatenate(parts) for parts in zip(*said, strict=True)]
        rule = rules.get(
            kind, {"for": [name.partition(":")[0] for name in names[1:]], "least": 0.5}
        )
        found: dict[float, Calibration] = {}
        losses: dict[float, float] = {}
        for share in SHARES:
            one, other, allowed = said[0]
            found[share] = calibration_of(blended(one, other, share), allowed, names, rule)
            one, other, allowed = every
            whole = calibration_of(blended(one, other, share), allowed, names, rule)
            losses[share] = whole.loss
            print(kind, corpora, share, losses[share], found[share], flush=True)
        best = min(SHARES, key=lambda share: (losses[share], share))
        if not best:
            continue
        # attributes have one set of labels and are carved together: what is found holds for all
        alike = [k for k in card["kinds"] if set(labels.kinds[k]) == set(names)]
        for one_kind in [kind, *(k for k in alike if k not in chosen_on)]:
            shares[one_kind] = best
            card["temperature"][one_kind] = found[best].temperature
            card["none_bias"][one_kind] = found[best].none_bias
            card["threshold"][one_kind] = found[best].threshold
        # a passage asks for more labels of two drugs than a sentence has
        over = PASSAGE_PREFIX + kind
        if set(labels.kinds.get(over, ())) == set(names):
            shares[over] = best
    card["words"] = shares
    path.write_text(json.dumps(card, indent=1) + "\n")


def read(
    examples: list[PairExample],
    kind: str,
    labels: PairLabels,
    encoder: OnnxModel,
    words: WordPairReader,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What encoder and words say of the pairs of a kind, log-probabilities ``[n, n_labels]``, and which
    labels are right.
    """
    columns = [labels.names.index(name) for name in labels.kinds[kind]]
    row, sets = labels.row(labels.kinds[kind], kind), labels.table()
    one, other, allowed = [], [], []
    for example in examples:
        mine = [i for i, possible in enumerate(example.possible) if possible == row]
        if mine:
            one.append(encoder.run(example.layout.inputs())[mine][:, columns])
            other.append(words.log_probabilities(example.layout, mine)[:, columns])
            allowed.append(sets[[example.allowed[i] for i in mine]][:, columns])
    logs = [
        rows - np.logaddexp.reduce(rows, axis=1, keepdims=True)
        for rows in (np.concatenate(one), np.concatenate(other))
    ]
    return logs[0], logs[1], np.concatenate(allowed)


if __name__ == "__main__":
    main()
