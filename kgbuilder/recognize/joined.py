"""A model and a dictionary as one: the model has its say, the vocabularies mend and fill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.protocols import Recognizer

__all__ = ["JoinedRecognizer"]

_CONDITION = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_SUBSTANCE = frozenset({EntityType.DRUG, EntityType.GENE})

_BEFORE_A_DRUG = re.compile(r"(?:(?:iv|po|sq|sc|subq|im|prn|home|oral)[ -])*", re.IGNORECASE)
_ORDER_WORD = (
    r"gtts?|drips?|infusions?|bolus(?:es)?|ivp?b?|po|sq|sc|im|prn|otc|csci|stat|load|nocte|mane"
    r"|bd|od|tds|qds|bid|tid|qid|qhs|x ?\d+|d\d+|day \d+"
)
_BEHIND_A_DRUG = re.compile(
    rf"(?:\s+(?:{_ORDER_WORD}|\d{{2,}}(?![/\d])))*",
    re.IGNORECASE,
)
"""What an order says beside a drug: "SQ heparin", "fentanyl gtt", "ASA 81". A single digit may be part
of a product's name ("Tylenol 3")."""
_ORDER_BEHIND = re.compile(rf"(?:\s+(?:{_ORDER_WORD}))+\Z", re.IGNORECASE)

_TESTED = re.compile(r"(?:sensitive|susceptible|resistant|intermediate) to ", re.IGNORECASE)
"""Of a germ, where drugs follow, and no finding of the patient."""
_ARROW = re.compile(r"→|->")
"""One drug in another's place: "simva -> rosuva"."""


_SIGN_BEFORE = re.compile(r"(?:(?:no|nil)\s+|[+]\s?)(?=\w)", re.IGNORECASE)
_TIME_BEHIND = re.compile(
    r"\s+(?:['’]\d\d|(?:19|20)\d\d|d\d{1,2}|x ?\d{1,2}(?:/\d{1,2})?)\Z", re.IGNORECASE
)
"""What notes write beside a finding and the model may take into it: "nil murmurs", "stroke '19"."""

_ENDORSES = re.compile(r"(?:positive(?: for)?|endorses?|reports?) ", re.IGNORECASE)

_PHYSICAL_STATUS = re.compile(
    r"ASA (?:(?:PS|class|grade|status) )?(?:[1-6]|I{1,3}|IV|VI?)E?\b(?! ?(?:mg|g|tab|x)\b)"
)
"""How fit for an operation somebody is, by the American Society of Anesthesiologists: no aspirin."""


_COSTOVERTEBRAL = re.compile(r"\b(?:tender|angle|flank|percussion)", re.IGNORECASE)
"""Beside "CVA", which then is the angle between ribs and spine, no stroke."""

_NAME_BEHIND = re.compile(
    r"[ -](?:[A-Z][\w-]*[ -]){0,2}(?:Institutes?|Association|Society|Foundation|Federation"
    r"|Organi[sz]ation|Council|Network|Consortium|Inventory|Index|Scale|Questionnaire|Registry"
    r"|Study Group|Program(?:me)?)\b"
)
"""Behind a condition with a capital that is part of a name: "National Cancer Institute"."""
_CLOTTING_TIME = re.compile(r"(?:pro)?thrombin time", re.IGNORECASE)


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
        found, named = (
            [
                tuple(mention for mention in row if not _is_in_a_name(sentence, mention))
                for sentence, row in zip(sentences, rows, strict=True)
            ]
            for rows in (found, named)
        )
        return [
            _joined(*both, fills=False)
            if sentence.kind == "paper"
            else _joined(*(_as_noted(sentence, row) for row in both), fills=True)
            for sentence, *both in zip(sentences, found, named, strict=True)
        ]


def _is_in_a_name(sentence: Sentence, mention: Mention) -> bool:
    start, end = mention.span.start - sentence.span.start, mention.span.end - sentence.span.start
    if mention.type in _CONDITION:
        return mention.text[:1].isupper() and _NAME_BEHIND.match(sentence.text, end) is not None
    return mention.type in _SUBSTANCE and _CLOTTING_TIME.match(sentence.text, start) is not None


def _is_no_stroke(sentence: Sentence, mention: Mention) -> bool:
    return mention.text == "CVA" and _COSTOVERTEBRAL.search(sentence.text) is not None


def _as_noted(sentence: Sentence, mentions: Sequence[Mention]) -> list[Mention]:
    offset = sentence.span.start
    return [
        _bare(mention)
        for mention in mentions
        if not _PHYSICAL_STATUS.match(sentence.text, mention.span.start - offset)
        and not _is_no_stroke(sentence, mention)
    ]


def _bare(mention: Mention) -> Mention:
    start, end = 0, len(mention.text)
    if mention.type is EntityType.DRUG:
        behind = _ORDER_BEHIND.search(mention.text)
    elif mention.type in _CONDITION:
        behind = _TIME_BEHIND.search(mention.text)
        before = _SIGN_BEFORE.match(mention.text)
        start = before.end() if before else start
    else:
        return mention
    end = behind.start() if behind else end
    if start >= end or (start, end) == (0, len(mention.text)):
        return mention
    at = mention.span.start
    return replace(mention, span=Span(at + start, at + end), text=mention.text[start:end])


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
    return name.span.end == mention.span.end and _ENDORSES.fullmatch(before) is not None


def _is_ordered(touched: Sequence[Mention], name: Mention) -> bool:
    (mention, *others) = touched
    if others or name.type is not EntityType.DRUG or not _is_piece(name, mention):
        return False
    if mention.type is not EntityType.DRUG and mention.type not in _CONDITION:
        return False
    start = name.span.start - mention.span.start
    before, behind = mention.text[:start], mention.text[start + len(name.text) :]
    return bool(_BEFORE_A_DRUG.fullmatch(before) and _BEHIND_A_DRUG.fullmatch(behind))


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
