"""Variants by how they are written, beside a recognizer that finds them by context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.protocols import Recognizer

__all__ = ["VariantForm", "VariantRecognizer", "variant_forms"]

_THREE = "Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val|Ter|Sec"
_NAMES = (
    "alanine|arginine|asparagine|aspart(?:ate|ic acid)|cyst(?:eine|ine)|glutamine|glutam(?:ate|ic acid)|"
    "glycine|histidine|isoleucine|leucine|lysine|methionine|phenylalanine|proline|serine|threonine|"
    "tryptophan|tyrosine|valine"
)
_LETTERS = {
    "{3}": f"(?:{_THREE})",
    "{w}": f"(?:{_THREE}|(?i:{_NAMES}))",
    "{1}": "[ACDEFGHIKLMNPQRSTVWY]",
    "{n}": "[ACGT]",
}
_SCORE = 0.9
"""Of a form; a prior that is stated, not measured."""

_SPEAKS_OF_VARIANTS = re.compile(
    r"mutat|mutant|variant|polymorphi|allel|genotyp|substitut|missense|nonsense|codon|"
    r"heterozygo|homozygo|\bSNPs?\b|frameshift|wild[- ]type",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class VariantForm:
    """A row of ``variant_forms.tsv``."""

    name: str
    in_doubt: bool
    expression: re.Pattern[str]
    example: str


@cache
def variant_forms() -> tuple[VariantForm, ...]:
    """The shipped table, in order."""
    text = resources.files("kgbuilder.recognize").joinpath("variant_forms.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"][1:]
    forms = []
    for name, doubt, written, example in rows:
        for sign, letters in _LETTERS.items():
            written = written.replace(sign, letters)
        whole = re.compile(rf"(?<![\w.])(?:{written})(?![\w>])")
        forms.append(VariantForm(name, doubt == "yes", whole, example))
    return tuple(forms)


class VariantRecognizer:
    """Mentions of ``recognizer``, and variants in the forms of ``variant_forms.tsv``: those within
    such a form give way to it, those around one stay. Give it whole documents, see ``in_doubt`` there.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name = recognizer.name

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """One row a sentence, sorted by span, not overlapping."""
        rows = self._recognizer.recognize(sentences)
        told = {s.document_id for s in sentences if _SPEAKS_OF_VARIANTS.search(s.text)}
        return [
            _with_forms(sentence, row, speaks=sentence.document_id in told)
            for sentence, row in zip(sentences, rows, strict=True)
        ]


def _with_forms(
    sentence: Sentence, row: tuple[Mention, ...], *, speaks: bool
) -> tuple[Mention, ...]:
    kept = list(row)
    for form, span in _written(sentence, speaks=speaks):
        touched = [mention for mention in kept if mention.span.overlaps(span)]
        others = [m for m in touched if m.type is not EntityType.VARIANT]
        if any(m.span.contains(span) for m in touched if m not in others):
            continue
        if any(not span.contains(m.span) or _knows_better(m, form) for m in others):
            continue
        text = sentence.text[span.start - sentence.span.start : span.end - sentence.span.start]
        new = Mention(sentence.document_id, span, text, EntityType.VARIANT, _SCORE)
        kept = [mention for mention in kept if mention not in touched] + [new]
    return tuple(sorted(kept, key=lambda mention: mention.span))


def _knows_better(mention: Mention, form: VariantForm) -> bool:
    """A drug "D50W" stays one; a "gene" of such a form is the protein of that variant."""
    return form.in_doubt and mention.type is not EntityType.GENE


def _written(sentence: Sentence, *, speaks: bool) -> Iterator[tuple[VariantForm, Span]]:
    """Forms of the sentence that do not overlap: the longest, of equal ones the table's first."""
    found = [
        (match.start() - match.end(), number, match.start(), match.end())
        for number, form in enumerate(variant_forms())
        if speaks or not form.in_doubt
        for match in form.expression.finditer(sentence.text)
    ]
    taken: list[Span] = []
    for _, number, start, end in sorted(found):
        span = Span(sentence.span.start + start, sentence.span.start + end)
        if not any(span.overlaps(other) for other in taken):
            taken.append(span)
            yield variant_forms()[number], span
