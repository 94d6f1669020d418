"""Our encoders beside those of the transformers library, with tiny random weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.extra

SIZES = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 320,
}


@pytest.fixture(params=["bert", "mpnet"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    import torch
    from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

    torch.manual_seed(3)
    if request.param == "bert":
        model = BertModel(BertConfig(**SIZES), add_pooling_layer=False)
    else:
        model = MPNetModel(MPNetConfig(**SIZES), add_pooling_layer=False)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    model.save_pretrained(tmp_path)
    return tmp_path, model.eval()


def test_same_states_also_where_a_row_is_padded(checkpoint) -> None:  # type: ignore[no-untyped-def]
    import torch

    from kgbuilder.nn.encoder import load_encoder

    folder, theirs = checkpoint
    ours = load_encoder(folder).eval()
    ids = torch.randint(5, 60, (2, 300), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    ids[1, 200:], mask[1, 200:] = theirs.config.pad_token_id, 0
    with torch.no_grad():
        expected = theirs(ids, attention_mask=mask).last_hidden_state
        found = ours(ids, mask.float())
    torch.testing.assert_close(found[0], expected[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found[1, :200], expected[1, :200], atol=1e-4, rtol=1e-4)


def test_the_lowest_layers_alone(checkpoint) -> None:  # type: ignore[no-untyped-def]
    from kgbuilder.nn.encoder import load_encoder

    folder, _ = checkpoint
    assert len(load_encoder(folder, n_layers=2).layers) == 2
    assert len(load_encoder(folder, n_layers=9).layers) == 3


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    from kgbuilder.errors import InputError
    from kgbuilder.nn.encoder import load_encoder

    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(InputError, match="t5"):
        load_encoder(tmp_path)
