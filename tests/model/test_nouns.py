"""The nouns refuse what they cannot mean, and say so."""

from __future__ import annotations

import pytest

from kgbuilder.errors import UnknownName, UsageError
from kgbuilder.model import (
    NODE_TYPES,
    PATIENT_PREDICATES,
    PREDICATES,
    Assertion,
    Curie,
    DerivedEvidence,
    EntityType,
    Polarity,
    Span,
    Statement,
    Temporality,
    TextEvidence,
    Triple,
    is_linked,
    predicate_of,
    unlinked_id,
)
from tests.store import graphs as g


def test_curies() -> None:
    assert Curie.parse(" HP:0001250\n") == Curie("HP", "0001250")
    assert str(Curie.parse("TEXT:Drug/a:b")) == "TEXT:Drug/a:b"
    assert sorted([Curie("B", "1"), Curie("A", "2"), Curie("A", "10")])[0] == Curie("A", "10")


@pytest.mark.parametrize("text", ["", ":", "HP", "HP:", ":1", "  "])
def test_what_is_no_curie(text: str) -> None:
    with pytest.raises(UsageError, match="not an identifier"):
        Curie.parse(text)


def test_a_prefix_has_no_colon() -> None:
    with pytest.raises(UsageError):
        Curie("A:B", "1")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_span(start: int, end: int) -> None:
    with pytest.raises(UsageError, match="not a span"):
        Span(start, end)


def test_spans_are_half_open_in_code_points() -> None:
    text = "naïve 🦓 x"
    assert Span(6, 7).of(text) == "🦓"
    assert len(Span(2, 7)) == 5
    assert Span(0, 3).overlaps(Span(2, 4))
    assert not Span(0, 3).overlaps(Span(3, 4))
    assert Span(0, 3).contains(Span(0, 3))
    assert not Span(1, 3).contains(Span(0, 3))


def test_no_statement_without_evidence() -> None:
    with pytest.raises(UsageError, match="needs evidence"):
        Statement(g.CAUSES.triple, ())
    with pytest.raises(UsageError, match="no premises"):
        DerivedEvidence("rule", ())


def test_how_a_finding_is_meant_tells_edges_apart() -> None:
    ends = (g.PATIENT, predicate_of("HAS_FINDING"), g.FEVER)
    fever = Triple.of(*ends, Assertion())
    no_fever = Triple.of(*ends, Assertion(Polarity.NEGATED, cues=(Span(0, 2),)))
    fact = Triple.of(*ends)
    assert len({fever.id, no_fever.id, fact.id}) == 3
    assert no_fever.assertion == Assertion(Polarity.NEGATED), (
        "cues are the sentence's, not the edge's"
    )


def test_plain_is_current_certain_affirmed_and_the_patients() -> None:
    assert Assertion(cues=(Span(0, 1),)).is_plain
    assert not Assertion(temporality=Temporality.HISTORICAL).is_plain


def test_of_two_readings_the_surer_is_kept() -> None:
    def read(p: float, section: str | None = None) -> TextEvidence:
        return TextEvidence("d", Span(0, 1), "x", "m", p, section=section)

    for order in ((read(0.2), read(0.7)), (read(0.7), read(0.2))):
        assert Statement(g.CAUSES.triple, order).evidence == (read(0.7),)
    for order in ((read(0.2, "a"), read(0.2)), (read(0.2), read(0.2, "a"))):
        assert Statement(g.CAUSES.triple, order).evidence == (read(0.2, "a"),)


def test_premises_told_twice_are_joined() -> None:
    def derived(p: float) -> DerivedEvidence:
        premise = Statement(g.CAUSES.triple, (TextEvidence("d", Span(0, 1), "x", "m", p),))
        return DerivedEvidence("rule", (premise,))

    one = Statement(g.CAUSES.triple, (derived(0.2), derived(0.7)))
    other = Statement(g.CAUSES.triple, (derived(0.7), derived(0.2)))
    assert one == other
    assert one.evidence == (derived(0.7),)


def test_unlinked_ids() -> None:
    assert str(unlinked_id(EntityType.DRUG, " Foo\n BAR ")) == "TEXT:Drug/foo bar"
    assert not is_linked(unlinked_id(EntityType.DRUG, "x"))
    assert is_linked(g.WARFARIN)
    assert unlinked_id(EntityType.DISEASE, "hypotension") != unlinked_id(
        EntityType.DISEASE, "hypertension"
    )


def test_predicates() -> None:
    assert predicate_of("TREATS") is PREDICATES["TREATS"]
    with pytest.raises(UnknownName) as caught:
        predicate_of("HEALS")
    assert "TREATS" in caught.value.hint
    labels = {t.value for t in NODE_TYPES} | {"Patient"}
    attributes = {t.value for t in EntityType} - labels
    for name, predicate in PREDICATES.items():
        assert predicate.domain <= (attributes if name == "MODIFIES" else labels)
        assert predicate.range <= labels
        assert ("Patient" in predicate.domain) == (name in PATIENT_PREDICATES)
        assert not predicate.symmetric or predicate.domain == predicate.range
