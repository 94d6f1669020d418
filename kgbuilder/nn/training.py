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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kgbuilder.nn.device import device_of, multiplies_bfloat16

__all__ = ["LOG_STEPS", "Plan", "Progress", "buckets_of", "length_buckets", "steps_done", "train"]

LOG_STEPS = 20
"""Steps between two rows of the log, at most: a short run has some fifty rows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    :param max_batch_pieces: padded pieces in a batch at most.
    :param learning_rate: of the encoder at its peak; the head has ``head_learning_rate``.
    :param checkpoint_steps: steps between checkpoints.
    :param bfloat16: products in bfloat16; ``auto``: where the device does them by itself.
    :param device: where the model is moved to, see :func:`kgbuilder.nn.device.device_of`; ``loss_of``
        must bring its batches there.
    """

    epochs: int
    max_batch_pieces: int
    learning_rate: float
    head_learning_rate: float
    warmup: float = 0.06
    weight_decay: float = 0.01
    seed: int = 7
    checkpoint_steps: int = 200
    bfloat16: bool | str = "auto"
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Progress:
    """A row of ``log.jsonl``. ``loss`` is the mean since the row before; ``seconds`` and the rate
    count from the start or the resumption.
    """

    step: int
    of: int
    epoch: int
    loss: float
    examples_per_s: float
    seconds: int


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


def buckets_of(
    lengths: Sequence[int], plan: Plan, *, multiple: int
) -> Callable[[int], list[list[int]]]:
    """The batches of each epoch of ``plan``, see :func:`length_buckets`."""
    return lambda epoch: length_buckets(
        lengths, max_pieces=plan.max_batch_pieces, multiple=multiple, seed=plan.seed, epoch=epoch
    )


def train(
    model: nn.Module,
    *,
    batches_of: Callable[[int], list[list[int]]],
    loss_of: Callable[[list[int]], Tensor],
    plan: Plan,
    folder: Path,
    on_epoch: Callable[[int], bool | None] = lambda epoch: None,
    on_step: Callable[[int], None] = lambda step: None,
    on_log: Callable[[Progress], None] = lambda progress: None,
    stop_after: int | None = None,
) -> int:
    """Train ``model`` in place, on the plan's device, and return the number of steps done in all.

    :param batches_of: epoch -> batches of example indexes. :param loss_of: a batch -> its loss.
    :param folder: where ``checkpoint.pt`` and ``log.jsonl`` go; a checkpoint there is resumed.
    :param on_epoch: called when an epoch (from 0) is done; True ends the training. After a kill it
        may be called once more for an epoch that it has seen, with the same model.
    :param on_step: called after each step, before its checkpoint. :param on_log: with each log row.
    :param stop_after: end early after this many steps (for tests of resumption).
    """
    folder.mkdir(parents=True, exist_ok=True)
    device = device_of(plan.device)
    model.to(device)
    half = multiplies_bfloat16(device) if plan.bfloat16 == "auto" else bool(plan.bfloat16)
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
    done = _resume(folder / "checkpoint.pt", model, optimizer, schedule, device)
    step, started, examples_seen = 0, time.monotonic(), 0
    losses: list[Tensor] = []  # read for a row of the log alone: a GPU would be waited for
    log_steps = max(1, min(LOG_STEPS, total // 50))
    model.train()
    for epoch, batches in enumerate(per_epoch):
        if done >= step + len(batches):
            step += len(batches)
            # killed after the epoch's last checkpoint: perhaps before ``on_epoch`` was done
            if step == done and on_epoch(epoch):
                return step
            model.train()
            continue
        for batch in batches:
            if step < done:
                step += 1
                continue
            torch.manual_seed(plan.seed * 1_000_003 + step)
            autocast = (
                torch.autocast(device.type, dtype=torch.bfloat16)
                if half
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
            examples_seen += len(batch)
            losses.append(loss.detach())
            if step % log_steps == 0 or step == total:
                seconds = time.monotonic() - started
                rate_seen = round(examples_seen / max(seconds, 1e-9), 1)
                mean = round(float(torch.stack(losses).mean()), 4)
                row = Progress(step, total, epoch, mean, rate_seen, round(seconds))
                losses = []
                with (folder / "log.jsonl").open("a") as log:
                    log.write(json.dumps(asdict(row)) + "\n")
                on_log(row)
            on_step(step)
            model.train()
            if step % plan.checkpoint_steps == 0 or step in (total, stop_after):
                _save(folder / "checkpoint.pt", model, optimizer, schedule, step)
            if step == stop_after:
                return step
        if on_epoch(epoch):
            return step
        model.train()
    return step


def steps_done(checkpoint: Path) -> int:
    """Steps that a checkpoint holds."""
    return int(torch.load(checkpoint, weights_only=True, map_location="cpu")["step"])


def _save(path: Path, model: nn.Module, optimizer: Any, schedule: Any, step: int) -> None:
    parts = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    torch.save(parts, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


def _resume(
    path: Path, model: nn.Module, optimizer: Any, schedule: Any, device: torch.device
) -> int:
    if not path.exists():
        return 0
    parts = torch.load(path, weights_only=True, map_location=device)
    model.load_state_dict(parts["model"])
    optimizer.load_state_dict(parts["optimizer"])
    schedule.load_state_dict(parts["schedule"])
    return int(parts["step"])
