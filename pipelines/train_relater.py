"""Train the relater.

python pipelines/train_relater.py pipelines/recipes/relater.toml --run DIR --from CKPT

Reads the corpora named in the recipe, leaves out what is held out, and trains a pair classifier whose
encoder starts from a trained tagger (`--from`) or from MiniLM. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.evaluate.calibration import score_calibration
from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.nn.calibration import calibrated, fit_calibration
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.export import export_pair_classifier
from kgbuilder.nn.pair_classifier import PairClassifier, PairExample, pair_batch
from kgbuilder.nn.pair_labels import PairLabels, micro_f1
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.templates import Slot, fill_templates
from kgbuilder.nn.training import Plan, length_buckets, train


def entities_in(
    document: AnnotatedDocument, table: dict[str, Any]
) -> list[tuple[int, int, str, tuple]]:
    """``(start, end, class, names a relation may call it by)``, sorted, without overlaps."""
    kept: list[tuple[int, int, str, tuple]] = []
    known = [e for e in document.entities if e.type in table["types"]]
    for e in sorted(known, key=lambda e: (e.start - e.end, e.start)):
        if all(e.end <= a or b <= e.start for a, b, _, _ in kept):
            names = (e.id,) if table["level"] == "mention" else e.ids
            kept.append((e.start, e.end, table["types"][e.type], names))
    return sorted(kept)


def pairs_of(
    entities: list[tuple[int, int, str, tuple]],
    related: dict[tuple[str, str], set[str]],
    table: dict[str, Any],
    labels: PairLabels,
    text: str,
) -> list[tuple[int, int, str, list[str]]]:
    """``(first, second, kind, allowed labels)`` of a sentence's pairs that the corpus judges."""
    doubtful = re.search(table.get("unrelated_if", ""), text, re.IGNORECASE)
    pairs = []
    for i in range(len(entities)):
        for j in range(i + 1, len(entities)):
            a, b = i, j
            if f"{entities[a][2]} {entities[b][2]}" not in labels.kinds:
                a, b = j, i
            kind = f"{entities[a][2]} {entities[b][2]}"
            if kind not in labels.kinds:
                continue
            types: set[str] = set()
            for x in entities[a][3]:
                for y in entities[b][3]:
                    types |= related.get((x, y), set()) | related.get((y, x), set())
            if set(entities[a][3]) & set(entities[b][3]):
                continue
            relations = table["relations"]
            meant = [
                n for t in sorted(types) for n in relations.get(f"{t} {kind}", relations.get(t, []))
            ]
            if meant:
                pairs.append((a, b, kind, meant))
            elif not types and kind in table["unrelated"]:
                pairs.append((a, b, kind, table["unrelated"][kind] if doubtful else ["none"]))
    return pairs


def examples_of(
    documents: list[AnnotatedDocument],
    table: dict[str, Any],
    recipe: dict[str, Any],
    labels: PairLabels,
    pieces: Pieces,
    counts: Counter[str],
    rng: random.Random | None = None,
) -> list[PairExample]:
    """Passes for the sentences of ``documents`` that hold pairs; ``rng`` thins out empty ones."""
    examples = []
    for document in documents:
        related: dict[tuple[str, str], set[str]] = {}
        for relation in document.relations:
            related.setdefault((relation.head, relation.tail), set()).add(relation.type)
        entities = entities_in(document, table)
        protected = [(a, b) for a, b, _, _ in entities]
        whole = document.id != document.group  # already one sentence
        bounds = (
            [(0, len(document.text))]
            if whole
            else sentence_bounds(document.text, protected, title_end=document.title_end)
        )
        for start, end in bounds:
            inside = [
                (a - start, b - start, c, n) for a, b, c, n in entities if start <= a and b <= end
            ]
            pairs = pairs_of(inside, related, table, labels, document.text[start:end])
            nothing = all(meant == ["none"] for _, _, _, meant in pairs)
            if rng and nothing and rng.random() > recipe["keep_unrelated"]:
                continue
            for _, _, kind, meant in pairs:
                counts[f"{kind}: {'|'.join(meant)}"] += 1
            for layout in lay_out_pairs(
                document.text[start:end],
                [(a, b, c) for a, b, c, _ in inside],
                [(a, b) for a, b, _, _ in pairs],
                pieces=pieces,
                classes=labels.classes,
                blinded=frozenset(recipe["blinded"]),
                max_text=160,
                max_pairs=recipe["max_pairs"],
            ):
                chosen = [pairs[i] for i in layout.pairs]
                possible = tuple(labels.row(labels.kinds[k], k) for _, _, k, _ in chosen)
                allowed = tuple(labels.row(names, k) for _, _, k, names in chosen)
                examples.append(PairExample(layout, possible, allowed))
    return examples


