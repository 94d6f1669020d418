"""What the ConText rules say of single sentences."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kgbuilder.errors import ConfigError
from kgbuilder.model import (
    Assertion,
    Certainty,
    EntityType,
    Experiencer,
    Mention,
    Polarity,
    Sentence,
    Span,
    Temporality,
)
from kgbuilder.qualify import rules
from kgbuilder.qualify.context import ContextQualifier
from kgbuilder.qualify.words import words_of


@pytest.fixture(scope="module")
def qualifier() -> ContextQualifier:
    return ContextQualifier()


def _cases() -> list[list[str]]:
    lines = (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith(("#", "text\t"))]


def _sentence(text: str, section: str | None = None, *, offset: int = 0) -> Sentence:
    return Sentence("d", Span(offset, offset + len(text)), text, section)


def _mention(
    sentence: Sentence, words: str, type: EntityType = EntityType.PHENOTYPE, *, nth: int = 0
) -> Mention:
    at = -1
    for _ in range(nth + 1):
        at = sentence.text.index(words, at + 1)
    start = sentence.span.start + at
    return Mention("d", Span(start, start + len(words)), words, type)


def _meant(qualifier: ContextQualifier, text: str, words: str, **more: object) -> Assertion:
    sentence = _sentence(text, **more)  # type: ignore[arg-type]
    return qualifier.qualify([sentence], [[_mention(sentence, words)]])[0][0]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: f"{case[1]} | {case[0]}"[:90])
def test_case(qualifier: ContextQualifier, case: list[str]) -> None:
    text, words, type, section, polarity, certainty, temporality, experiencer = case
    sentence = _sentence(text, section or None)
    meant = qualifier.qualify([sentence], [[_mention(sentence, words, EntityType(type))]])[0][0]
    assert meant.without_cues() == Assertion(
        Polarity(polarity),
        Certainty(certainty),
        Temporality(temporality),
        Experiencer(experiencer),
    )


def test_the_table_of_cases_is_large_enough() -> None:
    assert len({case[0] for case in _cases()}) >= 60


def test_cues_are_spans_of_the_document(qualifier: ContextQualifier) -> None:
    text = "Mother denies any history of epilepsy."
    sentence = _sentence(text, offset=100)
    (meant,) = qualifier.qualify([sentence], [[_mention(sentence, "epilepsy")]])[0]
    words = [text[cue.start - 100 : cue.end - 100] for cue in meant.cues]
    assert words == ["denies any", "history of"]
    assert meant.polarity is Polarity.NEGATED
    assert meant.temporality is Temporality.HISTORICAL


def test_without_cues_a_finding_is_plain(qualifier: ContextQualifier) -> None:
    assert _meant(qualifier, "Severe asthma since spring.", "asthma") == Assertion()


def test_a_section_gives_no_cue_spans(qualifier: ContextQualifier) -> None:
    meant = _meant(qualifier, "breast cancer at 40", "breast cancer", section="family_history")
    assert meant.experiencer is Experiencer.FAMILY
    assert meant.cues == ()


def test_a_scope_does_not_pass_a_list_line_inside_a_sentence(qualifier: ContextQualifier) -> None:
    text = "No fever\n- cough\n- rash"
    assert _meant(qualifier, text, "fever").polarity is Polarity.NEGATED
    assert _meant(qualifier, text, "cough").polarity is Polarity.AFFIRMED
    assert _meant(qualifier, text, "rash").polarity is Polarity.AFFIRMED


def test_a_scope_does_not_pass_a_full_stop_left_inside(qualifier: ContextQualifier) -> None:
    assert _meant(qualifier, "No fever. Cough present.", "Cough").polarity is Polarity.AFFIRMED


def test_a_wrapped_list_stays_negated(qualifier: ContextQualifier) -> None:
    text = "She denies fever,\nchills,\nor vomiting."
    for words in ("fever", "chills", "vomiting"):
        assert _meant(qualifier, text, words).polarity is Polarity.NEGATED


def test_attributes_are_not_qualified(qualifier: ContextQualifier) -> None:
    sentence = _sentence("No aspirin 81 mg daily.")
    row = [
        _mention(sentence, "aspirin", EntityType.DRUG),
        _mention(sentence, "81 mg", EntityType.DOSE),
    ]
    drug, dose = qualifier.qualify([sentence], [row])[0]
    assert drug.polarity is Polarity.NEGATED
    assert dose == Assertion()


def test_one_mention_twice_is_judged_by_its_place(qualifier: ContextQualifier) -> None:
    sentence = _sentence("Pain at rest, but no pain on walking.")
    row = [_mention(sentence, "Pain"), _mention(sentence, "pain")]
    first, second = qualifier.qualify([sentence], [row])[0]
    assert (first.polarity, second.polarity) == (Polarity.AFFIRMED, Polarity.NEGATED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "-",
        "????",
        "no " * 200,
        "\N{NO-BREAK SPACE}",
        "(((",
        "无发热，有咳嗽",
        "a" * 5000,
    ],
)
def test_odd_text_is_answered(qualifier: ContextQualifier, text: str) -> None:
    sentence = Sentence("d", Span(0, max(1, len(text))), text)
    mention = Mention("d", Span(0, max(1, len(text))), text, EntityType.DISEASE)
    assert len(qualifier.qualify([sentence], [[mention]])[0]) == 1


def test_a_crowd_of_cues_costs_no_square(qualifier: ContextQualifier) -> None:
    def seconds(n: int) -> float:
        sentence = _sentence("no pain and no rash or mother had " * n)
        rows = [_mention(sentence, "pain"), _mention(sentence, "rash")]
        row = [
            Mention("d", Span(m.span.start + 34 * i, m.span.end + 34 * i), m.text, m.type)
            for i in range(n)
            for m in rows
        ]
        times: list[float] = []
        for _ in range(3):
            start = time.process_time()
            qualifier.qualify([sentence], [row])
            times.append(time.process_time() - start)
        return min(times)

    # sixteen times the text: a square would cost 256 times as much
    assert seconds(4_000) < 64 * max(seconds(250), 0.005)


def test_signs_are_named_where_they_mean_something() -> None:
    assert words_of("Fever: no; -rash +cough").text == [
        "fever", "<colon>", "no", ";", "<minus>", "rash", "<plus>", "cough",
    ]  # fmt: skip
    assert words_of("-rash").text == ["-", "rash"]  # a bullet
    assert words_of("E. coli").text == ["e", ".", "coli"]
    assert words_of("No rash. Cough").text == ["no", "rash", "<stop>", "cough"]
    assert "<stop>" not in words_of("vs. Placebo").text


def test_every_row_of_the_tables_parses() -> None:
    rules.RuleTrie()
    defaults = rules.read_defaults()
    assert rules.Default("family", None, frozenset()) in defaults["family_history"]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["no", "negative", "forward", "", ""], "no such category"),
        (["no", "negated", "upward", "", ""], "upward"),
        (["no", "negated", "forward", "far", ""], "far"),
        (["no", "negated", "forward", "", "Medicine"], "Medicine"),
    ],
)
def test_a_wrong_row_is_named(cells: list[str], what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        rules._parse_rule(cells, where="context_rules.tsv:7")
    assert "context_rules.tsv:7" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("Alphanol should not be given with betanol.", "Alphanol"),
        ("Alphanol is contraindicated in patients on betanol.", "Alphanol"),
        ("Use of alphanol with betanol is not recommended.", "alphanol"),
        ("Avoid alphanol with betanol.", "alphanol"),
    ],
)
def test_what_is_not_to_be_given_is_negated_in_a_note_but_in_a_paper_a_drug_in_general(
    qualifier: ContextQualifier, text: str, drug: str
) -> None:
    meant = {}
    for kind in ("note", "paper"):
        sentence = Sentence("d", Span(0, len(text)), text, None, kind)
        mention = _mention(sentence, drug, EntityType.DRUG)
        [[meant[kind]]] = qualifier.qualify([sentence], [[mention]])
    assert meant["note"].polarity is Polarity.NEGATED
    assert meant["paper"].is_plain


def test_a_paper_that_says_a_drug_was_not_given_still_negates_it(
    qualifier: ContextQualifier,
) -> None:
    text = "Patients had received no alphanol."
    sentence = Sentence("d", Span(0, len(text)), text, None, "paper")
    [[meant]] = qualifier.qualify([sentence], [[_mention(sentence, "alphanol", EntityType.DRUG)]])
    assert meant.polarity is Polarity.NEGATED


def test_an_arrow_between_drugs_replaces_the_first(qualifier: ContextQualifier) -> None:
    text = "Lisinopril 20 → Entresto; torsemide 40→60 bid, warfarin -> bleed."
    sentence = _sentence(text)
    drugs = [
        _mention(sentence, name, EntityType.DRUG)
        for name in ("Lisinopril", "Entresto", "torsemide", "warfarin")
    ]
    bleed = _mention(sentence, "bleed")
    meant = qualifier.qualify([sentence], [[*drugs, bleed]])[0]
    assert [m.temporality for m in meant] == [Temporality.HISTORICAL, *[Temporality.CURRENT] * 4]
    paper = Sentence("d", sentence.span, text, None, "paper")
    assert qualifier.qualify([paper], [drugs])[0][0].temporality is Temporality.CURRENT
