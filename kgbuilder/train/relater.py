"""``kgbuilder train relater``: who reads relations within sentences, out of a labelled set."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.issues import Issues
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.relater_training import (
    export_relater,
    fit_relater,
    new_relater,
    said_by_model,
    said_int8,
)
from kgbuilder.nn.start import start_of
from kgbuilder.nn.tagger_training import save_state
from kgbuilder.nn.training import Plan
from kgbuilder.relation_labels import map_relations
from kgbuilder.train.card import Card
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.judged_pairs import (
    PlacedPass,
    Sentence,
    class_of,
    judgements_of,
    passes_of,
)
from kgbuilder.train.labelled_recipe import RelaterRecipe
from kgbuilder.train.labelled_split import SplitSet, digest_of, own_sets
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.relater_scores import Calibration, calibrate, score_pairs
from kgbuilder.train.run_folder import RunFolder
from kgbuilder.train.watch import Watch

__all__ = ["RelaterReport", "train_relater"]


@dataclass(frozen=True, slots=True)
class RelaterReport:
    """What a run gave; figures are of the int8 model on the development documents: pairs of given
    mentions within a sentence, with their predicate.
    """

    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    n_train: int
    n_dev: int
    n_overlapping: int
    n_test: int
    epochs: int
    best_epoch: int
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float
    resumed: bool


def train_relater(
    recipe: RelaterRecipe,
    *,
    base: str,
    into: Path,
    corpora: Path,
    command: str,
    issues: Issues,
) -> RelaterReport:
    """Train, resume, or find complete. Writes what ``[relate] model`` takes.

    :raises ConfigError: for a label or relation that has no meaning here.
    :raises InputError: when there is too little data.
    """
    need_matplotlib()
    folder, plan = RunFolder(into), Plan(**recipe.train)
    start = start_of(base)
    shape = start.encoder.shape
    if shape.n_distances:
        raise InputError(
            "a relater cannot start from an MPNet checkpoint",
            where=base,
            hint="its markers stand at no distance from the text: start from BERT's kind",
        )
    parts, types = own_sets(recipe, corpora=corpora, seed=plan.seed, issues=issues)
    where, everything = ", ".join(recipe.data), [d for p in parts for d in (*p.train, *p.dev)]
    relations = map_relations(everything, recipe.relations, where=where)
    train = _read([d for p in parts for d in p.train], types, relations, issues)
    dev = _read([d for p in parts for d in p.dev], types, relations, issues)
    labels, class_of_type = _labels_of([s for _, rows in train for s in rows], types)
    if not labels.kinds:
        raise InputError(
            "no relation within a sentence to learn from",
            where=where,
            hint="relations join mentions (BRAT R lines) or concept ids (PubTator); noted: "
            + (", ".join(f"{n} {kind}" for kind, n in issues.counts().items()) or "nothing"),
        )
    pieces = Pieces(start.folder / "tokenizer.json")
    blinded = frozenset(recipe.blinded)
    learned = _passes(train, labels, pieces, blinded)
    judged = _passes(dev, labels, pieces, blinded)
    if not judged:
        raise InputError(
            "no pair to choose by: no held-out sentence holds two mentions that may be related",
            where=where,
            hint="give more documents, or --dev",
        )
    resumed = folder.begin(
        {
            "kind": "relater",
            "base": base,
            "recipe": asdict(recipe) | {"train": {**recipe.train, "device": ""}},
            "kinds": labels.kinds,
            "data": digest_of(parts),
        }
    )
    if folder.is_complete:
        told = json.loads((folder.run / "report.json").read_text("utf-8"))
        told |= {name: tuple(told[name]) for name in ("labels", "kinds")}
        return replace(RelaterReport(**told), resumed=True)
    table = labels.table()
    model = new_relater(start, len(labels.names), pieces, seed=plan.seed)
    choice = EpochChoice(folder.run / "epochs.jsonl", patience=recipe.patience)
    line = ProgressLine()

    def score() -> float:
        said = said_by_model(model, [p.judged for p in judged], padding_id=pieces.padding_id)
        return score_pairs(judged, said, labels, table, {}, n_samples=0).f1

    watch = Watch(
        choice,
        line,
        score=score,
        save=lambda: save_state(model, folder.run / "best.pt"),
        tell=lambda f1: f"dev F1 {100 * f1:.2f}",
    )
    fit_relater(
        model,
        [p.judged for p in learned],
        table,
        plan=plan,
        folder=folder.run,
        padding_id=pieces.padding_id,
        on_epoch=watch.on_epoch,
        on_log=watch.on_log,
    )
    line.end()
    export_relater(folder.run / "best.pt", into / "model.int8.onnx", shape)
    shutil.copy(start.folder / "tokenizer.json", into / "tokenizer.json")
    said = said_int8(into / "model.int8.onnx", [p.judged for p in judged])
    fitted = calibrate(judged, said, labels, table)
    scored = score_pairs(judged, said, labels, table, fitted)
    told_labels = {
        "name": f"kgbuilder-relater {into.name}",
        "version": digest_of(parts)[:8],
        "labels": labels.names,
        "kinds": labels.kinds,
        "class_of": class_of_type,
        "classes": labels.classes,
        "blinded": sorted(blinded & set(labels.classes)),
        "temperature": {kind: c.temperature for kind, c in fitted.items()},
        "none_bias": {kind: c.none_bias for kind, c in fitted.items()},
        "threshold": {kind: c.threshold for kind, c in fitted.items()},
        "n_heads": shape.n_heads,
        "epsilon": shape.epsilon,
        "licence": recipe.licence or "not stated",
    }
    folder.write(into / "labels.json", json.dumps(told_labels, indent=1) + "\n")
    folder.write(
        into / "recipe.toml",
        f'[relate]\nmethod = "transformer"\nmodel = {json.dumps(str(into))}\n',
    )
    interval = scored.f1_interval
    report = RelaterReport(
        labels.names,
        tuple(labels.kinds),
        sum(len(p.train) for p in parts),
        sum(len(p.dev) for p in parts),
        sum(p.n_overlapping for p in parts),
        sum(p.n_test for p in parts),
        len(choice.scores()),
        choice.best_epoch() + 1,
        round(scored.precision, 4),
        round(scored.recall, 4),
        round(scored.f1, 4),
        round(interval.low if interval else scored.f1, 4),
        round(interval.high if interval else scored.f1, 4),
        resumed,
    )
    steps = choice.steps(folder.losses())
    draw_curves(
        into / "curves.png",
        folder.losses(),
        [(step, 100 * score) for step, score in zip(steps, choice.scores(), strict=True)],
        title=f"relater {into.name}",
        measure="F1 on held-out documents (%)",
        chosen=steps[choice.best_epoch()],
    )
    card = _card(recipe, parts, relations, start.name, into.name, report, fitted, plan, command)
    folder.write(folder.run / "report.json", json.dumps(asdict(report)))
    folder.write(folder.card, card.to_markdown())
    folder.tidy()
    return report


Read = Sequence[tuple[str, list[Sentence]]]


def _read(
    documents: Sequence[AnnotatedDocument],
    types: Mapping[str, tuple[str, ...]],
    relations: Mapping[str, str],
    issues: Issues,
) -> Read:
    return [(d.id, list(judgements_of(d, types, relations, issues=issues))) for d in documents]


def _labels_of(
    sentences: Sequence[Sentence], types: Mapping[str, tuple[str, ...]]
) -> tuple[PairLabels, dict[str, str]]:
    """The kinds of pairs that are related somewhere, each with what it was; and type -> class."""
    met: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for judgement in sentence.judgements:
            if judgement.labels != ("none",):
                met.setdefault(judgement.kind, Counter()).update(judgement.labels)
    kinds = {kind: ["none", *sorted(met[kind])] for kind in sorted(met)}
    classes = {c for kind in kinds for c in kind.split(" ")}
    meant = sorted({t for names in types.values() for t in names if t})
    class_of_type = {t: class_of(t) for t in meant if class_of(t) in classes}
    return PairLabels.of(kinds, class_of_type), class_of_type


def _passes(
    read: Read, labels: PairLabels, pieces: Pieces, blinded: frozenset[str]
) -> list[PlacedPass]:
    return [
        placed
        for id, sentences in read
        for placed in passes_of(id, sentences, labels, pieces, blinded=blinded)
    ]


def _card(
    recipe: RelaterRecipe,
    parts: Sequence[SplitSet],
    relations: Mapping[str, str],
    base: str,
    name: str,
    report: RelaterReport,
    fitted: Mapping[str, Calibration],
    plan: Plan,
    command: str,
) -> Card:
    terms = recipe.licence or "not stated"
    sizes = "{} documents to train on, {} to choose by"
    figures = (report.precision, report.recall, report.f1, report.f1_low, report.f1_high)
    p, r, f, low, high = (f"{100 * value:.1f}" for value in figures)
    meant = "\n".join(f"- {label}: {to or 'passed over'}" for label, to in relations.items())
    thresholds = ", ".join(f"{kind} {c.threshold}" for kind, c in fitted.items())
    return Card(
        name=name,
        what=f"A classifier of pairs within a sentence ({', '.join(report.kinds)}); int8, read by "
        "kgbuilder's relater.",
        base=base,
        data=[(s.source, sizes.format(len(s.train), len(s.dev)), terms) for s in parts],
        data_notes=[
            f"Digest of all documents: {digest_of(parts)}.",
            f"Left out: {report.n_overlapping} documents that share a PMID or text with held-out ones; "
            f"{report.n_test} marked as test, which were not looked at.",
            f"What the relations mean:\n\n{meant}",
            f"Names that are hidden from the model: {', '.join(recipe.blinded) or 'none'}.",
        ],
        licence=recipe.licence,
        scores=[
            ("held-out documents, mentions given", "P", "R", "F1 (95 % interval)"),
            ("pair and predicate, within sentences", p, r, f"{f} ({low}-{high})"),
        ],
        score_notes=[
            f"Of the int8 model. Epoch {report.best_epoch} of {report.epochs}, temperatures and "
            f"thresholds ({thresholds}) were chosen on these same documents, so the score is a little "
            "high."
        ],
        seed=plan.seed,
        command=command,
        limits=[
            "Relations across sentences are not learned, and not counted in the score. Of two mentions "
            "of one class the first is the subject."
        ],
    )
