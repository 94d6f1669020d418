"""Fit what reads the shape of a paper, and how much each reading of a pair counts.

python pipelines/fit_shape.py pipelines/recipes/relater.toml --weights kgbuilder/nn/weights/relater

The network of ``kgbuilder/nn/shape.py`` learns from the passages' corpora of the recipe, without the
relater: ``shape.npz``. The weights of the readings and the thresholds are then fitted on the documents
that were carved out for choosing, and written into ``labels.json``. Needs the extra ``train``; minutes.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.evaluate.labels import labels_of
from kgbuilder.issues import Issues
from kgbuilder.nn.encoder import minilm_folder
from kgbuilder.nn.made import Source
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.passages import PASSAGE_PREFIX
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.shape import SHAPE, Named, ShapeModel, shapes_of
from kgbuilder.nn.tagger import partial_label_loss
from kgbuilder.relate.readings import Mix, Reading, mixed, parted
from kgbuilder.relate.transformer import TransformerRelater
from kgbuilder.scoring_relations import document_of, finding_of, scored_annotations
from kgbuilder.segment.clinical import ClinicalSegmenter
from kgbuilder.train.recipe_passes import (
    Builder,
    bounds_of,
    entities_of,
    read_all,
    related_of,
    types_between,
)
from kgbuilder.train.recipes import read_recipe
from kgbuilder.train.run_card import MODEL, add_to_card, refuse_non_commercial

Row = tuple[str, NDArray[np.float32], int]
"""Kind, shape, and the row of the allowed labels."""


def rows_of(document: AnnotatedDocument, builder: Builder, table: Mapping[str, Any]) -> list[Row]:
    """Each pair of concepts that the corpus judges."""
    entities, related = entities_of(document, table), related_of(document)
    bounds = bounds_of(document, entities)
    named, class_of = [], {}
    for start, end, kind, names, _ in entities:
        at = next((i for i, (a, b) in enumerate(bounds) if a <= start < b), 0)
        named.append(Named(names, kind, start, end, at))
        class_of[names] = kind
    things = list(class_of)
    pairs, judged = [], []
    for i, x in enumerate(things):
        for y in things[i + 1 :]:
            found = builder.labels.order(class_of[x], class_of[y], PASSAGE_PREFIX)
            if found is None or set(x) & set(y):
                continue
            kind, turned = found
            types = {t for a in x for b in y for t in types_between(related, a, b)}
            text = _read_of(document, bounds, named, x, y)
            doubtful = bool(re.search(table.get("unrelated_if", ""), text, re.IGNORECASE))
            if meant := builder.meant(types, kind, table, doubtful):
                pairs.append((y, x) if turned else (x, y))
                judged.append((kind, builder.labels.row(meant, kind)))
    shapes = shapes_of(named, len(bounds), pairs)
    return [(kind, shape, row) for (kind, row), shape in zip(judged, shapes, strict=True)]


def _read_of(
    document: AnnotatedDocument,
    bounds: Sequence[tuple[int, int]],
    named: Sequence[Named],
    x: object,
    y: object,
) -> str:
    """The sentences that name both, else the first that name either."""
    one, other = ({m.sentence for m in named if m.thing == thing} for thing in (x, y))
    return " ".join(
        document.text[slice(*bounds[at])] for at in (one & other) or {min(one), min(other)}
    )


class Network(torch.nn.Module):
    """As :class:`ShapeModel`, to be trained."""

    def __init__(self, n_inputs: int, n_hidden: int, n_labels: int) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(n_inputs, n_hidden)
        self.head = torch.nn.Linear(n_hidden, n_labels)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """``[n, n_labels]``."""
        scores: torch.Tensor = self.head(torch.relu(self.hidden(inputs)))
        return scores


def train_shape(rows: Sequence[Row], labels: PairLabels, options: Mapping[str, Any]) -> ShapeModel:
    """One hidden layer, by the loss of the relater: mean ``-ln P(an allowed label)``."""
    kinds = tuple(k for k in labels.kinds if k.startswith(PASSAGE_PREFIX))
    shapes = np.array([shape for _, shape, _ in rows])
    mean, scale = shapes.mean(0), shapes.std(0) + 1e-6
    which = np.eye(len(kinds), dtype=np.float32)[[kinds.index(kind) for kind, _, _ in rows]]
    inputs = torch.tensor(np.concatenate([(shapes - mean) / scale, which], axis=1))
    table = labels.table()
    possible = torch.tensor(
        [[n in labels.kinds[kind] for n in labels.names] for kind, _, _ in rows]
    )
    allowed = torch.tensor(table[[row for _, _, row in rows]])
    torch.manual_seed(options["seed"])
    network = Network(inputs.shape[1], options["hidden"], len(labels.names))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=options["learning_rate"], weight_decay=options["weight_decay"]
    )
    n_batches = len(inputs) // options["batch"]
    steps = options["epochs"] * n_batches
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for epoch in range(options["epochs"]):
        total = 0.0
        for batch in torch.randperm(len(inputs)).split(options["batch"])[:n_batches]:
            scores = network(inputs[batch]).masked_fill(~possible[batch], -1e9)
            loss = partial_label_loss(scores, allowed[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / n_batches:.4f}", flush=True)
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    return ShapeModel(
        kinds,
        mean.astype(np.float32),
        scale.astype(np.float32),
        state["hidden.weight"],
        state["hidden.bias"],
        state["head.weight"],
        state["head.bias"],
    )


Judged = tuple[str, Reading, NDArray[np.bool_]]
"""Corpus, what was read of a pair, and which of its kind's labels are right."""


