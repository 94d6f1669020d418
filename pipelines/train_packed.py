"""Train encoders, taggers and pair classifiers from packed files, with or without a teacher.

python pipelines/train_packed.py encoder --base DIR --rows rows.npy --steps 2500 --into DIR
python pipelines/train_packed.py tagger --base DIR --examples tags.npz --dev dev.npz --into STATE
python pipelines/train_packed.py relater --base DIR --examples pairs.npz --dev dev.npz --into STATE
python pipelines/train_packed.py ask-tagger --base DIR --state STATE --examples tags.npz --into a.npy
python pipelines/train_packed.py ask-relater --base DIR --state STATE --examples pairs.npz --into a.npy
python pipelines/train_packed.py tagger --base DIR --examples tags.npz raw.npz --answers a.npy b.npy \
    --into STATE

`pack_examples.py` writes the files. A base is a folder with a BERT or MPNet checkpoint, such as
`encoder` writes. With `--answers`, a file for each of examples, a student follows its teacher's
probabilities beside the labels. A run that was killed goes on from its last checkpoint (STATE.run). It
uses a CUDA device where there is one, and needs torch, safetensors, tokenizers and numpy; of kgbuilder
`nn` alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kgbuilder.nn.device import device_of
from kgbuilder.nn.encoder import Encoder, load_encoder
from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.masked_text import Masking
from kgbuilder.nn.packed import PackedPairs, PackedTags, PackedText
from kgbuilder.nn.pair_classifier import PairClassifier
from kgbuilder.nn.pairs import blind_pieces
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.pretraining import pretrain
from kgbuilder.nn.relater_training import fit_relater, said_by_model
from kgbuilder.nn.start import state_of
from kgbuilder.nn.tagger import Tagger
from kgbuilder.nn.tagger_training import fit_tagger, log_probabilities, save_state
from kgbuilder.nn.training import Plan, Progress

N_HELD_OUT = 500
"""Rows whose masked pieces are guessed to follow the training of an encoder."""

BATCH = 16384
"""Pieces of a batch when nothing is trained."""


def say(p: Progress) -> None:
    """A line for each row of the log."""
    print(json.dumps(asdict(p)), flush=True)


def base_of(folder: Path) -> Encoder:
    """The encoder of a base. MPNet's bias by distance stays as it is: its gradient would be as large as
    the attention itself.
    """
    encoder = load_encoder(folder)
    if encoder.shape.n_distances:
        encoder.distances.weight.requires_grad_(False)
    return encoder


def encoder(args: argparse.Namespace) -> None:
    """Guess masked pieces of the rows."""
    rows = np.load(args.rows, mmap_mode="r")
    looks = pretrain(
        encoder=base_of(args.base),
        tokenizer=args.base,
        rows=rows[N_HELD_OUT:],
        held_out=rows[:N_HELD_OUT],
        masking=Masking(),
        plan=plan_of(args),
        run=args.into / "run",
        into=args.into,
        max_steps=args.steps,
        on_log=say,
    )
    for look in looks:
        print(look)


def tagger_of(base: Path, n_labels: int, state: Path | None = None) -> Tagger:
    """A fresh tagger over a base, or one with a saved state."""
    model = Tagger(base_of(base), n_labels, n_hints=len(HINTS))
    if state is not None:
        model.load_state_dict(state_of(state))
    return model


def tagger(args: argparse.Namespace) -> None:
    """Train on labels, and on a teacher's answers where there are some."""
    packs = [PackedTags.load(path) for path in args.examples]
    dev = {path.stem: PackedTags.load(path) for path in args.dev}
    starts = np.cumsum([0, *(len(pack.sets) for pack in packs)]).astype(np.uint16)
    examples = [
        PackedText(e.ids, e.first, e.allowed + start, e.hints)
        for pack, start in zip(packs, starts, strict=False)
        for e in pack.examples
    ]
    pieces = Pieces(args.base / "tokenizer.json")
    torch.manual_seed(args.seed)
    model = tagger_of(args.base, packs[0].sets.shape[1])

    def on_epoch(epoch: int) -> None:
        for name, pack in dev.items():
            print(epoch + 1, name, f"{word_f1(model, pack, pieces.padding_id):.2f}", flush=True)

    fit_tagger(
        model,
        examples,
        np.concatenate([pack.sets for pack in packs]),
        plan=plan_of(args),
        folder=args.into.with_suffix(".run"),
        padding_id=pieces.padding_id,
        hidden_share=args.hide_hints,
        answers=answers_of(args.answers, [len(e.first) for e in examples]),
        on_epoch=on_epoch,
        on_log=say,
    )
    save_state(model.half(), args.into)


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
    encoder = base_of(base)
    with torch.no_grad():
        drug = encoder.pieces.weight[pieces.of("drug").ids[0]].clone()
        for piece in blind_pieces():  # alike at first, but told apart
            own = encoder.pieces.weight[pieces.id_of(piece)]
            encoder.pieces.weight[pieces.id_of(piece)] = drug + 0.3 * own
    model = PairClassifier(encoder, n_labels)
    if state is not None:
        model.load_state_dict(state_of(state))
    return model


