"""A model and a dictionary as one: the model has its say, the vocabularies mend and fill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence
from kgbuilder.protocols import Recognizer

__all__ = ["JoinedRecognizer"]

_CONDITION = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_SUBSTANCE = frozenset({EntityType.DRUG, EntityType.GENE})

_BEFORE_A_DRUG = re.compile(r"(?:(?:iv|po|sq|sc|subq|im|prn|home|oral)[ -])*", re.IGNORECASE)
_BEHIND_A_DRUG = re.compile(
    r"(?:\s+(?:gtts?|drips?|infusions?|bolus(?:es)?|ivp?b?|po|sq|sc|im|prn"
    r"|x ?\d+|d\d+|day \d+|\d{2,}(?![/\d])))*",
    re.IGNORECASE,
)
"""What an order says beside a drug: "SQ heparin", "fentanyl gtt", "ASA 81". A single digit may be part
of a product's name ("Tylenol 3")."""

_TESTED = re.compile(r"(?:sensitive|susceptible|resistant|intermediate) to ", re.IGNORECASE)
"""Of a germ, where drugs follow, and no finding of the patient."""


class JoinedRecognizer:
    """Mentions of ``model``, and in notes those of ``dictionary`` that overlap none of them: a note's
    short forms and lists are where the model misses names, in a paper it reads better alone.

    What the model takes for a drug or a gene and the vocabularies know as a condition alone ("T2DM") is
    the condition. A name of two or more words in which the model found only pieces ("axillary" and
    "freckling") takes the pieces' place. Whether it is a disease or a phenotype the model decides.
    An order is narrowed to the drug in it, and what a germ is "resistant to" is the drugs.
    """

    def __init__(self, model: Recognizer, dictionary: Recognizer) -> None:
        self._model, self._dictionary = model, dictionary
        self.name = f"{model.name} + {dictionary.name}"

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        found = self._model.recognize(sentences)
        named = self._dictionary.recognize(sentences)
        return [
            _joined(*both, fills=sentence.kind != "paper")
            for sentence, *both in zip(sentences, found, named, strict=True)
        ]


def _joined(
    found: Sequence[Mention], named: Sequence[Mention], *, fills: bool
) -> tuple[Mention, ...]:
    mentions = [part for mention in found for part in _drugs_tested(mention, named)]
    for name in named:
        touched = [mention for mention in mentions if mention.span.overlaps(name.span)]
        if not touched and not fills:
            continue
        if not touched:
            mentions.append(name)
        elif fills and _is_ordered(touched, name):
            mentions[mentions.index(touched[0])] = replace(name, score=touched[0].score)
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


def _is_ordered(touched: Sequence[Mention], name: Mention) -> bool:
    (mention, *others) = touched
    if others or name.type is not EntityType.DRUG or not _is_piece(name, mention):
        return False
    if mention.type is not EntityType.DRUG and mention.type not in _CONDITION:
        return False
    start = name.span.start - mention.span.start
    before, behind = mention.text[:start], mention.text[start + len(name.text) :]
    return bool(_BEFORE_A_DRUG.fullmatch(before) and _BEHIND_A_DRUG.fullmatch(behind))


def _drugs_tested(mention: Mention, named: Sequence[Mention]) -> Sequence[Mention]:
    if mention.type not in _CONDITION or not _TESTED.match(mention.text):
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