def judged_readings(
    name: str,
    documents: Sequence[AnnotatedDocument],
    builder: Builder,
    table: Mapping[str, Any],
    relater: TransformerRelater,
) -> Iterator[Judged]:
    """What the relater reads of pairs of concepts, mentions given."""
    segmenter, told = ClinicalSegmenter(), labels_of(name)
    for document in documents:
        text = document_of(document)
        sentences = segmenter.sentences(text)
        bounds = [(s.span.start, s.span.end) for s in sentences]
        scored = scored_annotations(document, told)
        findings = [finding_of(document, annotation, told) for annotation in scored]
        ids = {f.concept: a.ids for f, a in zip(findings, scored, strict=True)}
        named = [
            Named(
                f.concept,
                "",
                f.mention.span.start,
                f.mention.span.end,
                next((i for i, (a, b) in enumerate(bounds) if a <= f.mention.span.start < b), 0),
            )
            for f in findings
        ]
        related = related_of(document)
        for one, other, reading in relater.readings(text, sentences, findings):
            types = {
                t
                for a in ids[one.concept]
                for b in ids[other.concept]
                for t in types_between(related, a, b)
            }
            read = _read_of(document, bounds, named, one.concept, other.concept)
            doubtful = bool(re.search(table.get("unrelated_if", ""), read, re.IGNORECASE))
            if meant := builder.meant(types, reading.kind, table, doubtful):
                row = np.array([n in meant for n in builder.labels.kinds[reading.kind]])
                yield name, reading, row


def fit_mix(judged: Sequence[Judged], labels: PairLabels) -> dict[str, Mix]:
    """Weights by the least mean ``-ln P(an allowed label)``, where a sentence names both and apart."""
    mixes = {}
    for name, together in (("together", True), ("apart", False)):
        mine = [(reading, row) for _, reading, row in judged if reading.together == together]
        size = len(labels.names)
        odds = torch.zeros(3, len(mine))
        logs = torch.zeros(3, len(mine), size)
        possible = torch.zeros(len(mine), size, dtype=torch.bool)
        right = torch.zeros_like(possible)
        for i, (reading, row) in enumerate(mine):
            columns = [labels.names.index(n) for n in labels.kinds[reading.kind]]
            possible[i, columns] = True
            right[i, columns] = torch.tensor(row)
            for part, read in enumerate(reading.pooled()):
                if read.any():
                    related, rest = parted(read)
                    odds[part, i] = related
                    logs[part, i, columns[1:]] = torch.tensor(rest)
        weights = torch.nn.Parameter(torch.full((7,), 0.3))
        used = torch.ones(7)
        if not together:
            used[[0, 4]] = 0.0  # no sentence says anything
        optimizer = torch.optim.LBFGS([weights], max_iter=80)

        def loss(
            optimizer: torch.optim.LBFGS = optimizer,
            parameters: torch.nn.Parameter = weights,
            used: torch.Tensor = used,
            odds: torch.Tensor = odds,
            logs: torch.Tensor = logs,
            possible: torch.Tensor = possible,
            right: torch.Tensor = right,
        ) -> torch.Tensor:
            optimizer.zero_grad()
            weights = parameters * used
            related = (weights[:3, None] * odds).sum(0) + weights[3]
            label = (weights[4:, None, None] * logs).sum(0)
            label = label.masked_fill(~possible, -1e9)[:, 1:].log_softmax(-1)
            none = torch.nn.functional.logsigmoid(-related)[:, None]
            some = torch.nn.functional.logsigmoid(related)[:, None] + label
            scores = torch.cat([none, some], 1)
            value = partial_label_loss(scores, right) + 1e-3 * (parameters**2).mean()
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimizer.step(loss)  # type: ignore[arg-type]
        a, b, c, bias, d, e, f = (round(float(w), 3) for w in weights.detach() * used)
        mixes[name] = Mix((a, b, c), bias, (d, e, f))
        print(f"{name}: {len(mine)} pairs, loss {loss().item():.4f}, {mixes[name]}")
    return mixes


