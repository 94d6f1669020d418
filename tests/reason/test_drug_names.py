"""What a given drug name is taken for."""

from __future__ import annotations

import pytest

from kgbuilder.ontology.lexicon import Name
from kgbuilder.ontology.vocabularies import drug_lexicon, read_table
from kgbuilder.reason.drug_names import DrugResolver
from kgbuilder.reason.knowledge import DrugKnowledge

KNOWLEDGE = DrugKnowledge.shipped()
RESOLVER = DrugResolver(drug_lexicon(), KNOWLEDGE)


def ingredients_of(given: str) -> list[str]:
    return [drug.name for drug in RESOLVER.resolve(given, None).answer.ingredients]


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ("warfarin", "DRUGBANK:DB00682"),
        ("Coumadin", "DRUGBANK:DB00682"),
        ("DB00682", "DRUGBANK:DB00682"),
        (" paracetamol ", "DRUGBANK:DB00316"),
        ("lithium", "DRUGBANK:DB01356"),
        ("quetiapine fumarate", "DRUGBANK:DB01224"),
        ("Sildenafil citrate 50 mg tablets", "DRUGBANK:DB00203"),
        ("warfarin sodium 5 MG Oral Tablet [Coumadin]", "DRUGBANK:DB00682"),
        ("metoprolol succinate ER 50 mg daily", "DRUGBANK:DB00264"),
        ("gentamicin sulfate", "DRUGBANK:DB00798"),
        ("acetaminophen (Tylenol)", "DRUGBANK:DB00316"),
        ("Tylenol (acetaminophen)", "DRUGBANK:DB00316"),
        ("Imdur", "DRUGBANK:DB01020"),
        ("ISMO", "DRUGBANK:DB01020"),
        ("potassium chloride 20 mEq", "DRUGBANK:DB00761"),
    ],
)
def test_a_name_a_brand_an_identifier_or_a_salt_with_its_dose(given: str, id: str) -> None:
    answer = RESOLVER.resolve(given, None).answer
    assert str(answer.id) == id
    assert answer.input == given


@pytest.mark.parametrize(
    "given",
    [
        "", "zorvaquinol", "DB99999", "x') DETACH DELETE n //", "5 mg", "tablet", "sodium fumarate",
        "warfarin (aspirin)", "warfarin (with zorvaquinol)", "warfarin/zorvaquinol",
        "warfarin 5 mg x" * 500,
    ],
)  # fmt: skip
def test_what_no_vocabulary_holds_is_not_taken_for_anything(given: str) -> None:
    found = RESOLVER.resolve(given, None)
    assert found.answer.id is None
    assert found.answer.name is None
    assert found.ids == ()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("Paxlovid", ["nirmatrelvir", "ritonavir"]),
        ("Augmentin 875 mg", ["amoxicillin", "clavulanic acid"]),
        ("Bactrim DS", ["sulfamethoxazole", "trimethoprim"]),
        ("co-trimoxazole", ["sulfamethoxazole", "trimethoprim"]),
        ("Entresto 24/26", ["sacubitril", "valsartan"]),
        ("Combivent Respimat", ["salbutamol", "ipratropium"]),
        ("Janumet XR 50-1000", ["metformin", "sitagliptin"]),
        ("Stalevo 100", ["carbidopa", "entacapone", "levodopa"]),
        ("Trelegy Ellipta", ["fluticasone", "umeclidinium", "vilanterol"]),
        # Names that a dictionary files under one of the ingredients.
        ("Juluca", ["dolutegravir", "rilpivirine"]),
        ("Namzaric", ["donepezil", "memantine"]),
        ("Synjardy", ["empagliflozin", "metformin"]),
    ],
)
def test_a_product_is_taken_as_its_ingredients_and_says_so(given: str, names: list[str]) -> None:
    answer = RESOLVER.resolve(given, None).answer
    assert ingredients_of(given) == names
    assert (answer.id, answer.name) == (None, " / ".join(names))
    assert answer.contents.endswith((", read", ", recalled"))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("lisinopril and hydrochlorothiazide", ["lisinopril", "hydrochlorothiazide"]),
        ("warfarin and aspirin", ["warfarin", "aspirin"]),
        ("warfarin/aspirin", ["warfarin", "aspirin"]),
        ("warfarin-aspirin", ["warfarin", "aspirin"]),
        # A product of the table, but only recalled: as often two tablets, whose interaction is told.
        ("ASA/clopidogrel", ["aspirin", "clopidogrel"]),
    ],
)
def test_joined_names_are_several_drugs_and_no_product(given: str, names: list[str]) -> None:
    assert ingredients_of(given) == names
    assert RESOLVER.resolve(given, None).answer.contents == ""


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("Buprenorphine-Naloxone", ["buprenorphine", "naloxone"]),
        ("buprenorphine/naloxone", ["buprenorphine", "naloxone"]),
        ("nirmatrelvir/ritonavir", ["nirmatrelvir", "ritonavir"]),
        ("sacubitril / valsartan 24/26", ["sacubitril", "valsartan"]),
        ("dextromethorphan/bupropion", ["dextromethorphan", "bupropion"]),
        ("elexacaftor/tezacaftor/ivacaftor", ["elexacaftor", "tezacaftor", "ivacaftor"]),
        ("hydrocodone-acetaminophen 5-325 mg", ["hydrocodone", "acetaminophen"]),
    ],
)
def test_a_known_product_written_by_its_ingredients_is_that_product(
    given: str, names: list[str]
) -> None:
    assert ingredients_of(given) == names
    assert "which holds" in RESOLVER.resolve(given, None).answer.contents


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("NSAID", "a class of drugs: name the drug, such as ibuprofen"),
        ("statins", "a class of drugs: name the drug, such as simvastatin"),
        ("beta blocker", "a class of drugs: name the drug, such as metoprolol"),
        ("Maalox", "not taken: several products bear this name"),
        ("Anacin", "not taken: aspirin with caffeine in the USA"),
        ("MMR", "not taken: write MMR vaccine"),
    ],
)
def test_a_class_or_a_name_of_several_products_is_told_as_such(given: str, says: str) -> None:
    assert RESOLVER.resolve(given, None).answer.why.startswith(says)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("timolol eye drops", "timolol"),
        ("Nizoral shampoo", "ketoconazole"),
        ("Inj. Clexane 40 mg s.c.", "enoxaparin"),
        ("Tab. Ecosprin 75", "aspirin"),
        ("Cardizem CD", "diltiazem"),
        ("Abilify Maintena", "aripiprazole"),
        ("Aspirin Protect 100", "aspirin"),
        ("nasal mometasone", "mometasone"),
        ("Z-pak", "azithromycin"),
        ("Novolog Mix 70/30", "insulin aspart"),
        ("Hypericum perforatum", "st. john's wort"),
        ("Krazati", "adagrasib"),
        ("Quviviq", "daridorexant"),
    ],
)
def test_a_name_as_prescriptions_write_it(given: str, name: str) -> None:
    assert RESOLVER.resolve(given, None).answer.name == name


