"""Domain-adaptive pretraining: the encoder guesses masked words of raw text.

Training only (torch). The head is BERT's (a linear layer, GELU, layer norm, then the piece embeddings
themselves and a bias); encoders tuned for sentence embedding have lost theirs, so it is learned here,
with a learning rate of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.checkpoint import save_checkpoint
from kgbuilder.nn.device import device_of
from kgbuilder.nn.encoder import Encoder
from kgbuilder.nn.masked_text import Ids, MaskedRows, Masker, Masking
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.training import Plan, Progress, length_buckets, steps_done, train

__all__ = ["Guessed", "MaskedModel", "guess_held_out", "pretrain"]


@dataclass(frozen=True, slots=True)
class Guessed:
    """How well masked pieces of held-out text are guessed after ``step`` steps: ``loss`` in nats a
    piece, ``accuracy`` in [0, 1].
    """

    step: int
    loss: float
    accuracy: float


class MaskedModel(nn.Module):  # type: ignore[misc,unused-ignore]
    """Ids ``[n, length]`` and positions of masked pieces to scores ``[n_masked, n_pieces]``."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.shape.width
        self.transform = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.bias = nn.Parameter(torch.zeros(encoder.shape.n_pieces))
        with (
            torch.no_grad()
        ):  # begin as the identity: the embeddings themselves are the first guess
            self.transform.weight.copy_(torch.eye(width))
            self.transform.bias.zero_()

    def forward(self, ids: Tensor, positions: Tensor) -> Tensor:
        """Scores before softmax; ``positions`` are indexes into the flattened ids."""
        states = self.encoder(ids, None).flatten(0, 1)[positions]
        hidden = self.norm(functional.gelu(self.transform(states)))
        return functional.linear(hidden, self.encoder.pieces.weight, self.bias)

    def head(self) -> dict[str, Tensor]:
        """The head's tensors by Hugging Face's names; its output layer is the embedding."""
        return {
            "cls.predictions.transform.dense.weight": self.transform.weight,
            "cls.predictions.transform.dense.bias": self.transform.bias,
            "cls.predictions.transform.LayerNorm.weight": self.norm.weight,
            "cls.predictions.transform.LayerNorm.bias": self.norm.bias,
            "cls.predictions.bias": self.bias,
        }


def guess_held_out(
    model: MaskedModel, rows: Ids, masker: Masker, *, step: int, size: int = 32
) -> Guessed:
    """Loss and accuracy on ``rows``, masked the same way each time."""
    model.eval()
    n = right = 0
    loss = 0.0
    device = next(model.parameters()).device
    with torch.no_grad():
        for start in range(0, len(rows), size):
            numbers = range(start, min(start + size, len(rows)))
            ids, positions, targets = _tensors(masker.of(rows, numbers, epoch=0), device)
            scores = model(ids, positions).float()
            loss += float(functional.cross_entropy(scores, targets, reduction="sum"))
            right += int((scores.argmax(-1) == targets).sum())
            n += len(targets)
    model.train()
    return Guessed(step, round(loss / max(1, n), 4), round(right / max(1, n), 4))


def _tensors(masked: MaskedRows, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    return (
        torch.from_numpy(masked.ids).to(device),
        torch.from_numpy(masked.positions).to(device),
        torch.from_numpy(masked.targets).to(device),
    )


def pretrain(
    *,
    encoder: Encoder,
    tokenizer: Path,
    rows: Ids,
    held_out: Ids,
    masking: Masking,
    plan: Plan,
    run: Path,
    into: Path,
    max_steps: int | None = None,
    evaluate_steps: int = 500,
    on_log: Callable[[Progress], None] = lambda progress: None,
    on_guess: Callable[[Guessed], None] = lambda guessed: None,
) -> list[Guessed]:
    """Go on training ``encoder`` on packed ``rows``, and write it to ``into``.

    :param tokenizer: folder of the encoder's ``tokenizer.json``.
    :param run: folder of the checkpoint, the log and ``held_out.jsonl``; resumed where it left off.
    :param max_steps: end after so many steps in all, the learning rate decayed by then.
    :param evaluate_steps: steps between two looks at ``held_out``, which is looked at before the first
        step and after the last one, too.
    :returns: what those looks gave, by step.
    """
    torch.manual_seed(plan.seed)
    model = MaskedModel(encoder).to(device_of(plan.device))
    pieces = Pieces(tokenizer / "tokenizer.json")
    masker = Masker(pieces, masking, seed=plan.seed)
    fixed = Masker(pieces, masking, seed=plan.seed + 1)
    lengths = [rows.shape[1]] * len(rows)

    def whole(epoch: int) -> list[list[int]]:
        return length_buckets(
            lengths, max_pieces=plan.max_batch_pieces, multiple=1, seed=plan.seed, epoch=epoch
        )

    per_epoch = -(-len(rows) // max(1, plan.max_batch_pieces // rows.shape[1]))
    if max_steps is not None:
        plan = replace(plan, epochs=-(-max_steps // per_epoch))
    total = min(per_epoch * plan.epochs, max_steps or per_epoch * plan.epochs)
    step_of_epoch = [per_epoch * epoch for epoch in range(plan.epochs + 1)]
    masks = 0  # the epoch of the next batch: masks are made anew in each

    def batches_of(epoch: int) -> list[list[int]]:
        return whole(epoch)[: max(0, total - step_of_epoch[epoch])]

    def loss_of(batch: list[int]) -> Tensor:
        masked = masker.of(rows, batch, epoch=masks)
        ids, positions, targets = _tensors(masked, next(model.parameters()).device)
        return functional.cross_entropy(model(ids, positions).float(), targets)

    looks = _looks(run / "held_out.jsonl")

    def look(step: int) -> None:
        if step not in looks:
            looks[step] = guess_held_out(model, held_out, fixed, step=step)
            with (run / "held_out.jsonl").open("a") as stream:
                stream.write(json.dumps(asdict(looks[step])) + "\n")
        on_guess(looks[step])

    def on_step(step: int) -> None:
        nonlocal masks
        if step % evaluate_steps == 0 or step == total:
            look(step)
        masks = step // per_epoch

    run.mkdir(parents=True, exist_ok=True)
    if 0 not in looks:
        look(0)
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists():
        masks = steps_done(checkpoint) // per_epoch
    train(
        model,
        batches_of=batches_of,
        loss_of=loss_of,
        plan=plan,
        folder=run,
        on_step=on_step,
        on_log=on_log,
    )
    save_checkpoint(model.encoder, into, tokenizer=tokenizer, head=model.head())
    return [looks[step] for step in sorted(looks)]


def _looks(path: Path) -> dict[int, Guessed]:
    """What an earlier part of the run saw; a line cut by a kill is made again."""
    looks: dict[int, Guessed] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            look = Guessed(**json.loads(line))
        except (ValueError, TypeError):
            continue
        looks[look.step] = look
    return looks
