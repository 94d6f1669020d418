"""Encoder, teacher, its answers and a student from packed files, by a recipe that is resumed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kgbuilder.nn.hints import HINTS
from kgbuilder.nn.licences import under_terms
from kgbuilder.nn.made import Made, Source
from kgbuilder.nn.packed import PackedPair, PackedPairs, PackedTags, PackedText
from kgbuilder.nn.pair_labels import PairLabels
from kgbuilder.nn.pairs import lay_out_pairs
from kgbuilder.nn.pieces import Pieces
from kgbuilder.nn.runtime import INT8, OnnxModel
from kgbuilder.train.recipes import read_toml
from tests.train.tiny_sets import write_encoder

pytestmark = pytest.mark.extra

ROOT = Path(__file__).parents[2]
DEFAULTS = """
[defaults]
seed = 3
pieces = 512
head_learning_rate = 1e-2
hide_hints = 0.0
temperature = 2.0
checkpoint_steps = 50
"""
RECIPE = f"""{DEFAULTS}
[[steps]]
step = "encoder"
base = "tiny"
rows = "rows.npy"
into = "small"
steps = 3

[[steps]]
step = "tagger"
base = "small"
examples = ["tags.npz"]
dev = ["tags.npz"]
into = "teacher.pt"
epochs = 30

[[steps]]
step = "ask-tagger"
base = "small"
state = "teacher.pt"
examples = ["tags.npz"]
into = "answers.npy"

