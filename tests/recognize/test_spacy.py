"""spaCy pipelines as recognizers."""

from pathlib import Path

import pytest
import spacy

from kgbuilder.errors import ConfigError, InputError
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType, Sentence, Span
from kgbuilder.recognize.labels import known_labels, label_key
from kgbuilder.recognize.spacy import SpacyRecognizer
from tests.recognize.tiny_models import tiny_spacy


def sentence(text: str, start: int = 0) -> Sentence:
    return Sentence("d", Span(start, start + len(text)), text)


def test_offsets_are_those_of_the_document() -> None:
    recognizer = SpacyRecognizer(tiny_spacy())
    rows = recognizer.recognize([sentence("😀 No warfarin for CHF.", 100), sentence("None.", 200)])
    assert [[(m.span, m.text, m.type, m.score) for m in row] for row in rows] == [
        [
            (Span(105, 113), "warfarin", EntityType.DRUG, 1.0),
            (Span(118, 121), "CHF", EntityType.DISEASE, 1.0),
        ],
        [],
    ]


def test_unknown_label_is_counted_and_named_once() -> None:
    issues = Issues()
    recognizer = SpacyRecognizer(tiny_spacy(), issues=issues)
    assert recognizer.recognize([sentence("Fever, fever and warfarin.")])[0][0].text == "warfarin"
    assert recognizer.unmapped == {"MYSTERY": 2}
    assert issues.counts() == {"unmapped-label": 1}
    assert "'MYSTERY'" in next(iter(issues)).hint


def test_without_issues_an_unknown_label_is_a_warning() -> None:
    with pytest.warns(UserWarning, match="'MYSTERY' has no type here"):
        SpacyRecognizer(tiny_spacy()).recognize([sentence("Fever.")])


def test_own_labels_come_before_the_table() -> None:
    recognizer = SpacyRecognizer(tiny_spacy(), labels={"mystery": "Phenotype", "CHEMICAL": ""})
    (row,) = recognizer.recognize([sentence("Fever after warfarin.")])
    assert [(m.text, m.type) for m in row] == [("Fever", EntityType.PHENOTYPE)]
    assert not recognizer.unmapped
    with pytest.raises(ConfigError, match="no type"):
        SpacyRecognizer(tiny_spacy(), labels={"MYSTERY": "Thing"})


def test_pipeline_that_could_find_nothing_is_refused() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "ENTITY", "pattern": "x"}])  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="ENTITY") as error:
        SpacyRecognizer(nlp)
    assert "labels=" in error.value.hint


def test_folder_and_missing_name(tmp_path: Path) -> None:
    tiny_spacy().to_disk(tmp_path / "tiny")
    recognizer = SpacyRecognizer(str(tmp_path / "tiny"))
    assert recognizer.recognize([sentence("aspirin")])[0][0].type is EntityType.DRUG
    assert recognizer.name.startswith("spacy en_pipeline 0.0.0")
    with pytest.raises(InputError, match="cannot load"):
        SpacyRecognizer("en_no_such_pipeline")


def test_long_sentence_is_read_in_pieces() -> None:
    text = "word " * 50 + "heart failure and warfarin " + "word " * 50
    whole = SpacyRecognizer(tiny_spacy()).recognize([sentence(text, 7)])
    assert len(whole[0]) == 2
    pieces = SpacyRecognizer(tiny_spacy(), max_chars=40).recognize([sentence(text, 7)])
    assert [m for m in pieces[0] if m.type is EntityType.DRUG] == [
        m for m in whole[0] if m.type is EntityType.DRUG
    ]


def test_label_table_is_sound() -> None:
    known = known_labels()
    assert known["GENE_OR_GENE_PRODUCT"] is EntityType.GENE
    assert known[label_key("B-Sign_symptom")] is EntityType.PHENOTYPE
    assert "O" in known
    assert known["O"] is None
    assert set(known.values()) >= set(EntityType) - {EntityType.CELL_LINE}
    assert "ENTITY" not in known  # scispaCy's untyped label is never guessed


def test_no_label_has_two_types() -> None:
    import tomllib
    from importlib.resources import files

    text = files("kgbuilder.recognize").joinpath("labels.toml").read_text("utf-8")
    listed = [label_key(label) for labels in tomllib.loads(text).values() for label in labels]
    assert sorted(listed) == sorted(set(listed))
