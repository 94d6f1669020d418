"""``kgbuilder evaluate``: run the stages on an annotated corpus and score them.

Extraction is scored from raw text, ours and any other recognizer's on the same documents; assertion,
linking and relations with the gold mentions given, so that each stage answers for its own errors, and
as ``-from-text`` with every stage ours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kgbuilder.errors import UnknownName, UsageError
from kgbuilder.evaluate.corpora import CORPORA, AnnotatedDocument, read_corpus
from kgbuilder.evaluate.extraction import GoldMentions, compare_recognizers, n_nested
from kgbuilder.evaluate.labelled_files import read_labelled
from kgbuilder.evaluate.labels import Labels, labels_of
from kgbuilder.evaluate.records import LabelledSpan
from kgbuilder.evaluate.report import Report
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType, Span
from kgbuilder.protocols import GraphView
from kgbuilder.recognize.labels import known_labels, label_key
from kgbuilder.relation_labels import map_relations, relates_concepts
from kgbuilder.scoring_assertions import assertions_from_text, assertions_of_gold
from kgbuilder.scoring_belief import beliefs_of_gold
from kgbuilder.scoring_links import links_from_text, links_of_gold
from kgbuilder.scoring_relations import (
    document_of,
    relations_from_text,
    relations_of_gold,
    scored_annotations,
)
from kgbuilder.stages import Pipeline

__all__ = ["TASKS", "corpora_root", "corpus_named", "score"]

Gold = Sequence[AnnotatedDocument]


class Task(NamedTuple):
    """What a task needs to be scored."""

    corpus: str
    score: Callable[[Gold, Labels, Pipeline], Report]


NO_LABELS: Mapping[str, str] = {}
NO_SYSTEMS: Mapping[str, Pipeline] = {}


def corpora_root() -> Path:
    """Where named corpora lie: the environment variable KGBUILDER_CORPORA, else ../shared/corpora."""
    return Path(os.environ.get("KGBUILDER_CORPORA", "../shared/corpora"))


def corpus_named(name: str) -> str | None:
    """The known corpus of this name. The first word of one stands for its test part, else its dev part,
    else the only one: ``e3c`` is ``e3c-test``. None where there is none.
    """
    for known in (name, f"{name}-test", f"{name}-dev"):
        if known in CORPORA:
            return known
    return None


def score(
    task: str,
    *,
    corpus: str | None,
    pipeline: Pipeline,
    issues: Issues,
    against: Mapping[str, Pipeline] = NO_SYSTEMS,
    labels: Mapping[str, str] = NO_LABELS,
    relations: Mapping[str, str] = NO_LABELS,
    graph: GraphView | None = None,
) -> Report:
    """Score one stage on a corpus.

    :param corpus: a name; or a file or folder: JSON lines, BRAT, PubTator, columns (see
        :func:`read_labelled`); None for the task's own.
    :param against: extraction only: other recognizers, under the names they are printed by.
    :param labels: what labels of a file mean: label -> type, or types divided by "|".
    :param relations: what relation labels of a file mean, see :func:`map_relations`.
    :param graph: linking: mentions count whose concept it holds; None: all that have one.
    :raises UnknownName: for no corpus, no path, no type. :raises UsageError: when the corpus has nothing
        to score, or the task compares nothing.
    """
    if against and task != "extraction":
        raise UsageError(f"{task} compares no recognizers", hint="evaluate extraction does")
    name = corpus or TASKS[task].corpus
    if relations and (not task.startswith("relations") or corpus_named(name)):
        raise UsageError("--relation is for relations of a file", hint="leave it out")
    gold = list(_documents(name, issues))
    meant = labels_of(corpus_named(name) or "", own=_own_labels(gold, labels))
    if not gold or not meant.mentions:
        held = sorted({annotation.type for document in gold for annotation in document.entities})
        raise UsageError(
            "nothing to score: no document has annotations of a known type",
            where=f"{name}: {', '.join(held[:20]) or 'no labels'}",
            hint=f"say what a label means: --label {held[0] if held else 'LABEL'}=TYPE; types are "
            + ", ".join(EntityType),
        )
    if task.startswith("relations") and corpus_named(name) is None:
        own = map_relations(gold, relations, where=name)
        own = {label: meaning for label, meaning in own.items() if meaning}
        meant = replace(meant, relations=own, by_concept=relates_concepts(gold), is_own=True)
    if task == "extraction":
        known = corpus_named(name) or name
        return _extraction(gold, meant, pipeline, against, known)
    if task == "linking" and graph is not None:
        ids = frozenset(str(concept.id) for concept in graph.concepts())
        return links_of_gold(gold, meant, pipeline, held=ids)
    return TASKS[task].score(gold, meant, pipeline)


def _documents(name: str, issues: Issues) -> Iterator[AnnotatedDocument]:
    """Documents of a corpus or a path; of those with one id the first."""
    known = corpus_named(name)
    if known is None and not Path(name).exists():
        raise UnknownName(
            f"no corpus and no file is called {name!r}",
            hint=f"a path, or one of {', '.join(CORPORA)} (looked for in {corpora_root()}; the "
            "environment variable KGBUILDER_CORPORA names another folder)",
        )
    seen: set[str] = set()
    read = read_labelled(name, issues=issues) if known is None else None
    for document in read or read_corpus(str(known), root=corpora_root(), issues=issues):
        if document.id in seen:
            issues.refuse("double-id", where=name, what=f"a second document {document.id!r}")
            continue
        seen.add(document.id)
        yield document


_CONDITIONS = ("Disease", "Phenotype")


def _own_labels(gold: Gold, given: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What the labels of a file mean: as the caller says, as our types are called, or as the labels of
    foreign models are read (``recognize/labels.toml``); others are not in it. Where one of Disease and
    Phenotype is meant and the other nowhere, the file has one label for both, and either counts.
    """
    types = {type.value for type in EntityType}
    told = {label: tuple(meaning.split("|")) for label, meaning in given.items()}
    for label, meaning in told.items():
        if not set(meaning) <= types:
            hint = f"types are {', '.join(EntityType)}"
            raise UnknownName(f"--label {label}={'|'.join(meaning)}: no such type", hint=hint)
    read: dict[str, tuple[str, ...]] = {}
    for label in {annotation.type for document in gold for annotation in document.entities}:
        foreign = known_labels().get(label_key(label))
        type = label if label in types else (foreign.value if foreign else "")
        if type and label not in told:
            read[label] = (type,)
    conditions = {m for m in (*read.values(), *told.values()) if set(m) <= set(_CONDITIONS)}
    if len(conditions) == 1:
        read = {k: _CONDITIONS if m in conditions else m for k, m in read.items()}
    return read | told


