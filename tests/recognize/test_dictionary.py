from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.model import Curie, EntityType, Mention, Sentence, Span
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.recognize.dictionary import DictionaryRecognizer

DRUG, DISEASE, PHENOTYPE, GENE = (
    EntityType.DRUG,
    EntityType.DISEASE,
    EntityType.PHENOTYPE,
    EntityType.GENE,
)


@pytest.fixture(scope="module")
def recognizer() -> DictionaryRecognizer:
    return DictionaryRecognizer(Vocabularies().lexicon())


def sentence(text: str, start: int = 0) -> Sentence:
    return Sentence("d", Span(start, start + max(1, len(text))), text)


def found(recognizer: DictionaryRecognizer, text: str) -> list[tuple[str, str]]:
    (row,) = recognizer.recognize([sentence(text)])
    return [(mention.text, mention.type.value) for mention in row]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Warfarin was stopped; no bleeding was seen.",
            [("Warfarin", "Drug"), ("bleeding", "Disease")],
        ),
        ("Started Coumadin for DVT.", [("Coumadin", "Drug"), ("DVT", "Disease")]),
        (
            "type II diabetes mellitus and non-Hodgkin's lymphoma",
            [("type II diabetes mellitus", "Disease"), ("non-Hodgkin's lymphoma", "Disease")],
        ),
        ("Nausea, vomiting.", [("Nausea", "Phenotype"), ("vomiting", "Phenotype")]),
        ("He has pain in the elbow. Pain now.", [("pain", "Phenotype"), ("Pain", "Phenotype")]),
        ("CYP2C9 and CYP2C19 differ.", [("CYP2C9", "Gene"), ("CYP2C19", "Gene")]),
        ("Congestive heart failure", [("Congestive heart failure", "Disease")]),
        ("a haemorrhage", [("haemorrhage", "Disease")]),
        ("heparin-induced thrombocytopenia", [("heparin-induced thrombocytopenia", "Disease")]),
        ("metoprolol succinate 25 mg", [("metoprolol succinate", "Drug")]),
        ("Trisomy 13 or trisomy 9p.", [("Trisomy 13", "Disease"), ("trisomy 9p", "Disease")]),
        ("Diabetes 2 weeks ago", [("Diabetes", "Disease")]),
        (
            "1. Gaucher disease 2. Diabetes",
            [("Gaucher disease", "Disease"), ("Diabetes", "Disease")],
        ),
    ],
)
def test_names_in_running_text(
    recognizer: DictionaryRecognizer, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(recognizer, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "The patient was seen today; all is in the solution, on balance.",
        "He drinks water and breathes air; salt is fine.",
        "His max rest was set, cat and dog came.",
        "Glucose 126, creatinine 1.2.",
        "MS, MI and RA are not told apart.",
        "N-methyl-D-aspartate",
        "K and Fe and CC",
        "zorbexamide",
        "\u0394\u0394 \U0001f48a \x00",
        "warfarinase",
        "prewarfarin",
    ],
)
def test_ordinary_words_and_parts_of_words_are_no_names(
    recognizer: DictionaryRecognizer, text: str
) -> None:
    assert found(recognizer, text) == []


def test_offsets_are_the_documents(recognizer: DictionaryRecognizer) -> None:
    (row,) = recognizer.recognize([sentence("\U0001f48a Aspirin", start=100)])
    assert [(m.span, m.text) for m in row] == [(Span(102, 109), "Aspirin")]


def test_the_types_asked_for_are_the_types_given() -> None:
    drugs = DictionaryRecognizer(Vocabularies().lexicon({DRUG}), types=[DRUG])
    assert found(drugs, "Aspirin for fever") == [("Aspirin", "Drug")]


def small(*rows: tuple[str, EntityType, NameStatus]) -> DictionaryRecognizer:
    names = Names(
        Name(text, Curie("X", text.replace(" ", "-")), text, type, status, "test", "1")
        for text, type, status in rows
    )
    return DictionaryRecognizer(Lexicon((names,)))


def test_short_forms_count_only_as_written() -> None:
    recognizer = small(
        ("AXL", DISEASE, NameStatus.ABBREVIATION),
        ("FOXQ", GENE, NameStatus.PREFERRED),
        ("qux", DRUG, NameStatus.SYNONYM),
    )
    assert found(recognizer, "AXL is not axl; Axl FOXQ, no foxq, no Foxq") == [
        ("AXL", "Disease"),
        ("FOXQ", "Gene"),
    ]
    assert found(recognizer, "qux QUX Qux") == [("qux", "Drug"), ("QUX", "Drug")]


def test_the_longest_name_wins() -> None:
    recognizer = small(
        ("heart", DISEASE, NameStatus.PREFERRED),
        ("heart failure", DISEASE, NameStatus.PREFERRED),
        ("failure with fever", DISEASE, NameStatus.PREFERRED),
        ("fever", PHENOTYPE, NameStatus.PREFERRED),
    )
    assert found(recognizer, "heart failure with fever") == [
        ("heart failure", "Disease"),
        ("fever", "Phenotype"),
    ]


WORDS = st.sampled_from(
    [
        *("warfarin", "aspirin", "fever", "and", ".", ",", "-", "type", "II", "diabetes", "heart"),
        *("failure", "(x)", "crohn's", "\U0001f48a", "non-"),
    ]
)


@given(st.lists(WORDS, max_size=15), st.sampled_from([" ", ""]))
def test_mentions_are_sorted_and_hold_what_they_say(words: list[str], gap: str) -> None:
    recognizer = small(
        ("warfarin", DRUG, NameStatus.PREFERRED),
        ("type 2 diabetes", DISEASE, NameStatus.PREFERRED),
        ("heart failure", DISEASE, NameStatus.PREFERRED),
        ("failure", DISEASE, NameStatus.PREFERRED),
        ("Crohn", DISEASE, NameStatus.PREFERRED),
    )
    text = gap.join(words)
    (row,) = recognizer.recognize([sentence(text, start=7)])
    last = 0
    for mention in row:
        assert mention.span.start >= last
        assert text[mention.span.start - 7 : mention.span.end - 7] == mention.text
        last = mention.span.end


def test_company_changes_nothing(recognizer: DictionaryRecognizer) -> None:
    rows = [sentence("Aspirin for fever"), sentence(""), sentence("no aspirin")]
    together = recognizer.recognize(rows)
    assert [recognizer.recognize([row])[0] for row in rows] == together
    assert recognizer.recognize([]) == []
    assert all(isinstance(mention, Mention) for row in together for mention in row)


def test_a_long_text_is_done_in_time(recognizer: DictionaryRecognizer) -> None:
    recognizer.recognize([sentence("warm up")])
    text = "The patient took warfarin for chronic obstructive pulmonary disease. " * 3000
    start = time.process_time()
    recognizer.recognize([sentence(text)])
    words_per_second = len(text.split()) / (time.process_time() - start)
    assert words_per_second > 20_000  # 100,000 measured; a loaded machine is slower


def test_a_hearing_aid_is_no_aids() -> None:
    shipped = DictionaryRecognizer(Vocabularies().lexicon())
    assert found(shipped, "Hearing aids and walking aids; she sits up.") == []