def fit_thresholds(
    judged: Sequence[Judged],
    mixes: Mapping[str, Mix],
    recipe: Mapping[str, Any],
    labels: PairLabels,
) -> dict[str, float]:
    """Of the kinds that the recipe calibrates on a corpus, the probability with the best F1 of "related
    so" over all of them: one by one they are too few.
    """
    sure: dict[str, list[tuple[float, bool]]] = {}
    kinds: dict[str, set[str]] = {}
    for name, reading, row in judged:
        rule = recipe["calibrate"].get(reading.kind)
        if rule and rule["on"] == name:
            p = np.exp(mixed(reading, mixes["together" if reading.together else "apart"]))
            names = labels.kinds[reading.kind]
            said = sum(p[i] for i, n in enumerate(names) if n.partition(":")[0] in rule["for"])
            sure.setdefault(name, []).append((float(said), not row[0]))
            kinds.setdefault(name, set()).add(reading.kind)
    thresholds = {}
    for name, rows in sure.items():
        best = best_threshold(rows)
        thresholds |= dict.fromkeys(kinds[name], best[1])
        n_related = sum(related for _, related in rows)
        print(f"{name}: {len(rows)} pairs, {n_related} related; F1 {best[0]:.3f} from {best[1]}")
    return thresholds


def best_threshold(rows: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """``(F1, threshold)`` where F1 is best: the mean of what the labels say and of what the calibrated
    probabilities let expect, over the thresholds around it. The labels' curve alone is flat, and its
    peak is chance.
    """
    probabilities, related = np.array(rows, dtype=float).T
    thresholds = np.linspace(0.1, 0.8, 29)

    def curve_of(truth: np.ndarray) -> np.ndarray:
        told = [probabilities >= t for t in thresholds]
        return np.array([2 * truth[t].sum() / max(1.0, t.sum() + truth.sum()) for t in told])

    curve = curve_of(related)
    around = np.convolve(curve + curve_of(probabilities), np.ones(5) / 5, mode="valid")
    best = int(around.argmax()) + 2
    return float(curve[best]), round(float(thresholds[best]), 3)


def main() -> None:
    """Parse, train, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="an exported relater")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    args = parser.parse_args()
    recipe = read_recipe(args.recipe)
    refuse_non_commercial([args.weights / MODEL], recipe)
    tables = {name: table for name, table in recipe["corpora"].items() if table.get("passages")}
    labels = PairLabels.of(recipe["kinds"], recipe["classes"], recipe["passage_kinds"])
    builder = Builder(recipe, labels, Pieces(minilm_folder() / "tokenizer.json"))
    sources: list[Source] = []
    parts = {**recipe, "corpora": tables}
    rest, carved = read_all(parts, args.corpora, None, Issues(), say=sources.append)
    print(*sources, sep="\n")
    rows = [row for name in tables for d in rest[name] for row in rows_of(d, builder, tables[name])]
    print(f"{len(rows)} pairs of concepts, {len(SHAPE)} numbers each")
    train_shape(rows, labels, recipe["shape"]).save(args.weights / "shape.npz")
    path = args.weights / "labels.json"
    told = json.loads(path.read_text())
    told["instances"] = recipe["shape"]["instances"]
    told["version"] = recipe["version"]
    told.pop("mix", None)
    path.write_text(json.dumps(told, indent=1) + "\n")
    relater = TransformerRelater(args.weights)
    judged = [
        row
        for name in tables
        for row in judged_readings(name, carved[name], builder, tables[name], relater)
    ]
    mixes = fit_mix(judged, labels)
    told["mix"] = {name: asdict(mix) for name, mix in mixes.items()}
    thresholds = fit_thresholds(judged, mixes, recipe, labels)
    for kind in [k for k in labels.kinds if k.startswith(PASSAGE_PREFIX)]:
        told["temperature"][kind], told["none_bias"][kind] = 1.0, 0.0  # the mix is fitted for that
        told["threshold"][kind] = thresholds.get(kind, 0.5)
    path.write_text(json.dumps(told, indent=1) + "\n")
    add_to_card(args.weights, sources=sources)


if __name__ == "__main__":
    main()
