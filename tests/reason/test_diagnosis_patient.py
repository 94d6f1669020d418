from __future__ import annotations

import time

import pytest

from kgbuilder.model import (
    Assertion,
    Certainty,
    Curie,
    EntityType,
    Experiencer,
    Finding,
    Mention,
    Polarity,
    Span,
    Temporality,
    unlinked_id,
)
from kgbuilder.reason.patient import demographics_of, findings_of
from kgbuilder.reason.patient_question import question_of_note
from tests.reason.diagnosis_samples import hp, small_hpo

FIT, LEFT = hp("1000002", "1000003")


def finding(
    text: str,
    *,
    concept: str | None = None,
    type: EntityType = EntityType.PHENOTYPE,
    meant: Assertion | None = None,
) -> Finding:
    id = Curie.parse(concept) if concept else unlinked_id(type, text)
    mention = Mention("d", Span(0, len(text)), text, type)
    return Finding(mention, meant or Assertion(), id, text)


def read(*findings: Finding):  # type: ignore[no-untyped-def]
    return findings_of(findings, hpo=small_hpo())


@pytest.mark.parametrize(
    ("meant", "observed", "excluded"),
    [
        (Assertion(), True, False),
        (Assertion(temporality=Temporality.HISTORICAL), True, False),
        (Assertion(Polarity.NEGATED), False, True),
        (Assertion(Polarity.NEGATED, temporality=Temporality.HISTORICAL), False, True),
        (Assertion(certainty=Certainty.UNCERTAIN), False, False),
        (Assertion(certainty=Certainty.HYPOTHETICAL), False, False),
        (Assertion(temporality=Temporality.PLANNED), False, False),
        (Assertion(experiencer=Experiencer.FAMILY), False, False),
        (Assertion(Polarity.NEGATED, experiencer=Experiencer.FAMILY), False, False),
        (Assertion(Polarity.NEGATED, Certainty.UNCERTAIN), False, False),
    ],
)
def test_only_what_is_sure_of_the_patient_counts(
    meant: Assertion, observed: bool, excluded: bool
) -> None:
    found = read(finding("fit", concept="HP:1000002", meant=meant))
    assert (found.observed == (FIT,), found.excluded == (FIT,)) == (observed, excluded)
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("text", "concept", "expected"),
    [
        ("convulsions", "UMLS:C9000001", "HP:1000002"),
        ("toe", "MESH:D900001", "HP:1000005"),
        ("LOUD  murmur", "MESH:D7", "HP:2000003"),
        ("fits", None, "HP:1000002"),
    ],
)
def test_a_disease_becomes_a_phenotype_by_a_stated_id_or_its_very_name(
    text: str, concept: str | None, expected: str
) -> None:
    found = read(finding(text, concept=concept, type=EntityType.DISEASE))
    assert [str(id) for id in found.observed] == [expected]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Falling sickness", "MESH:D7"),  # a related name, not an exact one
        ("FT", None),  # an abbreviation
        ("loud murmurs", None),  # close is not the same
        ("flu", "MESH:D8"),
    ],
)
def test_what_no_term_states_is_not_guessed(text: str, concept: str | None) -> None:
    found = read(finding(text, concept=concept, type=EntityType.DISEASE))
    assert found.observed == ()
    (told,) = found.stated if concept else found.not_understood
    assert told.startswith(text)


def test_other_types_are_none_of_its_business() -> None:
    assert read(finding("fits", type=EntityType.DRUG)) == read()


