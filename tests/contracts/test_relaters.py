"""One contract for every Relater: allowed types, true sentences, no order, nothing from doubt."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from kgbuilder.model import (
    Assertion,
    Certainty,
    Document,
    EntityType,
    Experiencer,
    Finding,
    Mention,
    Polarity,
    Sentence,
    Span,
    Temporality,
    unlinked_id,
)
from kgbuilder.protocols import Relater
from kgbuilder.relate.transformer import TransformerRelater

MAKERS: dict[str, Callable[[], Relater]] = {"transformer": TransformerRelater}


@pytest.fixture(params=list(MAKERS), scope="module")
def relater(request: pytest.FixtureRequest) -> Relater:
    return MAKERS[request.param]()


LINES = (
    "Fluconazole inhibits the metabolism of warfarin. ",
    "Lisinopril was stopped because of cough. ",
    "She takes metformin for type 2 diabetes. ",
    "Aspirin did not alter the pharmacokinetics of apixaban. ",
)
NAMES = {
    "Fluconazole": EntityType.DRUG,
    "warfarin": EntityType.DRUG,
    "Lisinopril": EntityType.DRUG,
    "cough": EntityType.PHENOTYPE,
    "metformin": EntityType.DRUG,
    "type 2 diabetes": EntityType.DISEASE,
    "Aspirin": EntityType.DRUG,
    "apixaban": EntityType.DRUG,
}


def document(lines: tuple[str, ...] = LINES, kind: str = "note") -> Document:
    return Document("d", "".join(lines), "test", kind=kind)


def sentences(lines: tuple[str, ...] = LINES) -> list[Sentence]:
    made, at = [], 0
    for line in lines:
        made.append(Sentence("d", Span(at, at + len(line.rstrip())), line.rstrip()))
        at += len(line)
    return made


def findings(text: str, **meant: Assertion) -> list[Finding]:
    made = []
    for name, type in NAMES.items():
        at = text.find(name)
        if at >= 0:
            mention = Mention("d", Span(at, at + len(name)), name, type)
            how = meant.get(name, Assertion())
            made.append(Finding(mention, how, unlinked_id(type, name), name))
    return made


def test_what_is_stated_is_told(relater: Relater) -> None:
    whole = document()
    told = relater.relate(whole, sentences(), findings(whole.text))
    got = {(r.subject.name, r.predicate.name, r.object.name, r.negated) for r in told}
    assert got == {
        ("Fluconazole", "INTERACTS_WITH", "warfarin", False),
        ("Lisinopril", "CAUSES", "cough", False),
        ("metformin", "TREATS", "type 2 diabetes", False),
        ("Aspirin", "INTERACTS_WITH", "apixaban", True),
    }


def test_every_relation_is_of_allowed_types_in_one_sentence_that_holds_both(
    relater: Relater,
) -> None:
    whole = document()
    for relation in relater.relate(whole, sentences(), findings(whole.text)):
        assert relation.subject.mention.type in relation.predicate.domain
        assert relation.object.mention.type in relation.predicate.range
        (sentence,) = relation.sentences
        assert sentence.span.contains(relation.subject.mention.span)
        assert sentence.span.contains(relation.object.mention.span)
        assert 0.0 <= relation.probability <= 1.0


def test_order_and_neighbours_change_nothing(relater: Relater) -> None:
    whole = document()
    found = findings(whole.text)
    told = relater.relate(whole, sentences(), found)
    shuffled = list(found)
    random.Random(3).shuffle(shuffled)
    assert relater.relate(whole, sentences(), shuffled) == told
    alone = [r for s in sentences() for r in relater.relate(whole, [s], found)]
    assert tuple(alone) == told


@pytest.mark.parametrize(
    "meant",
    [
        Assertion(polarity=Polarity.NEGATED),
        Assertion(certainty=Certainty.HYPOTHETICAL),
        Assertion(temporality=Temporality.HISTORICAL),
        Assertion(experiencer=Experiencer.FAMILY),
        Assertion(certainty=Certainty.UNCERTAIN),
    ],
)
def test_what_is_not_plain_in_a_note_gives_no_fact(relater: Relater, meant: Assertion) -> None:
    whole = document()
    found = findings(whole.text, cough=meant, warfarin=meant)
    told = relater.relate(whole, sentences(), found)
    names = {r.object.name for r in told if not r.negated} | {r.subject.name for r in told}
    assert not names & {"cough", "warfarin"}
    assert "metformin" in names


def test_doubt_is_how_papers_state_facts(relater: Relater) -> None:
    doubt = Assertion(certainty=Certainty.UNCERTAIN)
    whole = document(kind="paper")
    told = relater.relate(whole, sentences(), findings(whole.text, warfarin=doubt))
    assert "warfarin" in {r.object.name for r in told}


def test_a_finding_is_not_related_to_itself(relater: Relater) -> None:
    text = "Warfarin inhibits the metabolism of warfarin."
    spans = (Span(0, 8), Span(36, 44))
    concept = unlinked_id(EntityType.DRUG, "warfarin")
    twice = [
        Finding(Mention("d", s, s.of(text), EntityType.DRUG), Assertion(), concept, "warfarin")
        for s in spans
    ]
    sentence = Sentence("d", Span(0, len(text)), text)
    assert relater.relate(Document("d", text, "test"), [sentence], twice) == ()


def test_nothing_in_gives_nothing(relater: Relater) -> None:
    whole = document()
    assert relater.relate(whole, [], findings(whole.text)) == ()
    assert relater.relate(whole, sentences(), []) == ()


def test_a_sentence_of_many_drugs_and_great_length_is_borne(relater: Relater) -> None:
    names = [f"drug{i}" for i in range(30)]
    text = ", ".join(names) + " were given. " + "and so on " * 500 + "with Fluconazole"
    found = []
    for name in [*names, "Fluconazole"]:
        at = text.index(name)
        mention = Mention("d", Span(at, at + len(name)), name, EntityType.DRUG)
        found.append(Finding(mention, Assertion(), unlinked_id(EntityType.DRUG, name), name))
    sentence = Sentence("d", Span(0, len(text)), text)
    relater.relate(Document("d", text, "test"), [sentence], found)
