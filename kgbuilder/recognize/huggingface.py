"""Any Hugging Face token-classification model as a recognizer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from kgbuilder.errors import InputError, MissingExtra
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.labels import ForeignLabels

__all__ = ["HuggingFaceRecognizer", "JoinedTokens", "join_tokens"]

_MOST_TOKENS = 512
"""Tokens of one window at most, also where a model takes more: attention costs their square."""

_OFFSET_POSITIONS = frozenset(
    {
        "roberta",
        "xlm-roberta",
        "camembert",
        "xlm-roberta-xl",
        "longformer",
        "mpnet",
        "xmod",
        "data2vec-text",
    }
)
"""Model types whose first position is ``pad_token_id + 1``, so that they take fewer tokens than
``max_position_embeddings`` says (transformers: modeling_roberta.py, create_position_ids)."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Characters ``[start, end)`` of a sentence that the model sees at once; mentions that begin in
    ``[keep_start, keep_end)`` are taken from it, the rest is context.
    """

    start: int
    end: int
    keep_start: int
    keep_end: int


@dataclass(slots=True)
class JoinedTokens:
    """Neighbouring tokens of one mention: characters ``[start, end)`` and the label without prefix."""

    start: int
    end: int
    label: str
    scores: list[float]
    last_index: int
    closed: bool


class HuggingFaceRecognizer:
    """Mentions by a token classifier with any of the usual label schemes (BIO, BIOES, BILOU, or plain
    labels), through transformers' pipeline. A mention never begins or ends within a word of a script
    that has upper and lower case. A sentence longer than the model takes is read in windows that
    overlap. The score is the mean of its tokens' probabilities.

    :param model: a local folder, or a name on the hub (then transformers fetches it, if it may).
    :param labels: label -> type, before the table ``labels.toml``; "" leaves a label out.
    :param issues: where labels that nothing maps are named; :attr:`unmapped` counts them always.
    :param device: as torch names it: ``cpu``, ``cuda:0``, ``mps``; ``auto``: CUDA where there is one.
    :param batch_size: sentences at a time. At 1 the answer does not depend on what stands beside a
        sentence; with padding, scores may differ in the last digits.
    :raises MissingExtra: without transformers or torch. :raises InputError: when the model cannot be
        loaded or its tokenizer gives no offsets. :raises ConfigError: when none of its labels has a
        type here, or the device is not there.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        labels: Mapping[str, EntityType | str] | None = None,
        issues: Issues | None = None,
        device: str = "cpu",
        batch_size: int = 1,
    ) -> None:
        self._pipeline = _load(str(model), device)
        config, self._tokenizer = self._pipeline.model.config, self._pipeline.tokenizer
        if not self._tokenizer.is_fast:
            raise InputError(
                "the model's tokenizer gives no offsets",
                where=str(model),
                hint="save it with a fast tokenizer (tokenizer.json)",
            )
        self.name = f"huggingface {Path(model).name}@{_digest(self._pipeline.model)}"
        self._labels = ForeignLabels(self.name, labels=labels, issues=issues)
        self._labels.require_any(config.id2label.values())
        limit = _limit(config, self._tokenizer)
        # Windows are made to fit; should one not, it is truncated instead of breaking the model.
        self._tokenizer.model_max_length = limit
        special = int(self._tokenizer.num_special_tokens_to_add())
        # A piece of a text may be cut into more tokens than it was within the whole: some are spared.
        self._n_tokens = max(8, limit - special - min(8, limit // 16))
        self._batch_size = batch_size

    @property
    def unmapped(self) -> Counter[str]:
        """How many mentions were left out, by the label that nothing maps."""
        return Counter(self._labels.unmapped)

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """Mentions with spans in document offsets, sorted, not overlapping."""
        places: list[tuple[int, _Window]] = []
        texts: list[str] = []
        for row, sentence in enumerate(sentences):
            for window in self._windows(sentence.text):
                places.append((row, window))
                texts.append(sentence.text[window.start : window.end])
        rows: list[list[Mention]] = [[] for _ in sentences]
        answers = self._pipeline(texts, batch_size=self._batch_size) if texts else []
        for (row, window), tokens in zip(places, answers, strict=True):
            for mention in self._mentions(sentences[row], window, tokens):
                if not rows[row] or rows[row][-1].span.end <= mention.span.start:
                    rows[row].append(mention)
        return [tuple(row) for row in rows]

    def _windows(self, text: str) -> Iterator[_Window]:
        if not text.strip():
            return
        if len(text.encode()) < self._n_tokens:  # a token has a byte at least
            yield _Window(0, len(text), 0, len(text))
            return
        encoded = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        offsets = [(start, end) for start, end in encoded["offset_mapping"] if end > start]
        context = self._n_tokens // 8
        first = 0
        keep_start = 0
        while True:
            last = min(first + self._n_tokens, len(offsets))
            start = offsets[first][0] if first else 0
            if last == len(offsets):
                yield _Window(start, len(text), keep_start, len(text))
                return
            last = _word_start(text, offsets, last, first + self._n_tokens // 2)
            split = _word_start(text, offsets, last - context, first + self._n_tokens // 4)
            keep_end = offsets[split][0]
            yield _Window(start, offsets[last - 1][1], keep_start, keep_end)
            keep_start = keep_end
            floor = max(first + 1, split - 2 * context)
            first = max(_word_start(text, offsets, split - context, floor), first + 1)

    def _mentions(
        self, sentence: Sentence, window: _Window, tokens: Sequence[Mapping[str, Any]]
    ) -> Iterator[Mention]:
        for piece in join_tokens(sentence.text[window.start : window.end], tokens):
            start, end = window.start + piece.start, window.start + piece.end
            if not window.keep_start <= start < window.keep_end:
                continue
            type = self._labels.type_of(piece.label)
            if type is None:
                continue
            base = sentence.span.start
            yield Mention(
                sentence.document_id,
                Span(base + start, base + end),
                sentence.text[start:end],
                type,
                min(1.0, max(0.0, sum(piece.scores) / len(piece.scores))),
            )


def _load(model: str, device: str) -> Any:
    try:
        import transformers
    except ImportError:
        raise MissingExtra.of(
            "transformers", extra="huggingface", needed_for="a Hugging Face recognizer"
        ) from None
    if not transformers.utils.is_torch_available():
        raise MissingExtra.of("torch", extra="huggingface", needed_for="a Hugging Face recognizer")
    from kgbuilder.nn.device import device_of

    place = device_of(device)
    try:
        # Tokens one by one: joining them is done here, the same way for every tokenizer.
        return transformers.pipeline(
            "token-classification",
            model=model,
            tokenizer=model,
            device=place,
            aggregation_strategy="none",
            ignore_labels=[],
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(
            f"cannot load the model: {(str(error) or repr(error)).splitlines()[0]}",
            where=model,
            hint="give a folder or hub name of a token-classification model and its tokenizer",
        ) from None


def _digest(model: Any) -> str:
    """Tells two models of one name apart: a digest of the labels and some weights of each layer."""
    digest = blake2b(repr(sorted(model.config.id2label.items())).encode(), digest_size=4)
    for name, weights in model.named_parameters():
        some = weights.detach().reshape(-1)[:64].tolist()
        digest.update(f"{name} {tuple(weights.shape)} {some}".encode())
    return digest.hexdigest()


def _limit(config: Any, tokenizer: Any) -> int:
    """Tokens that the model takes at once, special ones counted."""
    positions = getattr(config, "max_position_embeddings", None) or _MOST_TOKENS
    if config.model_type in _OFFSET_POSITIONS:
        positions -= (config.pad_token_id or 0) + 1
    return int(min(positions, tokenizer.model_max_length, _MOST_TOKENS))


def _word_start(text: str, offsets: Sequence[tuple[int, int]], at: int, floor: int) -> int:
    """The last token at or before ``at`` that begins behind white space; ``at`` where none does
    down to ``floor``.
    """
    for index in range(at, max(floor, 1) - 1, -1):
        start = offsets[index][0]
        if text[start].isspace() or text[start - 1].isspace():
            return index
    return at


def join_tokens(text: str, tokens: Sequence[Mapping[str, Any]]) -> list[JoinedTokens]:
    """Join labelled tokens (``start``, ``end``, ``index``, ``entity``, ``score``) to mentions.

    A token within a word goes with the word's first token, whatever its own label: models are trained
    on first tokens.
    """
    found: list[JoinedTokens] = []
    current: JoinedTokens | None = None
    word_end = -1  # end of the last token, marked or not
    for token in tokens:
        start, end = _trimmed(text, int(token["start"]), int(token["end"]))
        if start == end:  # a token of white space alone
            if current is not None and int(token["index"]) == current.last_index + 1:
                current.last_index += 1
            continue
        label, index = str(token["entity"]), int(token["index"])
        within_word = start == word_end and _in_word(text, start)
        word_end = end
        if within_word:
            if current is not None and current.end == start:
                current.end, current.last_index = end, index
                current.scores.append(float(token["score"]))
                current.closed = current.closed or label[:2] in ("E-", "L-")
            continue
        prefix, bare = _split(label)
        if bare == "O":
            current = None
            continue
        goes_on = (
            current is not None
            and not current.closed
            and prefix not in ("B", "S", "U")
            and bare == current.label
            and index == current.last_index + 1
        )
        if current is not None and goes_on:
            current.end, current.last_index = end, index
            current.scores.append(float(token["score"]))
            current.closed = prefix in ("E", "L")
        else:
            closed = prefix in ("S", "U", "E", "L")
            current = JoinedTokens(start, end, bare, [float(token["score"])], index, closed)
            found.append(current)
    return found


def _split(label: str) -> tuple[str, str]:
    if len(label) > 2 and label[0] in "BIESLU" and label[1] in "-_":
        return label[0], label[2:]
    return "", label


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    if not piece.strip():
        return end, end
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))


def _in_word(text: str, at: int) -> bool:
    """Whether ``at`` lies within a word: a cased letter or a digit on both sides."""
    if not 0 < at < len(text):
        return False
    return all(c.isdigit() or c.lower() != c.upper() for c in (text[at - 1], text[at]))
