"""Train the relater.

python pipelines/train_relater.py pipelines/recipes/relater.toml --run DIR --from CKPT

Reads the corpora named in the recipe, leaves out what is held out, and trains a pair classifier whose
encoder starts from a trained tagger (`--from`) or from MiniLM. `--permissive` leaves out corpora that
are not for commercial use; `--plan` prints what there is to train on and ends. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.export import export_pair_classifier
from kgbuilder.nn.licences import licence_of, permitted
from kgbuilder.nn.pair_classifier import PairClassifier, PairExample, grouped, pair_batch, pool
from kgbuilder.nn.pair_labels import PairLabels, micro_f1
from kgbuilder.nn.pairs import blind_pieces
from kgbuilder.nn.passages import PASSAGE_PREFIX, pooled
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.start import mean_state, state_of
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.training import Plan, buckets_of, train
from kgbuilder.train.recipe_passes import Builder, Key, Passes, read_all
from kgbuilder.train.relater_calibration import calibration_of


def answers(
    model: PairClassifier, examples: list[PairExample], labels: PairLabels, padding_id: int
) -> list[tuple[np.ndarray, int, int]]:
    """Per pair its log-probabilities ``[n_labels]`` and the rows of its possible and allowed sets, in
    the order of the examples.
    """
    model.eval()
    table = torch.from_numpy(labels.table())
    rows: dict[int, list[tuple[np.ndarray, int, int]]] = {}
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].layout.ids))
    with torch.no_grad():
        for at in range(0, len(order), 8):
            batch = order[at : at + 8]
            chosen = [examples[i] for i in batch]
            scores = model(*pair_batch([e.layout for e in chosen], padding_id=padding_id))
            possible = table[[r for e in chosen for r in e.possible]]
            logs = pool(scores, grouped(chosen), possible).masked_fill(~possible, float("-inf"))
            each = iter(logs.log_softmax(-1).numpy())
            for i, example in zip(batch, chosen, strict=True):
                pairs = zip(example.possible, example.allowed, strict=True)
                rows[i] = [(next(each), p, a) for p, a in pairs]
    return [row for i in range(len(examples)) for row in rows[i]]


def document_f1(
    passes: Passes, rows: list[tuple[np.ndarray, int, int]], labels: PairLabels
) -> dict[str, Any]:
    """F1 over pairs of concepts in documents: related at all, and with an allowed label."""
    said: dict[Key, tuple[float, str]] = {}
    keys = [key for keys in passes.keys for key in keys]
    for key, (logs, _, _) in zip(keys, rows, strict=True):
        best = int(np.argmax(logs))
        if best:
            said[key] = max(said.get(key, (-np.inf, "")), (float(logs[best]), labels.names[best]))
    hit = said.keys() & passes.gold.keys()
    right = sum(said[key][1] in passes.gold[key] for key in hit)
    total = max(1, len(said) + len(passes.gold))
    return {
        "pair": round(200 * len(hit) / total, 2),
        "typed": round(200 * right / total, 2),
        "n_gold": len(passes.gold),
        "n_said": len(said),
    }


def start_model(
    base: Path, start: Path | None, more: Path | None, labels: PairLabels, pieces: Pieces
) -> PairClassifier:
    """MiniLM or a trained encoder under a new head, an exported relater, or an earlier run's state."""
    encoder = load_encoder(base)
    state = state_of(start) if start else {}
    if state:
        encoder.load_state_dict({k[8:]: v for k, v in state.items() if k.startswith("encoder.")})
    with torch.no_grad():
        known = pieces.id_of("[unused1]") if "mix.weight" in state else pieces.of("drug").ids[0]
        drug = encoder.pieces.weight[known].clone()
        for piece in blind_pieces():  # alike at first, but told apart
            own = encoder.pieces.weight[pieces.id_of(piece)]
            encoder.pieces.weight[pieces.id_of(piece)] = drug + 0.3 * own
    model = PairClassifier(encoder, len(labels.names))
    if start and "mix.weight" in state:
        go_on_with(model, state, labels, json.loads((start.parent / "labels.json").read_text()))
    if more:
        model.load_state_dict(torch.load(more, weights_only=True))
    return model


def go_on_with(
    model: PairClassifier, state: dict[str, torch.Tensor], labels: PairLabels, told: dict[str, Any]
) -> None:
    """Take over an exported relater's upper layers, and its scores of the labels that it knows too."""
    with torch.no_grad():
        model.mix.weight.copy_(state["mix.weight"])
        model.mix.bias.copy_(state["mix.bias"])
        for row, name in enumerate(labels.names):
            if name in told["labels"]:
                known = told["labels"].index(name)
                model.head.weight[row] = state["head.weight"][known]
                model.head.bias[row] = state["head.bias"][known]


