"""What patients say in their own words, found by the patterns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kgbuilder.model import Assertion, Curie, Finding, Mention, Sentence
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.reason.measurements import worded_in
from kgbuilder.reason.needed_words import folded_for
from kgbuilder.reason.shipped_tables import shipped_rows
from kgbuilder.reason.word_patterns import WordPattern, mention_at, word_pattern

__all__ = [
    "LayMention",
    "joined",
    "lay_mentions",
    "with_meaning",
    "without_covered",
]


@dataclass(frozen=True, slots=True)
class LayMention:
    """Where the words stand, and the term they stand for."""

    mention: Mention
    term: Curie
    name: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of lay_findings.tsv."""

    term: Curie
    name: str
    pattern: WordPattern


def lay_mentions(sentences: Sequence[Sentence], hpo: Hpo) -> list[tuple[LayMention, ...]]:
    """For every sentence what its words say, and which measures it calls high or low, in text order. Of
    two patterns' matches the one that lies wholly within the other is left out, since "mouth sores" are
    no sores of the skin.

    :returns: one tuple a sentence, in the order given.
    """
    return joined(
        [_of_sentence(sentence) for sentence in sentences],
        [_measures_of(sentence, hpo) for sentence in sentences],
    )


def joined(
    first: Sequence[tuple[LayMention, ...]], second: Sequence[tuple[LayMention, ...]]
) -> list[tuple[LayMention, ...]]:
    """Row by row what both found, in text order."""
    return [
        tuple(sorted((*a, *b), key=lambda m: (m.mention.span.start, m.mention.span.end, m.term)))
        for a, b in zip(first, second, strict=True)
    ]


def without_covered(
    named: Sequence[tuple[LayMention, ...]], lay: Sequence[tuple[LayMention, ...]], hpo: Hpo
) -> tuple[list[tuple[LayMention, ...]], list[tuple[LayMention, ...]]]:
    """Both without what longer words of the other say better: the "lump" of a "lump in the breast", the
    "spinning" of a room. What is narrower stays: the nausea of "nausea and vomiting"; and so do names of
    several words, which patients' words may enclose by chance.
    """
    kept = [
        (
            tuple(
                one for one in names if " " in one.mention.text or not _is_covered(one, words, hpo)
            ),
            tuple(one for one in words if not _is_covered(one, names, hpo)),
        )
        for names, words in zip(named, lay, strict=True)
    ]
    return [names for names, _ in kept], [words for _, words in kept]


def _is_covered(one: LayMention, others: Sequence[LayMention], hpo: Hpo) -> bool:
    span = one.mention.span
    return any(
        other.mention.span.start <= span.start
        and span.end <= other.mention.span.end
        and other.mention.span != span
        and other.term not in hpo.hierarchy.ancestors_of(one.term)
        for other in others
    )


def with_meaning(
    rows: Sequence[Sequence[LayMention]],
    meant: Sequence[Sequence[Assertion]],
    sections: Sequence[str | None],
) -> tuple[Finding, ...]:
    """The mentions as findings: with how each is meant, and the section of its sentence."""
    return tuple(
        Finding(found.mention, assertion, found.term, found.name, section)
        for row, assertions, section in zip(rows, meant, sections, strict=True)
        for found, assertion in zip(row, assertions, strict=True)
    )


def _of_sentence(sentence: Sentence) -> tuple[LayMention, ...]:
    folded = folded_for(sentence.text)
    found = [
        (match.start(), match.end(), rule)
        for rule in _rules()
        if rule.pattern.may_match(folded)
        for match in rule.pattern.compiled.finditer(sentence.text)
    ]
    kept = [
        (start, end, rule)
        for start, end, rule in found
        if not any(a <= start and end <= b and b - a > end - start for a, b, _ in found)
    ]
    return tuple(
        LayMention(mention_at(sentence, start, end), rule.term, rule.name)
        for start, end, rule in sorted(kept, key=lambda f: (f[0], f[1], f[2].term))
    )


def _measures_of(sentence: Sentence, hpo: Hpo) -> tuple[LayMention, ...]:
    found = [(span, hpo.find(id)) for span, id in worded_in(sentence.text)]
    return tuple(
        LayMention(mention_at(sentence, span.start, span.end), known.term.id, known.term.name)
        for span, known in found
        if known is not None
    )


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            Curie.parse(row["finding"]),
            row["name"],
            word_pattern(row["pattern"], table="lay_findings", line=line),
        )
        for line, row in shipped_rows("lay_findings", ("finding", "name", "pattern"))
    )
