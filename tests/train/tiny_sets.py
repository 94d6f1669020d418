"""A labelled set of a few words, and an encoder small enough to be trained on the spot."""

from __future__ import annotations

import random
from pathlib import Path

from tests.nn.tiny import write_tokenizer

DRUGS, FINDINGS = ("aspirin", "warfarin"), ("fever", "bleeding")


def write_brat(folder: Path, *, n: int = 30, labels: tuple[str, str] = ("MEDIC", "HARM")) -> Path:
    """``n`` documents; a drug causes a finding, or did not. Each text is its own: they are numbered."""
    folder.mkdir(parents=True)
    rng = random.Random(4)
    for number in range(n):
        drug, finding = rng.choice(DRUGS), rng.choice(FINDINGS)
        caused = number % 2 == 0
        middle = "gave" if caused else "did not cause"
        text = (
            f"the patient {number} of {number * 7} was given {drug}.\n{drug} {middle} {finding}.\n"
        )
        lines, second = [], text.index("\n") + 1
        for i, (type, word, start) in enumerate(
            [
                (labels[0], drug, text.index(drug)),
                (labels[0], drug, second),
                (labels[1], finding, text.index(finding, second)),
            ],
            1,
        ):
            lines.append(f"T{i}\t{type} {start} {start + len(word)}\t{word}")
        if caused:
            lines.append("R1\tCaused Arg1:T2 Arg2:T3")
        (folder / f"n{number}.txt").write_text(text)
        (folder / f"n{number}.ann").write_text("\n".join(lines) + "\n")
    return folder


def write_encoder(folder: Path) -> Path:
    """A BERT checkpoint of width 64 with random weights."""
    import torch

    from kgbuilder.nn.checkpoint import save_checkpoint
    from kgbuilder.nn.encoder import Encoder, EncoderShape
    from kgbuilder.nn.pieces import Pieces

    folder.mkdir(parents=True)
    write_tokenizer(folder / "tokenizer.json")
    torch.manual_seed(1)
    n_pieces = Pieces(folder / "tokenizer.json").n_pieces
    save_checkpoint(Encoder(EncoderShape(n_pieces, 64, 2, 4, 128, 512)), folder, tokenizer=folder)
    return folder
