"""The component in blank, English-model-like and foreign pipelines: what it sets, and what survives."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy import displacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from kgbuilder import api
from kgbuilder.errors import ConfigError
from kgbuilder.model import Assertion, Experiencer, Polarity, Temporality
from kgbuilder.serve.spacy import COLOURS, make_component, to_displacy

TEXT = (
    "Warfarin was stopped after fluconazole; no bleeding was seen. "
    "Mother had breast cancer. Simvastatin 20mg/day caused rhabdomyolysis."
)


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("kgbuilder")
    return nlp


@pytest.fixture(scope="module")
def doc(nlp: Language) -> Doc:
    return nlp(TEXT)


def of(doc: Doc, text: str) -> Span:
    return next(ent for ent in doc.ents if ent.text == text)


def dictionary_only(tmp_path: Path) -> str:
    path = tmp_path / "recipe.toml"
    path.write_text('[recognize]\nmethod = "dictionary"\n')
    return str(path)


def test_it_is_installed_as_an_entry_point() -> None:
    stated = {e.name: e.value for e in entry_points(group="spacy_factories")}
    hint = "pip install --editable . again: pyproject.toml has new entry points"
    assert stated.get("kgbuilder") == "kgbuilder.serve.spacy:make_component", hint
    assert "kgbuilder" in {e.name for e in entry_points(group="spacy_displacy_colors")}


def test_spacy_finds_it_without_an_import_and_loads_no_model_before_the_first_text() -> None:
    code = (
        "import sys, spacy; nlp = spacy.blank('en'); nlp.add_pipe('kgbuilder'); "
        "assert not {'onnxruntime', 'kgbuilder.api', 'kgbuilder.wire'} & set(sys.modules); "
        "assert nlp('Aspirin helps.').ents[0].label_ == 'Drug'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_entities_have_our_types_and_identifiers(doc: Doc) -> None:
    assert (of(doc, "Warfarin").label_, of(doc, "Warfarin").kb_id_) == ("Drug", "DRUGBANK:DB00682")
    assert of(doc, "Warfarin")._.concept == "DRUGBANK:DB00682"
    assert of(doc, "20mg/day").kb_id_ == ""
    assert of(doc, "20mg/day")._.concept is None
    assert of(doc, "rhabdomyolysis")._.kgbuilder["start"] == TEXT.index("rhabdomyolysis")


def test_assertions(doc: Doc) -> None:
    assert of(doc, "bleeding")._.assertion == Assertion(Polarity.NEGATED)
    assert of(doc, "Warfarin")._.assertion.temporality is Temporality.HISTORICAL
    assert of(doc, "breast cancer")._.assertion.experiencer is Experiencer.FAMILY
    assert of(doc, "Simvastatin")._.assertion.is_plain
    assert doc[1:3]._.assertion is None
    assert doc[1:3]._.concept is None


def test_relations_join_spans(doc: Doc) -> None:
    (relation,) = [r for r in doc._.relations if r.predicate == "CAUSES"]
    assert (relation.subject.text, relation.object.text) == ("Simvastatin", "rhabdomyolysis")
    assert relation.sentences[0].text.startswith("Simvastatin 20mg/day")
    assert not relation.negated
    assert relation in of(doc, "rhabdomyolysis")._.relations
    assert of(doc, "Warfarin")._.relations == ()


def test_it_says_what_extract_says(doc: Doc) -> None:
    told = api.extract(TEXT).to_json()
    record = doc._.kgbuilder
    assert (record["findings"], record["relations"]) == (told["findings"], told["relations"])


def test_without_relations(doc: Doc) -> None:
    other = spacy.blank("en")
    other.add_pipe("kgbuilder", config={"relations": False})
    assert other(TEXT)._.relations == ()
    assert [e.text for e in other(TEXT).ents] == [e.text for e in doc.ents]


def test_empty_and_odd_texts(nlp: Language) -> None:
    for text in ("", "   \n", "\x00", "42", "患者发烧。", "'); MATCH (n) DETACH DELETE n; //"):
        doc = nlp(text)
        assert doc.text == text
        assert doc._.relations == ()
    assert nlp("")._.kgbuilder["findings"] == []


def test_a_sentencizer_or_a_made_up_parse_changes_nothing(doc: Doc) -> None:
    for before in (["sentencizer"], []):
        other = spacy.blank("en")
        for pipe in before:
            other.add_pipe(pipe)
        other.add_pipe("kgbuilder")
        made = other(TEXT)
        assert [(e.text, e.label_) for e in made.ents] == [(e.text, e.label_) for e in doc.ents]


def with_ruler(existing: str) -> Doc:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    patterns = [
        ("DOSE_AND_DRUG", "Simvastatin 20mg/day"),
        ("RELATIVE", "Mother"),
        ("CHEM", "Warfarin"),
    ]
    ruler.add_patterns([{"label": label, "pattern": text} for label, text in patterns])  # type: ignore[attr-defined]
    nlp.add_pipe("kgbuilder", config={"existing_ents": existing})
    return nlp(TEXT)


def test_existing_entities_give_way_stay_or_go() -> None:
    labels = {e.text: e.label_ for e in with_ruler("replace").ents}
    assert labels["Warfarin"] == "Drug"
    assert labels["Simvastatin"] == "Drug"
    assert labels["Mother"] == "RELATIVE"
    kept = with_ruler("keep")
    labels = {e.text: e.label_ for e in kept.ents}
    assert labels["Warfarin"] == "CHEM"
    assert any(text.startswith("Simvastatin 20mg") for text in labels)
    assert labels["bleeding"] == "Phenotype"
    assert {"Warfarin", "Simvastatin"} <= {s.text for s in kept.spans["kgbuilder"]}
    assert all(e.label_ != "RELATIVE" for e in with_ruler("drop").ents)


class Glued:
    """A tokenizer that knows white space only: mentions then end within tokens."""

    def __init__(self, vocab: Any) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        return Doc(self.vocab, words=text.split(" "), spaces=[True] * text.count(" ") + [False])


@pytest.mark.parametrize(
    ("alignment", "texts"),
    [("expand", {"(aspirin)/warfarin,", "fever."}), ("contract", set()), ("strict", set())],
)
def test_mentions_within_tokens(alignment: str, texts: set[str]) -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = Glued(nlp.vocab)  # type: ignore[assignment]
    nlp.add_pipe("kgbuilder", config={"alignment": alignment})
    doc = nlp("Took (aspirin)/warfarin, then fever.")
    assert {e.text for e in doc.ents} == texts
    assert {"aspirin", "warfarin", "fever"} <= {f["text"] for f in doc._.kgbuilder["findings"]}
    for ent in doc.ents:  # two mentions in one token: the first speaks for it
        assert ent._.kgbuilder["text"] in ent.text


def test_batches_tuples_and_processes_give_the_same(nlp: Language) -> None:
    texts = [TEXT, "", "No fever today.", TEXT]
    alone = [nlp(text)._.kgbuilder for text in texts]
    assert [d._.kgbuilder for d in nlp.pipe(texts, batch_size=2)] == alone
    pairs = list(nlp.pipe([(text, i) for i, text in enumerate(texts)], as_tuples=True))
    assert [context for _, context in pairs] == [0, 1, 2, 3]
    docs = list(nlp.pipe(texts, n_process=2, batch_size=2))
    assert [d._.kgbuilder for d in docs] == alone
    assert of(docs[3], "bleeding")._.assertion.polarity is Polarity.NEGATED


def test_a_doc_can_be_read_again_and_leaves_no_old_findings(nlp: Language) -> None:
    doc = nlp("Aspirin for fever.")
    before = [(e.text, e._.kgbuilder) for e in doc.ents]
    doc[0:2]._.kgbuilder = {"stale": True}
    doc = nlp(doc)
    assert [(e.text, e._.kgbuilder) for e in doc.ents] == before
    assert doc[0:2]._.kgbuilder is None


def test_a_component_travels_to_another_process_without_its_models(nlp: Language) -> None:
    component = nlp.get_pipe("kgbuilder")
    nlp("Aspirin.")  # its models are loaded now
    packed = pickle.dumps(component)
    assert len(packed) < 10_000
    again = pickle.loads(packed)  # noqa: S301
    assert again(nlp.make_doc(TEXT)).ents[0].text == "Warfarin"


def test_a_pipeline_is_saved_and_loaded(tmp_path: Path) -> None:
    config = {"recipe": dictionary_only(tmp_path), "relations": False, "existing_ents": "keep"}
    made = spacy.blank("en")
    made.add_pipe("kgbuilder", config=config)
    made.to_disk(tmp_path / "saved")
    loaded = spacy.load(tmp_path / "saved")
    assert loaded.get_pipe_config("kgbuilder") == {**made.get_pipe_config("kgbuilder")}
    assert loaded.get_pipe_config("kgbuilder")["existing_ents"] == "keep"
    from_bytes = spacy.blank("en", config=made.config).from_bytes(made.to_bytes())
    for nlp in (loaded, from_bytes):
        assert [e.text for e in nlp("Aspirin for fever.").ents] == ["Aspirin", "fever"]


def test_docs_survive_bytes_and_docbin(doc: Doc) -> None:
    vocab = spacy.blank("en").vocab
    copies = [
        Doc(vocab).from_bytes(doc.to_bytes()),
        next(DocBin(docs=[doc], store_user_data=True).get_docs(vocab)),
    ]
    for copy in copies:
        assert of(copy, "bleeding")._.assertion == Assertion(Polarity.NEGATED)
        assert len(copy._.relations) == len(doc._.relations)
    bare = next(DocBin(docs=[doc]).get_docs(vocab))
    assert of(bare, "Warfarin").kb_id_ == "DRUGBANK:DB00682"
    assert of(bare, "Warfarin")._.assertion is None
    assert bare._.relations == ()


def test_a_span_taken_out_keeps_what_is_known_of_it(doc: Doc) -> None:
    part = doc[of(doc, "bleeding").start - 1 : of(doc, "bleeding").end].as_doc(copy_user_data=True)
    assert of(part, "bleeding")._.assertion == Assertion(Polarity.NEGATED)
    assert part._.relations == ()


def test_names_of_others_are_not_taken(tmp_path: Path) -> None:
    Span.set_extension("site_assertion", default="somebody else's")
    try:
        nlp = spacy.blank("en")
        with pytest.raises(ConfigError, match=r"(?s)site_assertion.*prefix"):
            nlp.add_pipe("kgbuilder", config={"prefix": "site_"})
        recipe = dictionary_only(tmp_path)
        nlp.add_pipe("kgbuilder", config={"prefix": "kgb_", "recipe": recipe, "relations": False})
        assert nlp("No fever.").ents[0]._.kgb_assertion.polarity is Polarity.NEGATED
    finally:
        Span.remove_extension("site_assertion")


@pytest.mark.parametrize(
    "config",
    [
        {"existing_ents": "merge"},
        {"alignment": "inside"},
        {"kind": "book"},
        {"recipe": "no/such/recipe.toml"},
        {"graph": "no/such/graph.kg"},
    ],
)
def test_a_wrong_setting_is_refused_when_the_pipe_is_added(config: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        spacy.blank("en").add_pipe("kgbuilder", config=config)


def test_names_of_a_graph_are_linked(tmp_path: Path) -> None:
    from kgbuilder.model import Concept, Curie, EntityType
    from kgbuilder.protocols import Batch
    from kgbuilder.store.open import open_store

    store = open_store(tmp_path / "own.kg")
    fever = Concept(Curie("MESH", "D999999"), "blorbic fever", EntityType.DISEASE)
    store.merge(Batch(concepts=(fever,)))
    store.close()
    nlp = spacy.blank("en")
    nlp.add_pipe("kgbuilder", config={"graph": str(tmp_path / "own.kg"), "relations": False})
    assert "MESH:D999999" in {ent.kb_id_ for ent in nlp("He had blorbic fever.").ents}


def test_another_language_is_told_and_read(tmp_path: Path) -> None:
    nlp = spacy.blank("de")
    with pytest.warns(UserWarning, match="'de'"):
        nlp.add_pipe("kgbuilder", config={"recipe": dictionary_only(tmp_path), "relations": False})
    assert "Ibuprofen" in {ent.text for ent in nlp("Der Patient nimmt Ibuprofen.").ents}


def test_a_huge_text(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("kgbuilder", config={"recipe": dictionary_only(tmp_path), "relations": False})
    n = 4_000
    doc = nlp("He took aspirin and had no fever at all. " * n)
    assert sum(e.text == "aspirin" for e in doc.ents) == n
    assert doc.ents[-1]._.assertion.polarity is Polarity.NEGATED


def test_a_picture_loses_no_negation(doc: Doc) -> None:
    page = displacy.render(to_displacy(doc), style="ent", manual=True, page=True, jupyter=False)
    assert "Phenotype, negated" in page
    assert "Disease, family" in page
    assert COLOURS["DRUG"] in page
    assert COLOURS["PHENOTYPE"] not in page, "what is not there has no colour"
    plain = displacy.render(doc, style="ent", jupyter=False)
    assert COLOURS["PHENOTYPE"] in plain


def test_the_factory_is_what_spacy_knows() -> None:
    assert callable(make_component)
    assert Language.get_factory_meta("kgbuilder").assigns
