"""Names of the HPO's terms in running text, words in any order: "dysplasia of the hip", "hip dysplasia".

The recognizer finds findings in general; this finds what the ontology has a name for, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from kgbuilder.model import Curie, EntityType, Mention, Sentence, Span
from kgbuilder.ontology.hpo import Hpo
from kgbuilder.ontology.normalize import tokens_of
from kgbuilder.ontology.sorted_lines import SortedLines
from kgbuilder.reason.lay_findings import LayMention
from kgbuilder.reason.term_names import EMPTY, key_of, stem_of, term_names

__all__ = ["term_mentions"]

_LONGEST = 10
"""Words of a text that a name may spread over, empty ones among them."""


def term_mentions(sentences: Sequence[Sentence], hpo: Hpo) -> list[tuple[LayMention, ...]]:
    """For every sentence the terms named in it, in text order; the longest name wins, and none overlap.

    :returns: one tuple a sentence, in the order given.
    """
    names = term_names(hpo)
    return [_of_sentence(sentence, names, hpo) for sentence in sentences]


def _of_sentence(sentence: Sentence, names: SortedLines, hpo: Hpo) -> tuple[LayMention, ...]:
    tokens = [(stem_of(word), start, end) for word, start, end in tokens_of(sentence.text)]
    found, at = [], 0
    while at < len(tokens):
        match = (
            None
            if not tokens[at][0] or tokens[at][0] in EMPTY
            else _longest(tokens, at, names, sentence.text)
        )
        if match is None:
            at += 1
            continue
        last, term = match
        start, end = tokens[at][1], tokens[last][2]
        span = Span(sentence.span.start + start, sentence.span.start + end)
        text = sentence.text[start:end]
        mention = Mention(sentence.document_id, span, text, EntityType.PHENOTYPE)
        found.append(LayMention(mention, term, hpo.term(term).name))
        at = last + 1
    return tuple(found)


def _longest(
    tokens: Sequence[tuple[str, int, int]],
    at: int,
    names: SortedLines,
    text: str,
) -> tuple[int, Curie] | None:
    """The last word of the longest name that begins at ``at``, and its term."""
    best, words = None, list[str]()
    for last in range(at, min(at + _LONGEST, len(tokens))):
        word, start, _ = tokens[last]
        if last > at and any(mark in text[tokens[last - 1][2] : start] for mark in ",;:.()[]"):
            break
        if not word or word in EMPTY:
            continue
        words.append(word)
        term = names.value(key_of(words))
        if term is not None:
            best = last, Curie.parse(term)
    return best
