"""Label probabilities to spans: the best BIO sequence, then its mentions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgbuilder.nn.labels import LabelSpace

__all__ = ["WordSpan", "best_labels", "word_spans"]


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Words ``[start, end)`` of a type; ``score`` is the geometric mean of its labels'
    probabilities, in [0, 1].
    """

    start: int
    end: int
    type: str
    score: float


def best_labels(log_probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """The most probable label sequence in which ``I-t`` follows only ``B-t`` or ``I-t``.

    Viterbi with hard constraints and no learned transitions. ``[n_words, n_labels]`` to
    ``[n_words]``. In O(n_words * n_labels): only its own type's labels may lead to an ``I``.
    """
    n_words, n_labels = log_probabilities.shape
    labels = np.arange(n_labels)
    freely: NDArray[np.int64] = log_probabilities.argmax(axis=1)
    if _is_allowed(freely):  # the best of all sequences is then the best of the allowed ones
        return freely
    inside = (labels > 0) & (labels % 2 == 0)
    best = np.where(inside, -np.inf, log_probabilities[0].astype(np.float64))
    back = np.zeros((n_words, n_labels), dtype=np.int64)
    for word in range(1, n_words):
        champion = int(best.argmax())
        back[word] = champion
        reach = np.full(n_labels, best[champion])
        begins, insides = best[1::2], best[2::2]
        from_begin = begins >= insides
        reach[2::2] = np.where(from_begin, begins, insides)
        back[word, 2::2] = np.where(from_begin, labels[1::2], labels[2::2])
        best = reach + log_probabilities[word]
    path = np.zeros(n_words, dtype=np.int64)
    path[-1] = best.argmax()
    for word in range(n_words - 1, 0, -1):
        path[word - 1] = back[word, path[word]]
    return path


def _is_allowed(path: NDArray[np.int64]) -> bool:
    """Whether each ``I`` (even, not 0) follows its own ``B`` (one less) or ``I``."""
    before = np.concatenate(([0], path[:-1]))
    inside = (path > 0) & (path % 2 == 0)
    return bool(np.all(~inside | (before == path) | (before == path - 1)))


def word_spans(
    log_probabilities: NDArray[np.float32],
    space: LabelSpace,
    *,
    alike: frozenset[str] = frozenset(),
) -> list[WordSpan]:
    """Mentions in text order; they do not overlap. No words give no mentions.

    :param alike: types that are hard to tell apart: a mention of one is scored as being of any of them.
    """
    begins = [space.begin(type) for type in space.types if type in alike]
    if not len(log_probabilities):
        return []
    path = best_labels(log_probabilities)
    spans: list[WordSpan] = []
    start = 0
    for word in range(1, len(path) + 1):
        ends = word == len(path) or path[word] == 0 or path[word] % 2 == 1
        if not ends:
            continue
        if path[start]:
            type = space.types[(int(path[start]) - 1) // 2]
            own = log_probabilities[np.arange(start, word), path[start:word]]
            if type in alike:
                inside = (path[start:word] + 1) % 2
                own = np.logaddexp.reduce(
                    [log_probabilities[np.arange(start, word), at + inside] for at in begins]
                )
            spans.append(WordSpan(start, word, type, float(np.exp(own.mean()))))
        start = word
    return spans
