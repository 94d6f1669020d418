"""Two recognizers as one: the first has its say, the second fills what it left."""

from __future__ import annotations

from collections.abc import Sequence

from kgbuilder.model import Mention, Sentence
from kgbuilder.protocols import Recognizer

__all__ = ["JoinedRecognizer"]


class JoinedRecognizer:
    """All mentions of ``first``, and those of ``second`` that overlap none of them."""

    def __init__(self, first: Recognizer, second: Recognizer) -> None:
        self._first, self._second = first, second
        self.name = f"{first.name} + {second.name}"

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        rows = zip(
            self._first.recognize(sentences), self._second.recognize(sentences), strict=True
        )
        return [_joined(first, second) for first, second in rows]


def _joined(first: Sequence[Mention], second: Sequence[Mention]) -> tuple[Mention, ...]:
    added = [m for m in second if not any(m.span.overlaps(held.span) for held in first)]
    return tuple(sorted((*first, *added), key=lambda mention: mention.span))
