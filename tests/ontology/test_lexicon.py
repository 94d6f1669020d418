from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import FormatError
from kgbuilder.model import Concept, Curie, EntityType
from kgbuilder.ontology.lexicon import Lexicon, Name, Names, NameStatus, unambiguous
from kgbuilder.ontology.nametable import NameTable, pack_names, unpacked
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.opposites import opposed_names, without_opposites
from kgbuilder.ontology.sorted_lines import SortedLines

DRUG, DISEASE, PHENOTYPE = EntityType.DRUG, EntityType.DISEASE, EntityType.PHENOTYPE
S = NameStatus


def name(
    text: str,
    id: str,
    preferred: str,
    type: EntityType = DISEASE,
    status: NameStatus = NameStatus.SYNONYM,
) -> Name:
    return Name(text, Curie.parse(id), preferred, type, status, "test", "1")


ROWS = (
    name("Marfan syndrome", "MESH:D008382", "Marfan Syndrome"),
    name("Marfan syndrome", "OMIM:154700", "Marfan syndrome", status=S.PREFERRED),
    name("Marfan syndrome", "ICD10CM:Q87.4", "Marfan syndrome", status=S.PREFERRED),
    name("Marfan syndrome", "ZZZ:1", "Marfan syndrome", status=S.PREFERRED),
    name("Seizure", "HP:0001250", "Seizure", PHENOTYPE, S.PREFERRED),
    name("Warfarin", "DRUGBANK:DB00682", "Warfarin", DRUG, S.PREFERRED),
    name("Coumadin", "DRUGBANK:DB00682", "Warfarin", DRUG, S.BRAND),
)


def test_identifier_spaces_come_in_the_order_of_the_house() -> None:
    found = Lexicon((Names(ROWS),)).find("MARFAN SYNDROME")
    assert [row.concept.prefix for row in found] == ["OMIM", "MESH", "ICD10CM", "ZZZ"]


def test_a_name_the_vocabulary_lacks_is_not_found_by_likeness() -> None:
    lexicon = Lexicon((Names(ROWS),))
    for text in (
        "warfarine",
        "coumadi",
        "Marfan",
        "syndrome",
        "",
        "'); MATCH (n) DETACH DELETE n //",
    ):
        assert lexicon.find(text) == ()
    assert lexicon.suggest("warfarine") == ("Warfarin",)
    assert lexicon.suggest("") == ()


def test_types_narrow_the_answer() -> None:
    lexicon = Lexicon((Names(ROWS),))
    assert lexicon.find("warfarin", types={DISEASE}) == ()
    assert lexicon.find("coumadin", types={DRUG})[0].preferred == "Warfarin"
    assert {row.text for row in lexicon.names({DRUG})} == {"Warfarin", "Coumadin"}


def test_a_concept_is_had_by_its_identifier() -> None:
    concept = Lexicon((Names(ROWS),)).concept(Curie.parse("DRUGBANK:DB00682"))
    assert concept == Concept(Curie("DRUGBANK", "DB00682"), "Warfarin", DRUG, ("Coumadin",))
    assert Lexicon((Names(ROWS),)).concept(Curie("DRUGBANK", "DB99999")) is None


def test_an_overlay_adds_names_and_leaves_the_lexicon_alone() -> None:
    lexicon = Lexicon((Names(ROWS),))
    more = lexicon.with_names([name("Zorbex", "X:1", "Zorbex", DRUG, S.PREFERRED)])
    assert more.find("zorbex")[0].concept == Curie("X", "1")
    assert more.find("warfarin") == lexicon.find("warfarin")
    assert lexicon.find("zorbex") == ()


class Trap:
    """A table that must not be read."""

    types = frozenset({DISEASE})

    def rows(self, key: str) -> tuple[Name, ...]:
        raise AssertionError("read")

    def concept(self, id: Curie) -> Concept | None:
        raise AssertionError("read")

    def __iter__(self) -> Iterator[Name]:
        raise AssertionError("read")

    def entries(self, word: str) -> Iterator[tuple[str, str, str, str, EntityType]]:
        raise AssertionError("read")


def test_a_question_about_drugs_reads_no_diseases() -> None:
    lexicon = Lexicon((Trap(), Names(ROWS)))
    assert lexicon.find("coumadin", types={DRUG})
    assert list(lexicon.names({DRUG}))
    assert list(lexicon.entries("coumadin", {DRUG}))
    with pytest.raises(AssertionError, match="read"):
        lexicon.find("coumadin")


