"""The relater that ships: a pair classifier trained by ``pipelines/train_relater.py``, int8, no torch.

Interactions and attributes are read sentence by sentence, in notes everything is. In papers pairs of
concepts are judged over a passage of up to an abstract, by their nearest mentions, so that what two
sentences say together is found. Names of drugs are hidden from the model, so that what it says rests on
the text and not on what it has learned about a drug.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgbuilder.model import (
    PREDICATES,
    Document,
    EntityType,
    Finding,
    Relation,
    Sentence,
)
from kgbuilder.nn.pairs import MAX_PAIRS, TypedSpan, lay_out_pairs
from kgbuilder.nn.passages import (
    PASSAGE_PREFIX,
    chunks,
    lengths_of,
    nearest_instances,
    pack,
    pooled,
)
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.relate.cues import Cued, Cues, load_cues
from kgbuilder.relate.kinds import Said, allowed, load_kinds

__all__ = ["TransformerRelater"]

Pair = tuple[int, int]
"""Two findings, the subject first, as indexes."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Two concepts of a passage and the pairs of findings that stand for them, nearest first."""

    kind: str
    instances: tuple[Pair, ...]


class TransformerRelater:
    """Relations that sentences state, and in papers passages.

    :param weights: folder with ``model.int8.onnx``, ``tokenizer.json`` and ``labels.json``; the
        shipped ones when left out.
    :param threshold: probability from which a relation is told; by kind of pair, chosen on held-out
        documents, when left out.
    :raises InputError: when the folder is not such weights.
    """

    def __init__(self, weights: Path | None = None, *, threshold: float | None = None) -> None:
        folder = weights or Path(str(resources.files("kgbuilder.nn"))) / "weights" / "relater"
        self._pieces = Pieces(folder / "tokenizer.json")
        self._kinds = load_kinds(folder)
        self._model = OnnxModel(folder / "model.int8.onnx")
        self._threshold = threshold
        self._cues, self._stated = load_cues(), load_cues("stated_relations")
        self.name = self._kinds.name

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
        ordered = sorted(findings, key=lambda f: (f.mention.span, f.mention.type))
        inside = [
            _without_overlap([f for f in ordered if s.span.contains(f.mention.span)])
            for s in sentences
        ]
        told: list[Relation] = []
        for first, last in self._passages(document, sentences, inside):
            denied: set[tuple[Any, Any]] = set()
            alone = last - first == 1
            for sentence, row in zip(sentences[first:last], inside[first:last], strict=True):
                found, no = self._in_sentence(document, sentence, row, alone)
                told += found
                denied |= no
            if not alone:
                told += self._over_passage(
                    document, sentences[first:last], inside[first:last], denied
                )
        return tuple(sorted(told, key=_place))

    def _passages(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        inside: Sequence[Sequence[Finding]],
    ) -> list[tuple[int, int]]:
        """``[first, last)`` of the sentences that are read together: one by one but for papers."""
        one_by_one = [(at, at + 1) for at in range(len(sentences))]
        if document.kind != "paper" or not self._kinds.reads_passages:
            return one_by_one
        spans = [span for row in inside for span in self._spans(row, 0)]
        lengths = lengths_of(
            document.text,
            [(s.span.start, s.span.end) for s in sentences],
            spans,
            pieces=self._pieces,
            blinded=self._kinds.blinded,
        )
        return pack(lengths, most=self._kinds.passage_pieces)

    def _spans(self, findings: Sequence[Finding], offset: int) -> list[TypedSpan]:
        return [
            (
                f.mention.span.start - offset,
                f.mention.span.end - offset,
                self._kinds.class_of.get(f.mention.type.value, ""),
            )
            for f in findings
        ]

    def _in_sentence(
        self, document: Document, sentence: Sentence, findings: list[Finding], alone: bool
    ) -> tuple[list[Relation], set[tuple[Any, Any]]]:
        """What the sentence states and denies, and the pairs of concepts it denies something of.

        :param alone: whether it is all that is read: else what passages judge is left to them.
        """
        known = [f for f in findings if f.mention.type.value in self._kinds.class_of]
        spans = self._spans(known, sentence.span.start)
        places = [(a, b) for a, b, _ in spans]
        told: list[Relation] = []
        denied: set[tuple[Any, Any]] = set()
        asked: list[tuple[str, Pair]] = []
        denials = Cues(sentence.text, places, self._cues)
        statements = Cues(sentence.text, places, self._stated)
        for i, j in _usable_pairs(known, document.kind):
            kinds = [
                self._kinds.order(known[i], known[j], prefix) for prefix in ("", PASSAGE_PREFIX)
            ]
            if kinds == [None, None]:
                continue
            turned = next(found[1] for found in kinds if found is not None)
            same = known[i].mention.type == known[j].mention.type
            no = denials.of(places[i], places[j], subject_first=None if same else not turned)
            if no:
                denied.add(_concepts(known[i], known[j]))
                told += _told_by_words(known[i], known[j], no, sentence, negated=True)
                continue
            plain = all(f.may_state(document.kind) for f in (known[i], known[j]))
            if plain and not same:
                yes = statements.of(places[i], places[j], subject_first=not turned)
                if stated := list(_told_by_words(known[i], known[j], yes, sentence)):
                    told += stated
                    continue
            mine = kinds[0] or (kinds[1] if alone and document.kind == "paper" else None)
            if mine is None or not (alone or kinds[1] is None or self._is_bound(mine[0])):
                continue
            if plain:
                asked.append((mine[0], (j, i) if mine[1] else (i, j)))
        answers = self._answers(sentence.text, spans, [pair for _, pair in asked])
        for number, (kind, (a, b)) in enumerate(asked):
            if number not in answers:
                continue
            logs = self._kinds.logs(kind, answers[number])
            said = self._kinds.best(kind, logs, threshold=self._threshold)
            if said is not None and allowed(known[a], said.predicate, known[b]):
                told.append(_relation(known[a], said, known[b], (sentence,)))
        return told, denied

    def _is_bound(self, kind: str) -> bool:
        """Whether a kind is bound to a sentence: passages do not know one of its predicates."""
        over = PASSAGE_PREFIX + kind
        return over not in self._kinds.kinds or not set(self._kinds.predicates(kind)) <= set(
            self._kinds.predicates(over)
        )

    def _over_passage(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        inside: Sequence[Sequence[Finding]],
        denied: set[tuple[Any, Any]],
    ) -> Iterator[Relation]:
        """Relations of pairs of concepts. Where a sentence denies one, no other sentence of the
        passage is read as stating it.
        """
        known, where = [], []
        for number, row in enumerate(inside):
            for f in row:
                if f.mention.type.value in self._kinds.class_of and f.may_state(document.kind):
                    known.append(f)
                    where.append(number)
        offset, end = sentences[0].span.start, sentences[-1].span.end
        spans = self._spans(known, offset)
        asked = self._asked(known, where, denied)
        numbers: dict[Any, int] = {}
        concept_numbers = [numbers.setdefault(f.concept, len(numbers)) for f in known]
        for run in chunks([len(a.instances) for a in asked], most=MAX_PAIRS):
            flat = [(pair, i) for i in run for pair in asked[i].instances]
            answers = self._answers(
                document.text[offset:end],
                spans,
                [pair for pair, _ in flat],
                max_text=self._kinds.passage_pieces,
                numbers=concept_numbers,
            )
            for i in run:
                mine = [n for n, (_, at) in enumerate(flat) if at == i and n in answers]
                if mine:
                    logs = np.stack([self._kinds.logs(asked[i].kind, answers[n]) for n in mine])
                    pairs = [flat[n][0] for n in mine]
                    yield from self._judged(asked[i].kind, logs, pairs, known, where, sentences)

    def _asked(
        self, known: list[Finding], where: list[int], denied: set[tuple[Any, Any]]
    ) -> list[_Asked]:
        mentions: dict[tuple[Any, str], list[int]] = {}
        for index, f in enumerate(known):
            mentions.setdefault((f.concept, f.mention.type.value), []).append(index)
        places = [(f.mention.span.start, f.mention.span.end) for f in known]
        groups = list(mentions.values())
        asked = []
        for i, one in enumerate(groups):
            for other in groups[i + 1 :]:
                a, b = known[one[0]], known[other[0]]
                found = self._kinds.order(a, b, PASSAGE_PREFIX)
                if found is None or a.concept == b.concept or _concepts(a, b) in denied:
                    continue
                kind, turned = found
                most = self._kinds.instances
                instances = nearest_instances(one, other, places, where, most=most)
                asked.append(
                    _Asked(kind, tuple((y, x) if turned else (x, y) for x, y in instances))
                )
        return asked

    def _judged(
        self,
        kind: str,
        logs: NDArray[np.float32],
        pairs: list[Pair],
        known: list[Finding],
        where: list[int],
        sentences: Sequence[Sentence],
    ) -> Iterator[Relation]:
        """The relation of two concepts, told of the pair of mentions that says it most."""
        together = pooled(logs, [0] * len(logs))[0]
        said = self._kinds.best(kind, together, threshold=self._threshold)
        if said is None:
            return
        columns = [
            i
            for i, label in enumerate(self._kinds.kinds[kind])
            if self._kinds.labels[label].partition(":")[0] == said.predicate
        ]
        a, b = pairs[int(np.logaddexp.reduce(logs[:, columns], axis=1).argmax())]
        if allowed(known[a], said.predicate, known[b]):
            read = [sentences[at] for at in sorted({where[a], where[b]})]
            yield _relation(known[a], said, known[b], tuple(read))

    def _answers(
        self,
        text: str,
        spans: Sequence[TypedSpan],
        pairs: Sequence[Pair],
        *,
        max_text: int = 320,
        numbers: Sequence[int] | None = None,
    ) -> dict[int, NDArray[np.float32]]:
        """Number of a pair -> logarithms of its label probabilities. Pairs whose mentions stand too
        far apart for the model have none.
        """
        answers: dict[int, NDArray[np.float32]] = {}
        if not pairs:
            return answers
        for layout in lay_out_pairs(
            text,
            spans,
            pairs,
            pieces=self._pieces,
            classes=self._kinds.classes,
            blinded=self._kinds.blinded,
            max_text=max_text,
            numbers=numbers,
        ):
            answers |= dict(zip(layout.pairs, self._model.run(layout.inputs()), strict=True))
        return answers


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
        PREDICATES[said.predicate],
        object,
        sentences,
        said.probability,
        negated=negated,
        detail=said.detail,
    )


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
    for cued in words:
        for subject, object in ((one, other), (other, one)):
            is_drug = subject.mention.type is EntityType.DRUG
            if negated and cued.predicate == "CAUSES" and not is_drug:
                continue
            if allowed(subject, cued.predicate, object):
                said = Said(cued.predicate, "", cued.probability)
                yield _relation(subject, said, object, (sentence,), negated=negated)
                break


def _place(relation: Relation) -> tuple[Any, ...]:
    ends = (relation.subject.mention.span, relation.object.mention.span)
    first = relation.sentences[0].span
    return first, -relation.probability, *ends, relation.predicate.name


def _concepts(one: Finding, other: Finding) -> tuple[Any, Any]:
    return min(one.concept, other.concept), max(one.concept, other.concept)


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