@pytest.mark.parametrize(
    ("given", "own_name", "name"),
    [
        ("Spravato", "Esketamine", "ketamine"),
        ("Myfortic", "Mycophenolic acid", "mycophenolate mofetil"),
        ("DB11823", "Esketamine", "ketamine"),
        ("ketamine", "", "ketamine"),
    ],
)
def test_what_is_checked_as_another_drug_keeps_its_own_name(
    given: str, own_name: str, name: str
) -> None:
    answer = RESOLVER.resolve(given, None).answer
    assert (answer.own_name, answer.name) == (own_name, name)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("ketoconazole cream", "cream"),
        ("fluticasone nasal spray", "nasal spray"),
        ("Advair inhaler", "inhaler"),
        ("ketoconazole 200 mg tablet", ""),
        ("creamine", ""),
    ],
)
def test_a_local_form_is_kept(given: str, form: str) -> None:
    assert RESOLVER.resolve(given, None).answer.form == form


def test_every_product_of_the_table_has_all_its_ingredients() -> None:
    for row in read_table("combinations"):
        found = RESOLVER.resolve(row["name"], None).answer.ingredients
        assert len(found) == len(row["ingredients"].split("|")), row


def test_no_product_is_named_as_one_of_its_ingredients_in_a_vocabulary() -> None:
    """A text that names it would otherwise be about that one alone."""
    lexicon = drug_lexicon()
    for row in read_table("combinations"):
        ids = {drug.id for drug in RESOLVER.resolve(row["name"], None).answer.ingredients}
        found: tuple[Name, ...] = lexicon.find(row["name"])
        assert not ids.intersection(name.concept for name in found), row


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("MMF", "mycophenolate mofetil"),
        ("ETN", "etanercept"),
        ("ACV", "aciclovir"),
        ("TMP", "trimethoprim"),
        ("RTX", None),
        ("DEX", None),
        ("Met", None),
        ("DES", None),
        ("LCM", None),
    ],
)
def test_a_short_form_is_what_clinicians_mean_by_it_or_nothing(
    given: str, name: str | None
) -> None:
    """DrugBank files MMF under monomethyl fumarate, RTX under resiniferatoxin."""
    found = RESOLVER.resolve(given, None).answer.name
    assert (found and found.casefold()) == name
