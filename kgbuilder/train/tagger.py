"""``kgbuilder train tagger``: a recognizer out of a labelled set."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kgbuilder.evaluate.corpora import AnnotatedDocument
from kgbuilder.evaluate.spans import SpanReport
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import start_of
from kgbuilder.nn.tagger_training import (
    export_state,
    fit_tagger,
    new_tagger,
    save_state,
)
from kgbuilder.nn.training import Plan
from kgbuilder.protocols import Recognizer
from kgbuilder.train.card import Card
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_recipe import LabelledSet, TaggerRecipe
from kgbuilder.train.labelled_split import SplitSet, digest_of, split_sets
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.run_folder import RunFolder
from kgbuilder.train.tagged_examples import (
    CorpusLabels,
    ExampleMaker,
    PlacedExample,
    iter_sentences,
    mapped_spans,
)
from kgbuilder.train.tagger_scores import dev_f1, score_exported
from kgbuilder.train.user_labels import map_labels, refuse_strange_labels
from kgbuilder.train.watch import Watch

__all__ = ["TaggerReport", "train_tagger"]


@dataclass(frozen=True, slots=True)
class TaggerReport:
    """What a run gave; figures are of the int8 model on the development documents, strict."""

    types: tuple[str, ...]
    n_train: int
    n_dev: int
    n_overlapping: int
    n_test: int
    epochs: int
    best_epoch: int
    min_score: float
    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float
    resumed: bool


def train_tagger(
    recipe: TaggerRecipe,
    *,
    base: str,
    into: Path,
    corpora: Path,
    command: str,
    issues: Issues,
    dictionary: Recognizer | None,
) -> TaggerReport:
    """Train, resume, or find complete. Writes what ``[recognize] model`` takes.

    :param base: what to start from, see :func:`kgbuilder.nn.start.start_of`.
    :param dictionary: points out names of vocabularies, to the model now and when it is used.
    :raises ConfigError: for a label without a type. :raises InputError: when there is too little data.
    """
    need_matplotlib()
    folder, plan = RunFolder(into), Plan(**recipe.train)
    sources = [(s.source, s.n_dev) for s in recipe.sets]
    parts = split_sets(
        sources,
        dev=recipe.dev,
        held_out=recipe.held_out,
        corpora=corpora,
        seed=plan.seed,
        issues=issues,
    )
    refuse_strange_labels((d for p in parts for d in (*p.train, *p.dev)), recipe.sets[0].labels)
    tables, types = _tables(parts, recipe)
    start = start_of(base)
    resumed = folder.begin(
        {
            "kind": "tagger",
            "base": base,
            "recipe": asdict(recipe) | {"train": {**recipe.train, "device": ""}},
            "types": types,
            "data": digest_of(parts),
        }
    )
    if folder.is_complete:
        told = json.loads((folder.run / "report.json").read_text("utf-8"))
        return replace(TaggerReport(**told), types=tuple(told["types"]), resumed=True)
    if not recipe.vocabulary_hints:
        dictionary = None
    space = LabelSpace(types)
    maker = ExampleMaker(
        Pieces(start.folder / "tokenizer.json"),
        space,
        max_pieces=recipe.max_pieces,
        dictionary=dictionary,
    )
    rng, line = random.Random(plan.seed), ProgressLine()  # noqa: S311
    line.show(f"making examples of {sum(len(p.train) for p in parts)} documents")
    examples = [
        placed.example
        for part, table, set in zip(parts, tables, _sets(recipe, parts), strict=True)
        for placed in _examples(part.train, table, set, maker, rng)
    ]
    dev = [(d, t, _placed(d, t, maker)) for p, t in zip(parts, tables, strict=True) for d in p.dev]
    model = new_tagger(start, space.n_labels, seed=plan.seed, named=recipe.vocabulary_hints)
    choice = EpochChoice(folder.run / "epochs.jsonl", patience=recipe.patience)
    watch = Watch(
        choice,
        line,
        score=lambda: dev_f1(model, dev, space, maker.pieces.padding_id),
        save=lambda: save_state(model, folder.run / "best.pt"),
        tell=lambda f1: f"dev F1 {100 * f1:.2f}",
    )
    fit_tagger(
        model,
        examples,
        maker.allowed_sets(),
        plan=plan,
        folder=folder.run,
        padding_id=maker.pieces.padding_id,
        hidden_share=recipe.hide_hints,
        on_epoch=watch.on_epoch,
        on_log=watch.on_log,
    )
    line.end()
    licence = recipe.licence
    shape = start.encoder.shape
    labels = {
        "name": f"kgbuilder-tagger {into.name}",
        "version": digest_of(parts)[:8],
        "types": types,
        "hints": HINTS,
        "n_heads": shape.n_heads,
        "epsilon": shape.epsilon,
        "licence": licence or "not stated",
    }
    export_state(folder.run / "best.pt", into / "model.int8.onnx", shape)
    shutil.copy(start.folder / "tokenizer.json", into / "tokenizer.json")
    folder.write(into / "labels.json", json.dumps(labels, indent=1) + "\n")
    min_score, scored = score_exported(into, [(d, t) for d, t, _ in dev], dictionary)
    report = _report(parts, types, choice, min_score, scored, resumed)
    chosen = f"model = {json.dumps(str(into))}\nmin_score = {min_score}\n"
    folder.write(into / "recipe.toml", f'[recognize]\nmethod = "transformer"\n{chosen}')
    steps = choice.steps(folder.losses())
    draw_curves(
        into / "curves.png",
        folder.losses(),
        [(step, 100 * score) for step, score in zip(steps, choice.scores(), strict=True)],
        title=f"tagger {into.name}",
        measure="F1 on held-out documents (%)",
        chosen=steps[choice.best_epoch()],
    )
    card = _card(recipe, parts, tables, start.name, into.name, scored, report, plan.seed, command)
    folder.write(folder.run / "report.json", json.dumps(asdict(report)))
    folder.write(folder.card, card.to_markdown())
    folder.tidy()
    return report


def _sets(recipe: TaggerRecipe, parts: Sequence[SplitSet]) -> list[LabelledSet]:
    """The recipe's set of each part; documents that --dev names are of the first one's kind."""
    return [*recipe.sets, *(recipe.sets[0] for _ in parts[len(recipe.sets) :])]


def _tables(
    parts: Sequence[SplitSet], recipe: TaggerRecipe
) -> tuple[list[CorpusLabels], tuple[str, ...]]:
    """What the labels of each part mean, and the types of the model. A set that does not say what it
    annotates everywhere annotates all of them.
    """
    tables: list[CorpusLabels] = []
    for part, given in zip(parts, _sets(recipe, parts), strict=True):
        labels = given.labels
        if given.annotates is None:
            labels = map_labels([*part.train, *part.dev], labels, where=part.source)
        # a recipe that tells what is annotated tells every label: those it lacks mark nothing
        tables.append(CorpusLabels(labels, given.annotates or frozenset(), given.merge_before))
    meant = {type for table in tables for types in table.labels.values() for type in types}
    types = recipe.types or tuple(str(type) for type in EntityType if type in meant)
    whole = [
        table if given.annotates is not None else replace(table, annotates=frozenset(types))
        for table, given in zip(tables, _sets(recipe, parts), strict=True)
    ]
    return whole, types


def _examples(
    documents: Sequence[AnnotatedDocument],
    table: CorpusLabels,
    set: LabelledSet,
    maker: ExampleMaker,
    rng: random.Random,
) -> list[PlacedExample]:
    made: list[PlacedExample] = []
    for _ in range(set.repeat):
        for document in documents:
            for _, text, inner in iter_sentences(document, mapped_spans(document, table)):
                if inner or rng.random() < set.keep_empty:
                    note = document.is_note
                    made += maker.examples(text, inner, table.annotates, in_note=note)
    return made


def _placed(
    document: AnnotatedDocument, table: CorpusLabels, maker: ExampleMaker
) -> list[tuple[int, PlacedExample]]:
    return [
        (offset, placed)
        for offset, text, inner in iter_sentences(document, mapped_spans(document, table))
        for placed in maker.examples(text, inner, table.annotates, in_note=document.is_note)
    ]


def _report(
    parts: Sequence[SplitSet],
    types: tuple[str, ...],
    choice: EpochChoice,
    min_score: float,
    scored: SpanReport,
    resumed: bool,
) -> TaggerReport:
    strict = scored.strict
    interval = strict.f1_interval
    return TaggerReport(
        types,
        sum(len(p.train) for p in parts),
        sum(len(p.dev) for p in parts),
        sum(p.n_overlapping for p in parts),
        sum(p.n_test for p in parts),
        len(choice.scores()),
        choice.best_epoch() + 1,
        min_score,
        round(strict.precision, 4),
        round(strict.recall, 4),
        round(strict.f1, 4),
        round(interval.low if interval else strict.f1, 4),
        round(interval.high if interval else strict.f1, 4),
        resumed,
    )


def _card(
    recipe: TaggerRecipe,
    parts: Sequence[SplitSet],
    tables: Sequence[CorpusLabels],
    base: str,
    name: str,
    scored: SpanReport,
    report: TaggerReport,
    seed: int,
    command: str,
) -> Card:
    def row(what: str, score: Any) -> tuple[str, ...]:
        interval = score.f1_interval
        figures = (score.precision, score.recall, score.f1, interval.low, interval.high)
        p, r, f, low, high = (f"{100 * value:.1f}" for value in figures)
        return what, p, r, f"{f} ({low}-{high})", str(score.counts.n_gold)

    licences = {s.source: s.licence for s in recipe.sets}
    data = [
        (
            part.source,
            f"{len(part.train)} documents to train on, {len(part.dev)} to choose by",
            licences.get(part.source) or recipe.licence or "not stated",
        )
        for part in parts
    ]
    meant = {k: v for table in tables for k, v in sorted(table.labels.items())}
    lines = [
        f"- {label}: {' or '.join(t for t in types if t) or 'passed over'}"
        for label, types in meant.items()
    ]
    return Card(
        name=name,
        what=f"A BIO tagger for {', '.join(report.types)}; int8, read by kgbuilder's recognizer.",
        base=base,
        data=data,
        data_notes=[
            f"Digest of all documents: {digest_of(parts)}.",
            f"Left out: {report.n_overlapping} documents that share a PMID or text with held-out ones; "
            f"{report.n_test} marked as test, which were not looked at.",
            "What the labels mean:\n\n" + "\n".join(lines),
        ],
        licence=recipe.licence,
        scores=[
            (
                "held-out documents, strict span and type",
                "P",
                "R",
                "F1 (95 % interval)",
                "mentions",
            ),
            row("all", scored.strict),
            *(row(type, score) for type, score in scored.strict_by_type.items()),
        ],
        score_notes=[
            f"Of the int8 model from raw text at `min_score = {report.min_score}`. Epoch "
            f"{report.best_epoch} of {report.epochs} and that threshold were chosen on these same "
            "documents, so the score is a little high; a test set that nothing was chosen on says more: "
            f"`kgbuilder evaluate extraction --corpus PATH --recipe {name}/recipe.toml`."
        ],
        seed=seed,
        command=command,
        limits=[
            "Mentions in pieces and mentions inside others are not learned: the longest stays."
        ],
    )
