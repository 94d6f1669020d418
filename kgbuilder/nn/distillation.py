"""Teaching a small tagger by larger ones: their probabilities word by word, kept on disk, and the loss.

Training only (torch). After Hinton, Vinyals and Dean 2015, https://arxiv.org/abs/1503.02531. Teacher
and student may have different pieces; they meet at the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgbuilder.nn.device import multiplies_bfloat16
from kgbuilder.nn.tagger import TaggedExample, Tagger, tagger_batch

__all__ = ["distillation_loss", "teacher_answers"]

_SHARD = 2000
"""Examples a file: a killed run asks the teachers again for one file at most."""


def teacher_answers(
    teachers: Sequence[Tagger],
    examples: Sequence[TaggedExample],
    *,
    padding_id: int,
    folder: Path,
    temperature: float = 1.0,
    max_batch_pieces: int = 4096,
    on_shard: Callable[[int], None] = lambda n_done: None,
) -> list[NDArray[np.float16]]:
    """Per example ``[n_words, n_labels]``: the mean of the teachers' probabilities.

    They are kept in ``folder``; what stands there already is not asked again, so the folder must
    belong to these teachers and these examples in this order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for teacher in teachers:
        teacher.eval()
    answers: list[NDArray[np.float16]] = []
    for start in range(0, len(examples), _SHARD):
        shard = examples[start : start + _SHARD]
        path = folder / f"{start:08}.npy"
        if path.exists():
            rows = np.load(path)
        else:
            rows = _asked(teachers, shard, padding_id, temperature, max_batch_pieces)
            with path.with_suffix(".tmp").open("wb") as out:
                np.save(out, rows)
            path.with_suffix(".tmp").replace(path)
        bounds = np.cumsum([len(example.first) for example in shard])
        answers += np.split(rows, bounds[:-1])
        on_shard(min(start + _SHARD, len(examples)))
    return answers


def _asked(
    teachers: Sequence[Tagger],
    examples: Sequence[TaggedExample],
    padding_id: int,
    temperature: float,
    max_batch_pieces: int,
) -> NDArray[np.float16]:
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    device = next(teachers[0].parameters()).device
    found: dict[int, NDArray[np.float16]] = {}
    at = 0
    while at < len(order):
        end = at + 1
        while (
            end < len(order) and (end + 1 - at) * len(examples[order[end]].ids) <= max_batch_pieces
        ):
            end += 1
        batch = [examples[i] for i in order[at:end]]
        ids, mask, hints, positions, _ = tagger_batch(batch, padding_id=padding_id)
        half = torch.autocast(device.type, torch.bfloat16, enabled=multiplies_bfloat16(device))
        with torch.inference_mode(), half:
            inputs = ids.to(device), mask.to(device), hints.to(device)
            scores = [
                (
                    teacher(*inputs).float().flatten(0, 1)[positions.to(device)] / temperature
                ).softmax(-1)
                for teacher in teachers
            ]
            mean = torch.stack(scores).mean(0).cpu().numpy().astype(np.float16)
        cuts = np.cumsum([len(example.first) for example in batch])[:-1]
        found.update(zip(order[at:end], np.split(mean, cuts), strict=True))
        at = end
    return np.concatenate([found[i] for i in range(len(examples))])


def distillation_loss(scores: Tensor, answers: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Mean over words of KL(teacher || student) in nats, times the temperature squared, which keeps
    its gradients as large as those of the labels.

    :param scores: the student's, before softmax, ``[n_words, n_labels]``.
    :param answers: the teachers' probabilities at the same temperature, of the same shape.
    """
    log_student = (scores.float() / temperature).log_softmax(-1)
    log_teacher = answers.float().clamp(min=1e-7).log()
    return (answers * (log_teacher - log_student)).sum(-1).mean() * temperature**2
