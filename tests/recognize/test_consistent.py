"""What is found once in a document is found everywhere in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.consistent import ConsistentRecognizer


class Said:
    """Finds the given ``(document, sentence's start, text)`` once each."""

    name = "said 1"

    def __init__(self, *found: tuple[str, int, str, EntityType, float]) -> None:
        self._found = found

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        """A document "" is what is read by itself."""
        rows = []
        for s in sentences:
            row = []
            for document, start, text, type, score in self._found:
                if document == s.document_id and start == s.span.start:
                    at = start + s.text.index(text)
                    row.append(Mention(document, Span(at, at + len(text)), text, type, score))
            rows.append(tuple(row))
        return rows


def document(id: str, *texts: str) -> list[Sentence]:
    made, at = [], 0
    for text in texts:
        made.append(Sentence(id, Span(at, at + len(text)), text))
        at += len(text) + 1
    return made


def read(recognizer: Said, sentences: list[Sentence]) -> list[list[tuple[str, EntityType]]]:
    rows = ConsistentRecognizer(recognizer).recognize(sentences)
    for sentence, row in zip(sentences, rows, strict=True):
        for m in row:
            start = sentence.span.start
            assert sentence.text[m.span.start - start : m.span.end - start] == m.text
        assert list(row) == sorted(row, key=lambda m: m.span)
    return [[(m.text, m.type) for m in row] for row in rows]


DISEASE, DRUG, GENE = EntityType.DISEASE, EntityType.DRUG, EntityType.GENE
TEXTS = ("Systemic sclerosis (SSc) is rare.", "In SSc the skin hardens, not in aSSc.", "SSc-free.")


def test_a_defined_short_form_is_found_where_it_stands_alone() -> None:
    said = Said(("d", 0, "Systemic sclerosis", DISEASE, 0.9))
    assert read(said, document("d", *TEXTS)) == [
        [("Systemic sclerosis", DISEASE), ("SSc", DISEASE)],
        [("SSc", DISEASE)],
        [],
    ]


def test_a_short_form_taken_for_something_else_is_what_its_long_form_is() -> None:
    said = Said(("d", 0, "Systemic sclerosis", DISEASE, 0.9), ("d", 34, "SSc", GENE, 0.99))
    assert read(said, document("d", *TEXTS))[1] == [("SSc", DISEASE)]


def test_a_short_form_defined_as_two_things_stays_as_it_was_read() -> None:
    texts = ("multiple sclerosis (MS)", "morphine sulfate (MS)", "MS was there.")
    said = Said(
        ("d", 0, "multiple sclerosis", DISEASE, 0.9), ("d", 24, "morphine sulfate", DRUG, 0.9)
    )
    assert read(said, document("d", *texts))[2] == []


def test_another_document_defines_nothing_here() -> None:
    said = Said(("d", 0, "Systemic sclerosis", DISEASE, 0.9))
    batch = [*document("d", *TEXTS), *document("e", "SSc was seen.")]
    assert read(said, batch)[3] == []
    assert read(said, batch[::-1])[0] == []


def test_a_name_is_carried_to_its_other_places_as_a_whole_word() -> None:
    texts = ("Coenzyme Q10 helps.", "We gave coenzyme Q10 daily.", "coenzyme Q100, xcoenzyme Q10")
    said = Said(("d", 0, "Coenzyme Q10", DRUG, 0.9))
    assert read(said, document("d", *texts)) == [
        [("Coenzyme Q10", DRUG)],
        [("coenzyme Q10", DRUG)],
        [],
    ]


def test_an_unsure_or_mostly_passed_over_name_is_not_carried() -> None:
    texts = ("control of asthma", "control", "control", "control")
    assert read(Said(("d", 0, "control", DRUG, 0.9)), document("d", *texts))[1:] == [[], [], []]
    assert read(Said(("d", 0, "asthma", DISEASE, 0.6)), document("d", *texts, "asthma"))[4] == []


def test_a_letter_that_grows_in_lower_case_moves_nothing() -> None:
    texts = ("Aspirin was given.", "\u0130 ASPIRIN \u0130 aspirin")
    said = Said(("d", 0, "Aspirin", DRUG, 0.9))
    assert read(said, document("d", *texts))[1] == [("aspirin", DRUG)]


def test_a_gene_is_called_by_its_name_alone_where_another_sentence_does_so() -> None:
    texts = (
        "The human F5 gene was read.",
        "F5 was mutated.",
        "An anti-F5 serum.",
        "The MYH3 gene.",
    )
    said = Said(
        ("d", 0, "human F5 gene", GENE, 0.9),
        ("d", 28, "F5", GENE, 0.9),
        ("d", 44, "anti-F5", GENE, 0.9),
        ("d", 62, "MYH3 gene", GENE, 0.9),
    )
    found = read(said, document("d", *texts))
    assert [name for row in found for name, _ in row] == ["F5", "F5", "F5", "MYH3 gene"]
    alone = Said(("d", 0, "F5 gene", GENE, 0.9), ("d", 0, "F5", GENE, 0.9))
    assert ("F5 gene", GENE) in read(alone, document("d", "The F5 gene is F5"))[0]


def paper(*texts: str) -> list[Sentence]:
    return [replace(sentence, kind="paper") for sentence in document("d", *texts)]


def test_a_long_form_that_was_passed_over_is_read_by_itself() -> None:
    texts = ("We gave ovalbumin (OVA) daily.", "OVA helped, OVA-IgE rose.")
    said = Said(("", 0, "ovalbumin", GENE, 0.9), ("d", 31, "OVA", DRUG, 0.7))
    assert read(said, paper(*texts))[1] == [("OVA", GENE)]


def test_in_a_paper_a_short_form_of_nothing_is_no_condition() -> None:
    texts = ("Overall survival (OS) rose.", "OS was long; LSD was given.")
    said = Said(("d", 28, "OS", DISEASE, 0.9), ("d", 28, "LSD", DRUG, 0.9))
    assert read(said, paper(*texts))[1] == [("LSD", DRUG)]
    assert ("OS", DISEASE) in read(said, document("d", *texts))[1]