def _extraction(
    gold: Gold,
    labels: Labels,
    pipeline: Pipeline,
    against: Mapping[str, Pipeline] = NO_SYSTEMS,
    corpus: str = "",
) -> Report:
    systems = {pipeline.recognizer.name: pipeline, **against}
    types = labels.types()
    spans = _spans(gold, labels)
    predicted = {
        system: {
            document.id: [
                LabelledSpan(document.id, mention.span, mention.type.value)
                for row in one.mentions(document_of(document))[1]
                for mention in row
                if mention.type.value in types
            ]
            for document in gold
        }
        for system, one in systems.items()
    }
    scored = [a for document in gold for a in scored_annotations(document, labels)]
    counted = GoldMentions(
        n_scored=len(scored),
        n_discontinuous=sum(a.attr("pieces") is not None for a in scored),
        n_nested=sum(n_nested(spans[document.id]) for document in gold),
        n_other=sum(a.type not in labels.mentions for d in gold for a in d.entities),
    )
    return compare_recognizers(
        spans, predicted, corpus=corpus, counted=counted, equivalent=labels.equivalent
    )


TASKS: dict[str, Task] = {
    "extraction": Task("data", _extraction),
    "assertion": Task("data", assertions_of_gold),
    "assertion-from-text": Task("data", assertions_from_text),
    "linking": Task("data", links_of_gold),
    "linking-from-text": Task("data", links_from_text),
    "relations": Task("ddi-test", relations_of_gold),
    "relations-from-text": Task("bc5cdr-test", relations_from_text),
    "belief": Task("bc5cdr-test", beliefs_of_gold),
}


def _spans(gold: Gold, labels: Labels) -> dict[str, list[LabelledSpan]]:
    return {
        document.id: [
            LabelledSpan(document.id, Span(a.start, a.end), labels.mentions[a.type][0])
            for a in scored_annotations(document, labels)
        ]
        for document in gold
    }