def notes(
    recipe: dict[str, Any], slots_recipe: Path, labels: PairLabels, pieces: Pieces
) -> list[PairExample]:
    """Passes for made-up note sentences, see the recipe."""
    rows = tomllib.loads(slots_recipe.read_text())["slots"]
    slots = {name: Slot(row["values"], row.get("type")) for name, row in rows.items()}
    table = recipe["notes"]
    label_of = {text: t["labels"] for t in table["templates"] for text in t["texts"]}
    examples = []
    for number, template in enumerate(sorted(label_of)):
        n = table["n_sentences"] // len(label_of)
        for filled in fill_templates([template], slots, n=n, seed=table["seed"] + number):
            spans = [
                (a, b, recipe["classes"][t]) for a, b, t in filled.spans if t in recipe["classes"]
            ]
            pairs = []
            for i in range(len(spans)):
                for j in range(i + 1, len(spans)):
                    a, b = (i, j) if f"{spans[i][2]} {spans[j][2]}" in labels.kinds else (j, i)
                    kind = f"{spans[a][2]} {spans[b][2]}"
                    if kind in label_of[template]:
                        pairs.append((a, b, kind, label_of[template][kind]))
            for layout in lay_out_pairs(
                filled.text,
                spans,
                [(a, b) for a, b, _, _ in pairs],
                pieces=pieces,
                classes=labels.classes,
                blinded=frozenset(recipe["blinded"]),
            ):
                chosen = [pairs[i] for i in layout.pairs]
                possible = tuple(labels.row(labels.kinds[k], k) for _, _, k, _ in chosen)
                allowed = tuple(labels.row(names, k) for _, _, k, names in chosen)
                if chosen:
                    examples.append(PairExample(layout, possible, allowed))
    return examples


