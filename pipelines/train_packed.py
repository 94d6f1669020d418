"""Train encoders, teachers and students from packed files, as a recipe says.

python pipelines/train_packed.py pipelines/recipes/packed.toml --folder DIR
python pipelines/train_packed.py pipelines/recipes/packed.toml --folder DIR --only relater.pt

DIR holds the files of `pack_examples.py` and gets what the steps make. A step whose result is there is
done; one that was killed goes on from its last checkpoint. A student follows its teacher's answers
beside the labels. It uses a CUDA device where there is one, and needs torch, safetensors, tokenizers and
numpy; of kgbuilder `nn` alone. Then `export_tagger.py` and `export_relater.py` write what ships; beside
each result stands what it was made from, for their cards.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.nn.device import device_of
from kgbuilder.nn.encoder import load_encoder, minilm_folder
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.made import MINILM, made_by_this_command
from kgbuilder.nn.masked_text import Masking
from kgbuilder.nn.packed import PackedPairs, PackedTags, PackedText
from kgbuilder.nn.pair_classifier import PairClassifier
from kgbuilder.nn.pairs import blind_pieces
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.pretraining import pretrain
from kgbuilder.nn.relater_training import fit_relater, said_by_model
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.tagger_training import (
    fit_tagger,
    for_all_hints,
    log_probabilities,
    save_state,
)
from kgbuilder.nn.training import Plan, Progress

N_HELD_OUT = 500
"""Rows whose masked pieces are guessed to follow the training of an encoder."""

BATCH = 16384
"""Pieces of a batch when nothing is trained."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the recipe; ``into`` is what it makes.

    :param state: parameters that a tagger or relater goes on from: a ``.pt`` of such a step, or an
        exported ``.onnx`` of the same labels (of what ships int8 has rounded them).
    """

    step: str
    base: Path
    into: Path
    device: str
    seed: int
    pieces: int
    head_learning_rate: float
    hide_hints: float
    temperature: float
    checkpoint_steps: int
    learning_rate: float = 3e-4
    epochs: int = 1
    rows: Path | None = None
    steps: int | None = None
    examples: tuple[Path, ...] = ()
    answers: tuple[Path, ...] = ()
    alone: tuple[Path, ...] = ()
    dev: tuple[Path, ...] = ()
    state: Path | None = None


Scores = list[tuple[str, str]]
"""On which documents, and what the last epoch has there."""


def say(p: Progress) -> None:
    """A line for each row of the log."""
    print(json.dumps(asdict(p)), flush=True)


def encoder(step: Step) -> Scores:
    """Guess masked pieces of the rows."""
    rows = np.load(step.rows, mmap_mode="r")
    looks = pretrain(
        encoder=load_encoder(step.base),
        tokenizer=step.base,
        rows=rows[N_HELD_OUT:],
        held_out=rows[:N_HELD_OUT],
        masking=Masking(),
        plan=plan_of(step),
        run=step.into / "run",
        into=step.into,
        max_steps=step.steps,
        on_log=say,
    )
    for look in looks:
        print(look)
    last = looks[-1]
    return [("masked pieces of held-out rows", f"loss {last.loss:.4f}, right {last.accuracy:.4f}")]


def tagger_of(base: Path, n_labels: int, state: Path | None = None) -> Tagger:
    """A fresh tagger over a base, or one with a saved state."""
    model = Tagger(load_encoder(base), n_labels, n_hints=len(HINTS))
    if state is not None:
        told = state_of(state)
        hints = for_all_hints(told["hints.weight"])
        model.load_state_dict({**told, "hints.weight": hints})
    return model


def tagger(step: Step) -> Scores:
    """Train on labels, and on a teacher's answers where there are some."""
    packs = [PackedTags.load(path) for path in step.examples]
    dev = {path.stem: PackedTags.load(path) for path in step.dev}
    starts = np.cumsum([0, *(len(pack.sets) for pack in packs)]).astype(np.uint16)
    examples = [
        PackedText(e.ids, e.first, e.allowed + start, e.hints)
        for pack, start in zip(packs, starts, strict=False)
        for e in pack.examples
    ]
    pieces = Pieces(step.base / "tokenizer.json")
    torch.manual_seed(step.seed)
    model = tagger_of(step.base, packs[0].sets.shape[1], step.state)
    scores: Scores = []

    def on_epoch(epoch: int) -> None:
        scores[:] = [
            (name, f"F1 of words {word_f1(model, pack, pieces.padding_id):.2f}")
            for name, pack in dev.items()
        ]
        tell(epoch, scores)

    fit_tagger(
        model,
        examples,
        np.concatenate([pack.sets for pack in packs]),
        plan=plan_of(step),
        folder=step.into.with_suffix(".run"),
        padding_id=pieces.padding_id,
        hidden_share=step.hide_hints,
        answers=answers_of(step.answers, [len(e.first) for e in examples]),
        on_epoch=on_epoch,
        on_log=say,
    )
    save_state(model.half(), step.into)
    return scores