def test_repeats_and_order() -> None:
    found = read(finding("fits"), finding("loud murmur"), finding("Fit"))
    assert [str(id) for id in found.observed] == ["HP:1000002", "HP:2000003"]


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("A 3-year-old girl was seen.", "P3Y", "FEMALE"),
        ("45 yo M with cough", "P45Y", "MALE"),
        ("6 month old infant", "P6M", None),
        ("72F, smoker", "P72Y", "FEMALE"),
        ("This 61 y/o African American woman ...", "P61Y", "FEMALE"),
        ("45 y.o. male", "P45Y", "MALE"),
        ("a 34 year-old previously healthy man", "P34Y", "MALE"),
        ("Age: 61\nSex: F", "P61Y", "FEMALE"),
        ("boy aged 7 months", "P7M", None),
        ("two-week-old male neonate", "P2W", "MALE"),
        ("5 day old male", "P5D", "MALE"),
        ("Her mother is 45 years old; the patient is a boy, 4 years old", "P4Y", "MALE"),
        ("Symptoms for 3 days. 40 year old woman", "P40Y", "FEMALE"),
        ("for the past 3 weeks, man", None, None),
        ("He took 3 days of amoxicillin, 2 M glucose", None, None),
        ("HR 60 w/o chest pain, 45 M/s", None, None),
        ("1990 years old oak, 900-year-old man", None, "MALE"),
        ("", None, None),
        ("Ein 3-jähriges Mädchen", None, None),
        ("62F seropositive RA", "P62Y", "FEMALE"),
        ("CC: AMS. HPI: 82F from a home", "P82Y", "FEMALE"),
        ("14F foley, 18F catheter", None, None),
        ("10mo M with cough", "P10M", "MALE"),
        ("Jayden, 9y4m.", "P9Y", None),
        ("Mr K, 52, weak hand", "P52Y", "MALE"),
        ("Mr Smith (72)", "P72Y", "MALE"),
    ],
)
def test_age_and_sex(text: str, age: str | None, sex: str | None) -> None:
    assert demographics_of(text) == (age, sex)


@pytest.mark.parametrize("piece", ["1", "x", "a ", "1 ", "3 year old a ", "the a-", "mother "])
def test_long_texts_are_read_in_time(piece: str) -> None:
    started = time.perf_counter()
    demographics_of(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 2


def test_a_finding_of_which_a_part_is_understood_is_not_told_as_not_understood() -> None:
    def at(text: str, start: int, concept: str | None = None) -> Finding:
        id = Curie.parse(concept) if concept else unlinked_id(EntityType.PHENOTYPE, text)
        span = Span(start, start + len(text))
        return Finding(Mention("d", span, text, EntityType.PHENOTYPE), Assertion(), id, text)

    found = read(at("bad left fit", 0), at("left fit", 4, "HP:1000003"), at("odd gait", 20))
    assert found.observed == (LEFT,)
    assert found.not_understood == ("odd gait: no HP term",)


@pytest.mark.parametrize(
    ("text", "genes"),
    [
        ("SURF1 c.312_321del10insAT (p.Leu105*), pathogenic, found.", ("SURF1",)),
        ("A likely pathogenic variant in SURF1 was found.", ("SURF1",)),
        ("SURF1 variant of uncertain significance, not pathogenic.", ()),
        ("Carrier of a pathogenic variant in SURF1.", ()),
        ("SURF1 normal; CFTR pathogenic.", ()),
    ],
)
def test_the_gene_of_a_pathogenic_variant_is_asked_about(text: str, genes: tuple[str, ...]) -> None:
    at = text.index("SURF1")
    gene = Finding(
        Mention("d", Span(at, at + 5), "SURF1", EntityType.GENE),
        Assertion(),
        Curie("NCBIGENE", "6834"),
        "SURF1",
    )
    assert question_of_note(text, [gene], hpo=small_hpo()).genes == genes


def test_a_disease_without_a_term_is_told_as_stated() -> None:
    id = Curie("MESH", "D003922")
    mention = Mention("d", Span(0, 4), "T1DM", EntityType.DISEASE)
    found = read(Finding(mention, Assertion(), id, "Diabetes Mellitus, Type 1"))
    assert found.stated == ("Diabetes Mellitus, Type 1 (MESH:D003922)",)
    assert found.not_understood == ()
