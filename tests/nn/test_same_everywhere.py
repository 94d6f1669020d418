"""The weights that ship answer alike on every processor that was compared: see golden_weights.py."""

from __future__ import annotations

import json
from pathlib import Path

import onnxruntime
import pytest

from tests.nn.golden_weights import GOLDEN, WEIGHTS, digests

RENEW = "python -m tests.nn.golden_weights"


def test_the_weights_answer_as_on_the_machines_that_were_compared() -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    if onnxruntime.__version__ != golden["onnxruntime"]:
        pytest.skip(
            f"written with onnxruntime {golden['onnxruntime']}, whose kernels may be others"
        )
    differ = [name for name, digest in digests().items() if golden.get(name) != digest]
    assert not differ, (
        f"{', '.join(differ)}: not the answers of {GOLDEN.name}. If weights were changed, renew it: "
        f"{RENEW}. If not, this processor has other answers (those without AVX2 are known to, and ARM)"
    )


@pytest.mark.parametrize(
    "path", sorted(WEIGHTS.rglob("*.onnx")), ids=lambda p: f"{p.parent.name}/{p.name}"
)
def test_no_operator_sums_in_as_many_lanes_as_the_processor_has(path: Path) -> None:
    held = path.read_bytes()
    for operator in (b"Softmax", b"LogSoftmax", b"MultiHeadAttention"):
        assert operator not in held, f"{operator.decode()}: see Graph.powers in onnx_graph.py"