def tell(epoch: int, scores: Scores) -> None:
    """A line for each set."""
    for name, told in scores:
        print(epoch + 1, name, told, flush=True)


def word_f1(model: Tagger, dev: PackedTags, padding_id: int) -> float:
    """F1 in percent over words that a label other than "O" (the first) is asked for or given to; labels
    of types that the corpus does not mark are passed over.
    """
    said = log_probabilities(model, dev.examples, padding_id=padding_id, max_pieces=BATCH)
    rows = np.concatenate(said).argmax(-1)
    allowed = dev.sets[np.concatenate([e.allowed for e in dev.examples])]
    hit = allowed[np.arange(len(rows)), rows]
    gold = ~allowed[:, 0]
    told = (rows != 0) & ~(hit & ~gold)
    return float(200 * (hit & gold & told).sum() / max(1, told.sum() + gold.sum()))


def relater_of(
    base: Path, n_labels: int, pieces: Pieces, state: Path | None = None
) -> PairClassifier:
    """A fresh pair classifier over a base, or one with a saved state."""
    encoder = load_encoder(base)
    with torch.no_grad():
        drug = encoder.pieces.weight[pieces.of("drug").ids[0]].clone()
        for piece in blind_pieces():  # alike at first, but told apart
            own = encoder.pieces.weight[pieces.id_of(piece)]
            encoder.pieces.weight[pieces.id_of(piece)] = drug + 0.3 * own
    model = PairClassifier(encoder, n_labels)
    if state is not None:
        model.load_state_dict(state_of(state))
    return model


def relater(step: Step) -> Scores:
    """Train on labels, and on a teacher's answers where there are some."""
    packs = [PackedPairs.load(path) for path in (*step.alone, *step.examples)]
    dev = {path.stem: PackedPairs.load(path) for path in step.dev}
    examples = [e for pack in packs for e in pack.examples]
    sizes = [len(e.groups) for e in examples]
    n_alone = sum(len(pack.examples) for pack in packs[: len(step.alone)])
    if any(not np.array_equal(pack.sets, packs[0].sets) for pack in packs):
        raise SystemExit("pairs that were not packed in one run: their label sets differ")
    pieces = Pieces(step.base / "tokenizer.json")
    torch.manual_seed(step.seed)
    n_labels = packs[0].sets.shape[1]
    model = relater_of(step.base, n_labels, pieces, step.state)
    scores: Scores = []

    def on_epoch(epoch: int) -> None:
        scores[:] = [
            (name, told)
            for name, pack in dev.items()
            for told in pair_scores(model, pack, pieces.padding_id)
        ]
        tell(epoch, scores)

    fit_relater(
        model,
        examples,
        packs[0].sets,
        plan=plan_of(step),
        folder=step.into.with_suffix(".run"),
        padding_id=pieces.padding_id,
        answers=answers_of(step.answers, sizes[n_alone:], before=sizes[:n_alone], width=n_labels),
        temperature=step.temperature,
        on_epoch=on_epoch,
        on_log=say,
    )
    save_state(model.half(), step.into)
    return scores


def soft_answers(
    model: PairClassifier, pack: PackedPairs, padding_id: int, temperature: float
) -> list[np.ndarray]:
    """Per pass the probabilities of its instances, over what their kind of pair allows."""
    found = []
    said = said_by_model(model, pack.examples, padding_id=padding_id, max_pieces=BATCH)
    for example, logs in zip(pack.examples, said, strict=True):
        possible = pack.sets[example.possible[example.groups]]
        soft = np.where(possible, np.exp((logs - logs.max(1, keepdims=True)) / temperature), 0.0)
        found.append(soft / soft.sum(1, keepdims=True).clip(1e-30))
    return found


