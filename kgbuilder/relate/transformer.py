"""The relater that ships: a pair classifier trained by ``pipelines/train_packed.py``, int8, no torch.

Interactions and attributes are read sentence by sentence, in notes everything is. In papers pairs of
concepts are judged over a passage of up to an abstract: by the nearest sentence that names both, by
their nearest mentions in the passage, and by the passage's shape (``readings.py``). Names of drugs are
hidden from the model, so that what it says rests on the text and not on what it learned about a drug.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from kgbuilder.model import PREDICATES, Document, EntityType, Finding, Relation, Sentence
from kgbuilder.nn.pairs import TypedSpan
from kgbuilder.nn.passages import PASSAGE_PREFIX
from kgbuilder.relate.belied import is_belied
from kgbuilder.relate.cues import Cued, Cues, load_cues, spoken
from kgbuilder.relate.kinds import Said, allowed
from kgbuilder.relate.pair_model import PairModel
from kgbuilder.relate.passages import Concepts, Passage, concepts_of, read_passage
from kgbuilder.relate.readings import Pair, Reading, mixed, odds_of
from kgbuilder.relate.whose import is_anothers

__all__ = ["TransformerRelater"]

_PATIENCE_SHAPE, _PATIENCE_PASSAGE = 0.75, 0.35
"""Nats below its threshold at which a pair is given up: by shape alone before the passage is read, and
by both before a sentence is. Chosen in ``pipelines/EXPERIMENTS.md``: no true pair of the carved CID
documents is lost by it."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence before the model reads it; pairs are indexes into ``known``, the subject first.

    :param told: what its words state and deny. :param denied: the concepts they deny something of.
    :param here: pairs that the sentence alone judges, each with its kind.
    :param over: pairs that are judged over its passage, each with its kind.
    """

    sentence: Sentence
    known: Sequence[Finding]
    spans: Sequence[TypedSpan]
    told: list[Relation]
    denied: set[Concepts]
    here: dict[Pair, str]
    over: dict[Pair, str]


class TransformerRelater:
    """Relations that sentences state, and in papers passages.

    :param weights: folder with ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``; the
        shipped ones when left out.
    :param threshold: probability from which a relation is told; by kind of pair, chosen on held-out
        documents, when left out.
    :param device: see :class:`kgbuilder.nn.runtime.OnnxModel`.
    :raises InputError: when the folder is not such weights. Those that ship are opened when they are
        first needed. :raises ConfigError: when the device is not there.
    """

    def __init__(
        self,
        weights: Path | None = None,
        *,
        threshold: float | None = None,
        device: str = "cpu",
    ) -> None:
        folder = weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
        self._model = PairModel(folder, at_once=weights is not None, device=device)
        self._threshold = threshold
        self.name = self._model.kinds.name

    def at(self, threshold: float) -> TransformerRelater:
        """The same model with another threshold."""
        other = copy(self)
        other._threshold = threshold
        return other

    def relate(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> tuple[Relation, ...]:
        """Relations in the order of their first sentences, the most probable first. A finding that may
        state none (``Finding.may_state``) gives none, but a denied one where the words deny it.
        """
        told: list[Relation] = []
        for said, passage in self._read(document, sentences, findings):
            in_reach = self._in_reach(document, passage) if passage else []
            found, readings = self._in_sentences(said, in_reach)
            told += [relation for one in said for relation in one.told] + found
            for reading in readings:
                if passage is not None:
                    told += self._judged(reading, passage)
        told = [relation for relation in told if not is_belied(relation, findings)]
        return tuple(sorted(told, key=_place))

    def readings(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> Iterator[tuple[Finding, Finding, Reading]]:
        """What is read of the pairs of concepts that passages judge, before it is weighed."""
        for said, passage in self._read(document, sentences, findings):
            if passage is not None:
                _, readings = self._in_sentences(said, read_passage(self._model, document, passage))
                for reading in readings:
                    one, other = reading.pair
                    yield passage.known[one], passage.known[other], reading

    def _in_reach(self, document: Document, passage: Passage) -> list[Reading]:
        """What shape and passage say of the pairs that may yet be told."""
        kinds = self._model.kinds

        def may_be_told(reading: Reading, patience: float) -> bool:
            least = kinds.least_odds(reading.kind, self._threshold)
            return odds_of(reading, kinds.mix_of(reading)) >= least - patience

        readings = read_passage(
            self._model, document, passage, worth=lambda r: may_be_told(r, _PATIENCE_SHAPE)
        )
        return [r for r in readings if may_be_told(r, _PATIENCE_PASSAGE)]

    def _in_sentences(
        self, said: Sequence[_Sentence], readings: Sequence[Reading]
    ) -> tuple[list[Relation], list[Reading]]:
        """What sentences state of the pairs that they judge alone, and ``readings`` with what the
        nearest sentence says. Each sentence is read once, where anything is asked of it.
        """
        wanted: dict[int, list[tuple[Pair, int]]] = {}
        for number, reading in enumerate(readings):
            if reading.nearest is not None:
                at, pair = reading.nearest
                wanted.setdefault(at, []).append((pair, number))
        kinds = self._model.kinds
        told: list[Relation] = []
        full = list(readings)
        for at, one in enumerate(said):
            asked = list(one.here) + [
                pair for pair, _ in wanted.get(at, ()) if pair not in one.here
            ]
            kind_of = {**{p: readings[n].kind for p, n in wanted.get(at, ())}, **one.here}
            found = self._model.answers(
                one.sentence.text,
                one.spans,
                asked,
                by_words=frozenset(
                    number for number, pair in enumerate(asked) if kind_of[pair] in kinds.words
                ),
            )
            answers = {pair: found[i] for i, pair in enumerate(asked) if i in found}
            for (a, b), kind in one.here.items():
                if (a, b) in answers:
                    logs = kinds.logs(kind, answers[a, b])
                    best = kinds.best(kind, logs, threshold=self._threshold)
                    if best is None:
                        continue
                    if allowed(one.known[a], best.predicate, one.known[b]):
                        told.append(_relation(one.known[a], best, one.known[b], (one.sentence,)))
            for pair, number in wanted.get(at, ()):
                if pair in answers:
                    logs = kinds.logs(readings[number].kind, answers[pair])
                    full[number] = replace(readings[number], sentence=logs)
        return told, full

    def _read(
        self, document: Document, sentences: Sequence[Sentence], findings: Sequence[Finding]
    ) -> Iterator[tuple[list[_Sentence], Passage | None]]:
        """Sentences, with the passage that they make: one by one but for papers, where passages of more
        than one are packed.
        """
        ordered = sorted(findings, key=lambda f: (f.mention.span, f.mention.type))
        inside = [
            _without_overlap([f for f in ordered if s.span.contains(f.mention.span)])
            for s in sentences
        ]
        together = [(at, at + 1) for at in range(len(sentences))]
        if document.kind == "paper" and self._model.kinds.reads_passages:
            together = self._model.passages(document.text, sentences, inside)
        for first, last in together:
            mine, rows = sentences[first:last], inside[first:last]
            alone = last - first == 1
            said = [
                self._in_sentence(document, sentence, row, alone)
                for sentence, row in zip(mine, rows, strict=True)
            ]
            if alone:
                yield said, None
                continue
            known = [
                (f, number)
                for number, one in enumerate(said)
                for f in one.known
                if f.may_state(document.kind)
            ]
            passage = Passage(
                mine,
                first == 0,
                [f for f, _ in known],
                [number for _, number in known],
                frozenset(pair for one in said for pair in one.denied),
                _nearest(said),
            )
            yield said, passage

    def _in_sentence(
        self, document: Document, sentence: Sentence, findings: list[Finding], alone: bool
    ) -> _Sentence:
        """What the words of the sentence state and deny, and the pairs that the model is to judge.

        :param alone: whether it is all that is read: then it judges all pairs.
        """
        known = [f for f in findings if f.mention.type.value in self._model.kinds.class_of]
        spans = self._model.spans(known, sentence.span.start)
        places = [(a, b) for a, b, _ in spans]
        told: list[Relation] = []
        denied: set[Concepts] = set()
        judged_here: dict[Pair, str] = {}
        judged_over: dict[Pair, str] = {}
        denials = Cues(sentence.text, places, load_cues())
        statements = Cues(sentence.text, places, load_cues("stated_relations"))
        for i, j in _usable_pairs(known, document.kind):
            kinds = [
                self._model.kinds.order(known[i], known[j], prefix)
                for prefix in ("", PASSAGE_PREFIX)
            ]
            if kinds == [None, None]:
                continue
            turned = next(found[1] for found in kinds if found is not None)
            same = known[i].mention.type == known[j].mention.type
            no = denials.of(places[i], places[j], subject_first=None if same else not turned)
            if no:
                denied.add(concepts_of(known[i], known[j]))
                told += _told_by_words(known[i], known[j], no, sentence, negated=True)
                continue
            if alone and is_anothers(sentence, known, i, j):
                continue
            plain = all(f.may_state(document.kind) for f in (known[i], known[j]))
            if plain and not same:
                yes = statements.of(places[i], places[j], subject_first=not turned)
                if yes and any(f.mention.type is EntityType.DRUG for f in known[i + 1 : j]):
                    # "osteoporosis is treated with a drug, which causes heartburn"
                    yes = tuple(cued for cued in yes if cued.predicate != "HAS_PHENOTYPE")
                if stated := list(_told_by_words(known[i], known[j], yes, sentence)):
                    told += stated
                    continue
            here, over = (found[0] if found else None for found in kinds)
            if alone:
                here, over = here or (over if document.kind == "paper" else None), None
            elif here is not None and over is not None and not self._is_bound(here):
                here = None
            if plain:
                pair = (j, i) if turned else (i, j)
                judged_here |= {pair: here} if here else {}
                judged_over |= {pair: over} if over else {}
        return _Sentence(sentence, known, spans, told, denied, judged_here, judged_over)

    def _is_bound(self, kind: str) -> bool:
        """Whether a kind is bound to a sentence: passages do not know one of its predicates."""
        kinds, over = self._model.kinds, PASSAGE_PREFIX + kind
        return over not in kinds.kinds or not set(kinds.predicates(kind)) <= set(
            kinds.predicates(over)
        )

    def _judged(self, reading: Reading, passage: Passage) -> Iterator[Relation]:
        """The relation of two concepts, told of the pair of mentions that says it most."""
        kinds, kind = self._model.kinds, reading.kind
        logs = mixed(reading, kinds.mix_of(reading))
        said = kinds.best(kind, logs, threshold=self._threshold)
        if said is None:
            return
        columns = [
            i
            for i, label in enumerate(kinds.kinds[kind])
            if kinds.labels[label].partition(":")[0] == said.predicate
        ]
        a, b = reading.says_most(columns, passage.where)
        if allowed(passage.known[a], said.predicate, passage.known[b]):
            where = sorted({passage.where[a], passage.where[b]})
            read = tuple(passage.sentences[at] for at in where)
            yield _relation(passage.known[a], said, passage.known[b], read)


def _nearest(said: Sequence[_Sentence]) -> dict[Concepts, tuple[int, Pair]]:
    """Of concepts that a sentence names together the sentence, by number, and the pair in it with the
    fewest characters between: what others say beside it changed nothing (``pipelines/EXPERIMENTS.md``).
    """
    found: dict[Concepts, tuple[int, int, Pair]] = {}
    for at, one in enumerate(said):
        for a, b in one.over:
            first, second = sorted((one.spans[a], one.spans[b]))
            concepts = concepts_of(one.known[a], one.known[b])
            place = (second[0] - first[1], at, (a, b))
            found[concepts] = min(found.get(concepts, place), place)
    return {concepts: (at, pair) for concepts, (_, at, pair) in found.items()}


def _relation(
    subject: Finding,
    said: Said,
    object: Finding,
    sentences: tuple[Sentence, ...],
    *,
    negated: bool = False,
) -> Relation:
    return Relation(
        subject,
        PREDICATES[_induced(said.predicate, object, sentences)],
        object,
        sentences,
        said.probability,
        negated=negated,
        detail=said.detail,
    )


_INDUCTION = re.compile(r"\b(?:induc|up-?regulat)", re.IGNORECASE)


@cache
def _induced_genes() -> tuple[str, ...]:
    lines = resources.files("kgbuilder.relate").joinpath("induced_genes.tsv").read_text("utf-8")
    return tuple(row.lower() for row in lines.splitlines() if row and row[0] != "#")[1:]


def _induced(predicate: str, object: Finding, sentences: Sequence[Sentence]) -> str:
    """INDUCES instead of ACTIVATES where a sentence says so of what breaks a drug down or carries it."""
    if predicate != "ACTIVATES" or not any(_INDUCTION.search(s.text) for s in sentences):
        return predicate
    names = (object.name.lower(), object.mention.text.lower())
    return "INDUCES" if any(n.startswith(_induced_genes()) for n in names) else predicate


def _told_by_words(
    one: Finding,
    other: Finding,
    words: Sequence[Cued],
    sentence: Sentence,
    *,
    negated: bool = False,
) -> Iterator[Relation]:
    """Every predicate that words state, or deny, and that may join the two, whether the weights know it
    or not. Harm is denied of drugs alone: of genes and diseases the same words speak of something else
    more often than not.
    """
    found: list[tuple[Cued, Finding, Finding]] = []
    for cued in words:
        for subject, object in ((one, other), (other, one)):
            is_drug = subject.mention.type is EntityType.DRUG
            if negated and cued.predicate == "CAUSES" and not is_drug:
                continue
            if allowed(subject, cued.predicate, object):
                found.append((cued, subject, object))
                break
    spoken_of = spoken([cued for cued, _, _ in found], sentence.text) if negated else None
    for cued, subject, object in found:
        if spoken_of is None or cued in spoken_of:
            said = Said(cued.predicate, "", cued.probability)
            yield _relation(subject, said, object, (sentence,), negated=negated)


def _place(relation: Relation) -> tuple[Any, ...]:
    ends = (relation.subject.mention.span, relation.object.mention.span)
    first = relation.sentences[0].span
    return first, -relation.probability, *ends, relation.predicate.name


def _usable_pairs(known: Sequence[Finding], kind: str) -> Iterator[Pair]:
    """Pairs in text order of different concepts, either plain but perhaps for its negation."""
    usable = [f.may_state(kind, denied=True) for f in known]
    for i in range(len(known)):
        for j in range(i + 1, len(known)):
            if usable[i] and usable[j] and known[i].concept != known[j].concept:
                yield i, j


def _without_overlap(findings: list[Finding]) -> list[Finding]:
    """The longest of findings that overlap, in text order."""
    kept: list[Finding] = []
    for f in sorted(findings, key=lambda f: (-len(f.mention.span), f.mention.span)):
        if not any(f.mention.span.overlaps(other.mention.span) for other in kept):
            kept.append(f)
    return sorted(kept, key=lambda f: f.mention.span)
