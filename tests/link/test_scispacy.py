"""scispaCy's abbreviation detector and knowledge bases behind the house's doors."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kgbuilder.errors import MissingExtra, UsageError
from kgbuilder.link.linker import LexiconLinker
from kgbuilder.link.scispacy import ScispacyAbbreviations, ScispacyLinker, names_of
from kgbuilder.model import Curie, Document, EntityType, Mention, Span
from kgbuilder.ontology.abbreviations import find_abbreviations
from kgbuilder.ontology.lexicon import Lexicon, Names

ROWS = [
    ("C01", "congestive heart failure", ["cardiac failure, congestive"], ["T047"]),
    ("C02", "hypothyroidism", ["thyroid deficiency"], ["T047"]),
    ("C03", "hyperthyroidism", [], ["T047"]),
    ("C04", "diabetes mellitus type 1", ["type 1 diabetes"], ["T047"]),
    ("C05", "diabetes mellitus type 2", ["type 2 diabetes"], ["T047"]),
    ("C06", "quinine", [], ["T121"]),
    ("C07", "quinidine", [], ["T121"]),
    ("C08", "common cold", ["cold"], ["T047"]),
    ("C09", "chronic lung disease", ["cold"], ["T047"]),
    ("C10", "Paris", [], ["T083"]),
    ("HP:0001250", "seizure", ["fit"], ["T184"]),
]
TYPES = {"T047": EntityType.DISEASE, "T121": EntityType.DRUG, "T184": EntityType.PHENOTYPE}


def test_without_scispacy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scispacy.abbreviation", None)
    with pytest.raises(MissingExtra, match=r"kgbuilder\[scispacy\]"):
        ScispacyAbbreviations()


@pytest.mark.extra
def test_definitions_are_those_of_our_own_finder() -> None:
    find = ScispacyAbbreviations()
    text = "😀 Congestive heart failure (CHF) and atrial fibrillation (AF). CHF is worse than AF."
    assert find(text) == find_abbreviations(text) != ()
    assert find("") == find("  ") == find("No brackets.") == ()


@pytest.mark.extra
def test_the_detector_plugs_into_the_linker() -> None:
    from scispacy.linking_utils import Entity, KnowledgeBase

    base = KnowledgeBase(
        [Entity(id, name, aliases, codes, None) for id, name, aliases, codes in ROWS]
    )
    lexicon = Lexicon(
        (Names(names_of(base, types=TYPES, prefix="UMLS", source="ours", version="1")),)
    )
    text = "Congestive heart failure (CHF) was seen. CHF went."
    mention = Mention("d", Span(41, 44), "CHF", EntityType.DISEASE)
    linker = LexiconLinker(lexicon, abbreviations=ScispacyAbbreviations())
    ((found,),) = linker.link(Document("d", text, "s"), [mention])
    assert (found.concept, found.matched_by) == (Curie("UMLS", "C01"), "abbreviation")
    assert LexiconLinker(lexicon, abbreviations=lambda text: ()).link(
        Document("d", text, "s"), [mention]
    ) == [()]


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A candidate generator over ``ROWS``, from four files made here: scispaCy's own builder
    (``create_tfidf_ann_index``) refuses to run on Python 3.11.
    """
    pytest.importorskip("scispacy")
    import joblib
    import nmslib
    import numpy
    import scipy.sparse
    from scispacy.candidate_generation import CandidateGenerator, LinkerPaths
    from scispacy.linking_utils import Entity, KnowledgeBase
    from sklearn.feature_extraction.text import TfidfVectorizer

    folder: Path = tmp_path_factory.mktemp("index")
    paths = LinkerPaths.from_directory(folder)
    base = KnowledgeBase(
        [Entity(id, name, aliases, codes, None) for id, name, aliases, codes in ROWS]
    )
    aliases = list(base.alias_to_cuis)
    # min_df=1: in a small base rare 3-grams would vanish, and "type 2" with them
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), min_df=1, dtype=numpy.float32
    )
    vectors = vectorizer.fit_transform(aliases)
    index = nmslib.init(
        method="hnsw", space="cosinesimil_sparse", data_type=nmslib.DataType.SPARSE_VECTOR
    )
    index.addDataPointBatch(vectors)
    index.createIndex({"M": 30, "efConstruction": 200, "indexThreadQty": 1, "post": 0})
    index.saveIndex(paths.ann_index)
    joblib.dump(vectorizer, paths.tfidf_vectorizer)
    scipy.sparse.save_npz(paths.tfidf_vectors, vectors.astype(numpy.float32))
    Path(paths.concept_aliases_list).write_text(json.dumps(aliases))
    names, loaded, ann = LinkerPaths.from_directory(folder).load(ef_search=400)
    return CandidateGenerator(ann, loaded, names, base)


