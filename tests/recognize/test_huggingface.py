"""A Hugging Face token classifier as a recognizer: a tiny one, made here, saved and loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgbuilder.errors import ConfigError, InputError, MissingExtra
from kgbuilder.model import EntityType, Sentence, Span

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "aspirin", "caused", "bleeding", "and", "."]
LABELS = {0: "O", 1: "B-CHEMICAL", 2: "I-CHEMICAL", 3: "B-DISEASE", 4: "I-DISEASE"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model whose weights say: "aspirin" is a chemical, "bleeding" a disease, the rest nothing."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(
        folder
    )
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=0,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        id2label=LABELS,
        label2id={label: id for id, label in LABELS.items()},
    )
    model = BertForTokenClassification(config)
    with torch.no_grad():
        embeddings = model.bert.embeddings
        embeddings.word_embeddings.weight.zero_()
        embeddings.position_embeddings.weight.zero_()
        embeddings.token_type_embeddings.weight.zero_()
        for place, word in enumerate(("aspirin", "bleeding")):
            embeddings.word_embeddings.weight[WORDS.index(word), place] = 1.0
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0]))
        model.classifier.weight[1, 0] = 5.0
        model.classifier.weight[3, 1] = 5.0
    model.save_pretrained(folder)
    return str(folder)


@pytest.mark.extra
def test_mentions_have_types_and_document_offsets(saved: str) -> None:
    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    text = "Aspirin caused bleeding ."
    recognizer = HuggingFaceRecognizer(saved)
    first, empty = recognizer.recognize(
        [Sentence("d", Span(7, 7 + len(text)), text), Sentence("d", Span(40, 41), " ")]
    )
    assert [(m.text, m.type, m.span.start) for m in first] == [
        ("Aspirin", EntityType.DRUG, 7),
        ("bleeding", EntityType.DISEASE, 22),
    ]
    assert empty == ()


@pytest.mark.extra
def test_nothing_is_lost_past_the_models_length(saved: str) -> None:
    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    text = "aspirin and bleeding and " * 60
    (row,) = HuggingFaceRecognizer(saved).recognize([Sentence("d", Span(0, len(text)), text)])
    assert len(row) == 120
    assert all(m.span.of(text) == m.text for m in row)


@pytest.mark.extra
def test_a_model_that_is_not_there_or_not_understood_is_an_error(
    saved: str, tmp_path: Path
) -> None:
    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    with pytest.raises(InputError, match="cannot load"):
        HuggingFaceRecognizer(str(tmp_path))
    with pytest.raises(ConfigError, match="without a meaning"):
        HuggingFaceRecognizer(saved, labels={"GADGET": EntityType.DRUG})


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from kgbuilder.recognize.huggingface import HuggingFaceRecognizer

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"kgbuilder\[huggingface\]"):
        HuggingFaceRecognizer("x")
