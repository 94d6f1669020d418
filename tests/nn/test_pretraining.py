"""Masked-language training of a tiny encoder: it learns, is killed, goes on, and others can load it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.nn.tiny import WORDS, write_tokenizer

pytestmark = pytest.mark.extra

TEXTS = ["the patient was given aspirin and warfarin", "aspirin did not cause bleeding"] * 120


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    from kgbuilder.nn.checkpoint import save_checkpoint
    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.pieces import Pieces

    folder = tmp_path_factory.mktemp("base")
    write_tokenizer(folder / "tokenizer.json")
    torch.manual_seed(1)
    encoder = Encoder(EncoderShape(Pieces(folder / "tokenizer.json").n_pieces, 64, 2, 4, 128, 64))
    save_checkpoint(encoder, folder, tokenizer=folder)
    return folder


class Killed(Exception):
    pass


def run(base: Path, folder: Path, *, kill_at: int = 0):  # type: ignore[no-untyped-def]
    from kgbuilder.nn.encoder import load_encoder
    from kgbuilder.nn.masked_text import Masking, pack_texts
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.pretraining import Guessed, pretrain
    from kgbuilder.nn.training import Plan

    rows = pack_texts(TEXTS, Pieces(base / "tokenizer.json"), length=24)
    plan = Plan(4, 24 * 8, 3e-3, 3e-3, seed=5, checkpoint_steps=4)

    def on_guess(guessed: Guessed) -> None:
        if guessed.step == kill_at and kill_at:
            raise Killed

    return pretrain(
        encoder=load_encoder(base),
        tokenizer=base,
        rows=rows[:-16],
        held_out=rows[-16:],
        masking=Masking(),
        plan=plan,
        run=folder / "run",
        into=folder,
        max_steps=30,
        evaluate_steps=10,
        on_guess=on_guess,
    )


def test_it_learns_and_a_killed_run_goes_on_as_if_unbroken(base: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import BertForMaskedLM

    from kgbuilder.nn.encoder import load_encoder
    from kgbuilder.nn.pieces import Pieces
    from kgbuilder.nn.pretraining import MaskedModel

    whole = run(base, tmp_path / "whole")
    assert [g.step for g in whole] == [0, 10, 20, 30]
    assert whole[-1].loss < whole[0].loss - 0.5
    with pytest.raises(Killed):
        run(base, tmp_path / "broken", kill_at=20)
    resumed = run(base, tmp_path / "broken")
    assert resumed == whole
    one, other = (load_file(tmp_path / n / "model.safetensors") for n in ("whole", "broken"))
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_allclose(value.numpy(), other[name].numpy(), atol=1e-6)

    theirs = BertForMaskedLM.from_pretrained(tmp_path / "whole").eval()
    ours = MaskedModel(load_encoder(tmp_path / "whole")).eval()
    for name, value in ours.head().items():
        value.data.copy_(one[name])
    pieces = Pieces(base / "tokenizer.json")
    ids = torch.tensor([[pieces.start_id, *pieces.of(" ".join(WORDS)).ids, pieces.end_id]])
    with torch.no_grad():
        np.testing.assert_allclose(
            ours(ids, torch.arange(ids.shape[1])).numpy(), theirs(ids).logits[0].numpy(), atol=1e-3
        )


def test_bfloat16_is_chosen_by_the_device_and_an_unknown_device_is_said(tmp_path: Path) -> None:
    import torch

    from kgbuilder.errors import ConfigError
    from kgbuilder.nn.device import device_of, multiplies_bfloat16

    flags = Path("/proc/cpuinfo")
    if flags.exists() and torch.backends.cpu.get_cpu_capability() != "DEFAULT":
        has = any(flag in flags.read_text() for flag in ("avx512_bf16", "amx_bf16"))
        assert multiplies_bfloat16(torch.device("cpu")) == has
    assert device_of("cpu").type == "cpu"
    with pytest.raises(ConfigError, match="toaster"):
        device_of("toaster")
