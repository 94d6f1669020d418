"""A model and a dictionary as one: the model has its say, the vocabularies mend and fill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence
from kgbuilder.protocols import Recognizer
from kgbuilder.recognize.around import as_listed, bare, is_meant, is_order, says_so

__all__ = ["JoinedRecognizer"]

_CONDITION = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_SUBSTANCE = frozenset({EntityType.DRUG, EntityType.GENE})

_TESTED = re.compile(r"(?:sensitive|susceptible|resistant|intermediate) to ", re.IGNORECASE)
"""Of a germ, where drugs follow, and no finding of the patient."""
_ARROW = re.compile(r"→|->")
"""One drug in another's place: "simva -> rosuva"."""


class JoinedRecognizer:
    """Mentions of ``model``, and in notes those of ``dictionary`` that overlap none of them: a note's
    short forms and lists are where the model misses names, in a paper it reads better alone.

    What the model takes for a drug or a gene and the vocabularies know as a condition alone ("T2DM") is
    the condition. A name of two or more words in which the model found only pieces ("axillary" and
    "freckling") takes the pieces' place. Whether it is a disease or a phenotype the model decides.
    An order is narrowed to the drug in it, and what a germ is "resistant to" is the drugs. Of a note's
    drugs the order behind them is cut off, of its findings a leading "no" and a time behind.
    """

    def __init__(self, model: Recognizer, dictionary: Recognizer) -> None:
        self._model, self._dictionary = model, dictionary
        self.name = f"{model.name} + {dictionary.name}"

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        found = self._model.recognize(sentences)
        named = self._dictionary.recognize(sentences)
        return [
            _joined(
                [
                    bare(as_listed(sentence, m)) if sentence.kind != "paper" else m
                    for m in found_here
                    if is_meant(sentence, m)
                ],
                [m for m in named_here if is_meant(sentence, m)],
                fills=sentence.kind != "paper",
            )
            for sentence, found_here, named_here in zip(sentences, found, named, strict=True)
        ]


def _joined(
    found: Sequence[Mention], named: Sequence[Mention], *, fills: bool
) -> tuple[Mention, ...]:
    mentions = [part for mention in found for part in _drugs_within(mention, named)]
    for name in named:
        touched = [mention for mention in mentions if mention.span.overlaps(name.span)]
        if not touched and not fills:
            continue
        if not touched:
            mentions.append(name)
        elif fills and _is_ordered(touched, name):
            mentions[mentions.index(touched[0])] = replace(name, score=touched[0].score)
        elif fills and _is_endorsed(touched, name):
            mentions[mentions.index(touched[0])] = replace(name, type=touched[0].type)
        elif _is_mistaken(touched, name, in_note=fills):
            mentions[mentions.index(touched[0])] = replace(touched[0], type=name.type)
        elif " " in name.text and all(_is_piece(mention, name) for mention in touched):
            mentions = [mention for mention in mentions if mention not in touched]
            mentions.append(_whole(name, touched))
    return tuple(sorted(mentions, key=lambda mention: mention.span))


def _is_mistaken(touched: Sequence[Mention], name: Mention, *, in_note: bool) -> bool:
    """The dictionary prefers drugs, so that it calls a name a condition only where no drug bears it. A
    note's insulin is what the patient takes, not the gene.
    """
    (mention, *others) = touched
    if others or mention.span != name.span or mention.type not in _SUBSTANCE:
        return False
    taken = in_note and (mention.type, name.type) == (EntityType.GENE, EntityType.DRUG)
    return taken or name.type in _CONDITION


def _is_endorsed(touched: Sequence[Mention], name: Mention) -> bool:
    (mention, *others) = touched
    if others or name.type not in _CONDITION or mention.type not in _CONDITION:
        return False
    before = mention.text[: name.span.start - mention.span.start]
    return name.span.end == mention.span.end and says_so(before)


def _is_ordered(touched: Sequence[Mention], name: Mention) -> bool:
    (mention, *others) = touched
    if others or name.type is not EntityType.DRUG or not _is_piece(name, mention):
        return False
    if mention.type is not EntityType.DRUG and mention.type not in _CONDITION:
        return False
    start = name.span.start - mention.span.start
    before, behind = mention.text[:start], mention.text[start + len(name.text) :]
    return is_order(before, behind)


def _drugs_within(mention: Mention, named: Sequence[Mention]) -> Sequence[Mention]:
    tested = mention.type in _CONDITION and _TESTED.match(mention.text)
    replaced = mention.type is EntityType.DRUG and _ARROW.search(mention.text)
    if not tested and not replaced:
        return (mention,)
    drugs = [name for name in named if name.type is EntityType.DRUG and _is_piece(name, mention)]
    return [replace(name, score=mention.score) for name in drugs] or (mention,)


def _is_piece(mention: Mention, name: Mention) -> bool:
    return name.span.contains(mention.span) and mention.span != name.span


def _whole(name: Mention, pieces: Sequence[Mention]) -> Mention:
    conditions = [piece for piece in pieces if piece.type in _CONDITION]
    score = max(piece.score for piece in pieces)
    if name.type not in _CONDITION or not conditions:
        return replace(name, score=score)
    longest = max(conditions, key=lambda piece: (len(piece.span), -piece.span.start))
    return replace(name, score=score, type=longest.type)