[[steps]]
step = "tagger"
base = "small"
examples = ["tags.npz", "tags.npz"]
answers = ["answers.npy", "answers.npy"]
dev = ["tags.npz"]
into = "tagger.pt"
epochs = 30
"""


RELATER = f"""{DEFAULTS}
[[steps]]
step = "relater"
base = "tiny"
examples = ["pairs.npz"]
dev = ["pairs.npz"]
into = "relater.pt"
learning_rate = 3e-3
epochs = 30
"""
GOES_ON = """
[[steps]]
step = "relater"
base = "tiny"
state = "{state}"
examples = ["pairs.npz"]
dev = ["pairs.npz"]
into = "{into}"
learning_rate = 1e-7
head_learning_rate = 1e-7
"""


def run(folder: Path) -> str:
    given = (str(folder / "recipe.toml"), "--folder", str(folder), "--device", "cpu")
    done = step("train_packed", *given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def step(script: str, *given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, f"pipelines/{script}.py", *given]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_steps_of_a_recipe(tmp_path: Path) -> None:
    write_encoder(tmp_path / "tiny")
    pieces = Pieces(tmp_path / "tiny" / "tokenizer.json")
    examples = []
    for text in ("aspirin was given", "the patient was given warfarin") * 8:
        ids = (pieces.start_id, *pieces.of(text).ids, pieces.end_id)
        drugs = {pieces.of(name).ids[0] for name in ("aspirin", "warfarin")}
        allowed = [int(id in drugs) for id in ids[1:-1]]
        examples.append(
            PackedText(
                np.array(ids, np.uint16),
                np.arange(1, len(ids) - 1, dtype=np.uint16),
                np.array(allowed, np.uint16),
                np.zeros((len(ids), len(HINTS)), np.uint8),
            )
        )
    PackedTags(examples, np.eye(2, dtype=np.bool_)).save(tmp_path / "tags.npz")
    row = [pieces.start_id, *pieces.of("the patient was given aspirin").ids, pieces.end_id]
    np.save(tmp_path / "rows.npy", np.array([row] * 520, np.uint16))
    bound = Source("some notes", "520 rows", "CC BY-NC", commercial=False)
    for name, source in (("tags.npz", Source("own lines", "16", "CC0")), ("rows.npy", bound)):
        Made((source,), (f"pack {name}",)).save(tmp_path / name)
    Made((Source("tiny", "encoder", "CC0"),)).save(tmp_path / "tiny")
    (tmp_path / "recipe.toml").write_text(RECIPE)

    told = run(tmp_path)
    assert [line for line in told.splitlines() if "->" in line] == [
        "encoder -> small",
        "tagger -> teacher.pt",
        "ask-tagger -> answers.npy",
        "tagger -> tagger.pt",
    ]
    assert "30 tags F1 of words 100.00" in told, "words of drugs are told from others"
    answers = np.load(tmp_path / "answers.npy")
    assert answers.shape == (sum(len(e.first) for e in examples), 2)
    np.testing.assert_allclose(answers.sum(1), 1.0, atol=2e-3)
    assert "->" not in run(tmp_path), "all of it is done"

    into, state = tmp_path / "weights", str(tmp_path / "tagger.pt")
    exporting = ("--recipe", str(tmp_path / "own.toml"), "--base", str(tmp_path / "tiny"))
    own = 'types = ["Drug"]\nlicence = "NC"\nlicence_permissive = "free"\n'
    (tmp_path / "own.toml").write_text(own)
    done = step("export_tagger", state, *exporting, "--weights", str(into))
    assert done.returncode == 0, done.stderr
    assert json.loads((into / "labels.json").read_text())["licence"] == "NC"
    card = (into / "CARD.md").read_text()
    for told in ("| some notes | 520 rows | CC BY-NC |", "| own lines | 16 | CC0 |", "Seed 3"):
        assert told in card, "what its encoder and its teacher saw, too"
    assert "| tagger.pt: tags | F1 of words 100.00 |" in card
    assert "pack tags.npz\n" in card
    assert "train_packed.py" in card
    for_gpu = tmp_path / "float"
    done = step("export_float", str(into), "--into", str(for_gpu))
    assert done.returncode == 0, done.stderr
    ids = np.array([row], np.int64)
    given = {"ids": ids, "hints": np.zeros((1, len(row), len(HINTS)), np.float32)}
    int8, float32 = (OnnxModel(folder / "model.int8.onnx") for folder in (into, for_gpu))
    np.testing.assert_allclose(int8.run(given), float32.run(given), atol=0.2)
    assert INT8 in (into / "model.int8.onnx").read_bytes()
    assert INT8 not in (for_gpu / "model.int8.onnx").read_bytes()
    assert (for_gpu / "CARD.md").exists()

    (tmp_path / "own.toml").write_text(own + "permissive = true\n")
    done = step("export_tagger", state, *exporting, "--weights", str(tmp_path / "free"))
    assert "tagger.pt: some notes" in done.stderr, "the licence would not be true"
    assert not (tmp_path / "free").exists()


def test_a_relater_goes_on_from_saved_or_exported_weights(tmp_path: Path) -> None:
    from kgbuilder.nn.encoder import load_encoder
    from kgbuilder.nn.relater_training import export_relater

    write_encoder(tmp_path / "tiny")
    pieces = Pieces(tmp_path / "tiny" / "tokenizer.json")
    labels = PairLabels.of({"drug finding": ["none", "CAUSES"]}, {"Drug": "drug", "F": "finding"})
    examples = []
    for caused in (True, False) * 8:
        text = "warfarin with bleeding" if caused else "warfarin did not cause bleeding"
        spans = [(0, 8, "drug"), (len(text) - 8, len(text), "finding")]
        (layout,) = lay_out_pairs(
            text, spans, [(0, 1)], pieces=pieces, classes=labels.classes, blinded=frozenset()
        )
        meant = labels.row(["CAUSES" if caused else "none"], "drug finding")
        rows = (labels.row(labels.kinds["drug finding"], "drug finding"), meant, 0)
        examples.append(PackedPair(layout, *(np.array([row], np.uint16) for row in rows)))
    PackedPairs(examples, labels.table()).save(tmp_path / "pairs.npz")

    goes_on = GOES_ON.format(state="relater.pt", into="saved.pt")
    (tmp_path / "recipe.toml").write_text(RELATER + goes_on)
    first, *_, last, on = losses(run(tmp_path))
    assert first > 10 * last
    assert on == pytest.approx(last, abs=2e-3), "one epoch that learns nothing more"
    shape = load_encoder(tmp_path / "tiny").shape
    export_relater(tmp_path / "relater.pt", tmp_path / "relater.onnx", shape)
    goes_on = GOES_ON.format(state="relater.onnx", into="exported.pt")
    (tmp_path / "recipe.toml").write_text(RELATER + goes_on)
    assert losses(run(tmp_path)) == pytest.approx([last], abs=0.02), "int8 rounds"


def test_examples_that_stand_alone_have_no_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "pipelines"))
    import train_packed

    rows = np.arange(12, dtype=np.float16).reshape(3, 4)
    np.save(tmp_path / "answers.npy", rows)
    files = [tmp_path / "answers.npy"]
    alone, first, second = train_packed.answers_of(files, [2, 1], before=[5], width=4)
    assert alone.shape == (5, 4)
    assert not alone.any()
    assert np.array_equal(np.concatenate([first, second]), rows)
    with pytest.raises(SystemExit, match="3 answers to 4 questions"):
        train_packed.answers_of(files, [2, 2], before=[5], width=4)


def losses(told: str) -> list[float]:
    """Of the documents to choose by, epoch by epoch."""
    return [float(found) for found in re.findall(r"pairs kind 1: loss ([\d.]+)", told)]


@pytest.mark.parametrize("permissive", [False, True])
def test_the_labels_of_a_relater_say_its_licence(
    permissive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "pipelines"))
    import export_relater

    table = read_toml(ROOT / "pipelines" / "recipes" / "relater.toml")
    recipe = under_terms({**table, "permissive": permissive})
    labels = PairLabels.of(recipe["kinds"], recipe["classes"], recipe["passage_kinds"])
    told, _ = export_relater.labels_of(recipe, labels, {}, None)  # nothing to calibrate on
    assert told["licence"] == table["licence_permissive" if permissive else "licence"]
