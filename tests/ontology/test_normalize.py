from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.ontology.normalize import is_acronym, normalize, singular_of, tokens_of

SAME = [
    ("Crohn’s disease", "Crohn disease"),
    ("Graves' disease", "graves disease"),
    ("TNF-α", "TNF alpha"),
    ("TNFα", "tnf-alpha"),
    ("α1-antitrypsin", "alpha-1 antitrypsin"),
    ("Diabetes mellitus, type II", "diabetes mellitus type 2"),
    ("factor VIII", "factor 8"),
    ("haemorrhage", "hemorrhage"),
    ("oedema", "edema"),
    ("oesophagus", "esophagus"),
    ("dyspnoea", "dyspnea"),
    ("leukaemia", "leukemia"),
    ("tumour", "tumor"),
    ("sulphasalazine", "sulfasalazine"),
    ("Sjögren", "Sjogren"),
    ("Ménière", "meniere"),
    ("non-Hodgkin", "non Hodgkin"),
    ("pre-eclampsia", "preeclampsia"),
    ("post traumatic", "post-traumatic"),
    ("ﬁbrosis", "fibrosis"),
    ("  a\u00a0 b ", "A B"),
    ("H₂O₂", "H2O2"),
]
APART = [
    ("hypokalemia", "hyperkalemia"),
    ("hypotension", "hypertension"),
    ("type 1 diabetes", "type 2 diabetes"),
    ("type I", "type II"),
    ("CYP2C9", "CYP2C19"),
    ("prednisone", "prednisolone"),
    ("quinine", "quinidine"),
    ("interferon alpha", "interferon beta"),
    ("interferon alfa-2a", "interferon alfa-2b"),
    ("(+)-limonene", "(-)-limonene"),
    ("(−)-limonene", "limonene"),
    ("5-AMP", "5'-AMP"),
    ("2',3'-cAMP", "2,3-cAMP"),
    ("0.5 mg", "5 mg"),
    ("1.5", "15"),
    ("0.9%", "0.9"),
    ("Ca2+", "Ca2"),
    ("CD4+", "CD4"),
    ("CD4+", "CD4-"),
    ("vitamin B1", "vitamin B12"),
    ("hepatitis A", "hepatitis B"),
    ("aerobic", "erobic"),
    ("factor V", "factor X"),
    ("penicillin", "penicillins"),
    ("glucose", "glucosE oxidase"),
    ("L-dopa", "D-dopa"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_two_ways_of_writing_one_name(a: str, b: str) -> None:
    assert normalize(a) == normalize(b) != ""


@pytest.mark.parametrize(("a", "b"), APART)
def test_two_things_stay_two_strings(a: str, b: str) -> None:
    assert normalize(a) != normalize(b)


@pytest.mark.parametrize("text", ["", " ", "-", "()", "…", "''", "\x00", "_"])
def test_what_holds_no_letter_has_no_form(text: str) -> None:
    assert normalize(text) == ""


@given(st.text(max_size=60))
def test_normalizing_again_changes_nothing(text: str) -> None:
    form = normalize(text)
    assert normalize(form) == form


PIECES = st.sampled_from(
    [
        *(
            "type",
            "stage",
            "grade",
            "II",
            "III",
            "IV",
            "V",
            "X",
            "2",
            "10",
            "1.5",
            "%",
            "+",
            "-",
            ",",
        ),
        *("hypo", "hyper", "haem", "oede", "tumour", "α", "β", "non-", "anti", "s'", "’s", "'s"),
        *("(+)", "(-)", "a", "b", "c"),
    ]
)


@given(st.lists(PIECES, max_size=12), st.sampled_from(["", " "]))
def test_normalizing_again_changes_nothing_in_names(pieces: list[str], gap: str) -> None:
    form = normalize(gap.join(pieces))
    assert normalize(form) == form


@given(st.text(alphabet=string.ascii_letters + string.digits + " -,.+%()'αβ²", max_size=60))
def test_every_digit_is_kept_in_order(text: str) -> None:
    digits = re.findall(r"\d", text.replace("²", "2"))
    kept = iter(re.findall(r"\d", normalize(text)))
    assert all(digit in kept for digit in digits)  # a Roman numeral may add some


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12))
def test_case_and_white_space_never_matter(word: str) -> None:
    assert normalize(f"  {word.upper()}\t") == normalize(word)


@pytest.mark.parametrize(
    ("key", "forms"),
    [
        ("seizures", ("seizure",)),
        ("allergies", ("allergy",)),
        ("abscesses", ("abscess",)),
        ("reflexes", ("reflex",)),
        ("biopsies", ("biopsy",)),
        ("diabetes", ()),
        ("herpes", ()),
        ("rabies", ()),
        ("sepsis", ()),
        ("ascites", ()),
        ("abscess", ()),
        ("lens", ()),
        ("t2s", ()),
        ("virus", ()),
    ],
)
def test_singular(key: str, forms: tuple[str, ...]) -> None:
    assert singular_of(key) == forms


def test_the_likelier_singular_is_first() -> None:
    assert singular_of("thromboses")[-1] == "thrombosis"
    assert "metastasis" in singular_of("brain metastases")[-1]


@given(st.text(max_size=80))
def test_tokens_stand_where_they_say(text: str) -> None:
    last = 0
    for form, start, end in tokens_of(text):
        assert form.strip()
        assert 0 <= start < end <= len(text)
        assert start >= last or start <= last  # one word may give two tokens of the same place
        last = end
    spans = [(start, end) for _, start, end in tokens_of(text)]
    assert spans == sorted(spans)


@pytest.mark.parametrize(
    "name",
    [a for a, _ in SAME if "ﬁ" not in a]
    + ["Diabetes mellitus, type IIb", "CD4+ count", "0.9% saline"],
)
def test_tokens_spell_the_normal_form(name: str) -> None:
    assert " ".join(form for form, _, _ in tokens_of(name)) == normalize(name)


def test_acronyms_are_told_by_how_they_are_written() -> None:
    assert all(map(is_acronym, ["AIDS", "T2DM", "HTN", "MS", "CYP2D6"]))
    assert not any(map(is_acronym, ["aids", "Fever", "warfarin", "Alzheimer", "DIABETES MELLITUS"]))


def test_a_huge_text_is_done_in_time() -> None:
    assert normalize("type " * 50_000 + "II").endswith("2")
    assert len(tokens_of("a-b " * 50_000)) == 100_000
