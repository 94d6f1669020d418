"""What a document defines or names once means the same all over it ("one sense per discourse", Gale,
Church and Yarowsky 1992, https://aclanthology.org/H92-1045/).

A model reads sentence by sentence. So it knows "SSc" where "systemic sclerosis (SSc)" stands, and may
not three sentences on; and it may find "coenzyme Q10" four times of five.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.ontology.abbreviations import find_abbreviations
from kgbuilder.ontology.ways import CONDITIONS
from kgbuilder.protocols import Recognizer

__all__ = ["ConsistentRecognizer"]

_TYPES = frozenset({EntityType.DRUG, EntityType.DISEASE, EntityType.PHENOTYPE, EntityType.GENE})
"""A dose or a date says nothing about the next one."""

_Meant = dict[str, set[tuple[EntityType, float]]]
"""Short form -> what its long forms were read as."""

_MIN_LETTERS = 4
"""Shorter names are words elsewhere; short forms that the document defines are told apart."""

_MIN_SCORE, _MIN_SHARE = 0.8, 1 / 3
"""A name is carried over when one of its mentions scored so high and the model found at least this share
of its places. On 60 carved BC5CDR dev documents / NCBI dev it gives +0.3 / +0.4 F1, definitions
+0.9 / +1.2."""


_BESIDE_A_GENE = re.compile(
    r"(?:(?:anti|human|mouse|murine|rat|yeast|recombinant|serum|plasma|wild[- ]type|mutant)[- ])*"
    r"(.+?)"
    r"(?:[- ](?:genes?|mRNAs?|transcripts?|isoforms?|proteins?|alleles?|loc(?:us|i)|c?DNA|RNA))*",
    re.IGNORECASE,
)
"""What corpora disagree on: BC2GM takes "human F5 gene" for the name, BioRED and CG "F5"."""


class ConsistentRecognizer:
    """Mentions of ``recognizer``, made the same all over each document of the batch.

    A short form has the type of the long form that the document gives for it; "F5 gene" is "F5" where
    another sentence calls it that. Give it whole documents: it knows of one what stands in the batch.

    A long form that was passed over is read again by itself. Where it is nothing then, either, its
    short form is no condition in a paper ("overall survival (OS)"): of nine on BioRED none was one.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name = recognizer.name

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        rows = [list(row) for row in self._recognizer.recognize(sentences)]
        documents: dict[str, list[int]] = {}
        for number, sentence in enumerate(sentences):
            documents.setdefault(sentence.document_id, []).append(number)
        for numbers in documents.values():
            texts = [sentences[n] for n in numbers]
            own = [rows[n] for n in numbers]
            meant, passed_over = _definitions(texts, own)
            again = self._read_alone(passed_over)
            _define(texts, own, meant | again)
            if texts[0].kind == "paper":
                nothing = passed_over.keys() - again.keys()
                for row in own:
                    row[:] = [m for m in row if m.text not in nothing or m.type not in CONDITIONS]
            _shorten(own)
            _carry_over(texts, own)
        return [tuple(sorted(row, key=lambda mention: mention.span)) for row in rows]

    def _read_alone(self, forms: Mapping[str, str]) -> _Meant:
        """What the long forms of short ones are, each as a sentence of its own."""
        asked = [Sentence("", Span(0, len(long)), long, kind="paper") for long in forms.values()]
        found = self._recognizer.recognize(asked) if asked else []
        return {
            short: {(row[0].type, row[0].score)}
            for short, sentence, row in zip(forms, asked, found, strict=True)
            if len(row) == 1 and row[0].text == sentence.text and row[0].type in _TYPES
        }