def score(
    model: PairClassifier, examples: list[PairExample], labels: PairLabels, padding_id: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masked logits ``[n, n_labels]``, and the rows of possible and allowed sets."""
    model.eval()
    table, out, possible, allowed = torch.from_numpy(labels.table()), [], [], []
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].layout.ids))
    with torch.no_grad():
        for at in range(0, len(order), 16):
            batch = [examples[i] for i in order[at : at + 16]]
            scores = model(*pair_batch([e.layout for e in batch], padding_id=padding_id))
            rows = [r for e in batch for r in e.possible]
            out.append(scores.float().masked_fill(~table[rows], float("-inf")).numpy())
            possible += rows
            allowed += [r for e in batch for r in e.allowed]
    return np.concatenate(out), np.array(possible), np.array(allowed)


def main() -> None:
    """Parse, build, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--base", type=Path, help="folder of a BERT checkpoint (default: MiniLM)")
    parser.add_argument("--from", dest="start", type=Path, help="weights of a trained tagger")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--continue", dest="more", type=Path, help="state of an earlier run")
    parser.add_argument("--export", type=Path, help="then write the shipped weights to this folder")
    parser.add_argument("--state", type=Path, help="export this state instead of training")
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    base = args.base or minilm_folder()
    torch.set_num_threads(2)
    pieces, labels, issues = (
        Pieces(base / "tokenizer.json"),
        PairLabels.of(recipe["kinds"], recipe["classes"]),
        Issues(),
    )

    def load(name: str) -> list[AnnotatedDocument]:
        return list(read_corpus(name, root=args.corpora, issues=issues))

    held_out = [d for name in recipe["held_out"] for d in load(name)]
    examples, dev, split = [], {}, {}
    for name in recipe["corpora"]:
        split[name] = carve(load(name), recipe["dev"].get(name, 0))
        held_out += split[name][0]
    counts: Counter[str] = Counter()
    rng = random.Random(recipe["train"]["seed"])  # noqa: S311
    for name, table in recipe["corpora"].items():
        carved, rest = split[name]
        out = overlapping_documents(rest, held_out)
        kept = [d for d in rest if d.id not in out]
        made = examples_of(kept, table, recipe, labels, pieces, counts, rng)
        dev[name] = examples_of(carved, table, recipe, labels, pieces, Counter())
        print(
            f"{name}: {len(rest)} texts, {len(out)} held out, {len(made)} passes, "
            f"dev {len(dev[name])} passes"
        )
        examples += made
    made = notes(recipe, args.recipe.parent / "notes.toml", labels, pieces)
    print(f"notes from templates: {len(made)} passes\n{json.dumps(counts, indent=1)}")
    examples += made
    lengths = [len(e.layout.ids) for e in examples]
    options = dict(recipe["train"])
    if args.epochs is not None:
        options["epochs"] = args.epochs
    if args.learning_rate:
        options |= {"learning_rate": args.learning_rate, "head_learning_rate": args.learning_rate}
    plan = Plan(**options)
    possible_table = torch.from_numpy(labels.table())
    torch.manual_seed(plan.seed)
    encoder = load_encoder(base)
    if args.start:
        state = torch.load(args.start, weights_only=True)
        state = state.get("model", state)
        own = {k[8:]: v for k, v in state.items() if k.startswith("encoder.")}
        encoder.load_state_dict(own)
    with torch.no_grad():
        drug = pieces.of("drug").ids[0]
        encoder.pieces.weight[pieces.id_of("[unused1]")] = encoder.pieces.weight[drug]
    model = PairClassifier(encoder, len(labels.names))
    if args.more:
        model.load_state_dict(torch.load(args.more, weights_only=True))

    def batches_of(epoch: int) -> list[list[int]]:
        return length_buckets(
            lengths, max_pieces=plan.max_batch_pieces, multiple=16, seed=plan.seed, epoch=epoch
        )

    def loss_of(batch: list[int]) -> torch.Tensor:
        chosen = [examples[i] for i in batch]
        scores = model(*pair_batch([e.layout for e in chosen], padding_id=pieces.padding_id))
        possible = possible_table[[r for e in chosen for r in e.possible]]
        allowed = possible_table[[r for e in chosen for r in e.allowed]]
        return partial_label_loss(scores.float().masked_fill(~possible, -1e4), allowed)

    def on_epoch(epoch: int) -> None:
        torch.save(model.state_dict(), args.run / f"epoch{epoch + 1}.pt")
        for name, prefix in (("ddi-train", "INTERACTS"), ("bc5cdr-dev", "CAUSES")):
            logits, _, allowed = score(model, dev[name], labels, pieces.padding_id)
            print(epoch + 1, name, micro_f1(logits, allowed, labels, prefix), flush=True)

    steps = sum(len(batches_of(epoch)) for epoch in range(plan.epochs))
    print(f"{len(examples)} passes, {sum(lengths)} pieces, {steps} steps planned", flush=True)
    if args.state:
        state = torch.load(args.state, weights_only=True)
        model.load_state_dict(state.get("model", state))
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


def export(
    model: PairClassifier,
    recipe: dict[str, Any],
    labels: PairLabels,
    dev: dict[str, list[PairExample]],
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
        "version": "1",
        "labels": labels.names,
        "kinds": labels.kinds,
        "class_of": recipe["classes"],
        "classes": labels.classes,
        "blinded": recipe["blinded"],
        "temperature": {},
        "none_bias": {},
        "threshold": {},
        "licence": recipe["licence"],
    }
    for kind, name in (("drug drug", "ddi-train"), ("drug condition", "bc5cdr-dev")):
        columns = [labels.names.index(n) for n in labels.kinds[kind]]
        row = labels.row(labels.kinds[kind], kind)
        scores, gold = [], []
        for example in dev[name]:
            layout = example.layout
            bias = np.where(layout.visible(), 0.0, -1e4).astype(np.float32)[None, None]
            answer = int8.run(
                {
                    "ids": layout.ids[None],
                    "positions": layout.positions[None],
                    "bias": bias,
                    "markers": layout.markers(),
                }
            )
            mine = [i for i, r in enumerate(example.possible) if r == row]
            scores.append(answer[mine][:, columns])
            gold.append(table[[example.allowed[i] for i in mine]][:, columns])
        x, allowed = np.concatenate(scores), np.concatenate(gold)
        temperature, none_bias = fit_calibration(x, allowed)
        before = calibrated(x, temperature=1.0, none_bias=0.0)
        after = calibrated(x, temperature=temperature, none_bias=none_bias)
        related = ~allowed[:, 0]
        n = 1 + (
            4 if kind == "drug drug" else 1
        )  # for conditions the dev corpus judges CAUSES alone
        p0, p1 = before[:, 1:n].sum(1), after[:, 1:n].sum(1)
        best = max(
            (2 * (related & (p1 >= t)).sum() / max(1, related.sum() + (p1 >= t).sum()), t)
            for t in np.linspace(0.2, 0.8, 25)
        )
        card["temperature"][kind], card["none_bias"][kind] = temperature, none_bias
        # the dev corpus does not judge TREATS, so a pair with a condition needs even odds at least
        least = 0.5 if kind == "drug condition" else 0.0
        card["threshold"][kind] = max(least, round(float(best[1]), 3))
        print(
            kind,
            name,
            {
                "n": len(x),
                "related": int(related.sum()),
                "temperature": temperature,
                "none_bias": none_bias,
                "ece_before": round(
                    score_calibration(np.clip(p0, 0, 1).tolist(), related.tolist()).ece, 4
                ),
                "ece_after": round(
                    score_calibration(np.clip(p1, 0, 1).tolist(), related.tolist()).ece, 4
                ),
                "detection_F1": best[0],
                "threshold": best[1],
            },
        )
    for kind in labels.kinds:  # too few held-out pairs to fit: the temperature is borrowed
        card["temperature"].setdefault(kind, card["temperature"]["drug condition"])
        card["none_bias"].setdefault(kind, 0.0)
        card["threshold"].setdefault(kind, 0.5)
    (folder / "labels.json").write_text(json.dumps(card, indent=1) + "\n")


if __name__ == "__main__":
    main()
