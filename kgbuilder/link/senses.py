"""Which of its senses an ambiguous short form has where it stands: "MI", "PE", "RA".

A sense is taken only where the text itself speaks of it: by its full name anywhere in the document, or
by its cues (``tables/abbreviation_senses.tsv``), those of the same sentence counting more; and only
where it leads every other sense clearly. Else the short form stays unlinked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from kgbuilder.model import EntityType, Mention
from kgbuilder.ontology.vocabularies import read_table

__all__ = ["Senses"]

_FULL_NAME, _NEAR_CUE, _FAR_CUE = 4, 2, 1
"""What the full name in the document, a cue in the sentence, and a cue elsewhere in the document add."""
_ENOUGH = 2
"""A sense needs this much, and must lead the next one by as much. Chosen by hand, not fitted: a wrong
sense costs more than a refusal."""
_FORM = re.compile(r"\s+(?:XL|XR|SR|MR|ER|LA|IR|CR)\Z")
"""A drug's form behind its short form: "tac XL"."""
_BREAK = re.compile(r"[.;!?](?=\s)|\n")


@dataclass(frozen=True, slots=True)
class _Sense:
    """:param type: None where the meaning is no concept of ours (a specialty, a route, a saline).

    :param full: its full names, and :param cues: each as :func:`_pattern` takes them.
    """

    name: str
    type: EntityType | None
    full: str
    cues: tuple[str, ...]


class Senses:
    """The ambiguous short forms and their senses; the tables are read when first needed."""

    def is_ambiguous(self, text: str) -> bool:
        """Whether ``text`` is a short form with several meanings."""
        return len(text) < 12 and _short(text) in self._ambiguous

    def find(self, text: str, mention: Mention) -> str | None:
        """The full name of the sense that ``mention`` has in the document's ``text``; None where
        nothing decides, or where what decides is no condition or drug.
        """
        senses = self._senses.get(_short(mention.text), ())
        if not senses:
            return None
        start, end = _sentence_around(text, mention)
        near = text[start : mention.span.start] + " " + text[mention.span.end : end]
        weighed = sorted(
            ((self._weight(sense, text, near), sense) for sense in senses), key=lambda w: -w[0]
        )
        weight, best = weighed[0]
        second = weighed[1][0] if len(weighed) > 1 else 0
        if weight < _ENOUGH or weight - second < _ENOUGH or best.type is None:
            return None
        return best.name if _fits(best.type, mention.type) else None

    def _weight(self, sense: _Sense, text: str, near: str) -> int:
        weight = _FULL_NAME * bool(_pattern(sense.full).search(text))
        for cue in sense.cues:
            said = _pattern(cue)
            weight += _NEAR_CUE if said.search(near) else _FAR_CUE if said.search(text) else 0
        return weight

    @cached_property
    def _ambiguous(self) -> frozenset[str]:
        stated = {row["short"].upper() for row in read_table("ambiguous_abbreviations")}
        return frozenset(stated | self._senses.keys())

    @cached_property
    def _senses(self) -> dict[str, tuple[_Sense, ...]]:
        found: dict[str, list[_Sense]] = {}
        for row in read_table("abbreviation_senses"):
            names = [row["sense"], *filter(None, row["also"].split("|"))]
            sense = _Sense(
                row["sense"],
                EntityType(row["type"]) if row["type"] else None,
                "|".join(names),
                tuple(cue for cue in row["cues"].split("|") if cue),
            )
            found.setdefault(row["short"].upper(), []).append(sense)
        return {short: tuple(senses) for short, senses in found.items()}


def _short(text: str) -> str:
    return _FORM.sub("", text.strip()).upper()


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """Any of ``words`` (divided by ``|``); ``*`` at an end stands for further letters."""
    parts = (re.escape(word).replace(r"\*", r"\w*") for word in words.split("|"))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])", re.IGNORECASE)


def _sentence_around(text: str, mention: Mention) -> tuple[int, int]:
    start, end = max(0, mention.span.start - 300), min(len(text), mention.span.end + 300)
    for stop in _BREAK.finditer(text, start, mention.span.start):
        start = stop.end()
    stop_after = _BREAK.search(text, mention.span.end, end)
    return start, stop_after.start() if stop_after else end


def _fits(sense: EntityType, mention: EntityType) -> bool:
    conditions = (EntityType.DISEASE, EntityType.PHENOTYPE)
    return sense is mention or (sense in conditions and mention in conditions)
