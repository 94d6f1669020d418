"""The stages in a row: a document in, what was read in it out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import kgbuilder
from kgbuilder.issues import Issue, Level
from kgbuilder.model import (
    Assertion,
    Candidate,
    Document,
    Finding,
    Mention,
    Relation,
    Section,
    Sentence,
    Span,
    is_linked,
    unlinked_id,
)
from kgbuilder.protocols import Linker, Qualifier, Recognizer, Relater, Segmenter
from kgbuilder.relate.narrowest import Kinds, narrowest
from kgbuilder.segment.language import ENGLISH, language_of

__all__ = ["Pipeline", "Reading", "finding_of", "foreign_issue"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one document: the answer of ``extract``.

    :param language: of the text; where it is not English, nothing was read.
    """

    document: Document
    sentences: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    relations: tuple[Relation, ...]
    language: str = ENGLISH

    def to_json(self) -> dict[str, Any]:
        """The object that ``extract --json`` prints; its fields are a promise to other programs."""
        index = {finding.mention: i for i, finding in enumerate(self.findings)}
        return {
            "id": self.document.id,
            "text_sha256": hashlib.sha256(
                self.document.text.encode("utf-8", "surrogatepass")
            ).hexdigest(),
            "findings": [_finding_json(finding) for finding in self.findings],
            "language": self.language,
            "relations": [
                {
                    "subject": index[relation.subject.mention],
                    "object": index[relation.object.mention],
                    "predicate": relation.predicate.name,
                    "detail": relation.detail,
                    "probability": round(relation.probability, 4),
                    "negated": relation.negated,
                    "sentences": [[s.span.start, s.span.end] for s in relation.sentences],
                }
                for relation in self.relations
            ],
        }

    def to_pandas(self) -> Any:
        """The findings as a data frame, one row each, with the columns of :meth:`to_json`."""
        import pandas as pd

        rows = [_finding_json(finding) for finding in self.findings]
        return pd.DataFrame(rows, columns=list(_FINDING_FIELDS))

    def to_text(self) -> str:
        """For a terminal: a line per finding, then a line per relation."""
        told = "" if self.language == ENGLISH else f"  (not English: {self.language}; not read)"
        lines = [f"{self.document.id}{told}"]
        for finding in self.findings:
            meant = finding.assertion
            plain = ("affirmed", "certain", "current", "patient")
            said = (meant.polarity, meant.certainty, meant.temporality, meant.experiencer)
            aside = ", ".join(str(s) for s, p in zip(said, plain, strict=True) if s != p)
            concept = (
                f"{finding.concept} {finding.name}" if is_linked(finding.concept) else "unlinked"
            )
            lines.append(
                f"  {finding.mention.span.start:>6}-{finding.mention.span.end:<6} "
                f"{finding.mention.type:<10} {finding.mention.text!r}  [{concept}]"
                + (f"  ({aside})" if aside else "")
            )
        for relation in self.relations:
            verb = f"{'NOT ' if relation.negated else ''}{relation.predicate.name}"
            detail = f"/{relation.detail}" if relation.detail else ""
            lines.append(
                f"  {relation.subject.mention.text} {verb}{detail} {relation.object.mention.text}"
                f"  p={relation.probability:.2f}"
            )
        return "\n".join(lines)


_FINDING_FIELDS = (
    "start", "end", "text", "type", "concept", "name", "score",
    "polarity", "certainty", "temporality", "experiencer", "section", "cues",
)  # fmt: skip


