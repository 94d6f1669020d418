"""Hugging Face token classifiers as recognizers."""

import sys
from pathlib import Path
from typing import Any

import pytest

from kgbuilder.errors import ConfigError, InputError, MissingExtra
from kgbuilder.issues import Issues
from kgbuilder.model import EntityType, Sentence, Span
from kgbuilder.recognize.huggingface import HuggingFaceRecognizer, join_tokens
from tests.recognize.tiny_models import save_tiny_bert


def sentence(text: str, start: int = 0) -> Sentence:
    return Sentence("d", Span(start, start + len(text)), text)


def tokens(text: str, *labelled: tuple[str, str]) -> list[dict[str, Any]]:
    """Tokens of ``text`` in order, each with its label."""
    found, at = [], 0
    for i, (piece, label) in enumerate(labelled, 1):
        start = text.index(piece, at)
        at = start + len(piece)
        found.append({"start": start, "end": at, "index": i, "entity": label, "score": 0.5})
    return found


def joined(text: str, *labelled: tuple[str, str]) -> list[tuple[str, str]]:
    return [(text[p.start : p.end], p.label) for p in join_tokens(text, tokens(text, *labelled))]


@pytest.mark.parametrize(
    ("labelled", "wanted"),
    [
        ([("heart", "B-D"), (" failure", "I-D")], ["heart failure"]),
        ([("heart", "B-D"), ("failure", "B-D")], ["heart", "failure"]),
        ([("heart", "D"), ("failure", "D")], ["heart failure"]),
        ([("heart", "B-D"), ("failure", "E-D")], ["heart failure"]),
        ([("heart", "S-D"), ("failure", "I-D")], ["heart", "failure"]),
        ([("heart", "B-D"), ("failure", "I-C")], ["heart", "failure"]),
        ([("heart", "I-D"), ("fail", "I-D"), ("ure", "O")], ["heart failure"]),
        ([("he", "B-D"), ("art", "B-C"), ("failure", "I-D")], ["heart failure"]),
        ([("he", "O"), ("art", "B-D"), ("failure", "O")], []),
        ([("(", "O"), ("heart", "B-D"), ("failure", "O")], ["heart"]),
        ([("heart", "B-D"), (" ", "O"), ("failure", "I-D")], ["heart failure"]),
    ],
)
def test_label_schemes(labelled: list[tuple[str, str]], wanted: list[str]) -> None:
    assert [text for text, _ in joined("a (heart failure)", *labelled)] == wanted


def test_script_without_case_is_not_taken_for_one_word() -> None:
    assert joined("服用阿司匹林", ("服用", "O"), ("阿司", "B-C"), ("匹林", "I-C")) == [
        ("阿司匹林", "C")
    ]


def test_without_transformers_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"kgbuilder\[huggingface\]"):
        HuggingFaceRecognizer("any")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    return save_tiny_bert(tmp_path_factory.mktemp("tiny-bert"))


@pytest.mark.extra
def test_mentions_of_a_model(tiny: Path) -> None:
    issues = Issues()
    recognizer = HuggingFaceRecognizer(tiny, issues=issues)
    rows = recognizer.recognize(
        [
            sentence("😀 Warfarin (not aspirin) for heart failure.", 50),
            sentence(" "),
            sentence("Fever."),
        ]
    )
    assert [[(m.text, m.type, m.span) for m in row] for row in rows] == [
        [
            ("Warfarin", EntityType.DRUG, Span(52, 60)),
            ("aspirin", EntityType.DRUG, Span(66, 73)),
            ("heart failure", EntityType.DISEASE, Span(79, 92)),
        ],
        [],
        [],
    ]
    assert all(0 < m.score <= 1 for row in rows for m in row)
    assert recognizer.unmapped == {"Mystery": 1}
    assert issues.counts() == {"unmapped-label": 1}
    assert recognizer.name.startswith(f"huggingface {tiny.name}@")
    assert recognizer.name == HuggingFaceRecognizer(tiny, issues=issues).name


@pytest.mark.extra
@pytest.mark.parametrize("filler", ["no ", "abc", "a-b ", "x"])
def test_sentence_longer_than_the_model(tiny: Path, filler: str) -> None:
    recognizer = HuggingFaceRecognizer(tiny, labels={"Mystery": "Phenotype"})
    parts = [filler * n + " heart failure after warfarin " for n in (3, 40, 100, 11, 0, 1, 37)]
    text = "".join(parts)
    (row,) = recognizer.recognize([sentence(text, 9)])
    assert [m.text for m in row] == ["heart failure", "warfarin"] * len(parts)
    assert all(text[m.span.start - 9 : m.span.end - 9] == m.text for m in row)


@pytest.mark.extra
def test_what_cannot_be_loaded_is_said(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot load"):
        HuggingFaceRecognizer(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError, match="cannot load"):
        HuggingFaceRecognizer(tmp_path)
    with pytest.raises(ConfigError, match="none of the model's labels"):
        HuggingFaceRecognizer(tiny, labels={"Chemical": "", "Disease": "", "Mystery": ""})


@pytest.mark.extra
def test_the_device_is_the_one_that_was_asked_for(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    import transformers

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    labels = {"Mystery": "Phenotype"}
    auto = HuggingFaceRecognizer(tiny, labels=labels, device="auto")
    assert auto._pipeline.device == torch.device("cpu")
    for device in ("cuda:77", "gadget"):
        with pytest.raises(ConfigError, match="cannot be used"):
            HuggingFaceRecognizer(tiny, labels=labels, device=device)
    asked = []

    def pipeline(*_: object, device: torch.device, **__: object) -> None:
        asked.append(device)
        raise ValueError("no graphics card in this test")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(transformers, "pipeline", pipeline)
    with pytest.raises(InputError, match="no graphics card"):
        HuggingFaceRecognizer(tiny, labels=labels, device="auto")
    assert asked == [torch.device("cuda")]
