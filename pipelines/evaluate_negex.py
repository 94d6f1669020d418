"""Negation and history on the NegEx/ConText test kit, concept given, by halves of its sentences.

    python pipelines/evaluate_negex.py ../shared/corpora/negex_context/dev.jsonl.gz

``kgbuilder evaluate assertion-from-text --corpus negex-dev`` scores the same from the sentence alone.

The rules were written with the errors of half A in sight. Of half B the false alarms were read once, its
misses never; a sentence is in one half only. Each row is segmented and qualified alone.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

from kgbuilder.api import pipeline
from kgbuilder.evaluate.intervals import Counts, Score, score_of
from kgbuilder.evaluate.negex import read_negex
from kgbuilder.evaluate.report import table
from kgbuilder.issues import Issues
from kgbuilder.model import Assertion, Document, EntityType, Mention, Span

stages, issues = pipeline(), Issues()
segmenter, qualifier = stages.segmenter, stages.qualifier
rows = list(read_negex(Path(sys.argv[1]), issues=issues))


def half_of(sentence: str) -> str:
    """A or B, by a hash of the sentence."""
    return "AB"[hashlib.sha256(sentence.lower().encode()).digest()[0] % 2]


def meant(text: str, span: Span) -> Assertion:
    """How the concept is meant; one that crosses sentences is judged in its first."""
    document = Document("row", text, sys.argv[1])
    for sentence in segmenter.sentences(document):
        if sentence.span.start <= span.start < sentence.span.end:
            within = Span(span.start, min(span.end, sentence.span.end))
            mention = Mention("row", within, within.of(text), EntityType.DISEASE)
            return qualifier.qualify([sentence], [[mention]])[0][0]
    return Assertion()


counts: dict[tuple[str, str], list[Counts]] = {}
n_words = 0
start = time.process_time()
for row in rows:
    (concept,) = row.entities
    n_words += len(row.text.split())
    answer = meant(row.text, Span(concept.start, concept.end))
    for task, gold, predicted in (
        ("negated", concept.attr("polarity") == "negated", answer.polarity == "negated"),
        (
            "historical",
            concept.attr("temporality") == "historical",
            answer.temporality == "historical",
        ),
    ):
        for half in (half_of(row.text), "all"):
            counts.setdefault((task, half), []).append(Counts(gold, predicted, gold and predicted))
seconds = time.process_time() - start

lines = []
for (task, half), per_row in sorted(counts.items()):
    score: Score = score_of(per_row)
    interval = score.f1_interval
    assert interval is not None
    figures = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
    lines.append((f"{task}, {half}", *figures, f"{interval.low:.3f}-{interval.high:.3f}"))
print(table(("", "P", "R", "F1", "F1 95 %"), lines))
print(f"{len(rows)} rows; left out: {issues.counts()}")
print(f"{n_words / seconds:,.0f} words/s, segmenting and qualifying, one core")
