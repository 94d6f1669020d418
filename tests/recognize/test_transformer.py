from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgbuilder.errors import InputError
from kgbuilder.model import EntityType, Mention, Sentence, Span
from kgbuilder.recognize.transformer import TransformerRecognizer, clean_span

SHIPPED = Path(str(resources.files("kgbuilder.nn"))) / "weights" / "tagger"


@pytest.fixture(scope="module")
def recognizer() -> TransformerRecognizer:
    return TransformerRecognizer()


def found(recognizer: TransformerRecognizer, text: str) -> dict[str, EntityType]:
    (row,) = recognizer.recognize([Sentence("d", Span(0, max(1, len(text))), text)])
    return {m.text: m.type for m in row}


def test_a_medication_list(recognizer: TransformerRecognizer) -> None:
    got = found(recognizer, "MEDICATIONS: Metformin 500 mg BID, lisinopril 20 mg PO daily.")
    assert got["Metformin"] == got["lisinopril"] == EntityType.DRUG
    assert got["500 mg"] == got["20 mg"] == EntityType.DOSE
    assert got["BID"] == got["daily"] == EntityType.FREQUENCY


def test_symptoms_diseases_and_genes(recognizer: TransformerRecognizer) -> None:
    assert found(recognizer, "She denies chest pain.")["chest pain"] is EntityType.PHENOTYPE
    assert (
        found(recognizer, "He has rheumatoid arthritis.")["rheumatoid arthritis"]
        is EntityType.DISEASE
    )
    assert found(recognizer, "Mutations in FBN1 cause Marfan syndrome.")["FBN1"] is EntityType.GENE


def test_people_are_the_species_of_a_paper_and_no_finding_of_a_note(
    recognizer: TransformerRecognizer,
) -> None:
    text = "The patients were treated."
    assert EntityType.ORGANISM not in found(recognizer, text).values()
    (row,) = recognizer.recognize([Sentence("d", Span(0, len(text)), text, kind="paper")])
    assert [(mention.text, mention.type) for mention in row] == [("patients", EntityType.ORGANISM)]


@pytest.mark.parametrize(
    ("text", "start", "end", "kept"),
    [
        ("aspirin, ", 0, 8, "aspirin"),
        ("(aspirin)", 0, 9, "aspirin"),
        ("interleukin-2 (IL-2) rose", 0, 20, "interleukin-2 (IL-2)"),
        ("interleukin-2 (IL-2) rose", 0, 19, "interleukin-2 (IL-2)"),
        ("fever (mild", 0, 8, "fever"),
        ("mild) fever", 3, 11, "fever"),
        ("...", 0, 3, ""),
        ("10-[3H]-naloxone", 0, 16, "10-[3H]-naloxone"),
        ("(a) and (b)", 0, 11, "(a) and (b)"),
    ],
)
def test_clean_span(text: str, start: int, end: int, kept: str) -> None:
    a, b = clean_span(text, start, end)
    assert text[a:b] == kept


@given(st.text(alphabet="ab ([])},-.", max_size=20), st.data())
def test_clean_spans_end_and_are_balanced(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    a, b = clean_span(text, start, end)
    assert 0 <= a <= b <= len(text)
    assert text[a:b] == text[a:b].strip()
    for opening, closing in ("()", "[]", "{}"):
        assert text[a:b].count(opening) == text[a:b].count(closing)
    assert clean_span(text, a, b) == (a, b)


@pytest.mark.parametrize("broken", ["labels.json", "tokenizer.json", "model.int8.onnx"])
def test_a_missing_or_wrong_file_is_named(tmp_path: Path, broken: str) -> None:
    for name in ("labels.json", "tokenizer.json", "model.int8.onnx"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    (tmp_path / broken).unlink()
    with pytest.raises(InputError):
        TransformerRecognizer(tmp_path)
    (tmp_path / broken).write_text("{}")
    with pytest.raises(InputError):
        TransformerRecognizer(tmp_path)


def test_labels_of_an_unknown_type_are_refused(tmp_path: Path) -> None:
    for name in ("tokenizer.json", "model.int8.onnx"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    labels = json.loads((SHIPPED / "labels.json").read_text()) | {"types": ["Spaceship"]}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    with pytest.raises(InputError, match=r"labels\.json"):
        TransformerRecognizer(tmp_path)


def test_a_name_after_a_title_is_a_person() -> None:
    text = "Ms. Ombeline takes warfarin; Dr Warfarin and Mrs. Asthma agreed. Warfarin was held."
    (row,) = TransformerRecognizer().recognize([Sentence("d", Span(0, len(text)), text)])
    named = {(mention.text, mention.span.start) for mention in row}
    assert ("warfarin", text.index("warfarin")) in named
    assert all(not text[:start].endswith(("Ms. ", "Dr ", "Mrs. ")) for _, start in named)


@pytest.mark.parametrize(
    "text", ["He has fever,\nchills, and cough.", "ROS: - fever - cough + nausea"]
)
def test_a_name_ends_where_the_list_goes_on(recognizer: TransformerRecognizer, text: str) -> None:
    (found,) = recognizer.recognize([Sentence("d", Span(0, len(text)), text)])
    assert "fever" in {mention.text for mention in found}
    assert all("," not in m.text and " - " not in m.text for m in found)


class _Names:
    """A dictionary of one name."""

    name = "names"

    def __init__(self, text: str, type: EntityType) -> None:
        self._text, self._type = text, type

    def recognize(self, sentences: Sequence[Sentence]) -> list[tuple[Mention, ...]]:
        rows = []
        for s in sentences:
            at = s.text.find(self._text)
            place = Span(s.span.start + at, s.span.start + at + len(self._text))
            mention = Mention(s.document_id, place, self._text, self._type)
            rows.append((mention,) if at >= 0 else ())
        return rows


def test_what_a_vocabulary_names_as_well_may_be_less_sure() -> None:
    text = "Rash was seen with cisplatin and fever."
    names = _Names("fever", EntityType.DISEASE)  # a disease here, a phenotype there: one sort
    strict = TransformerRecognizer(dictionary=names, min_score=1.0)
    assert found(strict, text) == {}
    both = TransformerRecognizer(dictionary=names, min_score=1.0, min_named_score=0.2)
    assert list(found(both, text)) == ["fever"]
    other = TransformerRecognizer(
        dictionary=_Names("fever", EntityType.DRUG), min_score=1.0, min_named_score=0.2
    )
    assert found(other, text) == {}  # the vocabulary means something else
