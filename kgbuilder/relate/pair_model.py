"""The pair classifier as relating uses it: texts, findings and pairs in, log-probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgbuilder.model import Finding, Sentence
from kgbuilder.nn.pair_words import WordPairReader
from kgbuilder.nn.pairs import TypedSpan, lay_out_pairs
from kgbuilder.nn.passages import lengths_of, pack
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.shape import ShapeModel
from kgbuilder.relate.kinds import Answer, load_kinds
from kgbuilder.relate.readings import Logs, Pair

__all__ = ["PairModel"]


class PairModel:
    """A folder of weights: ``model.int8.onnx``, ``tokenizer.json``, ``labels.json``; where sentences are
    read by their words, too, ``words.npz`` and ``words.onnx``, and where passages are by their shape,
    ``shape.npz``.

    :param at_once: open what is in it now, else when it is first needed.
    :param device: of the network over pieces, see :class:`kgbuilder.nn.runtime.OnnxModel`.
    :raises InputError: when the folder is not such weights, as far as it was opened.
    """

    def __init__(self, folder: Path, *, at_once: bool = True, device: str = "cpu") -> None:
        self._pieces = Pieces(folder / "tokenizer.json")
        self.kinds = load_kinds(folder)
        self._model = OnnxModel(folder / "model.int8.onnx", device=device)
        shape = folder / "shape.npz"
        self._shape = ShapeModel.load(shape) if shape.exists() else None
        self._words = WordPairReader(folder, self._pieces) if self.kinds.words else None
        if at_once:
            self._pieces.load()
            self._model.load()
            if self._words is not None:
                self._words.load()

    def spans(self, findings: Sequence[Finding], offset: int) -> list[TypedSpan]:
        """Where findings are in a text that begins at ``offset``, and their classes."""
        return [
            (
                f.mention.span.start - offset,
                f.mention.span.end - offset,
                self.kinds.class_of.get(f.mention.type.value, ""),
            )
            for f in findings
        ]

    def passages(
        self, text: str, sentences: Sequence[Sentence], inside: Sequence[Sequence[Finding]]
    ) -> list[tuple[int, int]]:
        """``[first, last)`` of the sentences that are read together.

        :param inside: the findings of each sentence.
        """
        lengths = lengths_of(
            text,
            [(s.span.start, s.span.end) for s in sentences],
            [span for row in inside for span in self.spans(row, 0)],
            pieces=self._pieces,
            blinded=self.kinds.blinded,
        )
        return pack(lengths, most=self.kinds.passage_pieces)

    def answers(
        self,
        text: str,
        spans: Sequence[TypedSpan],
        pairs: Sequence[Pair],
        *,
        max_text: int = 320,
        numbers: Sequence[int] | None = None,
        by_words: frozenset[int] = frozenset(),
    ) -> dict[int, Answer]:
        """Number of a pair -> what is said of it. Pairs whose mentions stand too far apart for the model
        have no answer.

        :param numbers: of the concepts that the spans name, to tell hidden names apart.
        :param by_words: pairs that the network over words is asked about, too.
        """
        answers: dict[int, Answer] = {}
        if not pairs:
            return answers
        for layout in lay_out_pairs(
            text,
            spans,
            pairs,
            pieces=self._pieces,
            classes=self.kinds.classes,
            blinded=self.kinds.blinded,
            max_text=max_text,
            numbers=numbers,
        ):
            said = self._model.run(layout.inputs())
            answers |= {n: Answer(row) for n, row in zip(layout.pairs, said, strict=True)}
            chosen = [place for place, number in enumerate(layout.pairs) if number in by_words]
            if chosen and self._words is not None:
                beside = self._words.log_probabilities(layout, chosen)
                for place, row in zip(chosen, beside, strict=True):
                    answers[layout.pairs[place]] = Answer(said[place], row)
        return answers

    def by_shape(self, kind: str, shapes: NDArray[np.float32]) -> Logs:
        """``[n_pairs, n_labels of the kind]`` log-probabilities; alike for all labels where the weights
        have no model of shapes.
        """
        n_labels = len(self.kinds.labels)
        scores = (
            self._shape.scores(kind, shapes)
            if self._shape
            else np.zeros((len(shapes), n_labels), dtype=np.float32)
        )
        return np.array([self.kinds.logs(kind, Answer(row)) for row in scores], dtype=np.float32)
