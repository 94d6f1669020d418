"""The one training loop: AdamW with warm-up and linear decay, checkpoints, exact resumption.

Training only (torch). The order of the examples and the dropout of every step follow from
``(seed, epoch)`` and ``(seed, step)``, so a run that was killed and resumed sees what an unbroken
one sees.
"""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Plan", "length_buckets", "train"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    :param max_batch_pieces: padded pieces in a batch at most.
    :param learning_rate: of the encoder at its peak; the head has ``head_learning_rate``.
    :param checkpoint_steps: steps between checkpoints.
    """

    epochs: int
    max_batch_pieces: int
    learning_rate: float
    head_learning_rate: float
    warmup: float = 0.06
    weight_decay: float = 0.01
    seed: int = 7
    checkpoint_steps: int = 200
    bfloat16: bool = True


def length_buckets(
    lengths: Sequence[int], *, max_pieces: int, multiple: int, seed: int, epoch: int
) -> list[list[int]]:
    """Batches of indexes of similar length, shuffled; the same for the same seed and epoch."""
    rng = random.Random(f"{seed}/{epoch}")  # noqa: S311
    order = sorted(range(len(lengths)), key=lambda i: (-(-lengths[i] // multiple), rng.random()))
    batches: list[list[int]] = []
    current: list[int] = []
    for i in order:
        padded = -(-lengths[i] // multiple) * multiple
        if current and padded * (len(current) + 1) > max_pieces:
            batches.append(current)
            current = []
        current.append(i)
    if current:
        batches.append(current)
    rng.shuffle(batches)
    return batches


def train(
    model: nn.Module,
    *,
    batches_of: Callable[[int], list[list[int]]],
    loss_of: Callable[[list[int]], Tensor],
    plan: Plan,
    folder: Path,
    on_epoch: Callable[[int], None] = lambda epoch: None,
    stop_after: int | None = None,
) -> int:
    """Train ``model`` in place and return the number of steps done in all.

    :param batches_of: epoch -> batches of example indexes. :param loss_of: a batch -> its loss.
    :param folder: where ``checkpoint.pt`` and ``log.jsonl`` go; a checkpoint there is resumed.
    :param stop_after: end early after this many steps (for tests of resumption).
    """
    folder.mkdir(parents=True, exist_ok=True)
    groups = [
        {"params": [], "lr": plan.learning_rate, "weight_decay": plan.weight_decay},
        {"params": [], "lr": plan.learning_rate, "weight_decay": 0.0},
        {"params": [], "lr": plan.head_learning_rate, "weight_decay": 0.0},
    ]
    for name, parameter in model.named_parameters():
        group = (0 if parameter.ndim > 1 else 1) if name.startswith("encoder.") else 2
        groups[group]["params"].append(parameter)  # type: ignore[attr-defined,unused-ignore]
    optimizer = torch.optim.AdamW(groups, fused=True)
    per_epoch = [batches_of(epoch) for epoch in range(plan.epochs)]
    total = sum(map(len, per_epoch))
    warm = max(1, int(plan.warmup * total))

    def rate(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    done = _resume(folder / "checkpoint.pt", model, optimizer, schedule)
    step, started, pieces_seen = 0, time.monotonic(), 0.0
    model.train()
    for epoch, batches in enumerate(per_epoch):
        if done >= step + len(batches):
            step += len(batches)
            continue
        for batch in batches:
            if step < done:
                step += 1
                continue
            torch.manual_seed(plan.seed * 1_000_003 + step)
            autocast = (
                torch.autocast("cpu", dtype=torch.bfloat16)
                if plan.bfloat16
                else contextlib.nullcontext()
            )
            with autocast:
                loss = loss_of(batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call,unused-ignore]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            pieces_seen += len(batch)
            if step % 20 == 0:
                _log(folder, step, total, epoch, loss.item(), pieces_seen, started)
            if step % plan.checkpoint_steps == 0 or step in (total, stop_after):
                _save(folder / "checkpoint.pt", model, optimizer, schedule, step)
            if step == stop_after:
                return step
        on_epoch(epoch)
        model.train()
    return step


def _log(
    folder: Path, step: int, total: int, epoch: int, loss: float, examples: float, started: float
) -> None:
    seconds = time.monotonic() - started
    row = {
        "step": step,
        "of": total,
        "epoch": epoch,
        "loss": round(loss, 4),
        "examples_per_s": round(examples / seconds, 1),
        "seconds": round(seconds),
    }
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(row) + "\n")


def _save(path: Path, model: nn.Module, optimizer: Any, schedule: Any, step: int) -> None:
    parts = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    torch.save(parts, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def _resume(path: Path, model: nn.Module, optimizer: Any, schedule: Any) -> int:
    if not path.exists():
        return 0
    parts = torch.load(path, weights_only=True)
    model.load_state_dict(parts["model"])
    optimizer.load_state_dict(parts["optimizer"])
    schedule.load_state_dict(parts["schedule"])
    return int(parts["step"])
