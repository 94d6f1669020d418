"""A classifier of whole texts: every piece votes for the labels, and the mean of the votes decides.

Training only (torch). What a word added to a decision is its own votes, so that no second model explains
the first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.encoder import Encoder, EncoderShape
from kgbuilder.nn.export import export_text_classifier
from kgbuilder.nn.letters import Letters, features_of, runs_of
from kgbuilder.nn.padding import padded
from kgbuilder.nn.start import Start
from kgbuilder.nn.training import Plan, Progress, buckets_of, train

__all__ = [
    "ClassifiedExample",
    "TextClassifier",
    "export_classifier",
    "fit_classifier",
    "fit_letters",
    "log_probabilities_of",
    "new_classifier",
]

MULTIPLE = 8
"""Lengths are padded to a multiple of it."""

LABEL_SMOOTHING = 0.1
"""Share of a label's certainty that is spread over all labels: with two dozen texts a label a model is
soon sure of all of them, and learns no more.
"""

_MOST_RUNS = 50_000
_LETTERS_RATE, _LETTERS_STEPS = 0.3, 150
_LETTERS_PENALTY = 0.005
"""Of the squared weights, a text: what scikit-learn's C = 100 is."""


@dataclass(frozen=True, slots=True)
class ClassifiedExample:
    """Piece ids with special ones at both ends, and the number of the label."""

    ids: tuple[int, ...]
    label: int


class TextClassifier(nn.Module):  # type: ignore[misc,unused-ignore]
    """Ids, mask and voters ``[batch, length]`` to scores ``[batch, n_labels]``: the mean score of the
    pieces that vote.
    """

    def __init__(self, encoder: Encoder, n_labels: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, dropout
        self.head = nn.Linear(encoder.shape.width, n_labels)

    def forward(self, ids: Tensor, mask: Tensor, voters: Tensor) -> Tensor:
        """Scores before softmax."""
        states = functional.dropout(self.encoder(ids, mask), self.dropout, self.training)
        scores: Tensor = self.head(states)
        weights = voters / voters.sum(dim=1, keepdim=True)
        return (scores * weights[:, :, None].to(scores.dtype)).sum(dim=1)


def new_classifier(start: Start, n_labels: int, *, seed: int) -> TextClassifier:
    """A classifier with the encoder of ``start`` and a fresh head."""
    torch.manual_seed(seed)
    return TextClassifier(start.encoder, n_labels)


def fit_classifier(
    model: TextClassifier,
    examples: Sequence[ClassifiedExample],
    *,
    plan: Plan,
    folder: Path,
    padding_id: int,
    on_epoch: Callable[[int], bool | None],
    on_log: Callable[[Progress], None] = lambda progress: None,
) -> int:
    """Train ``model`` in place with cross-entropy, see :func:`kgbuilder.nn.training.train`.

    :returns: steps done in all.
    """

    def loss_of(batch: list[int]) -> Tensor:
        chosen = [examples[i] for i in batch]
        scores = _scores(model, chosen, padding_id)
        labels = torch.tensor([example.label for example in chosen], device=scores.device)
        return functional.cross_entropy(scores.float(), labels, label_smoothing=LABEL_SMOOTHING)

    return train(
        model,
        batches_of=buckets_of([len(e.ids) for e in examples], plan, multiple=MULTIPLE),
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        on_epoch=on_epoch,
        on_log=on_log,
    )


def log_probabilities_of(
    model: TextClassifier,
    examples: Sequence[ClassifiedExample],
    *,
    padding_id: int,
    size: int = 16,
) -> NDArray[np.float32]:
    """``[n_examples, n_labels]``, natural logarithms."""
    model.eval()
    found = np.zeros((len(examples), model.head.out_features), dtype=np.float32)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    with torch.no_grad():
        for at in range(0, len(order), size):
            chosen = order[at : at + size]
            scores = _scores(model, [examples[i] for i in chosen], padding_id).float()
            found[chosen] = torch.log_softmax(scores, -1).cpu().numpy()
    return found


def fit_letters(
    texts: Sequence[Sequence[str]], labels: Sequence[int], n_labels: int, *, share: float
) -> Letters:
    """Logistic regression over runs of letters, without an intercept, by Adam over all texts at once.

    :param texts: the words of each.
    """
    held = Counter(run for words in texts for run in {r for word in words for r in runs_of(word)})
    kept = sorted(held, key=lambda run: (-held[run], run))[:_MOST_RUNS]
    rows = {run: row for row, run in enumerate(kept)}
    rarity = np.array([1 + math.log((1 + len(texts)) / (1 + held[run])) for run in kept])
    rarity = rarity.astype(np.float32)
    at, values = [], []
    for text, words in enumerate(texts):
        for row, (value, _) in features_of(words, rows, rarity).items():
            at.append((text, row))
            values.append(value)
    features = torch.sparse_coo_tensor(
        torch.tensor(at, dtype=torch.long).reshape(-1, 2).T,
        torch.tensor(values, dtype=torch.float32),
        (len(texts), len(rows)),
        check_invariants=True,
    ).coalesce()
    weights = torch.zeros((len(rows), n_labels), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=_LETTERS_RATE)
    right = torch.tensor(labels)
    for _ in range(_LETTERS_STEPS):
        optimizer.zero_grad()
        loss = functional.cross_entropy(torch.sparse.mm(features, weights), right)
        loss = loss + _LETTERS_PENALTY / len(texts) * (weights * weights).sum()
        loss.backward()  # type: ignore[no-untyped-call,unused-ignore]
        optimizer.step()
    return Letters(rows, rarity, weights.detach().numpy(), share)


def export_classifier(state: Path, onnx: Path, shape: EncoderShape) -> None:
    """Write a saved state, whose encoder has this shape, as the int8 model that
    :class:`kgbuilder.nn.text_model.TextModel` runs.
    """
    parts = torch.load(state, weights_only=True, map_location="cpu")
    weights = {name: value.float().numpy() for name, value in parts.items()}
    export_text_classifier(weights, onnx, n_heads=shape.n_heads, int8=True, epsilon=shape.epsilon)


def _scores(
    model: TextClassifier, examples: Sequence[ClassifiedExample], padding_id: int
) -> Tensor:
    ids, mask = padded([e.ids for e in examples], padding_id=padding_id, multiple=MULTIPLE)
    voters = torch.zeros_like(mask)
    for row, example in enumerate(examples):
        voters[row, 1 : len(example.ids) - 1] = 1
    device = next(model.parameters()).device
    scores: Tensor = model(ids.to(device), mask.to(device), voters.to(device))
    return scores
