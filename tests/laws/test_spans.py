"""Laws of sentences and of scopes, for any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kgbuilder.model import (
    Document,
    EntityType,
    Experiencer,
    Mention,
    Polarity,
    Section,
    Sentence,
    Span,
)
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.segment.clinical import ClinicalSegmenter

SEGMENTER = ClinicalSegmenter()
QUALIFIER = ContextQualifier()

PIECES = st.sampled_from(
    [
        *("PMH: ", "Plan:", "\n", "\n\n", "- ", "1. ", ". ", ".", "? ", "no ", "Fever", "e.g. "),
        *("0.5 mg ", ": ", "FAMILY HISTORY\n", "b.i.d. ", "Dr. ", " ", "\t", "\r\n", "。", "É"),
        *("...", "(", ")", "A", "word ", ","),
    ]
)
NOTES = st.lists(PIECES, max_size=40).map("".join)
TEXTS = st.one_of(NOTES, st.text(max_size=200))


@given(TEXTS, st.sampled_from(["note", "paper"]))
@settings(max_examples=300)
def test_only_white_space_lies_outside_sentences(text: str, kind: str) -> None:
    at = 0
    for sentence in SEGMENTER.sentences(Document("d", text, "test", kind=kind)):
        assert sentence.span.start >= at
        assert not text[at : sentence.span.start].strip()
        assert sentence.span.of(text) == sentence.text
        at = sentence.span.end
    assert not text[at:].strip()


@given(TEXTS, st.lists(st.tuples(st.integers(0, 80), st.integers(1, 40)), max_size=5))
@settings(max_examples=200)
def test_own_sections_lose_no_text(text: str, spans: list[tuple[int, int]]) -> None:
    own = tuple(Section(Span(a, a + n), "", f"kind{i}") for i, (a, n) in enumerate(spans))
    sentences = SEGMENTER.sentences(Document("d", text, "test", sections=own))
    covered = {i for s in sentences for i in range(s.span.start, s.span.end)}
    assert all(char.isspace() for i, char in enumerate(text) if i not in covered)
    assert sum(len(s.span) for s in sentences) == len(covered)


@given(NOTES)
@settings(max_examples=200)
def test_sections_hold_whole_sentences(text: str) -> None:
    document = Document("d", text, "test")
    sentences = SEGMENTER.sentences(document)
    for section in SEGMENTER.sections(document):
        for sentence in sentences:
            if sentence.span.overlaps(section.span):
                assert section.span.contains(sentence.span)
                assert sentence.section == section.kind


@given(st.text(max_size=60), st.integers(0, 50), st.integers(1, 10), st.integers(0, 1000))
@settings(max_examples=300)
def test_any_mention_is_answered_with_cues_in_its_sentence(
    text: str, start: int, size: int, offset: int
) -> None:
    sentence = Sentence("d", Span(offset, offset + max(1, len(text))), text)
    mention = Mention(
        "d",
        Span(offset + start, offset + start + size),
        text[start : start + size],
        EntityType.GENE,
    )
    ((meant,),) = QUALIFIER.qualify([sentence], [[mention]])
    assert all(sentence.span.contains(cue) for cue in meant.cues)


@given(st.lists(st.sampled_from(["fever", "cough", "rash", "pain"]), min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_list_is_negated_as_one_and_a_shift_moves_only_the_cues(names: list[str]) -> None:
    text = "Denies " + ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1] + "."

    def meant(offset: int) -> list[tuple[Polarity, tuple[Span, ...]]]:
        sentence = Sentence("d", Span(offset, offset + len(text)), text)
        row: list[Mention] = []
        at = 7
        for name in names:
            at = text.index(name, at)
            row.append(
                Mention("d", Span(offset + at, offset + at + len(name)), name, EntityType.PHENOTYPE)
            )
            at += len(name)
        return [(a.polarity, a.cues) for a in QUALIFIER.qualify([sentence], [row])[0]]

    here, there = meant(0), meant(70)
    assert {polarity for polarity, _ in here} == {Polarity.NEGATED}
    assert [[Span(c.start + 70, c.end + 70) for c in cues] for _, cues in here] == [
        list(cues) for _, cues in there
    ]


@given(st.sampled_from(["asthma", "gout", "lupus"]), st.booleans())
@settings(max_examples=12)
def test_the_familys_disease_is_never_the_patients(name: str, negated: bool) -> None:
    text = f"{'No' if negated else 'Strong'} family history of {name}."
    sentence = Sentence("d", Span(0, len(text)), text)
    start = text.index(name)
    mention = Mention("d", Span(start, start + len(name)), name, EntityType.DISEASE)
    ((meant,),) = QUALIFIER.qualify([sentence], [[mention]])
    assert meant.experiencer is Experiencer.FAMILY
    assert (meant.polarity is Polarity.NEGATED) is negated