def relater(args: argparse.Namespace) -> None:
    """Train on labels, and on a teacher's answers where there are some."""
    packs = [PackedPairs.load(path) for path in args.examples]
    dev = {path.stem: PackedPairs.load(path) for path in args.dev}
    examples = [e for pack in packs for e in pack.examples]
    if any(not np.array_equal(pack.sets, packs[0].sets) for pack in packs):
        raise SystemExit("pairs that were not packed in one run: their label sets differ")
    pieces = Pieces(args.base / "tokenizer.json")
    torch.manual_seed(args.seed)
    model = relater_of(args.base, packs[0].sets.shape[1], pieces)

    def on_epoch(epoch: int) -> None:
        for name, pack in dev.items():
            for told in pair_scores(model, pack, pieces.padding_id):
                print(epoch + 1, name, told, flush=True)

    fit_relater(
        model,
        examples,
        packs[0].sets,
        plan=plan_of(args),
        folder=args.into.with_suffix(".run"),
        padding_id=pieces.padding_id,
        answers=answers_of(args.answers, [len(e.groups) for e in examples]),
        temperature=args.temperature,
        on_epoch=on_epoch,
        on_log=say,
    )
    save_state(model.half(), args.into)


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


def ask_tagger(args: argparse.Namespace) -> None:
    """Write a teacher's probabilities, one row a word."""
    pieces = Pieces(args.base / "tokenizer.json")
    tags = PackedTags.load(args.examples[0])
    model = tagger_of(args.base, tags.sets.shape[1], args.state).to(device_of(args.device))
    said = log_probabilities(model, tags.examples, padding_id=pieces.padding_id, max_pieces=BATCH)
    np.save(args.into, np.exp(np.concatenate(said)).astype(np.float16))


def ask_relater(args: argparse.Namespace) -> None:
    """Write a teacher's probabilities, one row an instance of a pair."""
    pieces = Pieces(args.base / "tokenizer.json")
    pairs = PackedPairs.load(args.examples[0])
    model = relater_of(args.base, pairs.sets.shape[1], pieces, args.state)
    soft = soft_answers(
        model.to(device_of(args.device)), pairs, pieces.padding_id, args.temperature
    )
    np.save(args.into, np.concatenate(soft).astype(np.float16))


def answers_of(files: Sequence[Path], sizes: Sequence[int]) -> list[Any] | None:
    """The teacher's rows of each example; None without files."""
    if not files:
        return None
    rows = np.concatenate([np.load(path) for path in files])
    if len(rows) != sum(sizes):
        raise SystemExit(f"{len(rows)} answers to {sum(sizes)} questions: not of these examples")
    return np.split(rows, np.cumsum(sizes)[:-1])


def plan_of(args: argparse.Namespace) -> Plan:
    """How to train, from the command line."""
    return Plan(
        epochs=args.epochs,
        max_batch_pieces=args.pieces,
        learning_rate=args.learning_rate,
        head_learning_rate=args.head_learning_rate,
        seed=args.seed,
        checkpoint_steps=args.checkpoint_steps,
        device=args.device,
    )


def main() -> None:
    """Parse and run one step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    steps = {
        "encoder": encoder,
        "tagger": tagger,
        "relater": relater,
        "ask-tagger": ask_tagger,
        "ask-relater": ask_relater,
    }
    parser.add_argument("step", choices=steps)
    parser.add_argument("--base", type=Path, required=True, help="folder of a checkpoint")
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--rows", type=Path, help="of pack_examples.py rows")
    parser.add_argument("--steps", type=int, help="of encoder, instead of epochs")
    parser.add_argument("--examples", type=Path, nargs="+", default=[])
    parser.add_argument("--answers", type=Path, nargs="+", default=[])
    parser.add_argument("--dev", type=Path, nargs="+", default=[])
    parser.add_argument("--state", type=Path, help="of the teacher that is asked")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--pieces", type=int, default=4096, help="of a batch")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--head-learning-rate", type=float, default=2e-3)
    parser.add_argument("--hide-hints", type=float, default=0.15)
    parser.add_argument("--temperature", type=float, default=2.0, help="of a relater's teacher")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--checkpoint-steps", type=int, default=500)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    steps[args.step](args)


if __name__ == "__main__":
    main()
