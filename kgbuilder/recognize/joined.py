"""A model and a dictionary as one: the model has its say, the vocabularies mend and fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence
from kgbuilder.protocols import Recognizer

__all__ = ["JoinedRecognizer"]

_CONDITION = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})


class JoinedRecognizer:
    """Mentions of ``model``, and of ``dictionary`` those that overlap none of them.

    A name of two or more words in which the model found only pieces ("axillary" and "freckling") takes
    the pieces' place. Whether it is a disease or a phenotype the model decides, from its context.
    """

    def __init__(self, model: Recognizer, dictionary: Recognizer) -> None:
        self._model, self._dictionary = model, dictionary
        self.name = f"{model.name} + {dictionary.name}"

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        rows = zip(
            self._model.recognize(sentences), self._dictionary.recognize(sentences), strict=True
        )
        return [_joined(found, named) for found, named in rows]


def _joined(found: Sequence[Mention], named: Sequence[Mention]) -> tuple[Mention, ...]:
    mentions = list(found)
    for name in named:
        touched = [mention for mention in mentions if mention.span.overlaps(name.span)]
        if not touched:
            mentions.append(name)
        elif " " in name.text and all(_is_piece(mention, name) for mention in touched):
            mentions = [mention for mention in mentions if mention not in touched]
            mentions.append(_whole(name, touched))
    return tuple(sorted(mentions, key=lambda mention: mention.span))


def _is_piece(mention: Mention, name: Mention) -> bool:
    return name.span.contains(mention.span) and mention.span != name.span


def _whole(name: Mention, pieces: Sequence[Mention]) -> Mention:
    conditions = [piece for piece in pieces if piece.type in _CONDITION]
    score = max(piece.score for piece in pieces)
    if name.type not in _CONDITION or not conditions:
        return replace(name, score=score)
    longest = max(conditions, key=lambda piece: (len(piece.span), -piece.span.start))
    return replace(name, score=score, type=longest.type)
