"""Teaching a small model by a larger one: how far its probabilities are from the teacher's.

Training only (torch). After Hinton, Vinyals and Dean 2015, https://arxiv.org/abs/1503.02531. Teacher
and student may have different encoders; they meet at the words, or at the pairs.
"""

from __future__ import annotations

from torch import Tensor

__all__ = ["distillation_loss", "kept_to_labels_loss"]


def distillation_loss(scores: Tensor, answers: Tensor, *, temperature: float = 1.0) -> Tensor:
    """Mean over rows of KL(teacher || student) in nats, times the temperature squared, which keeps
    its gradients as large as those of the labels.

    :param scores: the student's, before softmax, ``[n, n_labels]``.
    :param answers: the teachers' probabilities at the same temperature, of the same shape.
    """
    log_student = (scores.float() / temperature).log_softmax(-1)
    log_teacher = answers.float().clamp(min=1e-7).log()
    return (answers * (log_teacher - log_student)).sum(-1).mean() * temperature**2


def kept_to_labels_loss(scores: Tensor, answers: Tensor, allowed: Tensor) -> Tensor:
    """:func:`distillation_loss` to answers that are kept to what the labels allow. Rows for which the
    teachers hold that all but impossible count as 0: there the label alone speaks.

    :param allowed: ``[n, n_labels]`` in bool.
    """
    kept = answers * allowed
    total = kept.sum(-1, keepdim=True)
    known = total.squeeze(-1) > 1e-3
    if not bool(known.any()):
        return scores.sum() * 0.0
    loss = distillation_loss(scores[known], (kept / total.clamp(min=1e-9))[known])
    return loss * known.float().mean()
