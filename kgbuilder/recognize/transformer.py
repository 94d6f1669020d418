"""The recognizer that ships: a small BERT, trained by ``pipelines/train_packed.py``, int8, no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.errors import InputError
from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.nn.decode import word_spans
from kgbuilder.nn.hints import HINTS, hints_of
from kgbuilder.nn.labels import LabelSpace
from kgbuilder.nn.pieces import Pieces, WordPieces, iter_windows
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.words import WordReader, blended
from kgbuilder.protocols import Recognizer

__all__ = ["TransformerRecognizer", "clean_span"]

MAX_PIECES = 126
"""Pieces of one window, special ones not counted: 99 % of what training saw was shorter, and beyond
it the tagger grows unsure. Attention is quadratic, too."""

OVERLAP = 48
"""Pieces that neighbouring windows share, as context."""

MIN_SCORE = 0.5
"""Best strict F1 on the 60 carved BC5CDR development documents (steps of 0.05: 83.6 without a
threshold, 84.5 here)."""

_EDGE = " \t\r\n.,;:!?-–—/\\'\"“”‘’*•|=<>_"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ATTRIBUTES = frozenset(
    {EntityType.DOSE, EntityType.FREQUENCY, EntityType.DURATION, EntityType.DATE, EntityType.AGE}
    | {EntityType.SEVERITY}
)
"""Types that may consist of digits and signs alone ("8/10", "10/2017")."""


_CONDITIONS = frozenset({EntityType.DISEASE.value, EntityType.PHENOTYPE.value})
"""Which of them something is corpora disagree on, so that its score is that of being either."""


class TransformerRecognizer:
    """Mentions by a BIO tagger over word pieces.

    :param weights: folder with ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``; the
        shipped ones when left out. Where its ``labels.json`` gives the ``words`` a share, the network
        over words in ``words.npz`` and ``words.onnx`` reads beside it.
    :param dictionary: points out names that vocabularies hold, for a model that was trained to look at
        them (``hints`` in its ``labels.json``). Without one it reads as well as it can.
    :param n_threads: sentences that are read at the same time. The answer does not depend on it.
    :param min_score: mentions below it are left out. So are the words of ``not_mentions.tsv``.
    :param min_named_score: the same for what the dictionary, too, calls a mention of that type, word for
        word; ``min_score`` when left out. Two witnesses may each be less sure; which of disease and
        phenotype it is the dictionary then says.
    :param device: of the network over pieces, see :class:`kgbuilder.nn.runtime.OnnxModel`.
    :raises InputError: when the folder is not such weights. Those that ship are opened when they are
        first needed. :raises ConfigError: when the device is not there.
    """

    def __init__(
        self,
        weights: Path | None = None,
        *,
        dictionary: Recognizer | None = None,
        n_threads: int = 1,
        min_score: float = MIN_SCORE,
        min_named_score: float | None = None,
        device: str = "cpu",
    ) -> None:
        folder = weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / "tagger"
        self._pieces = Pieces(folder / "tokenizer.json")
        try:
            card = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
            self._space = LabelSpace(tuple(EntityType(name).value for name in card["types"]))
            self.name = f"{card['name']} {card['version']}"
            hints = tuple(card.get("hints", ()))
            share = float(card.get("words", 0.0))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"labels.json is missing or wrong: {error!r}", where=str(folder)
            ) from error
        if hints != HINTS[: len(hints)]:
            raise InputError(
                "labels.json names hints that this version does not give",
                where=str(folder),
                hint="train the model again with this version of kgbuilder",
            )
        self._n_hints = len(hints)
        self._dictionary = dictionary
        self._model = OnnxModel(folder / "model.int8.onnx", device=device)
        self._words = WordReader(folder, share=share) if share else None
        if weights is not None:  # a user's damaged model is told before anything is read
            self._pieces.load()
            self._model.load()
            if self._words is not None:
                self._words.load()
        self._n_threads = n_threads
        self._min_score = min_score
        self._min_named_score = (
            min_score if min_named_score is None else min(min_score, min_named_score)
        )
        self._not_in_notes, self._nowhere = _not_mentions("notes", "all"), _not_mentions("all")

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions per sentence, in text order, not overlapping, spans in document offsets."""
        named: Sequence[tuple[Mention, ...]] = [()] * len(sentences)
        if self._n_hints and self._dictionary is not None:
            named = self._dictionary.recognize(sentences)
        if self._n_threads == 1 or len(sentences) < 2:
            return list(map(self._mentions, sentences, named))
        with ThreadPoolExecutor(self._n_threads) as pool:
            return list(pool.map(self._mentions, sentences, named))

    def _mentions(self, sentence: Sentence, named: Sequence[Mention]) -> tuple[Mention, ...]:
        text, at = sentence.text, sentence.span.start
        pieces = self._pieces.of(text)
        bounds = [*pieces.first, len(pieces.ids)]
        names = [(name.span.start - at, name.span.end - at, name.type.value) for name in named]
        hints = hints_of(
            text,
            pieces.words,
            pieces.first,
            len(pieces.ids),
            names,
            in_note=sentence.kind != "paper",
        )
        known = {(name.span, _sort(name.type)): name.type for name in named}
        rows = []
        for window in iter_windows(pieces, max_pieces=MAX_PIECES, overlap=OVERLAP):
            a, b = bounds[window.start], bounds[window.end]
            # a single "word" may be longer than the window: its first pieces speak for it
            b = min(b, a + MAX_PIECES)
            ids = (self._pieces.start_id, *pieces.ids[a:b], self._pieces.end_id)
            inputs: dict[str, NDArray[Any]] = {"ids": np.array([ids], dtype=np.int64)}
            if self._n_hints:
                inputs["hints"] = np.pad(hints[a:b, : self._n_hints], ((1, 1), (0, 0)))[None]
            answer = self._model.run(inputs)[0]
            kept = range(window.keep_start, window.keep_end)
            rows.append(answer[[pieces.first[word] - a + 1 for word in kept]])
        answer = (
            self._with_words(text, pieces, hints, rows) if rows else np.zeros((0, 0), np.float32)
        )
        found = word_spans(answer, self._space, alike=_CONDITIONS)
        mentions: list[Mention] = []
        offset = sentence.span.start
        for span in found:
            type = EntityType(span.type)
            start, end = pieces.words[span.start][0], pieces.words[span.end - 1][1]
            whole = type in _ATTRIBUTES or sentence.kind == "paper"
            for item in [(start, end)] if whole else list_items(text, start, end):
                start, end = clean_span(text, *item)
                if start >= end or (mentions and offset + start < mentions[-1].span.end):
                    continue
                score, place = round(span.score, 4), Span(offset + start, offset + end)
                own, least = type, self._min_score
                if score < least and (place, _sort(type)) in known:
                    own, least = known[place, _sort(type)], self._min_named_score
                if score >= least and self._may_be(own, sentence, start, end):
                    words = text[start:end]
                    mentions.append(Mention(sentence.document_id, place, words, own, score))
        return tuple(mentions)

    def _with_words(
        self,
        text: str,
        pieces: WordPieces,
        hints: NDArray[np.float32],
        rows: Sequence[NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """``[n_words, n_labels]``: what the windows of pieces say, and beside it what the words do."""
        answer = np.concatenate(rows)
        if self._words is None:
            return answer
        words = [text[start:end] for start, end in pieces.words]
        said = self._words.log_probabilities(words, hints[list(pieces.first)])
        return blended(answer, said, self._words.share)

    def _may_be(self, type: EntityType, sentence: Sentence, start: int, end: int) -> bool:
        """Whether this piece may be a mention: no known mistake, no bare number, no person's name."""
        words = sentence.text[start:end]
        never = self._nowhere if sentence.kind == "paper" else self._not_in_notes
        if (type, words.casefold()) in never:
            return False
        if type not in _ATTRIBUTES and not any(c.isalpha() for c in words):
            return False
        titled = _TITLE.search(sentence.text, max(0, start - 8), start)
        return not (titled and words[0].isupper())


def _sort(type: EntityType) -> EntityType:
    """Diseases and phenotypes are of one sort: which of them it is, vocabularies do not agree on."""
    return EntityType.DISEASE if type is EntityType.PHENOTYPE else type


def _not_mentions(*places: str) -> frozenset[tuple[EntityType, str]]:
    path = resources.files("kgbuilder.recognize") / "not_mentions.tsv"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    told = (row for row in rows if len(row) == 4 and row[0][0] != "#")
    return frozenset((EntityType(type), words) for type, words, where, _ in told if where in places)


_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+\Z")
"""What follows is somebody's name."""

_DANGLING = re.compile(r"\s+(?:of|in|the|with|to|and|or|for|on|at|from|by)$")
_CUE = re.compile(r"(?:r/o|w/o?|c/o|s/p|h/o|d/t|Ø)\s+(?=\S)", re.IGNORECASE)
"""Shorthand of notes that stands before a name and is never part of it."""


_BETWEEN_ITEMS = re.compile(r"[,;.][ \t]*\r?\n\s*|[ \t][-–+][ \t]")


def list_items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    r"""``[start, end)`` in the items that a note's list joins: a name does not go on over a comma or
    stop at the end of a line, nor over a dash or plus with a space on both sides. In papers such a dash
    is in the name, its text having been cut into words ("Id - 1").

    >>> list_items("fever,\nchills", 0, 13), list_items("one, two", 0, 8), list_items("a - b", 0, 5)
    ([(0, 5), (7, 13)], [(0, 8)], [(0, 1), (4, 5)])
    """
    items = []
    for cut in _BETWEEN_ITEMS.finditer(text, start, end):
        items.append((start, cut.start()))
        start = cut.end()
    return [*items, (start, end)]


def clean_span(text: str, start: int, end: int) -> tuple[int, int]:
    """``[start, end)`` without punctuation and shorthand at its edges, without a word at its end that
    something has to follow, and with balanced brackets.

    A closing bracket that follows at once is taken in where its opening one is inside; an opening
    one without a partner ends the span, a closing one without a partner is cut off.

    >>> clean_span("IL-2 (human), x", 0, 12), clean_span("(aspirin)", 0, 9), clean_span("a (b", 0, 4)
    ((0, 12), (1, 8), (0, 1))
    >>> clean_span("r/o UTI", 0, 7), clean_span("w/", 0, 2)
    ((4, 7), (0, 1))
    >>> clean_span("Examination of the", 0, 18), clean_span("hepatitis A", 0, 11)
    ((0, 11), (0, 11))
    """
    while True:
        before = (start, end)
        cue = _CUE.match(text, start, end)
        start = cue.end() if cue else start
        while start < end and text[start] in _EDGE:
            start += 1
        while start < end and text[end - 1] in _EDGE:
            end -= 1
        dangling = _DANGLING.search(text, start, end)
        end = dangling.start() if dangling else end
        open_at: list[tuple[str, int]] = []
        for i in range(start, end):
            if text[i] in _PAIRS.values():
                open_at.append((text[i], i))
            elif text[i] in _PAIRS:
                if open_at and open_at[-1][0] == _PAIRS[text[i]]:
                    open_at.pop()
                elif i - start < end - 1 - i:
                    start = i + 1
                    break
                else:
                    end = i
                    break
        else:
            if open_at:
                bracket, i = open_at[-1]
                if end < len(text) and _PAIRS.get(text[end]) == bracket:
                    end += 1
                elif i - start < end - 1 - i:
                    start = i + 1
                else:
                    end = i
        wrapped = end - start >= 2 and _PAIRS.get(text[end - 1]) == text[start]
        if wrapped and text.find(text[end - 1], start, end) == end - 1:
            start, end = start + 1, end - 1
        if (start, end) == before:
            return start, end
