from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from kgbuilder.link.graph_names import lexicon_names_of
from kgbuilder.link.linker import LexiconLinker
from kgbuilder.model import Concept, Curie, Document, EntityType, Mention, Span, unlinked_id
from kgbuilder.ontology.normalize import normalize
from kgbuilder.ontology.vocabularies import Vocabularies, read_table
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore

DRUG, DISEASE, PHENOTYPE, GENE = (
    EntityType.DRUG,
    EntityType.DISEASE,
    EntityType.PHENOTYPE,
    EntityType.GENE,
)


Row = dict[str, str]


def table(name: str) -> list[Row]:
    lines = (Path(__file__).parent / f"{name}.tsv").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("#")]
    return list(csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def linker() -> LexiconLinker:
    return LexiconLinker(Vocabularies().lexicon())


def ids(linker: LexiconLinker, text: str, type: EntityType) -> list[str]:
    return [str(candidate.concept) for candidate in linker.candidates(text, type)]


def concepts(linker: LexiconLinker, row: Row, side: str) -> set[str]:
    return set(ids(linker, row[side], EntityType(row["type"])))


def test_lookalikes_share_no_concept(linker: LexiconLinker) -> None:
    rows = table("lookalikes")
    merged = [r for r in rows if concepts(linker, r, "a") & concepts(linker, r, "b")]
    unlinked = [r for r in rows if not (concepts(linker, r, "a") and concepts(linker, r, "b"))]
    assert len(rows) >= 200
    assert merged == []
    assert len(unlinked) <= 0.03 * len(rows), (
        unlinked
    )  # two refusals would merge nothing, and prove nothing


def written_otherwise(name: str) -> set[str]:
    return {
        name.upper(),
        name.title(),
        name.replace(" ", "-"),
        f"the {name}",
        f"{name}s",
        f"severe {name}",
    }


def test_lookalikes_stay_apart_however_they_are_written(linker: LexiconLinker) -> None:
    merged = []
    for row in table("lookalikes"):
        type = EntityType(row["type"])
        one = {id for name in written_otherwise(row["a"]) for id in ids(linker, name, type)}
        other = {id for name in written_otherwise(row["b"]) for id in ids(linker, name, type)}
        merged += [(row["a"], row["b"], one & other)] * bool(one & other)
    assert merged == []


def halfway(a: str, b: str) -> set[str]:
    """Misspellings between two names: the beginning of one with the end of the other, a letter lost."""
    cuts = range(3, min(len(a), len(b)) - 2)
    mixed = {a[:cut] + b[cut:] for cut in cuts} | {b[:cut] + a[cut:] for cut in cuts}
    lost = {name[:at] + name[at + 1 :] for name in (a, b) for at in range(2, len(name) - 1)}
    return mixed | lost


def test_a_misspelling_between_two_drugs_is_no_drug(linker: LexiconLinker) -> None:
    """What is no vocabulary's own spelling refuses; what is one ("clonazepam") is found by its name."""
    n_tried = 0
    for row in table("lookalikes"):
        if row["type"] != "Drug" or " " in row["a"] + row["b"]:
            continue
        for text in halfway(row["a"].lower(), row["b"].lower()):
            n_tried += 1
            for candidate in linker.candidates(text, DRUG):
                if candidate.matched_by != "same_as":
                    assert normalize(candidate.matched_name).rstrip("s") == text.rstrip("s"), text
    assert n_tried > 3000


def test_synonyms_are_one_concept(linker: LexiconLinker) -> None:
    rows = table("synonyms")
    missed = []
    for row in rows:
        one, other = (ids(linker, row[side], EntityType(row["type"])) for side in "ab")
        if not one or not other or one[0] != other[0]:
            missed.append(f"{row['kind']}: {row['a']} / {row['b']}")
    print(f"{len(missed)} of {len(rows)} synonyms missed ({len(missed) / len(rows):.1%}):", missed)
    assert len(rows) >= 200
    assert len(missed) <= 0.05 * len(rows), missed


def test_every_pair_says_where_it_is_from() -> None:
    for name in ("lookalikes", "synonyms"):
        rows = table(name)
        assert all(r["source"] == "recalled" or r["source"].startswith("https://") for r in rows)
        assert all(row["kind"] for row in rows)
        pairs = [frozenset((row["a"].casefold(), row["b"].casefold())) for row in rows]
        assert len(pairs) == len(set(pairs))


def test_the_whole_tall_man_list_of_the_fda_is_there() -> None:
    """The FDA's page lists 22 pairs, and only they are said to be its."""
    listed = [row for row in table("lookalikes") if row["kind"] == "FDA tall man list"]
    assert len(listed) == 22
    assert {row["source"].split("/")[2] for row in listed} == {"www.fda.gov"}
    rest = [row for row in table("lookalikes") if row not in listed]
    assert not any("fda.gov" in row["source"] for row in rest)


@pytest.mark.parametrize("row", table("short_forms"), ids=lambda row: row["text"][:50])
def test_a_short_form_is_what_its_context_says_or_nothing(linker: LexiconLinker, row: Row) -> None:
    type = EntityType(row["type"])
    at = re.search(rf"\b{row['short']}\b", row["text"])
    assert at is not None
    given = Mention("d", Span(at.start(), at.end()), at[0], type)
    (found,) = linker.link(Document("d", row["text"], "t"), [given])
    if row["expected"] == "refuse":
        assert found == ()
    else:
        assert [str(found[0].concept), found[0].matched_by] == [
            ids(linker, row["expected"], type)[0],
            "context",
        ]


def test_there_are_enough_short_forms() -> None:
    assert len(table("short_forms")) >= 40


@pytest.mark.parametrize(
    ("text", "type", "id", "how"),
    [
        ("warfarin", DRUG, "DRUGBANK:DB00682", "exact"),
        ("WARFARIN", DRUG, "DRUGBANK:DB00682", "exact"),
        ("Coumadin", DRUG, "DRUGBANK:DB00682", "exact"),
        ("metoprolol succinate", DRUG, "DRUGBANK:DB00264", "salt"),
        ("sertraline hydrochloride", DRUG, "DRUGBANK:DB01104", "salt"),
        ("metformin 500 mg tablets", DRUG, "DRUGBANK:DB00331", "trimmed"),
        ("low-dose aspirin", DRUG, "DRUGBANK:DB00945", "trimmed"),
        ("insulin", DRUG, "MESH:D007328", "exact"),
        ("a thiazide", DRUG, "", ""),
        ("thiazide", DRUG, "MESH:D049971", "exact"),
        ("macrolide", DRUG, "MESH:D018942", "exact"),
        ("the seizures", DISEASE, "MESH:D012640", "trimmed"),
        ("seizures", PHENOTYPE, "HP:0001250", "exact"),
        ("generalised seizure", PHENOTYPE, "HP:0002197", "variant"),
        ("ketorolac tromethamine", DRUG, "DRUGBANK:DB00465", "salt"),
        ("cancer of the breast", DISEASE, "MESH:D001943", "exact"),
        ("renal failure", DISEASE, "MESH:D051437", "exact"),
        ("uremic", DISEASE, "MESH:D014511", "adjective"),
        ("severe headache", PHENOTYPE, "HP:0002315", "broader"),
        ("left headache", PHENOTYPE, "HP:0002315", "broader"),
        ("Right-sided headache", PHENOTYPE, "HP:0002315", "broader"),
        ("prolongation of the PR interval", PHENOTYPE, "HP:0012248", "turned"),
        ("enlargement of the spleen", DISEASE, "MESH:D013163", "turned"),
        ("infection with hepatitis B virus", DISEASE, "MESH:D006509", "turned"),
        ("type C hepatitis", DISEASE, "MESH:D006526", "turned"),
        ("hepatitis B virus (HBV) infection", DISEASE, "MESH:D006509", "variant"),
        ("urticaria syndrome", DISEASE, "MESH:D014581", "broader"),
        ("hemorrhagic myocarditis", DISEASE, "MESH:D009205", "part"),
        ("rolandic benign epilepsy", DISEASE, "MESH:D019305", "turned"),
        ("rotavirus disease", DISEASE, "MESH:D012400", "broader"),
        ("colorectal adenomas", DISEASE, "MESH:D015179", "broader"),
        ("thrombo-embolism", DISEASE, "MESH:D013923", "variant"),
        ("breast and ovarian cancer", DISEASE, "MESH:D001943", "part"),
        ("nephrotoxicity", DISEASE, "MESH:D007674", "corpus"),
        ("locomotor hyperactivity", DISEASE, "MESH:D006948", "paraphrase"),
        ("gum overgrowth", PHENOTYPE, "HP:0000212", "paraphrase"),
        ("Type II diabetes mellitus", DISEASE, "MESH:D003924", "exact"),
        ("Marfan syndrome", DISEASE, "OMIM:154700", "exact"),
        ("breast cancer", DISEASE, "MESH:D001943", "exact"),
        ("shortness of breath", PHENOTYPE, "HP:0002094", "exact"),
        ("arachnodactyly", DISEASE, "MESH:D054119", "exact"),
        ("CYP2C19", GENE, "NCBIGENE:1557", "exact"),
        ("CYP2C9", GENE, "NCBIGENE:1559", "exact"),
        ("P-glycoprotein", GENE, "NCBIGENE:5243", "exact"),
    ],
)
def test_how_names_link(
    linker: LexiconLinker, text: str, type: EntityType, id: str, how: str
) -> None:
    found = linker.candidates(text, type)
    assert [str(found[0].concept), found[0].matched_by] == [id, how] if id else not found


@pytest.mark.parametrize(
    ("text", "type"),
    [
        ("zorbexamide", DRUG),
        ("gramicidin S", DRUG),
        ("11-epicortisol", DRUG),
        ("escitaloprams", DRUG),
        ("breast and zorbic cancer", DISEASE),
        ("epsilon-hexachlorocyclohexane", DRUG),
        ("warfrin", DRUG),
        ("", DRUG),
        (" ", DISEASE),
        ("(", DISEASE),
        ("MI", DISEASE),
        ("MS", DISEASE),
        ("MS", DRUG),
        ("RA", PHENOTYPE),
        ("CC", DRUG),
        ("K", DRUG),
        ("patient", DRUG),
        ("neosporin", DRUG),
        ("augmentin", DRUG),
        ("amoxicillin/clavulanate", DRUG),
        ("iron sodium", DRUG),
        ("sodium", GENE),
        ("'}) DETACH DELETE n //", DRUG),
        ("acute", DISEASE),
        ("warfarina " * 2000, DRUG),
        ("5 mg", EntityType.DOSE),
        ("hyporeflexia", GENE),
    ],
)
def test_refusals(linker: LexiconLinker, text: str, type: EntityType) -> None:
    assert linker.candidates(text, type) == ()


def test_modifiers_that_change_the_meaning_are_never_dropped(linker: LexiconLinker) -> None:
    plain = set(ids(linker, "heart failure", DISEASE))
    for text in ("no heart failure", "left heart failure", "familial heart failure"):
        assert not plain & set(ids(linker, text, DISEASE))
    assert not set(ids(linker, "kidney injury", DISEASE)) & set(
        ids(linker, "acute kidney injury", DISEASE)
    )


def test_the_product_name_is_kept(linker: LexiconLinker) -> None:
    found, same = linker.candidates("metoprolol succinate", DRUG)
    assert [str(same.concept), same.matched_by] == ["MESH:D008790", "same_as"]
    assert (found.name, found.matched_name) == ("Metoprolol", "metoprolol succinate")


def mention(text: str, piece: str, type: EntityType, nth: int = 0) -> Mention:
    at = -1
    for _ in range(nth + 1):
        at = text.index(piece, at + 1)
    return Mention("d", Span(at, at + len(piece)), piece, type)


def test_the_documents_own_definition_decides(linker: LexiconLinker) -> None:
    text = "Mitral stenosis (MS) was severe. MS needs repair. Multiple sclerosis (MS) is not MS."
    mentions = [mention(text, "MS", DISEASE, nth) for nth in (0, 1, 3)]
    linked = linker.link(Document("d", text, "t"), mentions)
    stenosis = ids(linker, "mitral stenosis", DISEASE)[0]
    sclerosis = ids(linker, "multiple sclerosis", DISEASE)[0]
    assert [str(row[0].concept) for row in linked] == [stenosis, stenosis, sclerosis]
    assert {row[0].matched_by for row in linked} == {"abbreviation"}


def test_a_definition_that_links_nowhere_forbids_a_guess(linker: LexiconLinker) -> None:
    text = "The hyper tall nonsense (HTN) score. HTN rose."
    assert ids(linker, "HTN", DISEASE)
    assert linker.link(Document("d", text, "t"), [mention(text, "HTN", DISEASE, 1)]) == [()]


def test_a_short_form_without_definition_is_the_one_mention_whose_initials_it_is(
    linker: LexiconLinker,
) -> None:
    text = "Acute liver failure and acute renal failure are grave. ALF was fatal; ADF was not."
    names = ["Acute liver failure", "acute renal failure", "ALF", "ADF"]
    whole, _, short, other = linker.link(
        Document("d", text, "t"), [mention(text, name, DISEASE) for name in names]
    )
    assert [c.concept for c in short] == [c.concept for c in whole]
    assert short[0].matched_by == "abbreviation"
    assert other == ()


def test_a_known_short_form_is_no_letters_of_another_name(linker: LexiconLinker) -> None:
    text = "The risk of stroke/TIA in type 2 diabetes was high."
    names = ["TIA", "type 2 diabetes"]
    short, other = linker.link(
        Document("d", text, "t"), [mention(text, name, DISEASE) for name in names]
    )
    assert short[0].concept != other[0].concept
    assert ids(linker, "transient ischemic attack", DISEASE)[0] == str(short[0].concept)


def test_a_short_form_may_be_known_where_its_long_form_is_not(linker: LexiconLinker) -> None:
    text = (
        "Mitochondrial encephalopathy, lactic acidosis, and stroke-like episodes (MELAS) and "
        "fictional signal receptor 4 (TLR4), MELAS and TLR4."
    )
    found = linker.link(
        Document("d", text, "t"),
        [mention(text, "MELAS", DISEASE, 1), mention(text, "TLR4", EntityType.GENE, 1)],
    )
    assert [str(row[0].concept) for row in found] == ["ORPHA:550", "NCBIGENE:7099"]


def test_what_is_coded_with_another_is_not_the_other(linker: LexiconLinker) -> None:
    assert "ICD10CM:F84.0" not in ids(linker, "autism spectrum disorder", DISEASE)[:1]
    assert ids(linker, "Autistic disorder", DISEASE)


def test_refused_names_go_elsewhere_or_nowhere(linker: LexiconLinker) -> None:
    assert ids(linker, "lung infection", DISEASE)[:1] != ["HP:0006532"]
    assert ids(linker, "hypogonadotropic hypogonadism", DISEASE)[0] == "HP:0000044"


def test_letters_of_one_word_make_no_short_form_of_a_drug(linker: LexiconLinker) -> None:
    text = "Start bempedoic acid; BMP in two weeks."
    found = linker.link(
        Document("d", text, "s"),
        [
            Mention("d", Span(6, 20), "bempedoic acid", DRUG),
            Mention("d", Span(22, 25), "BMP", DRUG),
        ],
    )
    assert found[0]
    assert not {c.concept for c in found[0]} & {c.concept for c in found[1]}


def test_a_class_is_none_of_its_drugs(linker: LexiconLinker) -> None:
    assert ids(linker, "statins", DRUG) == ["MESH:D019161"]


def test_names_of_a_graph_are_linkable_at_once() -> None:
    graph = MemoryStore()
    graph.merge(
        Batch(
            concepts=(
                Concept(Curie("RXCUI", "9"), "Zorbexamide", DRUG, ("Zorbex",)),
                Concept(unlinked_id(DRUG, "quxol"), "quxol", DRUG),
            )
        )
    )
    linker = LexiconLinker(Vocabularies().lexicon({DRUG}).with_names(lexicon_names_of(graph)))
    assert ids(linker, "zorbex", DRUG) == ["RXCUI:9"]
    assert ids(linker, "zorbex 5 mg", DRUG) == ["RXCUI:9"]
    assert ids(linker, "quxol", DRUG) == []
    assert ids(linker, "warfarin", DRUG) == ["DRUGBANK:DB00682", "MESH:D014859"]


def test_what_a_document_says_a_drug_induced_is_that_in_all_of_it(linker: LexiconLinker) -> None:
    text = "Levodopa-induced dyskinesia is common. The dyskinesia of these patients was mild."
    (told,) = linker.link(Document("d", text, "t"), [mention(text, "dyskinesia", DISEASE, 1)])
    assert [(str(c.concept), c.matched_by) for c in told[:2]] == [
        ("MESH:D004409", "context"),
        ("MESH:D020820", "exact"),
    ]
    for written in (
        "hepatitis caused by halothane",
        "hepatitis induced by halothane",
        "hepatitis due to treatment with halothane",
        "halothane hepatitis",
        "halothane-associated acute hepatitis",
    ):
        text = f"She had {written}. The hepatitis was mild."
        (told,) = linker.link(Document("d", text, "t"), [mention(text, "hepatitis", DISEASE, 1)])
        assert str(told[0].concept) == "MESH:D056486", written
    for written in ("hepatitis caused by viruses", "viral hepatitis", "halothane and hepatitis"):
        text = f"She had {written}. The hepatitis was mild."
        (told,) = linker.link(Document("d", text, "t"), [mention(text, "hepatitis", DISEASE, 1)])
        assert "MESH:D056486" not in {str(c.concept) for c in told}, written
    text = "Levodopa-induced dyskinesia is common. The dyskinesia of these patients was mild."
    text = text.replace("Levodopa-induced", "Stress-induced")
    (plain,) = linker.link(Document("d", text, "t"), [mention(text, "dyskinesia", DISEASE, 1)])
    assert "MESH:D004409" not in {str(c.concept) for c in plain}


def test_no_rule_of_the_tables_joins_opposites() -> None:
    opposites = [(row["one"], row["other"]) for row in read_table("opposites")]
    words = {word for pair in opposites for word in pair}
    assert not words & {row["word"] for row in read_table("modifiers")}
    for row in read_table("word_variants"):
        for one, other in opposites:
            for a, b in ((row["one"], row["other"]), (row["other"], row["one"])):
                assert not (a.startswith(one) and b.startswith(other)), row
