"""A spaCy pipeline as a recognizer."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from kgbuilder.errors import ConfigError, InputError
from kgbuilder.model import EntityType, Sentence, Span
from kgbuilder.recognize.spacy import SpacyRecognizer

TEXT = "Aspirin caused gastric bleeding in 2019."


def pipeline(*patterns: tuple[str, str]) -> Language:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": text} for label, text in patterns])
    return nlp


def found(recognizer: SpacyRecognizer) -> list[tuple[str, EntityType, int]]:
    (row,) = recognizer.recognize([Sentence("d", Span(10, 10 + len(TEXT)), TEXT)])
    return [(mention.text, mention.type, mention.span.start) for mention in row]


def test_labels_of_the_table_are_understood_and_offsets_are_the_documents() -> None:
    nlp = pipeline(("CHEMICAL", "Aspirin"), ("DISEASE", "gastric bleeding"))
    assert found(SpacyRecognizer(nlp)) == [
        ("Aspirin", EntityType.DRUG, 10),
        ("gastric bleeding", EntityType.DISEASE, 25),
    ]


def test_a_label_that_means_nothing_here_is_an_error_until_it_is_said() -> None:
    nlp = pipeline(("CHEMICAL", "Aspirin"), ("GADGET", "2019"))
    with pytest.raises(ConfigError, match="GADGET"):
        SpacyRecognizer(nlp)
    chosen = SpacyRecognizer(nlp, labels={"CHEMICAL": EntityType.DRUG})
    assert found(chosen) == [("Aspirin", EntityType.DRUG, 10)]


def test_a_saved_pipeline_is_loaded_from_its_folder(tmp_path: Path) -> None:
    pipeline(("CHEMICAL", "Aspirin")).to_disk(tmp_path / "saved")
    assert found(SpacyRecognizer(str(tmp_path / "saved"))) == [("Aspirin", EntityType.DRUG, 10)]


@pytest.mark.parametrize("model", ["", "no_such_pipeline"])
def test_a_pipeline_that_is_not_there_is_an_error(model: str) -> None:
    with pytest.raises(InputError, match="cannot load"):
        SpacyRecognizer(model)


def test_a_pipeline_without_labels_is_an_error() -> None:
    with pytest.raises(ConfigError, match="none at all"):
        SpacyRecognizer(spacy.blank("en"))
