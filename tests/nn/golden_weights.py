"""What the weights that ship say of three sentences, bit by bit.

python -m tests.nn.golden_weights          writes tests/golden/weights.json anew

The same digests came on an AMD EPYC with AVX-512 and VNNI and on qemu's Haswell (AVX2 alone), with
onnxruntime 1.32: ``qemu-x86_64 -cpu Haswell python -m tests.nn.golden_weights --show``. Others
come without AVX2 (Nehalem), where onnxruntime multiplies and adds in two steps, and on ARM (qemu's
Cortex-A72), where its layer norms and sums are compiled otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kgbuilder.nn.assertion_model import AssertionModel, MarkedMention
from kgbuilder.nn.hints import hints_of
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import OnnxModel
from kgbuilder.nn.shape import SHAPE
from kgbuilder.nn.words import WordReader
from kgbuilder.relate.pair_model import PairModel

GOLDEN = Path(__file__).parents[1] / "golden" / "weights.json"
WEIGHTS = Path(str(resources.files("kgbuilder.nn"))) / "weights"
SENTENCES = (
    "Fluconazole increased the plasma concentration of warfarin and led to bleeding in two patients.",
    "Hasn't touched metformin for weeks; her mother had type 2 diabetes, no fever, BP 142/88 mmHg.",
    "Loss-of-function variants of SCN1A (c.2589+3A>T) were found in 61 children with Dravet syndrome, "
    "whose febrile seizures had begun at 5 to 9 months of age and did not respond to carbamazepine.",
)
NAMES = (
    ("Fluconazole", "warfarin", "bleeding"),
    ("metformin", "diabetes"),
    ("Dravet", "carbamazepine"),
)
TYPES = {"bleeding": "Disease", "diabetes": "Disease", "Dravet": "Disease"}


def said() -> Iterator[tuple[str, NDArray[Any]]]:
    """Each network and an answer of it."""
    tagger, words = OnnxModel(WEIGHTS / "tagger" / "model.int8.onnx"), WEIGHTS / "tagger"
    by_words, cutter = WordReader(words, share=0.5), Pieces(words / "tokenizer.json")
    pairs, meant = PairModel(WEIGHTS / "relater"), AssertionModel(WEIGHTS / "assertion")
    for text, names in zip(SENTENCES, NAMES, strict=True):
        pieces = cutter.of(text)
        hints = hints_of(text, pieces.words, pieces.first, len(pieces.ids), [])
        ids = np.array([[cutter.start_id, *pieces.ids, cutter.end_id]], dtype=np.int64)
        yield "tagger", tagger.run({"ids": ids, "hints": np.pad(hints, ((1, 1), (0, 0)))[None]})
        cut = [text[start:end] for start, end in pieces.words]
        yield "tagger's words", by_words.log_probabilities(cut, hints[list(pieces.first)])
        marked = [
            MarkedMention(text.index(name), text.index(name) + len(name), TYPES.get(name, "Drug"))
            for name in names
        ]
        yield "qualifier", meant.probabilities(text, marked)
        class_of = pairs.kinds.class_of
        spans = [(m.start, m.end, class_of[m.type]) for m in marked]
        both = [(0, other) for other in range(1, len(spans))]
        answers = pairs.answers(text, spans, both, by_words=frozenset(range(len(both))))
        yield "relater", np.array([answers[n].pieces for n in sorted(answers)])
        yield "relater's words", np.array([answers[n].words for n in sorted(answers)])
    shapes = np.linspace(0.0, 3.0, 6 * len(SHAPE), dtype=np.float32).reshape(6, len(SHAPE))
    for kind in sorted(kind for kind in pairs.kinds.kinds if kind.startswith("passage ")):
        yield "relater's shapes", pairs.by_shape(kind, shapes)


def digests() -> dict[str, str]:
    """Network -> SHA-256 of all that it said."""
    sums: dict[str, Any] = {}
    for network, answer in said():
        sums.setdefault(network, hashlib.sha256()).update(answer.astype("<f4").tobytes())
    return {"onnxruntime": onnxruntime.__version__} | {k: v.hexdigest() for k, v in sums.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--show", action="store_true", help="print, write nothing")
    text = json.dumps(digests(), indent=1) + "\n"
    if parser.parse_args().show:
        print(text, end="")
    else:
        GOLDEN.write_text(text, encoding="utf-8", newline="\n")
