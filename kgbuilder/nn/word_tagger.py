"""The network over words that stands beside the tagger: vectors of runs of letters, which go on being
trained, a bidirectional LSTM over a sentence, and a linear head per word.

Training only (torch).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kgbuilder.nn.hints import NAMED
from kgbuilder.nn.tagger import TaggedExample, hide_hints, partial_label_loss
from kgbuilder.nn.training import Plan, buckets_of, train
from kgbuilder.nn.word_batches import WordBatches

__all__ = ["WordTagger", "fit_word_tagger", "word_log_probabilities"]

Floats = NDArray[np.float32]
Batch = tuple[Tensor, Tensor, Tensor, Tensor, list[int]]

MULTIPLE = 4
"""Lengths are bucketed by it; nothing is padded in the network itself."""


class WordTagger(nn.Module):  # type: ignore[misc,unused-ignore]
    """Sentences of words to label scores ``[batch, length, n_labels]``.

    :param table: ``[n_rows, width]``, vectors of hashed runs of letters to begin with.
    :param size: numbers of the LSTM's state in each direction.
    """

    def __init__(self, table: Floats, n_labels: int, *, size: int, dropout: float) -> None:
        super().__init__()
        self.encoder = nn.EmbeddingBag.from_pretrained(
            torch.from_numpy(table), freeze=False, mode="mean"
        )
        self.words = nn.LSTM(
            table.shape[1] + NAMED.stop, size, bidirectional=True, batch_first=True
        )
        self.head = nn.Linear(2 * size, n_labels)
        self.dropout = dropout

    def forward(
        self, rows: Tensor, starts: Tensor, where: Tensor, hints: Tensor, lengths: list[int]
    ) -> Tensor:
        """:param rows: of all different words one after another; ``starts``: where each word's begin.
        :param where: ``[batch, length]``, which of the different words stands there.
        """
        vectors = self.encoder(rows, starts)[where]
        x = functional.dropout(torch.cat([vectors, hints], -1), self.dropout, self.training)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(self.words(packed)[0], batch_first=True)
        scores: Tensor = self.head(functional.dropout(states, self.dropout, self.training))
        return scores


def _batch(examples: Sequence[TaggedExample], words: WordBatches) -> Batch:
    """What :meth:`WordTagger.forward` takes."""
    lengths = [len(example.words) for example in examples]
    hints = np.zeros((len(examples), max(lengths), NAMED.stop), dtype=np.float32)
    for i, example in enumerate(examples):
        hints[i, : lengths[i]] = example.hints[list(example.first), : NAMED.stop]
    rows, starts, where = words.of([example.words for example in examples])
    return rows, starts, where, torch.from_numpy(hints), lengths


def fit_word_tagger(
    model: WordTagger,
    examples: Sequence[TaggedExample],
    allowed_sets: NDArray[np.bool_],
    *,
    plan: Plan,
    folder: Path,
    hidden_share: float,
    on_epoch: Callable[[int], bool | None],
) -> int:
    """Train ``model`` in place, see :func:`kgbuilder.nn.training.train`; what the plan calls pieces are
    words here. :returns: steps done in all.

    :param allowed_sets: ``[n_sets, n_labels]``, what the examples' ``allowed`` point into.
    :param hidden_share: of the texts that are read without hints.
    """
    sets, words = torch.from_numpy(allowed_sets), WordBatches(model.encoder.num_embeddings)

    def loss_of(chosen: list[int]) -> Tensor:
        some = [examples[i] for i in chosen]
        rows, starts, where, hints, lengths = _batch(some, words)
        scores = model(rows, starts, where, hide_hints(hints, share=hidden_share), lengths)
        flat = torch.cat([scores[i, :n] for i, n in enumerate(lengths)])
        return partial_label_loss(flat, sets[[row for e in some for row in e.allowed]])

    return train(
        model,
        batches_of=buckets_of([len(e.words) for e in examples], plan, multiple=MULTIPLE),
        loss_of=loss_of,
        plan=plan,
        folder=folder,
        on_epoch=on_epoch,
    )


def word_log_probabilities(
    model: WordTagger, examples: Sequence[TaggedExample], *, size: int = 32
) -> list[Floats]:
    """Per example ``[n_words, n_labels]``, natural logarithms; in the examples' order."""
    model.eval()
    words = WordBatches(model.encoder.num_embeddings)
    found: list[Floats] = [np.zeros((0, 0), dtype=np.float32)] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].words))
    with torch.no_grad():
        for at in range(0, len(order), size):
            chosen = order[at : at + size]
            answers = torch.log_softmax(model(*_batch([examples[i] for i in chosen], words)), -1)
            for row, i in enumerate(chosen):
                found[i] = answers[row, : len(examples[i].words)].numpy()
    return found
