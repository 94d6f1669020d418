"""Words of a sentence that speak against a relation that the weights read in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kgbuilder.errors import ConfigError
from kgbuilder.model import PREDICATES, EntityType, Finding, Relation, Span

__all__ = ["Doubt", "is_belied", "load_doubts"]

_WORD_OF = {
    EntityType.DRUG: "DRUG",
    EntityType.DISEASE: "COND",
    EntityType.PHENOTYPE: "COND",
    EntityType.GENE: "GENE",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row of ``belied.tsv``."""

    predicates: frozenset[str]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    example: str

    def speaks(self, predicate: str, marked: str) -> bool:
        """Whether the row speaks against ``predicate`` in a sentence with its findings marked."""
        return (
            predicate in self.predicates
            and self.pattern.search(marked) is not None
            and not (self.unless and self.unless.search(marked))
        )


@cache
def load_doubts() -> tuple[Doubt, ...]:
    """The shipped table. :raises ConfigError: for a row that is none."""
    text = resources.files("kgbuilder.relate").joinpath("belied.tsv").read_text("utf-8")
    doubts = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith(("#", "predicates\t")):
            continue
        try:
            names, pattern, unless, example = line.split("\t")
            doubt = Doubt(
                frozenset(names.split(",")),
                re.compile(pattern, re.IGNORECASE),
                re.compile(unless, re.IGNORECASE) if unless else None,
                example,
            )
        except (ValueError, re.error) as error:
            raise ConfigError(f"not a row: {error}", where=f"belied.tsv:{number}") from error
        if not doubt.predicates <= set(PREDICATES):
            raise ConfigError("unknown predicate", where=f"belied.tsv:{number}: {names}")
        doubts.append(doubt)
    return tuple(doubts)


def is_belied(relation: Relation, findings: Sequence[Finding]) -> bool:
    """Whether the one sentence that names both ends speaks against the relation.

    :param findings: of the document; those in the sentence are told apart by type.
    """
    name = relation.predicate.name
    doubts = [doubt for doubt in load_doubts() if name in doubt.predicates]
    if relation.negated or len(relation.sentences) != 1 or not doubts:
        return False
    (sentence,) = relation.sentences
    marks = {relation.subject.mention.span: "SUBJ", relation.object.mention.span: "OBJ"}
    for finding in findings:
        span = finding.mention.span
        if sentence.span.contains(span) and not any(span.overlaps(known) for known in marks):
            marks[span] = _WORD_OF.get(finding.mention.type, "OTHER")
    marked = _marked(sentence.text, sentence.span.start, marks)
    return any(doubt.speaks(name, marked) for doubt in doubts)


def _marked(text: str, offset: int, marks: dict[Span, str]) -> str:
    parts, at = [], 0
    for span in sorted(marks):
        parts += [text[at : span.start - offset], marks[span]]
        at = span.end - offset
    return " ".join("".join([*parts, text[at:]]).split())