def _definitions(
    sentences: Sequence[Sentence], rows: Sequence[list[Mention]]
) -> tuple[_Meant, dict[str, str]]:
    """What short forms are by their long ones; and short forms with a long one that no mention touches,
    nor is one elsewhere.
    """
    meant: _Meant = {}
    long_forms: dict[str, str] = {}
    read: set[str] = set()
    texts = {mention.text.casefold() for row in rows for mention in row}
    for sentence, row in zip(sentences, rows, strict=True):
        for abbreviation in find_abbreviations(sentence.text):
            short, at = abbreviation.short_text, sentence.span.start
            long = Span(at + abbreviation.long.start, at + abbreviation.long.end)
            long_forms.setdefault(short, abbreviation.long_text)
            touching = [mention for mention in row if mention.span.overlaps(long)]
            if touching or abbreviation.long_text.casefold() in texts:
                read.add(short)
            meanings = {
                (mention.type, mention.score)
                for mention in touching
                if mention.type in _TYPES
                and mention.span.start <= long.start
                and mention.span.end == long.end
            }
            if meanings:
                meant.setdefault(short, set()).update(meanings)
    return meant, {short: long for short, long in long_forms.items() if short not in read}


def _define(sentences: Sequence[Sentence], rows: Sequence[list[Mention]], meant: _Meant) -> None:
    """Give defined short forms the type of their long form, everywhere."""
    for short, meanings in meant.items():
        if len({type for type, _ in meanings}) > 1:
            continue  # defined twice, as two things
        type, score = max(meanings)
        for sentence, row in zip(sentences, rows, strict=True):
            for span in _places(short, sentence, sentence.text):
                touched = [mention for mention in row if mention.span.overlaps(span)]
                if not touched:
                    row.append(Mention(sentence.document_id, span, short, type, score))
                elif touched[0].span == span and touched[0].type is not type:
                    row[row.index(touched[0])] = replace(touched[0], type=type)


def _shorten(rows: Sequence[list[Mention]]) -> None:
    """Leave out what stands beside a gene's name where another sentence has the name alone.

    On BioRED dev +0.7 F1; nothing changes where a document is one sentence.
    """
    told: dict[str, set[int]] = {}
    for number, row in enumerate(rows):
        for mention in row:
            if mention.type is EntityType.GENE:
                told.setdefault(mention.text.casefold(), set()).add(number)
    for number, row in enumerate(rows):
        for at, mention in enumerate(row):
            found = _BESIDE_A_GENE.fullmatch(mention.text)
            if mention.type is not EntityType.GENE or not found or found[1] == mention.text:
                continue
            if told.get(found[1].casefold(), set()) - {number}:
                start = mention.span.start + found.start(1)
                span = Span(start, start + len(found[1]))
                row[at] = replace(mention, span=span, text=found[1])


def _carry_over(sentences: Sequence[Sentence], rows: Sequence[list[Mention]]) -> None:
    """Add the places of a name that the model passed over, the longest name first."""
    lowered = [_lowered(sentence.text) for sentence in sentences]
    found: dict[str, list[Mention]] = {}
    for row in rows:
        for mention in row:
            if mention.type in _TYPES and sum(map(str.isalpha, mention.text)) >= _MIN_LETTERS:
                found.setdefault(_lowered(mention.text), []).append(mention)
    for name, mentions in sorted(found.items(), key=lambda item: (-len(item[0]), item[0])):
        score = max(mention.score for mention in mentions)
        places = [
            (n, span)
            for n, text in enumerate(lowered)
            if name in text
            for span in _places(name, sentences[n], text)
        ]
        if score < _MIN_SCORE or len(mentions) < _MIN_SHARE * len(places):
            continue
        counts = Counter(mention.type for mention in mentions)
        type = max((n_found, type) for type, n_found in counts.items())[1]
        for n, span in places:
            if not any(mention.span.overlaps(span) for mention in rows[n]):
                text = sentences[n].text[
                    span.start - sentences[n].span.start : span.end - sentences[n].span.start
                ]
                rows[n].append(Mention(sentences[n].document_id, span, text, type, score))


def _places(name: str, sentence: Sentence, text: str) -> Iterator[Span]:
    """Where ``name`` stands as whole words; ``text`` is the sentence's, perhaps in lower case."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if _free(text, at - 1) and _free(text, end):
            yield Span(sentence.span.start + at, sentence.span.start + end)
        at = text.find(name, end)


def _free(text: str, at: int) -> bool:
    return not 0 <= at < len(text) or not (text[at].isalnum() or text[at] in "-_")


def _lowered(text: str) -> str:
    """In lower case, where that leaves every character in its place."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text
