"""Models small enough to be made on the spot, that know a handful of words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = {
    "warfarin": "B-Chemical", "heart": "B-Disease", "failure": "I-Disease", "aspirin": "B-Chemical",
    "fever": "B-Mystery", "chf": "B-Disease",
}  # fmt: skip
"""What the tiny classifier says for each word; any other word is O."""

_PIECES = {"warfarin": ["war", "##far", "##in"], "aspirin": ["as", "##pirin"]}


def tiny_spacy() -> Any:
    """A blank English pipeline with rules for the same words."""
    import spacy

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    for label, words in {
        "CHEMICAL": ["warfarin", "aspirin"],
        "DISEASE": ["heart failure", "chf"],
        "MYSTERY": ["fever"],
    }.items():
        ruler.add_patterns([{"label": label, "pattern": word} for word in words])  # type: ignore[attr-defined]
    return nlp


def save_tiny_bert(folder: Path, *, n_positions: int = 64) -> Path:
    """Write a BERT token classifier to ``folder``: each token's label depends on the token alone."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + list("0123456789.,()-;")
    known = [p for w in WORDS for p in _PIECES.get(w, [w])]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *known, *letters, *(f"##{c}" for c in letters)]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)

    labels = ["O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease", "B-Mystery"]
    size = len(vocabulary)
    model = BertForTokenClassification(
        BertConfig(
            vocab_size=size,
            hidden_size=size,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=4,
            max_position_embeddings=n_positions,
            id2label=dict(enumerate(labels)),
            label2id={label: i for i, label in enumerate(labels)},
        )
    )
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        model.bert.embeddings.word_embeddings.weight.copy_(10 * torch.eye(size))
        model.classifier.bias[0] = 5.0
        for word, label in WORDS.items():
            for i, piece in enumerate(_PIECES.get(word, [word])):
                # pieces behind the first are labelled wrongly, as in models trained on first pieces
                wanted = label if i == 0 else ("O" if piece == "##in" else "B-Disease")
                model.classifier.weight[labels.index(wanted), vocabulary[piece]] = 10.0
    model.save_pretrained(folder)
    return folder
