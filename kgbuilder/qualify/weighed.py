"""How findings are meant: by cue words and sections, and where these see a plain fact, by weights, too.

A cue decides, or the section. But notes have more ways than any table to say that a drug is not taken
any more ("hasn't touched it for weeks") or an illness over. So what has no cue is read again by weights,
which may say that it is no plain fact, never that it is one. In papers words alone decide: the weights
learned from notes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from kgbuilder.model import Assertion, EntityType, Mention, Sentence
from kgbuilder.nn.assertion_model import AssertionModel, MarkedMention
from kgbuilder.qualify.context import ContextQualifier

__all__ = ["WeighedQualifier"]

LEAST = 0.9
"""Probability of being no plain fact from which the weights are believed. Chosen in
``pipelines/EXPERIMENTS.md`` between plain facts lost and others taken for plain."""

_ALLERGY = re.compile(
    r"allerg|intoleran|hypersensitiv|anaphyl|\bnkd?a\b|\badrs?\b|\breact(?:s|ed|ions?)\b",
    re.IGNORECASE,
)
"""Where a drug may be one that the patient does not bear, which ``assemble`` tells from a denied one:
there the words decide alone."""

_PLAIN = Assertion()
_ANOTHERS = frozenset({"family", "other"})
_OPEN = frozenset({"planned", "hypothetical", "uncertain"})
"""What a drug is not that stands on a list of those that are taken, or is taken "when required"."""
_AS_NEEDED = re.compile(
    r"\b(?:(?:when|as|if)(?: and when)? (?:required|needed|necessary)|prn|p\.r\.n)\b", re.IGNORECASE
)


class WeighedQualifier:
    """:param weights: folder with ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``; the
        shipped ones when left out, which are opened when a note needs them.
    :param least: probability from which the weights are believed.
    :raises InputError: when the folder is not such weights.
    """

    def __init__(self, weights: Path | None = None, *, least: float = LEAST) -> None:
        folder = weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / "assertion"
        self._model = AssertionModel(folder, at_once=weights is not None)
        self._words = ContextQualifier()
        self._least = least
        self.name = f"{self._words.name} + {self._model.name}"

    def qualify(
        self, sentences: Sequence[Sentence], mentions: Sequence[Sequence[Mention]]
    ) -> list[tuple[Assertion, ...]]:
        """One assertion per mention; each sentence is judged alone."""
        return [
            self._meant(sentence, row) for sentence, row in zip(sentences, mentions, strict=True)
        ]

    def _meant(self, sentence: Sentence, mentions: Sequence[Mention]) -> tuple[Assertion, ...]:
        said = self._words.said(sentence, mentions)
        meant = self._words.meant(sentence, mentions, said)
        if sentence.kind == "paper":
            return meant
        left = {EntityType.DRUG} if _speaks_of_allergy(sentence) else set()
        asked = [
            number
            for number, (mention, one) in enumerate(zip(mentions, meant, strict=True))
            if mention.type.value in self._model.types
            and mention.type not in left
            and one == _PLAIN
        ]
        if not asked:
            return meant
        at = sentence.span.start
        marked = [MarkedMention(m.span.start - at, m.span.end - at, m.type.value) for m in mentions]
        shares = self._model.probabilities(sentence.text, marked)
        taken = sentence.section == "medications" or _AS_NEEDED.search(sentence.text) is not None
        plain = self._model.statuses.index(frozenset())
        told = list(said)
        for number in asked:
            share = shares[number]
            if 1.0 - share[plain] < self._least:
                continue
            share[plain] = -1.0
            status = self._model.statuses[int(share.argmax())]
            never = said[number].only_seem & _ANOTHERS
            if taken and mentions[number].type is EntityType.DRUG:
                never |= _OPEN
            if never.isdisjoint(status):
                told[number] = replace(said[number], categories=status)
        return self._words.meant(sentence, mentions, told)


def _speaks_of_allergy(sentence: Sentence) -> bool:
    return sentence.section == "allergies" or _ALLERGY.search(sentence.text) is not None