def _finding_json(finding: Finding) -> dict[str, Any]:
    mention, meant = finding.mention, finding.assertion
    linked = is_linked(finding.concept)
    values = (
        mention.span.start,
        mention.span.end,
        mention.text,
        mention.type.value,
        str(finding.concept) if linked else None,
        finding.name if linked else None,
        round(mention.score, 4),
        meant.polarity.value,
        meant.certainty.value,
        meant.temporality.value,
        meant.experiencer.value,
        finding.section,
        [[cue.start, cue.end] for cue in meant.cues],
    )
    return dict(zip(_FINDING_FIELDS, values, strict=True))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One method per stage. A relater of None reads no relations.

    :param decided: gives the digest of the recipe, tables and models that it was made of; asked for
        when :attr:`reader` is, since who builds no graph need not wait for it.
    :param vocabulary: digest of what a graph imported and text is read with; "" for nothing.
    :param kinds: which concept is a kind of which, as that graph holds it.
    """

    segmenter: Segmenter
    recognizer: Recognizer
    qualifier: Qualifier
    linker: Linker
    relater: Relater | None
    decided: Callable[[], str] = str
    vocabulary: str = ""
    kinds: Kinds = field(default_factory=Kinds)

    @property
    def name(self) -> str:
        """Names and versions of the models, as evidence carries them."""
        return " + ".join(m.name for m in (self.recognizer, self.relater) if m is not None)

    @property
    def reader(self) -> str:
        """Everything that decides what is read in a text; the ledger compares it."""
        versions = f"kgbuilder {kgbuilder.__version__} {self.name} {self.qualifier.name}"
        return f"{versions} {self.decided()} {self.vocabulary}".strip()

    def read(self, document: Document) -> Reading:
        """Run every stage on one document; nothing is read in a text that is not English, since its
        negations would not be understood. Depends on nothing but the document.
        """
        language = language_of(document.text)
        if language != ENGLISH:
            return Reading(document, (), (), (), language)
        sentences, rows = self.mentions(document)
        meant = self.qualifier.qualify(sentences, rows)
        mentions = [mention for row in rows for mention in row]
        linked = self.linker.link(document, mentions)
        sections = [s.section for s, row in zip(sentences, rows, strict=True) for _ in row]
        assertions = [assertion for row in meant for assertion in row]
        findings = tuple(
            finding_of(mention, assertion, candidates, section)
            for mention, assertion, candidates, section in zip(
                mentions, assertions, linked, sections, strict=True
            )
        )
        relations = self.relater.relate(document, sentences, findings) if self.relater else ()
        if document.kind == "paper":
            relations = narrowest(relations, self.kinds)
        return Reading(document, sentences, findings, relations)

    def mentions(
        self, document: Document
    ) -> tuple[tuple[Sentence, ...], list[tuple[Mention, ...]]]:
        """The first two stages alone: sentences, and the mentions of each."""
        sentences = self.segmenter.sentences(document)
        return sentences, self._without_headings(document, self.recognizer.recognize(sentences))

    def _without_headings(
        self, document: Document, rows: Sequence[Sequence[Mention]]
    ) -> list[tuple[Mention, ...]]:
        """A heading names a section and finds nothing: "Allergies:" is no allergy."""
        headings = _heading_spans(document, self.segmenter.sections(document))
        return [
            tuple(m for m in row if not any(span.contains(m.span) for span in headings))
            for row in rows
        ]


def foreign_issue(reading: Reading) -> Issue | None:
    """What is told of a document that is not English and was therefore not read; None for others."""
    if reading.language == ENGLISH:
        return None
    return Issue(
        Level.REFUSED,
        "not-english",
        where=f"{reading.document.source}: {reading.document.id[:80]}",
        what=f"the text is not English (looks like {reading.language}); nothing was read in it",
        hint="translate it first; only English is understood",
    )


def _heading_spans(document: Document, sections: Iterable[Section]) -> list[Span]:
    """Where the headings stand: right before the bodies, at most a colon and white space between."""
    spans = []
    for section in sections:
        start = document.text.rfind(section.title, 0, section.span.start) if section.title else -1
        end = start + len(section.title)
        if start >= 0 and not document.text[end : section.span.start].strip(" :\t\r\n*#-=_"):
            spans.append(Span(start, end))
    return spans


def finding_of(
    mention: Mention,
    assertion: Assertion,
    candidates: tuple[Candidate, ...],
    section: str | None,
) -> Finding:
    """The best candidate, or the unlinked id: a refusal of the linker stays one."""
    if not candidates:
        return Finding(
            mention, assertion, unlinked_id(mention.type, mention.text), mention.text, section
        )
    best = candidates[0]
    return Finding(mention, assertion, best.concept, best.name, section, best.matched_by)
