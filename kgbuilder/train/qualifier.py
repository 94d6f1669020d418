"""``kgbuilder train qualifier``: a reader of how mentions are meant out of a labelled set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path

from kgbuilder.errors import InputError
from kgbuilder.evaluate.assertions import AssertionReport, score_assertions
from kgbuilder.issues import Issues
from kgbuilder.nn.assertion_model import AssertionModel
from kgbuilder.nn.assertion_training import fit_assertion, new_assertion_tagger, share_right
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.start import start_of
from kgbuilder.nn.tagger_training import export_state, save_state
from kgbuilder.nn.training import Plan
from kgbuilder.protocols import Qualifier
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.qualify.weighed import WeighedQualifier
from kgbuilder.train.card import Card
from kgbuilder.train.curves import draw_curves, need_matplotlib
from kgbuilder.train.epoch_choice import EpochChoice
from kgbuilder.train.labelled_recipe import QualifierRecipe
from kgbuilder.train.labelled_split import SplitSet, digest_of, own_sets
from kgbuilder.train.progress_line import ProgressLine
from kgbuilder.train.qualified_examples import (
    STATUSES,
    TYPES,
    MeantSentence,
    QualifiedExamples,
    notes_of,
)
from kgbuilder.train.run_folder import RunFolder
from kgbuilder.train.watch import Watch

__all__ = ["QualifierReport", "train_qualifier"]


@dataclass(frozen=True, slots=True)
class QualifierReport:
    """What a run gave; figures are of the development documents, mentions given, as ``extract`` uses the
    weights: asked where words and section see a plain fact.

    :param right: share of mentions whose four values are right. :param taken_for_plain: of the
        ``n_not_plain`` that are no plain fact. ``words_...``: the table of cues without weights.
    """

    n_train: int
    n_dev: int
    n_overlapping: int
    n_test: int
    n_mentions: int
    epochs: int
    best_epoch: int
    right: float
    right_low: float
    right_high: float
    taken_for_plain: int
    n_not_plain: int
    words_right: float
    words_taken_for_plain: int
    resumed: bool


def train_qualifier(
    recipe: QualifierRecipe, *, base: str, into: Path, corpora: Path, command: str, issues: Issues
) -> QualifierReport:
    """Train, resume, or find complete. Writes what ``[qualify] model`` takes.

    :param base: ``shipped``, the qualifier that ships, or a folder that this wrote: types, statuses and
        all weights go on from there. Of anything else that :func:`kgbuilder.nn.start.start_of` knows
        the encoder is taken.
    :raises ConfigError: for a label without a type. :raises InputError: when there is too little data.
    """
    need_matplotlib()
    folder, plan = RunFolder(into), Plan(**recipe.train)
    parts, labels = own_sets(recipe, corpora=corpora, seed=plan.seed, issues=issues)
    begun = _Base.of(base)
    start = start_of(begun.encoder)
    pieces = Pieces(start.folder / "tokenizer.json")
    make = QualifiedExamples(pieces, begun.types, begun.statuses)
    learned, judged = (
        [row for d in documents for row in make.sentences(d, labels)]
        for documents in ([d for p in parts for d in p.train], [d for p in parts for d in p.dev])
    )
    for what, rows in (("learn from", learned), ("choose by", judged)):
        if not rows:
            raise InputError(
                f"no mention to {what} that is labelled with how it is meant",
                where=", ".join(recipe.data),
                hint="[[name|TYPE|STATUS]] in lines, or attrs (polarity, ...) in JSON lines",
            )
    resumed = folder.begin(
        {
            "kind": "qualifier",
            "base": base,
            "recipe": asdict(recipe) | {"train": {**recipe.train, "device": ""}},
            "data": digest_of(parts),
        }
    )
    if folder.is_complete:
        told = json.loads((folder.run / "report.json").read_text("utf-8"))
        return replace(QualifierReport(**told), resumed=True)
    line = ProgressLine()
    line.show(f"making examples of {len(learned)} sentences")
    examples = [example for row in learned for example in make.of_labels(row)]
    examples += notes_of(recipe.notes, corpora, make)
    dev = [example for row in judged for example in make.of_labels(row)]
    model = new_assertion_tagger(
        start.encoder, len(begun.statuses), len(begun.types), seed=plan.seed, weights=begun.weights
    )
    choice = EpochChoice(folder.run / "epochs.jsonl", patience=recipe.patience)
    watch = Watch(
        choice,
        line,
        score=lambda: share_right(model, dev, padding_id=pieces.padding_id),
        save=lambda: save_state(model, folder.run / "best.pt"),
        tell=lambda share: f"{100 * share:.2f} % right",
    )
    fit_assertion(
        model,
        examples,
        plan=plan,
        folder=folder.run,
        padding_id=pieces.padding_id,
        smoothing=recipe.smoothing,
        on_epoch=watch.on_epoch,
        on_log=watch.on_log,
    )
    line.end()
    shape = start.encoder.shape
    export_state(folder.run / "best.pt", into / "model.int8.onnx", shape)
    shutil.copy(start.folder / "tokenizer.json", into / "tokenizer.json")
    labels_file = {
        "name": f"kgbuilder-qualifier {into.name}",
        "version": digest_of(parts)[:8],
        "types": begun.types,
        "statuses": begun.statuses,
        "n_heads": shape.n_heads,
        "epsilon": shape.epsilon,
        "licence": recipe.licence or "not stated",
    }
    folder.write(into / "labels.json", json.dumps(labels_file, indent=1) + "\n")
    folder.write(into / "recipe.toml", f"[qualify]\nmodel = {json.dumps(str(into))}\n")
    scored = _scored(WeighedQualifier(into), judged)
    report = _report(parts, learned, choice, scored, _scored(ContextQualifier(), judged), resumed)
    steps = choice.steps(folder.losses())
    draw_curves(
        into / "curves.png",
        folder.losses(),
        [(step, 100 * score) for step, score in zip(steps, choice.scores(), strict=True)],
        title=f"qualifier {into.name}",
        measure="right by the weights alone (%)",
        chosen=steps[choice.best_epoch()],
    )
    card = _card(
        recipe, parts, begun.name or start.name, into.name, scored, report, plan.seed, command
    )
    folder.write(folder.run / "report.json", json.dumps(asdict(report)))
    folder.write(folder.card, card.to_markdown())
    folder.tidy()
    return report


@dataclass(frozen=True, slots=True)
class _Base:
    """What a run goes on from. :param encoder: for ``start_of``. :param weights: of all parameters."""

    encoder: str
    types: tuple[str, ...] = TYPES
    statuses: tuple[str, ...] = STATUSES
    weights: Path | None = None
    name: str = ""

    @classmethod
    def of(cls, base: str) -> _Base:
        shipped = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "assertion"
        folder = shipped if base == "shipped" else Path(base)
        labels = folder / "labels.json"
        if not labels.exists() or "statuses" not in json.loads(labels.read_text("utf-8")):
            return cls(base)
        model = AssertionModel(folder)
        statuses = tuple("+".join(sorted(s)) for s in model.statuses)
        onnx, name = (
            folder / "model.int8.onnx",
            f"{model.name}, a qualifier (its card has its terms)",
        )
        return cls(str(folder), model.types, statuses, onnx, name)


def _scored(qualifier: Qualifier, rows: Sequence[MeantSentence]) -> AssertionReport:
    read = qualifier.qualify([r.sentence for r in rows], [r.mentions for r in rows])
    gold = {str(n): row.meant for n, row in enumerate(rows)}
    return score_assertions(gold, {str(n): row for n, row in enumerate(read)})


def _report(
    parts: Sequence[SplitSet],
    learned: Sequence[MeantSentence],
    choice: EpochChoice,
    scored: AssertionReport,
    words: AssertionReport,
    resumed: bool,
) -> QualifierReport:
    interval = (scored.accuracy_interval or {})["all"]
    return QualifierReport(
        sum(len(p.train) for p in parts),
        sum(len(p.dev) for p in parts),
        sum(p.n_overlapping for p in parts),
        sum(p.n_test for p in parts),
        sum(len(row.mentions) for row in learned),
        len(choice.scores()),
        choice.best_epoch() + 1,
        round(scored.accuracy["all"], 4),
        round(interval.low, 4),
        round(interval.high, 4),
        scored.missed_as_plain,
        scored.n_not_plain,
        round(words.accuracy["all"], 4),
        words.missed_as_plain,
        resumed,
    )


def _card(
    recipe: QualifierRecipe,
    parts: Sequence[SplitSet],
    base: str,
    name: str,
    scored: AssertionReport,
    report: QualifierReport,
    seed: int,
    command: str,
) -> Card:
    data = [
        (
            part.source,
            f"{len(part.train)} documents to train on, {len(part.dev)} to choose by",
            recipe.licence or "not stated",
        )
        for part in parts
    ]
    if recipe.notes.corpora:
        what = f"{recipe.notes.n_texts} notes, as the table of cues reads them"
        data.append((", ".join(recipe.notes.corpora), what, "see the corpora's"))
    low, high = 100 * report.right_low, 100 * report.right_high
    taken = f"{report.taken_for_plain} of {report.n_not_plain}"
    words_taken = f"{report.words_taken_for_plain} of {report.n_not_plain}"
    return Card(
        name=name,
        what="How mentions of clinical notes are meant; int8, asked by kgbuilder's qualifier where its "
        "table of cues and the section see a plain fact.",
        base=base,
        data=data,
        data_notes=[
            f"{report.n_mentions} labelled mentions to train on. Digest of all documents: "
            f"{digest_of(parts)}.",
            f"Left out: {report.n_overlapping} documents that share a text with held-out ones; "
            f"{report.n_test} marked as test, which were not looked at.",
        ],
        licence=recipe.licence,
        scores=[
            ("mentions given, held-out documents", "right (95 % interval)", "taken for plain"),
            ("all", f"{100 * report.right:.1f} % ({low:.1f}-{high:.1f})", taken),
            ("the table of cues alone", f"{100 * report.words_right:.1f} %", words_taken),
            *(
                (value, f"F1 {100 * score.f1:.1f} of {score.counts.n_gold} mentions", "")
                for value, score in scored.by_value.items()
            ),
        ],
        score_notes=[
            f"Right: all four values. Epoch {report.best_epoch} of {report.epochs} was chosen on these "
            "same documents, so the score is a little high; a test set that nothing was chosen on says "
            f"more: `kgbuilder evaluate assertion --corpus PATH --recipe {name}/recipe.toml`."
        ],
        seed=seed,
        command=command,
        limits=[
            "Read in notes alone, never in papers; one sentence at a time, without its heading."
        ],
    )
