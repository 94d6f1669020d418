"""The device that a recipe asks for is the one that is used, or an error says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from kgbuilder.config import parse_recipe
from kgbuilder.errors import ConfigError
from kgbuilder.nn.runtime import CPU, CUDA, INT8, OnnxModel
from kgbuilder.wire import pipeline_of


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"float weights")
    return path


class Session:
    """As onnxruntime's where a graphics card is, that starts or does not."""

    asked: list[Any]
    starts = True

    def __init__(self, path: str, options: object, *, providers: list[Any]) -> None:
        Session.asked = providers

    def get_providers(self) -> list[str]:
        return [p if isinstance(p, str) else p[0] for p in self.asked][0 if self.starts else -1 :]


@pytest.fixture
def with_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)


def test_without_cuda_it_is_an_error_and_auto_takes_the_cpu(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
    with pytest.raises(ConfigError, match="has no CUDA"):
        OnnxModel(model, device="cuda")
    OnnxModel(model, device="auto").load()
    assert Session.asked == [CPU]


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "auto:1", "cuda1", ""])
def test_a_device_that_nobody_knows(model: Path, device: str) -> None:
    with pytest.raises(ConfigError, match="unknown device"):
        OnnxModel(model, device=device)


@pytest.mark.usefixtures("with_cuda")
@pytest.mark.parametrize(("device", "number"), [("cuda", 0), ("cuda:1", 1), ("auto", 0)])
def test_with_cuda_it_is_used(model: Path, device: str, number: int) -> None:
    OnnxModel(model, device=device).load()
    assert Session.asked == [(CUDA, {"device_id": number}), CPU]


@pytest.mark.usefixtures("with_cuda")
def test_cuda_that_does_not_start_is_not_passed_over(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "starts", False)
    with pytest.raises(ConfigError, match="does not start"):
        OnnxModel(model, device="cuda").load()
    OnnxModel(model, device="auto").load()


@pytest.mark.usefixtures("with_cuda")
def test_int8_weights_are_for_the_cpu(model: Path) -> None:
    shipped = Path("kgbuilder/nn/weights")
    for name in ("tagger", "relater", "assertion"):
        path = Path(__file__).parents[2] / shipped / name / "model.int8.onnx"
        assert INT8 in path.read_bytes()
    model.write_bytes(b"x" + INT8)
    with pytest.raises(ConfigError, match="export_float"):
        OnnxModel(model, device="cuda")
    OnnxModel(model, device="auto").load()
    assert Session.asked == [CPU]


@pytest.mark.parametrize(
    "recipe",
    [
        '[recognize]\ndevice = "cuda"\n',
        '[relate]\ndevice = "cuda:3"\n',
        '[recognize]\nmethod = "dictionary"\ndevice = "cuda"\n',
    ],
)
def test_a_recipe_brings_it_to_its_stage(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    with pytest.raises(ConfigError, match="device 'cuda"):
        pipeline_of(parse_recipe(recipe))
    pipeline_of(parse_recipe(recipe.replace("cuda:3", "auto").replace("cuda", "auto")))
