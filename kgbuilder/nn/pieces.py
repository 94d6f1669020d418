"""Text to word pieces and back, with the ``tokenizers`` library alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kgbuilder.errors import InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Pieces", "Window", "WordPieces"]


@dataclass(frozen=True, slots=True)
class WordPieces:
    """A text in pieces, without the special ones.

    :param ids: piece ids. :param words: per word its ``[start, end)`` in code points of the text.
    :param first: per word the index of its first piece in ``ids``, ascending.
    """

    ids: tuple[int, ...]
    words: tuple[tuple[int, int], ...]
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of words that the encoder sees at once: words ``[start, end)``; the answers for
    ``[keep_start, keep_end)`` are taken from it, the rest is context.
    """

    start: int
    end: int
    keep_start: int
    keep_end: int


class Pieces:
    """The piece vocabulary of an encoder (a ``tokenizer.json``). Words are what its pre-tokenizer
    makes: runs of letters and digits, and each punctuation mark by itself. It is read when first needed.

    :raises InputError: when the file is missing, and, when it is read, when it is no such vocabulary.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise InputError("no tokenizer file", where=str(path))
        self._path = path

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._path))
        except Exception as error:  # tokenizers raises nothing finer
            raise InputError(f"not a tokenizer file: {error}", where=str(self._path)) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def load(self) -> None:
        """Read it now. :raises InputError: when it is no such vocabulary."""
        _ = self.start_id, self.end_id, self.padding_id

    @cached_property
    def start_id(self) -> int:
        """Of the piece before a text."""
        return self._special("[CLS]", "<s>")

    @cached_property
    def end_id(self) -> int:
        """Of the piece behind a text."""
        return self._special("[SEP]", "</s>")

    @cached_property
    def padding_id(self) -> int:
        """Of the piece that fills up."""
        return self._special("[PAD]", "<pad>")

    def _special(self, bert: str, mpnet: str) -> int:
        for token in (mpnet, bert):  # MPNet's vocabulary holds all of BERT's too
            id = self.id_of(token)
            if id is not None:
                return id
        raise InputError(
            f"the tokenizer has no {bert} or {mpnet}", hint="a BERT or MPNet tokenizer is needed"
        )

    @property
    def n_pieces(self) -> int:
        """Size of the vocabulary."""
        return int(self._tokenizer.get_vocab_size())

    def id_of(self, piece: str) -> int | None:
        """The id of a piece, or None."""
        id = self._tokenizer.token_to_id(piece)
        return None if id is None else int(id)

    def names(self) -> tuple[str, ...]:
        """All pieces, by id."""
        return tuple(str(self._tokenizer.id_to_token(i)) for i in range(self.n_pieces))

    def ids_of(self, texts: Sequence[str]) -> list[list[int]]:
        """Piece ids of each text, without special ones: all that pretraining needs, and faster."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encoded]

    def of(self, text: str) -> WordPieces:
        """Pieces of ``text``; any text at all, including the empty one."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        words: list[tuple[int, int]] = []
        first: list[int] = []
        previous: int | None = None
        for index, (word, (start, end)) in enumerate(
            zip(encoding.word_ids, encoding.offsets, strict=True)
        ):
            if word is None or word != previous:
                words.append((start, end))
                first.append(index)
            else:
                words[-1] = (words[-1][0], end)
            previous = word
        return WordPieces(tuple(encoding.ids), tuple(words), tuple(first))


def iter_windows(pieces: WordPieces, *, max_pieces: int, overlap: int) -> Iterator[Window]:
    """Windows of at most ``max_pieces`` pieces (special ones not counted) that together keep every
    word once. Neighbours share about ``overlap`` pieces, each giving up half of them as context.
    A single word longer than a window is cut to its first pieces.
    """
    bounds = [*pieces.first, len(pieces.ids)]
    n_words = len(pieces.words)
    start = keep_start = 0
    while keep_start < n_words:
        end = start + 1
        while end < n_words and bounds[end + 1] - bounds[start] <= max_pieces:
            end += 1
        if end == n_words:
            yield Window(start, end, keep_start, end)
            return
        back = end
        while back > keep_start + 1 and bounds[end] - bounds[back] < overlap // 2:
            back -= 1
        keep_end = back
        yield Window(start, end, keep_start, keep_end)
        keep_start = keep_end
        start = keep_start
        while (
            start > 0
            and bounds[keep_start] - bounds[start - 1] <= overlap // 2
            and bounds[keep_start + 1] - bounds[start - 1] <= max_pieces
        ):
            start -= 1
