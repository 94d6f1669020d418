"""What labels say of pairs that a pharmacist asked about, in the shipped tables."""

from __future__ import annotations

import pytest

from kgbuilder.model import Interaction, Severity
from kgbuilder.ontology.vocabularies import drug_lexicon
from kgbuilder.reason.interactions import InteractionChecker
from kgbuilder.reason.knowledge import DrugKnowledge

CHECKER = InteractionChecker(DrugKnowledge.shipped(), drug_lexicon())


def gravest(a: str, b: str) -> str:
    """The gravest grade between the two, or "" where none is known."""
    order = list(reversed(Severity))
    found = {i.severity for i in CHECKER.check([a, b]).interactions}
    return min((s.value for s in found), key=[s.value for s in order].index, default="")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Mavyret", "rifampicin"), ("Mavyret", "carbamazepine"), ("glecaprevir", "ethinylestradiol"),
        ("Zepatier", "ciclosporin"), ("Zepatier", "phenytoin"),
        ("ozanimod", "selegiline"), ("ozanimod", "tranylcypromine"), ("Korlym", "prednisone"),
        ("elagolix", "ciclosporin"), ("vericiguat", "riociguat"), ("leflunomide", "teriflunomide"),
        ("ubrogepant", "ketoconazole"), ("naloxegol", "clarithromycin"),
        ("dolutegravir", "dofetilide"), ("Biktarvy", "rifampicin"), ("pimozide", "sertraline"),
        ("pimozide", "fluconazole"), ("selexipag", "gemfibrozil"), ("ivabradine", "diltiazem"),
        ("Paxlovid", "colchicine"), ("fusidic acid", "simvastatin"), ("Cresemba", "rifampicin"),
        ("Camzyos", "fluconazole"), ("Camzyos", "rifampicin"), ("suzetrigine", "ketoconazole"),
        ("brivudine", "capecitabine"), ("neratinib", "rifampicin"), ("Zostavax", "etanercept"),
    ],
)  # fmt: skip
def test_what_a_label_contraindicates(a: str, b: str) -> None:
    assert gravest(a, b) == "contraindicated"


@pytest.mark.parametrize(
    ("a", "b", "severity"),
    [
        ("ceftriaxone", "calcium gluconate", "major"), ("ceftriaxone", "calcium chloride", "major"),
        ("ceftriaxone", "calcium carbonate", ""), ("Noctiva", "furosemide", "major"),
        ("potassium citrate", "glycopyrrolate", "major"), ("Mounjaro", "ethinylestradiol", "moderate"),
        ("siponimod", "fluconazole", "major"), ("cladribine", "lamivudine", "major"),
        ("lamivudine", "emtricitabine", "major"), ("valganciclovir", "imipenem", "major"),
        ("colestyramine", "Myfortic", "major"), ("allopurinol", "capecitabine", "major"),
        ("baricitinib", "probenecid", "moderate"), ("methotrexate", "ciprofloxacin", "moderate"),
        ("tramadol", "ketoconazole", "moderate"), ("prednisolone", "clarithromycin", "moderate"),
        ("warfarin", "amoxicillin", "moderate"), ("warfarin", "azathioprine", "moderate"),
        ("irinotecan", "ketoconazole", "major"), ("acalabrutinib", "omeprazole", "major"),
        ("MMR vaccine", "adalimumab", "major"), ("mavacamten", "amoxicillin", ""),
        # No false alarm: one product's parts, and what only ACE inhibitors do.
        ("sacubitril/valsartan", "clarithromycin", ""), ("nirmatrelvir/ritonavir", "amoxicillin", ""),
        ("sacubitril", "losartan", "minor"), ("sacubitril", "zofenopril", "major"),
        # A cream is no tablet; what is breathed in beside ritonavir is dangerous all the same.
        ("ketoconazole cream", "simvastatin", "minor"),
        ("ketoconazole", "simvastatin", "contraindicated"),
        ("nasal mometasone", "ketoconazole", "minor"),
        ("fluticasone nasal spray", "ritonavir", "major"),
        ("timolol eye drops", "verapamil", "major"),
        # Foods, by the rules about patients.
        ("grapefruit juice", "simvastatin", "major"), ("felodipine", "grapefruit", "major"),
    ],
)  # fmt: skip
def test_how_grave_a_pair_is(a: str, b: str, severity: str) -> None:
    assert gravest(a, b) == severity


def the(a: str, b: str) -> Interaction:
    (found,) = CHECKER.check([a, b]).interactions
    return found


def test_a_form_of_which_little_is_absorbed_says_why_the_grade_is_lower() -> None:
    assert (
        "as cream little reaches the blood" in the("ketoconazole cream", "simvastatin").management
    )


def test_a_food_keeps_the_rule_that_it_rests_on() -> None:
    found = the("grapefruit juice", "simvastatin")
    assert found.names == ("Grapefruit", "simvastatin")
    assert found.because
    assert 0 < found.belief < 1


def test_a_food_that_no_rule_holds_against_the_other_is_not_checked() -> None:
    (pair,) = CHECKER.check(["grapefruit", "amoxicillin"]).not_checked
    assert "no rule about it is about the other" in pair.why


def test_what_is_little_absorbed_names_drugs_and_forms_of_the_tables() -> None:
    knowledge = CHECKER.knowledge
    forms = {row["form"] for _, row in knowledge.rows("local_forms")}
    names = {str(id): name for id, name in knowledge.names.items()}
    for _, row in knowledge.rows("little_absorbed"):
        assert names[f"DRUGBANK:{row['id']}"] == row["drug"]
        assert set(row["forms"].split(" | ")) <= forms, row
        assert (row["source"], row["how"]) == ("recalled", "recalled")