@pytest.fixture(scope="module")
def linker(generator: Any) -> ScispacyLinker:
    return ScispacyLinker(generator, types=TYPES, prefix="UMLS", source="ours", version="1")


def link(linker: ScispacyLinker, text: str, type: EntityType) -> list[str]:
    mention = Mention("d", Span(0, len(text)), text, type)
    (row,) = linker.link(Document("d", text, "s"), [mention])
    return [str(candidate.concept) for candidate in row]


@pytest.mark.extra
def test_names_link_and_likeness_does_not(linker: ScispacyLinker) -> None:
    disease, drug = EntityType.DISEASE, EntityType.DRUG
    assert link(linker, "Hypothyroidism", disease) == ["UMLS:C02"]
    assert link(linker, "Type 2 diabetes", disease) == ["UMLS:C05"]
    assert link(linker, "quinidine", drug) == ["UMLS:C07"]
    # the mapping that ships joins the two spaces
    seizure = ["HP:0001250", "MESH:D012640"]
    assert link(linker, "seizure", EntityType.PHENOTYPE) == seizure
    for text, type in (
        ("hypothyroidisms of", disease),
        ("type 3 diabetes", disease),
        ("diabetes", disease),
        ("quinidin", drug),
        ("hypothyroidism", drug),
        ("cold", disease),  # names two things
        ("Paris", EntityType.ANATOMY),
    ):
        assert link(linker, text, type) == [], text


@pytest.mark.extra
def test_suggestions_are_marked_as_likeness(linker: ScispacyLinker) -> None:
    found = linker.suggest("quinidin", EntityType.DRUG)
    assert found[0].name == "quinidine"
    assert {candidate.matched_by for candidate in found} == {"similarity"}
    assert all(0.7 <= candidate.score <= 1 for candidate in found)
    assert all(
        c.concept != Curie("UMLS", "C07") for c in linker.suggest("quinidine", EntityType.DRUG)
    )
    assert linker.suggest("zzz", EntityType.DRUG) == ()
    assert linker.suggest(" ", EntityType.DRUG) == ()


@pytest.mark.extra
def test_the_contract_holds(linker: ScispacyLinker) -> None:
    from tests.contracts import test_linkers as contract

    contract.test_one_row_a_mention_in_order(linker)
    contract.test_company_changes_nothing(linker)
    contract.test_an_unknown_name_is_refused(linker)


@pytest.mark.extra
def test_a_base_without_these_types_is_refused(generator: Any) -> None:
    with pytest.raises(UsageError, match="no concept of these types"):
        ScispacyLinker(
            generator, types={"T999": EntityType.GENE}, prefix="UMLS", source="o", version="1"
        )


@pytest.mark.extra
def test_scispacys_own_linker_component_runs_beside(generator: Any) -> None:
    import spacy
    from scispacy.linking import EntityLinker

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "DISEASE", "pattern": "hypothyroidism"}])  # type: ignore[attr-defined]
    component = EntityLinker(candidate_generator=generator, filter_for_definitions=False)
    (entity,) = component(nlp("hypothyroidism")).ents
    assert entity._.kb_ents[0][0] == "C02"
    beside = ScispacyLinker(
        component.candidate_generator, types=TYPES, prefix="UMLS", source="ours", version="1"
    )
    assert link(beside, "hypothyroidism", EntityType.DISEASE) == ["UMLS:C02"]