def test_a_name_of_two_concepts_in_one_space_is_refused() -> None:
    two = [name("CD", "MESH:1", "Crohn"), name("CD", "MESH:2", "Celiac")]
    assert unambiguous(two) == ()
    preferred = name("CD", "MESH:3", "CD", status=S.PREFERRED)
    assert unambiguous([*two, preferred]) == (preferred,)
    assert unambiguous([*two, preferred, name("CD", "MESH:4", "CD", status=S.PREFERRED)]) == ()
    other = name("CD", "ICD10CM:1", "C")
    assert unambiguous([*two, other]) == (other,)
    short = [name("CD", f"MESH:{i}", "x", status=S.ABBREVIATION) for i in (1, 2)]
    assert unambiguous([*short, other]) == ()


TEXTS = st.text(alphabet="abAB αé-2'", min_size=1, max_size=6)
ANY_ROWS = st.lists(
    st.builds(
        lambda text, local, status: Name(
            text, Curie("X", local), f"concept {local}", DRUG, status, "test", "1"
        ),
        TEXTS,
        st.sampled_from("123"),
        st.sampled_from(list(NameStatus)),
    ),
    max_size=12,
)


def table_of(rows: list[Name]) -> NameTable:
    packed = pack_names(rows, codes={"test": "t"})
    return NameTable({DRUG}, {"t": ("test", "1")}, lambda: packed)


@given(ANY_ROWS, TEXTS)
def test_a_packed_table_finds_what_the_rows_in_memory_find(rows: list[Name], text: str) -> None:
    packed, memory = Lexicon((table_of(rows),)), Lexicon((Names(rows),))
    assert [r.concept for r in packed.find(text)] == [r.concept for r in memory.find(text)]
    for id in "1234":
        a, b = packed.concept(Curie("X", id)), memory.concept(Curie("X", id))
        known = [r for r in rows if r.concept.local_id == id and normalize(r.text)]
        if known:
            assert a is not None
            assert b is not None
            assert (a.id, a.name, a.type) == (b.id, b.name, b.type)


@given(ANY_ROWS, st.randoms())
def test_packing_depends_on_content_alone(rows: list[Name], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pack_names(rows, codes={"test": "t"}) == pack_names(shuffled, codes={"test": "t"})


def test_without_codes_a_line_carries_its_source() -> None:
    packed = pack_names(ROWS[-1:])
    row = NameTable({DRUG}, {}, lambda: packed).rows("coumadin")[0]
    assert (row.source, row.version) == ("test", "1")


@pytest.mark.parametrize("bytes_", [b"", b"no gzip", gzip.compress(b"\xff\xfe", mtime=0)])
def test_a_damaged_table_is_a_clear_error(bytes_: bytes) -> None:
    with pytest.raises(FormatError, match="damaged"):
        SortedLines(unpacked(bytes_))
    with pytest.raises(FormatError):
        unpacked(gzip.compress(b"a\tb" * 100)[:-9])


def test_names_whose_opposite_shares_the_concept_are_left_out() -> None:
    rows = [
        name("Reflex, Abnormal", "MESH:1", "Reflex, Abnormal", status=S.PREFERRED),
        *(
            name(t, "MESH:1", "Reflex, Abnormal")
            for t in ("hyperreflexia", "hyporeflexia", "areflexia")
        ),
        name("hyperreflexia", "HP:1", "Hyperreflexia"),
    ]
    kept = {(row.text, row.concept.prefix) for row in without_opposites(rows)}
    assert kept == {("Reflex, Abnormal", "MESH"), ("areflexia", "MESH"), ("hyperreflexia", "HP")}
    assert opposed_names({"tyrosinemia type 1", "tyrosinemia type 2", "tyrosinemias type 1", "x"}) == {
        "tyrosinemia type 1", "tyrosinemia type 2", "tyrosinemias type 1",
    }  # fmt: skip
    assert opposed_names({"acute pain", "pain acute", "chronic pain"}) == {
        "acute pain", "pain acute", "chronic pain",
    }  # fmt: skip
    assert opposed_names({"left arm pain", "arm pain"}) == frozenset()