def pair_scores(model: PairClassifier, dev: PackedPairs, padding_id: int) -> list[str]:
    """By kind of pair (its row of the table of sets) the loss, and F1 of labels other than "none"."""
    told: dict[int, list[tuple[float, bool, bool, bool]]] = {}
    soft = soft_answers(model, dev, padding_id, 1.0)
    for example, rows in zip(dev.examples, soft, strict=True):
        for pair, (kind, allowed) in enumerate(zip(example.possible, example.allowed, strict=True)):
            mine = rows[example.groups == pair]
            best = np.append(mine[:, 0].min(), mine[:, 1:].max(0))
            right, said = dev.sets[allowed], int(best.argmax())
            loss = -float(np.log(max(1e-6, best[right].sum() / best.sum())))
            row = (loss, bool(said), not right[0], bool(right[said]))
            told.setdefault(int(kind), []).append(row)
    lines = []
    for kind, each in sorted(told.items()):
        losses, said, gold, fits = np.array(each, dtype=float).T
        f1 = 200 * (said * gold * fits).sum() / max(1, said.sum() + gold.sum())
        lines.append(f"kind {kind}: loss {losses.mean():.3f}, F1 {f1:.1f} of {int(gold.sum())}")
    return lines


def ask_tagger(step: Step) -> Scores:
    """Write a teacher's probabilities, one row a word."""
    pieces = Pieces(step.base / "tokenizer.json")
    tags = PackedTags.load(step.examples[0])
    model = tagger_of(step.base, tags.sets.shape[1], step.state).to(device_of(step.device))
    said = log_probabilities(model, tags.examples, padding_id=pieces.padding_id, max_pieces=BATCH)
    np.save(step.into, np.exp(np.concatenate(said)).astype(np.float16))
    return []


def ask_relater(step: Step) -> Scores:
    """Write a teacher's probabilities, one row an instance of a pair."""
    pieces = Pieces(step.base / "tokenizer.json")
    pairs = PackedPairs.load(step.examples[0])
    model = relater_of(step.base, pairs.sets.shape[1], pieces, step.state)
    soft = soft_answers(
        model.to(device_of(step.device)), pairs, pieces.padding_id, step.temperature
    )
    np.save(step.into, np.concatenate(soft).astype(np.float16))
    return []


def answers_of(
    files: Sequence[Path], sizes: Sequence[int], *, before: Sequence[int] = (), width: int = 0
) -> list[Any] | None:
    """The teacher's rows of each example; None without files.

    :param before: sizes of examples in front, of which no teacher was asked: rows of ``width`` zeros,
        to which nothing is far.
    """
    if not files:
        return None
    rows = np.concatenate([np.load(path) for path in files])
    if len(rows) != sum(sizes):
        raise SystemExit(f"{len(rows)} answers to {sum(sizes)} questions: not of these examples")
    alone = [np.zeros((n, width), np.float16) for n in before]
    return alone + np.split(rows, np.cumsum(sizes)[:-1])


def plan_of(step: Step) -> Plan:
    """How to train."""
    return Plan(
        epochs=step.epochs,
        max_batch_pieces=step.pieces,
        learning_rate=step.learning_rate,
        head_learning_rate=step.head_learning_rate,
        seed=step.seed,
        checkpoint_steps=step.checkpoint_steps,
        device=step.device,
    )


def inputs_of(step: Step) -> list[Path]:
    """What it learns from, apart from MiniLM."""
    base = [] if step.base == minilm_folder() else [step.base]
    more = [path for path in (step.rows, step.state) if path]
    return [*base, *more, *step.alone, *step.examples, *step.answers]


STEPS: dict[str, Callable[[Step], Scores]] = {
    "encoder": encoder,
    "tagger": tagger,
    "relater": relater,
    "ask-tagger": ask_tagger,
    "ask-relater": ask_relater,
}


def steps_of(table: Mapping[str, Any], folder: Path, device: str) -> list[Step]:
    """The steps of a recipe, their files in ``folder``."""

    def value(name: str, given: Any) -> Any:
        if name == "base":
            return minilm_folder() if given == "minilm" else folder / given
        if name in ("examples", "answers", "alone", "dev"):
            return tuple(folder / file for file in given)
        return folder / given if name in ("rows", "into", "state") else given

    rows = [{**table["defaults"], **row} for row in table["steps"]]
    return [Step(**{k: value(k, v) for k, v in row.items()}, device=device) for row in rows]


def main() -> None:
    """Parse, and run what is not done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--folder", type=Path, required=True, help="of the packed files")
    parser.add_argument("--only", nargs="+", help="of the steps those that make these")
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    for step in steps_of(tomllib.loads(args.recipe.read_text()), args.folder, args.device):
        done = (step.into / "config.json" if step.step == "encoder" else step.into).exists()
        if done or (args.only and step.into.name not in args.only):
            continue
        print(f"{step.step} -> {step.into.name}", flush=True)
        scores = STEPS[step.step](step)
        start = [MINILM] if step.base == minilm_folder() else []
        made_by_this_command(inputs_of(step), sources=start, seed=step.seed, scores=scores).save(
            step.into
        )


if __name__ == "__main__":
    main()