def main() -> None:
    """Parse, build, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--distant", type=Path, help="file of build_distant_phenotypes.py")
    parser.add_argument("--permissive", action="store_true", help="corpora for commercial use only")
    parser.add_argument("--base", type=Path, help="folder of a BERT checkpoint (default: MiniLM)")
    parser.add_argument(
        "--from", dest="start", type=Path, help="state or exported model to start from"
    )
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--continue", dest="more", type=Path, help="state of an earlier run")
    parser.add_argument("--export", type=Path, help="then write the shipped weights to this folder")
    parser.add_argument(
        "--state", type=Path, nargs="+", help="export the mean of these states instead of training"
    )
    parser.add_argument(
        "--plan", action="store_true", help="say what there is to train on, and end"
    )
    parser.add_argument("--pieces-per-second", type=float, default=2500)
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    recipe["corpora"] = permitted(recipe["corpora"], permissive=args.permissive)
    recipe["licence"] = licence_of(recipe, permissive=args.permissive)
    base = args.base or minilm_folder()
    pieces = Pieces(base / "tokenizer.json")
    labels = PairLabels.of(recipe["kinds"], recipe["classes"], recipe["passage_kinds"])
    rest, carved = read_all(recipe, args.corpora, args.distant, Issues(), say=print)
    builder = Builder(recipe, labels, pieces, rng=random.Random(recipe["train"]["seed"]))  # noqa: S311
    judge = Builder(recipe, labels, pieces)
    examples: list[PairExample] = []
    dev: dict[str, Passes] = {}
    for name, table in recipe["corpora"].items():
        made = builder.of(rest[name], table)
        dev[name] = judge.of(carved[name], table)
        _say(name, made, len(rest[name]))
        examples += made.all()
    invented = builder.notes(args.recipe.parent / "notes.toml")
    _say("notes from templates", Passes(invented), recipe["notes"]["n_sentences"])
    examples += invented
    print(json.dumps(builder.counts, indent=1))
    lengths = [len(e.layout.ids) for e in examples]
    options = dict(recipe["train"])
    if args.epochs is not None:
        options["epochs"] = args.epochs
    if args.learning_rate:
        options |= {"learning_rate": args.learning_rate, "head_learning_rate": args.learning_rate}
    plan = Plan(**options)

    batches_of = buckets_of(lengths, plan, multiple=16)
    steps = sum(len(batches_of(epoch)) for epoch in range(plan.epochs))
    minutes = sum(lengths) * plan.epochs / args.pieces_per_second / 60
    print(
        f"{len(examples)} passes, {sum(lengths)} pieces an epoch, {plan.epochs} epochs, {steps} steps: "
        f"{minutes:.0f} minutes at {args.pieces_per_second:g} pieces/s",
        flush=True,
    )
    if args.plan:
        return
    possible_table = torch.from_numpy(labels.table())
    torch.manual_seed(plan.seed)
    model = start_model(base, args.start, args.more, labels, pieces)

    def loss_of(batch: list[int]) -> torch.Tensor:
        chosen = [examples[i] for i in batch]
        scores = model(*pair_batch([e.layout for e in chosen], padding_id=pieces.padding_id))
        possible = possible_table[[r for e in chosen for r in e.possible]]
        allowed = possible_table[[r for e in chosen for r in e.allowed]]
        return partial_label_loss(pool(scores, grouped(chosen), possible), allowed)

    def on_epoch(epoch: int) -> None:
        torch.save(model.state_dict(), args.run / f"epoch{epoch + 1}.pt")
        for name, passes in dev.items():
            if passes.sentences:
                rows = answers(model, passes.sentences, labels, pieces.padding_id)
                logits, allowed = np.array([r[0] for r in rows]), np.array([r[2] for r in rows])
                print(epoch + 1, name, micro_f1(logits, allowed, labels, ""), flush=True)
            if passes.passages:
                rows = answers(model, passes.passages, labels, pieces.padding_id)
                print(epoch + 1, name, "passages", document_f1(passes, rows, labels), flush=True)

    if args.state:
        model.load_state_dict(mean_state([state_of(path) for path in args.state]))
    else:
        train(
            model,
            batches_of=batches_of,
            loss_of=loss_of,
            plan=plan,
            folder=args.run,
            on_epoch=on_epoch,
        )
    if args.export:
        export(model, recipe, labels, dev, args.export, base / "tokenizer.json")


def _say(name: str, made: Passes, n: int) -> None:
    sizes = [sum(len(e.layout.ids) for e in some) for some in (made.sentences, made.passages)]
    print(
        f"{name}: {n} texts, {len(made.sentences)} sentence passes ({sizes[0]} pieces), "
        f"{len(made.passages)} passage passes ({sizes[1]} pieces)"
    )


def run_int8(int8: OnnxModel, example: PairExample, columns: list[int]) -> np.ndarray:
    """Pooled log-probabilities ``[n_pairs, n_columns]`` of one pass by what ships."""
    answer = int8.run(example.layout.inputs())[:, columns]
    answer -= np.logaddexp.reduce(answer, axis=1, keepdims=True)
    return pooled(answer, example.groups)


def export(
    model: PairClassifier,
    recipe: dict[str, Any],
    labels: PairLabels,
    dev: dict[str, Passes],
    folder: Path,
    tokenizer: Path,
) -> None:
    """Write the int8 model and its labels, calibrated and with thresholds chosen on ``dev``."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    export_pair_classifier(weights, folder / "model.int8.onnx", n_heads=12, int8=True)
    shutil.copy(tokenizer, folder / "tokenizer.json")
    int8, table = OnnxModel(folder / "model.int8.onnx", n_threads=2), labels.table()
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
        scores, gold = [], []
        for example in examples:
            mine = [i for i, r in enumerate(example.possible) if r == row]
            if mine:
                scores.append(run_int8(int8, example, columns)[mine])
                gold.append(table[[example.allowed[i] for i in mine]][:, columns])
        if not scores:
            continue
        x, allowed = np.concatenate(scores), np.concatenate(gold)
        found = calibration_of(x, allowed, labels.kinds[kind], rule)
        card["temperature"][kind], card["none_bias"][kind] = found.temperature, found.none_bias
        card["threshold"][kind] = found.threshold
        print(kind, rule["on"], found)
    for kind in labels.kinds:  # too few held-out pairs to fit: the temperature is borrowed
        card["temperature"].setdefault(kind, card["temperature"].get("drug condition", 1.5))
        card["none_bias"].setdefault(kind, 0.0)
        card["threshold"].setdefault(kind, 0.5)
    (folder / "labels.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
