"""What is written around a name: the order beside a drug, a sign before a finding, and what makes it
another name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib import resources

from kgbuilder.model import EntityType, Mention, Sentence, Span

__all__ = ["as_listed", "bare", "is_meant", "is_order", "says_so"]

_CONDITION = frozenset({EntityType.DISEASE, EntityType.PHENOTYPE})
_SUBSTANCE = frozenset({EntityType.DRUG, EntityType.GENE})

_BEFORE_A_DRUG = re.compile(r"(?:(?:iv|po|sq|sc|subq|im|prn|home|oral)[ -])*", re.IGNORECASE)
_ORDER_WORD = (
    r"gtts?|drips?|infusions?|bolus(?:es)?|ivp?b?|po|sq|sc|im|prn|otc|csci|stat|load|nocte|mane"
    r"|bd|od|tds|qds|bid|tid|qid|qhs|x ?\d+"
)
_BEHIND_A_DRUG = re.compile(
    rf"(?:\s+(?:{_ORDER_WORD}|d\d+|day \d+|\d{{2,}}(?![/\d])))*", re.IGNORECASE
)
_ORDER_BEHIND = re.compile(rf"(?:\s+(?:{_ORDER_WORD}))+\Z", re.IGNORECASE)
"""Without "d3", which is a vitamin's, too."""

_SIGN_BEFORE = re.compile(r"(?:(?:no|nil)\s+|[+]\s?)(?=\w)", re.IGNORECASE)
_TIME_BEHIND = re.compile(
    r"\s+(?:['’]\d\d|(?:19|20)\d\d|d\d{1,2}|x ?\d{1,2}(?:/\d{1,2})?)\Z", re.IGNORECASE
)
_SAYS_SO = re.compile(r"(?:positive(?: for)?|endorses?|reports?) ", re.IGNORECASE)

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

_MEDICATIONS = frozenset({"medications", "discharge_medications", "past_medications"})


@cache
def _given_and_measured() -> re.Pattern[str]:
    """The shipped table: names that a list of medicines means as drugs."""
    path = resources.files("kgbuilder.recognize") / "given_and_measured.tsv"
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return re.compile("|".join(row[1] for row in rows if row[0][:1] != "#"), re.IGNORECASE)


def is_meant(sentence: Sentence, mention: Mention) -> bool:
    """Whether it names what it seems to: no institute, no clotting time, and in a note no physical
    status and no angle of the back.
    """
    text = sentence.text
    start, end = mention.span.start - sentence.span.start, mention.span.end - sentence.span.start
    if mention.type in _CONDITION and mention.text[:1].isupper() and _NAME_BEHIND.match(text, end):
        return False
    if mention.type in _SUBSTANCE and _CLOTTING_TIME.match(text, start):
        return False
    if sentence.kind == "paper":
        return True
    if mention.text == "CVA" and _COSTOVERTEBRAL.search(text):
        return False
    return _PHYSICAL_STATUS.match(text, start) is None


def as_listed(sentence: Sentence, mention: Mention) -> Mention:
    """What is both given and measured, as a list of medicines means it: "Home meds: digoxin 0.125"."""
    if (
        mention.type is EntityType.LAB_TEST
        and sentence.section in _MEDICATIONS
        and _given_and_measured().fullmatch(mention.text)
    ):
        return replace(mention, type=EntityType.DRUG)
    return mention


def bare(mention: Mention) -> Mention:
    """A note's drug without the order behind it, its finding without a sign before and a time behind:
    "Cosopt bd", "nil murmurs", "stroke '19".
    """
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


def is_order(before: str, behind: str) -> bool:
    """Whether that is all an order says beside a drug: "SQ heparin", "fentanyl gtt", "ASA 81". A single
    digit may be part of a product's name ("Tylenol 3").
    """
    return bool(_BEFORE_A_DRUG.fullmatch(before) and _BEHIND_A_DRUG.fullmatch(behind))


def says_so(before: str) -> bool:
    """Whether the words before a finding say that it is there: "Positive ", "Endorses "."""
    return _SAYS_SO.fullmatch(before) is not None
