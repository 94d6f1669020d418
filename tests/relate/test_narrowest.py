"""What a paper says twice of one drug, broadly and narrowly."""

from __future__ import annotations

from kgbuilder.model import (
    PREDICATES,
    Assertion,
    Curie,
    EntityType,
    Finding,
    Mention,
    Relation,
    Sentence,
    Span,
)
from kgbuilder.ontology.mappings import Mapping, SameAs
from kgbuilder.relate.narrowest import Kinds, narrowest

KIDNEY, INJURY, ACUTE = (Curie("MESH", id) for id in ("D007674", "D000001", "D058186"))
CISPLATIN, ASPIRIN = Curie("DRUGBANK", "DB00515"), Curie("DRUGBANK", "DB00945")
KINDS = Kinds([(ACUTE, INJURY), (INJURY, KIDNEY)])
SENTENCE = Sentence("d", Span(0, 9), "A text is")


def finding(concept: Curie, type: EntityType) -> Finding:
    return Finding(Mention("d", Span(0, 1), "A", type), Assertion(), concept, "A")


def relation(
    drug: Curie, condition: Curie, predicate: str = "CAUSES", *, negated: bool = False
) -> Relation:
    ends = finding(drug, EntityType.DRUG), finding(condition, EntityType.DISEASE)
    return Relation(ends[0], PREDICATES[predicate], ends[1], (SENTENCE,), 0.9, negated=negated)


def test_what_is_above_what() -> None:
    assert KINDS.is_kind_of(ACUTE, KIDNEY)
    assert not KINDS.is_kind_of(KIDNEY, ACUTE)
    assert not KINDS.is_kind_of(ACUTE, ACUTE)
    circle = Kinds([(ACUTE, INJURY), (INJURY, ACUTE)])
    assert circle.is_kind_of(ACUTE, INJURY)
    assert not circle.is_kind_of(ACUTE, KIDNEY)
    assert not circle.is_kind_of(ACUTE, ACUTE)


def test_a_stated_mapping_is_walked_once_at_each_end() -> None:
    term, disease = Curie("HP", "0001919"), Curie("ORPHA", "1")
    same = SameAs([Mapping(term, ACUTE, "table", "1"), Mapping(disease, KIDNEY, "table", "1")])
    kinds = Kinds([(ACUTE, INJURY), (INJURY, KIDNEY)], same_as=same)
    assert kinds.is_kind_of(term, disease)
    assert not kinds.is_kind_of(disease, term)
    assert not kinds.is_kind_of(term, ACUTE)
    assert not Kinds([(ACUTE, KIDNEY)]).is_kind_of(term, KIDNEY)
    pair = (relation(CISPLATIN, term), relation(CISPLATIN, ACUTE))
    assert narrowest(pair, kinds) == pair, "one thing by two names"


def test_of_a_circle_both_are_told() -> None:
    circle = Kinds([(ACUTE, INJURY), (INJURY, ACUTE)])
    pair = (relation(CISPLATIN, INJURY), relation(CISPLATIN, ACUTE))
    assert narrowest(pair, circle) == pair


def test_the_broader_one_follows_and_is_not_told() -> None:
    narrow, broad = relation(CISPLATIN, ACUTE), relation(CISPLATIN, KIDNEY)
    assert narrowest([broad, narrow], KINDS) == (narrow,)
    assert narrowest([broad], KINDS) == (broad,)
    assert narrowest([broad, narrow], Kinds()) == (broad, narrow)
    assert narrowest([], KINDS) == ()


def test_another_drug_hides_nothing() -> None:
    pair = (relation(ASPIRIN, ACUTE), relation(CISPLATIN, KIDNEY))
    assert narrowest(pair, KINDS) == pair


def test_what_is_denied_stays_and_hides_nothing() -> None:
    denied = relation(CISPLATIN, ACUTE, negated=True)
    broad = relation(CISPLATIN, KIDNEY)
    assert narrowest([denied, broad], KINDS) == (denied, broad)
    denied = relation(CISPLATIN, KIDNEY, negated=True)
    narrow = relation(CISPLATIN, ACUTE)
    assert narrowest([denied, narrow], KINDS) == (denied, narrow)


def test_only_harm_is_told_narrowly() -> None:
    pair = (relation(CISPLATIN, ACUTE, "TREATS"), relation(CISPLATIN, KIDNEY, "TREATS"))
    assert narrowest(pair, KINDS) == pair
    mixed = (relation(CISPLATIN, ACUTE, "TREATS"), relation(CISPLATIN, KIDNEY))
    assert narrowest(mixed, KINDS) == mixed
