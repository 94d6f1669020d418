from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kgbuilder.link.graph_names import lexicon_names_of
from kgbuilder.link.linker import LexiconLinker
from kgbuilder.model import Concept, Curie, Document, EntityType, Mention, Span, unlinked_id
from kgbuilder.ontology.vocabularies import Vocabularies
from kgbuilder.protocols import Batch
from kgbuilder.store.memory import MemoryStore

DRUG, DISEASE, PHENOTYPE, GENE = (
    EntityType.DRUG,
    EntityType.DISEASE,
    EntityType.PHENOTYPE,
    EntityType.GENE,
)


def table(name: str) -> list[tuple[str, str, str]]:
    lines = (Path(__file__).parent / f"{name}.tsv").read_text("utf-8").splitlines()
    rows = csv.DictReader([line for line in lines if not line.startswith("#")], delimiter="\t")
    return [(row["a"], row["b"], row["type"]) for row in rows]


@pytest.fixture(scope="module")
def linker() -> LexiconLinker:
    return LexiconLinker(Vocabularies().lexicon())


def ids(linker: LexiconLinker, text: str, type: EntityType) -> list[str]:
    return [str(candidate.concept) for candidate in linker.candidates(text, type)]


@pytest.mark.parametrize(("a", "b", "type"), table("lookalikes"))
def test_lookalikes_share_no_concept(linker: LexiconLinker, a: str, b: str, type: str) -> None:
    one, other = ids(linker, a, EntityType(type)), ids(linker, b, EntityType(type))
    assert one
    assert other
    assert not set(one) & set(other)


@pytest.mark.parametrize(("a", "b", "type"), table("synonyms"))
def test_synonyms_are_one_concept(linker: LexiconLinker, a: str, b: str, type: str) -> None:
    assert ids(linker, a, EntityType(type))[0] == ids(linker, b, EntityType(type))[0]


def test_the_tables_are_as_long_as_they_should_be() -> None:
    assert len(table("lookalikes")) >= 60
    assert len(table("synonyms")) >= 60


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
        ("macrolide", DRUG, "MESH:D018942", "plural"),
        ("the seizures", DISEASE, "MESH:D012640", "trimmed"),
        ("seizures", PHENOTYPE, "HP:0001250", "exact"),
        ("generalised seizure", PHENOTYPE, "", ""),
        ("Type II diabetes mellitus", DISEASE, "MESH:D003924", "normalized"),
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
    (found,) = linker.candidates("metoprolol succinate", DRUG)
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
    assert ids(linker, "warfarin", DRUG) == ["DRUGBANK:DB00682"]
